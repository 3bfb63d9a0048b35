//! A three-way merge of lines (diff3), without attributes, drivers or options. Bytes in, bytes out; conflicts are `None`.
//!
//! Changes of the two sides that touch each other conflict unless they come to the same, as in git's own merge; lines
//! are matched by the histogram algorithm, git's default for merges, where that does not take too much: lines can be such
//! that each is matched for itself.

use std::iter::Peekable;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, HunkIter, InternedInput, Token};

/// Lines of one file.
const LINES: usize = 1 << 16;

/// What matching may take for one file and one side: a fraction of a second.
const FILE_STEPS: usize = 1 << 26;

/// A budget of lines compared with lines.
#[derive(Debug)]
pub(super) struct Steps {
    limit: usize,
    taken: usize,
}

impl Steps {
    pub fn new(limit: usize) -> Self {
        Self { limit, taken: 0 }
    }

    /// Whether more was taken than there was.
    pub fn are_spent(&self) -> bool {
        self.taken > self.limit
    }

    pub fn taken(&self) -> usize {
        self.taken
    }

    fn take(&mut self, steps: usize) {
        self.taken = self.taken.saturating_add(steps);
    }
}

/// The merge of both sides, if nothing conflicts. Files with NUL bytes are not made of lines and always conflict, and so
/// do those that take too much to match. Nothing is matched any more once `steps` are spent.
pub(super) fn merge_lines(base: &[u8], ours: &[u8], theirs: &[u8], steps: &mut Steps) -> Option<Vec<u8>> {
    let files = [base, ours, theirs];
    if files.iter().any(|file| file.contains(&0) || file.iter().filter(|&&b| b == b'\n').count() > LINES) {
        return None;
    }
    let [base, ours, theirs] = files.map(|file| file.split_inclusive(|&b| b == b'\n').collect::<Vec<_>>());
    let (our_diff, their_diff) = (compare(&base, &ours, steps)?, compare(&base, &theirs, steps)?);
    let mut our_side = Changes { lines: &ours, hunks: our_diff.hunks().peekable(), shift: 0 };
    let mut their_side = Changes { lines: &theirs, hunks: their_diff.hunks().peekable(), shift: 0 };
    let mut merged: Vec<&[u8]> = Vec::new();
    let mut done = 0;
    while let Some(first) = our_side.next_start().into_iter().chain(their_side.next_start()).min() {
        merged.extend(base.get(done..first)?);
        let mut region = first..first;
        let (our_start, their_start) = (our_side.place(first), their_side.place(first));
        // Whatever touches the region belongs to it, and may make it touch more.
        let mut changed = [false, false];
        loop {
            let ours = our_side.take_touching(&mut region);
            let theirs = their_side.take_touching(&mut region);
            changed = [changed[0] || ours, changed[1] || theirs];
            if !ours && !theirs {
                break;
            }
        }
        let our_lines = our_side.lines.get(our_start..our_side.place(region.end))?;
        let their_lines = their_side.lines.get(their_start..their_side.place(region.end))?;
        match changed {
            [true, true] if our_lines != their_lines => return None,
            [true, _] => merged.extend(our_lines),
            [false, _] => merged.extend(their_lines),
        }
        done = region.end;
    }
    merged.extend(base.get(done..)?);
    Some(merged.concat())
}

/// `None` where that takes too much.
fn compare<'a>(before: &[&'a [u8]], after: &[&'a [u8]], steps: &mut Steps) -> Option<Diff> {
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let needed = needed(&input, steps);
    if needed <= FILE_STEPS {
        steps.take(needed);
    }
    if needed > FILE_STEPS || steps.are_spent() {
        return None;
    }
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    Some(diff)
}

/// Steps that the histogram algorithm can take: it looks at all lines again for each run of lines that it matches, and
/// there are no more runs than lines on either side, nor, but for one, than lines that do not match.
fn needed(input: &InternedInput<&[u8]>, steps: &mut Steps) -> usize {
    let (before, after) = apart(&input.before, &input.after);
    let lines = before.len() + after.len();
    let at_most = before.len().saturating_mul(after.len()).saturating_add(lines);
    match distance(before, after, FILE_STEPS / lines.max(1), steps) {
        Some(distance) => at_most.min((distance + 1).saturating_mul(lines)),
        None => at_most,
    }
}

/// What is left without the lines that both begin and end with.
fn apart<'t>(mut before: &'t [Token], mut after: &'t [Token]) -> (&'t [Token], &'t [Token]) {
    while let ([first, one @ ..], [same, other @ ..]) = (before, after)
        && first == same
    {
        (before, after) = (one, other);
    }
    while let ([one @ .., last], [other @ .., same]) = (before, after)
        && last == same
    {
        (before, after) = (one, other);
    }
    (before, after)
}

/// How many lines have to go or to come, if no more than `most`. Myers' greedy algorithm ("An O(ND) Difference Algorithm
/// and Its Variations", 1986, figure 2): on each diagonal of the table of both it goes ahead and never back.
fn distance(before: &[Token], after: &[Token], most: usize, steps: &mut Steps) -> Option<usize> {
    let most = most.min(before.len() + after.len());
    // How far one comes on a diagonal, counted from the one that is `most + 1` to the left of the main one.
    let mut reach = vec![0usize; 2 * most + 3];
    for distance in 0..=most {
        for diagonal in (most + 1 - distance..=most + 1 + distance).step_by(2) {
            let (left, right) = (reach[diagonal - 1], reach[diagonal + 1]);
            let goes_down = diagonal == most + 1 - distance || diagonal != most + 1 + distance && left < right;
            let start = if goes_down { right } else { left + 1 };
            let here = (start + most + 1).checked_sub(diagonal).unwrap_or_default();
            let rest = (before.get(start..).unwrap_or_default(), after.get(here..).unwrap_or_default());
            let same = rest.0.iter().zip(rest.1).take_while(|(one, other)| one == other).count();
            steps.take(same + 1);
            reach[diagonal] = start + same;
            if start + same >= before.len() && here + same >= after.len() {
                return Some(distance);
            }
        }
    }
    None
}

/// What one side changed, as far as it has not been merged.
struct Changes<'a> {
    lines: &'a [&'a [u8]],
    hunks: Peekable<HunkIter<'a>>,
    /// How much further down this side's lines stand, after the changes that have been merged.
    shift: isize,
}

impl Changes<'_> {
    fn next_start(&mut self) -> Option<usize> {
        self.hunks.peek().map(|hunk| hunk.before.start as usize)
    }

    /// Where a line of the base stands on this side.
    fn place(&self, base: usize) -> usize {
        base.saturating_add_signed(self.shift)
    }

    /// Takes all changes that begin in or right after the region, which grows by them. Whether there was any.
    fn take_touching(&mut self, region: &mut Range<usize>) -> bool {
        let mut any = false;
        while let Some(hunk) = self.hunks.next_if(|hunk| hunk.before.start as usize <= region.end) {
            region.end = region.end.max(hunk.before.end as usize);
            self.shift += hunk.after.len() as isize - hunk.before.len() as isize;
            any = true;
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let lines = |text: &str| text.chars().map(|c| format!("{c}\n")).collect::<String>();
        let [base, ours, theirs] = [base, ours, theirs].map(lines);
        let merged = merge_bytes(base.as_bytes(), ours.as_bytes(), theirs.as_bytes())?;
        Some(String::from_utf8(merged).unwrap().replace('\n', ""))
    }

    #[test]
    fn changes_apart_from_each_other_are_both_taken() {
        assert_eq!(merge("abcdefg", "aBcdefg", "abcdeFg").as_deref(), Some("aBcdeFg"));
        assert_eq!(merge("abcdefg", "abcdefgh", "xabcdefg").as_deref(), Some("xabcdefgh"));
        assert_eq!(merge("abcdefg", "cdefg", "abcde").as_deref(), Some("cde"));
    }

    #[test]
    fn the_same_change_on_both_sides_is_taken_once() {
        assert_eq!(merge("abc", "aXc", "aXc").as_deref(), Some("aXc"));
        assert_eq!(merge("abcdefg", "aXcdefG", "aXcdefg").as_deref(), Some("aXcdefG"));
        assert_eq!(merge("", "a", "a").as_deref(), Some("a"));
    }

    #[test]
    fn changes_that_touch_conflict() {
        for (base, ours, theirs) in [
            ("abc", "aXc", "aYc"),
            ("abcd", "aXcd", "abYd"),
            ("ab", "axb", "ayb"),
            ("", "a", "b"),
            ("abc", "ac", "aXc"),
        ] {
            assert_eq!(merge(base, ours, theirs), None, "{base} {ours} {theirs}");
        }
    }

    #[test]
    fn what_one_side_left_alone_is_the_other_s() {
        for text in ["", "abc", "xyz", "aabbcc", "cba"] {
            assert_eq!(merge("abcabc", "abcabc", text).as_deref(), Some(text));
            assert_eq!(merge("abcabc", text, "abcabc").as_deref(), Some(text));
        }
    }

    fn merge_bytes(base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
        merge_lines(base, ours, theirs, &mut Steps::new(usize::MAX))
    }

    #[test]
    fn files_that_are_not_lines_conflict() {
        assert_eq!(merge_bytes(b"a\0\n", b"a\0\nb\n", b"a\0\n"), None);
        assert_eq!(merge_bytes(b"a", b"a", b"b"), Some(b"b".to_vec()));
        let many = "x\n".repeat(LINES);
        assert_eq!(merge_bytes(many.as_bytes(), many.as_bytes(), b""), Some(Vec::new()));
        assert_eq!(merge_bytes(format!("{many}x\n").as_bytes(), many.as_bytes(), b""), None);
    }

    /// Every other line is one that both have, and none of them twice: each is matched for itself.
    fn alternating(lines: usize, side: char) -> String {
        (0..lines)
            .map(|number| if number % 2 == 0 { format!("{number}\n") } else { format!("{side}{number}\n") })
            .collect()
    }

    #[test]
    fn files_that_take_too_much_to_match_conflict() {
        let [base, ours] = ['a', 'b'].map(|side| alternating(LINES, side));
        let mut steps = Steps::new(usize::MAX);
        assert_eq!(merge_lines(base.as_bytes(), ours.as_bytes(), base.as_bytes(), &mut steps), None);
        assert!(steps.taken() < FILE_STEPS, "{steps:?}");
        // What is nearly the same is matched at once, however long it is.
        let changed = base.replace("00a1\n", "b\n").replacen("a1\n", "b1\n", 1).replace("a65535\n", "");
        assert_eq!(merge_bytes(base.as_bytes(), changed.as_bytes(), base.as_bytes()), Some(changed.into_bytes()));
        // And so is what is short.
        let [base, ours] = ['a', 'b'].map(|side| alternating(2000, side));
        assert_eq!(merge_bytes(base.as_bytes(), ours.as_bytes(), base.as_bytes()), Some(ours.into_bytes()));
    }

    #[test]
    fn distance_is_what_goes_and_what_comes() {
        let of = |before: &str, after: &str, most: usize| {
            let tokens = |text: &str| text.bytes().map(|byte| Token(byte.into())).collect::<Vec<_>>();
            distance(&tokens(before), &tokens(after), most, &mut Steps::new(0))
        };
        for (before, after, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abcabba", "cbabac", 5),
            ("abc", "xyz", 6),
            ("ab", "ba", 2),
            ("abcdef", "abxdef", 2),
        ] {
            assert_eq!(of(before, after, 10), Some(expected), "{before} {after}");
            assert_eq!(of(before, after, expected), Some(expected), "{before} {after}");
            if let Some(less) = expected.checked_sub(1) {
                assert_eq!(of(before, after, less), None, "{before} {after}");
            }
        }
    }

    #[test]
    fn steps_are_taken_as_needed_and_end() {
        let [base, ours] = ['a', 'b'].map(|side| alternating(10, side));
        let merge = |limit: usize| {
            let mut steps = Steps::new(limit);
            let merged = merge_lines(base.as_bytes(), ours.as_bytes(), base.as_bytes(), &mut steps);
            (merged, steps.taken(), steps.are_spent())
        };
        let (merged, taken, _) = merge(usize::MAX);
        assert_eq!(merged, Some(ours.clone().into_bytes()));
        // Nine lines of each are apart, ten in all that do not match: more than nine times nine, and eighteen.
        assert!(taken > 99 && taken < 300, "{taken}");
        assert_eq!(merge(taken), (merged, taken, false));
        let (less, _, spent) = merge(taken - 1);
        assert_eq!((less, spent), (None, true));
    }
}
