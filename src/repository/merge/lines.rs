//! A three-way merge of lines (diff3), without attributes, drivers or options. Bytes in, bytes out; conflicts are `None`.
//!
//! Changes of the two sides that touch each other conflict unless they come to the same, as in git's own merge; lines
//! are matched by the histogram algorithm, git's default for merges.

use std::iter::Peekable;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, HunkIter, InternedInput};

/// Lines of one file. Matching takes up to about lines^1.5 steps, so this bounds a single merge to a fraction of a second.
const LINES: usize = 1 << 16;

/// The merge of both sides, if nothing conflicts. Files with NUL bytes are not made of lines and always conflict.
pub(super) fn merge_lines(base: &[u8], ours: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    let files = [base, ours, theirs];
    if files.iter().any(|file| file.contains(&0) || file.iter().filter(|&&b| b == b'\n').count() > LINES) {
        return None;
    }
    let [base, ours, theirs] = files.map(|file| file.split_inclusive(|&b| b == b'\n').collect::<Vec<_>>());
    let (our_diff, their_diff) = (compare(&base, &ours), compare(&base, &theirs));
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

fn compare<'a>(before: &[&'a [u8]], after: &[&'a [u8]]) -> Diff {
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    diff
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
        let merged = merge_lines(lines(base).as_bytes(), lines(ours).as_bytes(), lines(theirs).as_bytes())?;
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

    #[test]
    fn files_that_are_not_lines_conflict() {
        assert_eq!(merge_lines(b"a\0\n", b"a\0\nb\n", b"a\0\n"), None);
        assert_eq!(merge_lines(b"a", b"a", b"b").as_deref(), Some(&b"b"[..]));
        let many = "x\n".repeat(LINES);
        assert!(merge_lines(many.as_bytes(), many.as_bytes(), b"").is_some());
        assert!(merge_lines(format!("{many}x\n").as_bytes(), many.as_bytes(), b"").is_none());
    }
}
