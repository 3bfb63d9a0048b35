//! One compiled pattern: segments of literal bytes and stars, matched without backtracking. Knows no lists, no
//! exclusions and no refs.

use std::borrow::Cow;

use bstr::ByteSlice;
use unicode_normalization::UnicodeNormalization;

/// Segments in one pattern, so that a set of positions in it fits a machine word.
pub const SEGMENTS: usize = 100;

/// A pattern of `/`-separated segments.
#[derive(Clone, Debug)]
pub struct Glob {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
enum Segment {
    /// `**`: any number of whole segments, including none.
    AnyNumber,
    /// One segment: these bytes in this order, with a `*` between each and the next.
    One(Vec<Vec<u8>>),
}

/// A set of positions in a pattern: bit `n` says that the first `n` segments are matched.
#[derive(Clone, Copy)]
struct Positions(u128);

impl Glob {
    /// Compiles what the caller has checked: at most [`SEGMENTS`] segments, `**` only as a whole one.
    pub fn new(pattern: &[u8]) -> Self {
        let mut segments = Vec::new();
        for written in pattern.split(|&b| b == b'/').take(SEGMENTS) {
            let repeated = matches!(segments.last(), Some(Segment::AnyNumber));
            match written {
                b"**" if repeated => {}
                b"**" => segments.push(Segment::AnyNumber),
                one => segments.push(Segment::One(one.split(|&b| b == b'*').map(<[u8]>::to_vec).collect())),
            }
        }
        Self { segments }
    }

    /// Whether the whole of `path` is meant.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.after(path).contains(self.segments.len())
    }

    /// Whether `path` is the pattern's fixed part (the leading segments without stars) or a folder above it.
    pub fn fixed_part_reaches(&self, path: &[u8]) -> bool {
        let mut fixed = self.segments.iter().map_while(Segment::literal);
        path.split(|&b| b == b'/').all(|segment| fixed.next() == Some(segment))
    }

    /// Whether the pattern can match anything below `directory` (`""`: the top).
    pub fn may_match_below(&self, directory: &[u8]) -> bool {
        self.after_directory(directory).0 & !(1 << self.segments.len()) != 0
    }

    /// Whether the pattern matches everything below `directory`.
    pub fn matches_all_below(&self, directory: &[u8]) -> bool {
        matches!(self.segments.last(), Some(Segment::AnyNumber))
            && self.after_directory(directory).contains(self.segments.len() - 1)
    }

    fn after_directory(&self, directory: &[u8]) -> Positions {
        match directory.strip_suffix(b"/").unwrap_or(directory) {
            b"" => self.with_empty_matches(Positions(1)),
            directory => self.after(directory),
        }
    }

    fn after(&self, path: &[u8]) -> Positions {
        let mut reached = self.with_empty_matches(Positions(1));
        for segment in path.split(|&b| b == b'/') {
            if reached.0 == 0 {
                break;
            }
            reached = self.step(reached, segment);
        }
        reached
    }

    fn step(&self, from: Positions, text: &[u8]) -> Positions {
        let mut to = Positions(0);
        for (index, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::AnyNumber if from.contains(index) => to.insert(index),
                Segment::One(parts) if from.contains(index) && segment_matches(parts, text) => to.insert(index + 1),
                _ => {}
            }
        }
        self.with_empty_matches(to)
    }

    /// A `**` may match nothing: where it can begin, what follows it can begin as well.
    fn with_empty_matches(&self, mut positions: Positions) -> Positions {
        for (index, segment) in self.segments.iter().enumerate() {
            if matches!(segment, Segment::AnyNumber) && positions.contains(index) {
                positions.insert(index + 1);
            }
        }
        positions
    }
}

impl Segment {
    fn literal(&self) -> Option<&[u8]> {
        match self {
            Self::One(parts) if parts.len() == 1 => parts.first().map(Vec::as_slice),
            Self::One(_) | Self::AnyNumber => None,
        }
    }
}

impl Positions {
    fn contains(self, position: usize) -> bool {
        self.0 & (1 << position) != 0
    }

    fn insert(&mut self, position: usize) {
        self.0 |= 1 << position;
    }
}

/// The first part at the beginning, the last at the end, the others in order between: leftmost is always best.
fn segment_matches(parts: &[Vec<u8>], text: &[u8]) -> bool {
    let (first, middle, last) = match parts {
        [] => return text.is_empty(),
        [only] => return only == text,
        [first, middle @ .., last] => (first, middle, last),
    };
    let Some(mut rest) = text.strip_prefix(first.as_slice()).and_then(|rest| rest.strip_suffix(last.as_slice())) else {
        return false;
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// The form in which names are equal that some file system takes for the same: canonically decomposed, letter case
/// taken away, without the code points that HFS+ ignores (Apple TN1150, "Unicode Subtleties"). Bytes that are not
/// UTF-8 stay as they are.
pub fn fold(name: &[u8]) -> Cow<'_, [u8]> {
    if name.is_ascii() {
        return match name.iter().any(u8::is_ascii_uppercase) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(name),
        };
    }
    let mut folded = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        let kept: String = chunk.valid().nfd().filter(|c| !is_ignored_by_hfs(*c)).collect();
        // Three times, since some letters meet only in the other case: ẞ ß ss, and the Kelvin sign and k.
        let cased = kept.to_lowercase().to_uppercase();
        // By character: the whole-string form writes a final sigma apart.
        let lower: String = cased.chars().flat_map(char::to_lowercase).nfd().collect();
        folded.extend_from_slice(lower.as_bytes());
        folded.extend_from_slice(chunk.invalid());
    }
    Cow::Owned(folded)
}

fn is_ignored_by_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert_eq, proptest};

    /// The dialect's definition, read aloud: exponential, and obviously right.
    fn naive(pattern: &[&[u8]], path: &[&[u8]]) -> bool {
        match (pattern, path) {
            ([], []) => true,
            ([b"**", rest @ ..], _) => naive(rest, path) || (!path.is_empty() && naive(pattern, &path[1..])),
            ([one, rest @ ..], [segment, below @ ..]) => naive_segment(one, segment) && naive(rest, below),
            _ => false,
        }
    }

    fn naive_segment(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => {
                naive_segment(rest, text) || (!text.is_empty() && naive_segment(pattern, &text[1..]))
            }
            ([p, rest @ ..], [t, more @ ..]) => p == t && naive_segment(rest, more),
            _ => false,
        }
    }

    fn split(path: &str) -> Vec<&[u8]> {
        path.as_bytes().split(|&b| b == b'/').collect()
    }

    proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn matching_agrees_with_the_definition(pattern in "(a|b|ab|\\*|a\\*|\\*a\\*b|\\*\\*)(/(a|b|\\*|a\\*b|\\*\\*)){0,5}", path in "[ab]{1,4}(/[ab]{1,3}){0,5}") {
            let glob = Glob::new(pattern.as_bytes());
            prop_assert_eq!(glob.matches(path.as_bytes()), naive(&split(&pattern), &split(&path)), "{} on {}", pattern, path);
        }

        #[test]
        fn a_folder_is_entered_when_something_below_it_matches(pattern in "(a|b|\\*|\\*\\*)(/(a|b|\\*|\\*\\*)){0,4}", path in "[ab](/[ab]){0,5}") {
            let glob = Glob::new(pattern.as_bytes());
            let directories = path.match_indices('/').map(|(at, _)| &path[..at]).chain([""]);
            for directory in directories {
                let inside = glob.matches(path.as_bytes());
                assert!(!inside || glob.may_match_below(directory.as_bytes()), "{pattern} below {directory} for {path}");
                assert!(inside || !glob.matches_all_below(directory.as_bytes()), "{pattern} all below {directory} for {path}");
            }
        }

        #[test]
        fn folding_what_is_folded_changes_nothing(name in "\\PC{0,12}") {
            let once = fold(name.as_bytes()).into_owned();
            prop_assert_eq!(fold(&once).into_owned(), once);
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let stars = Glob::new("**/a*a*a*a*a*a*a*b/".repeat(6).trim_end_matches('/').as_bytes());
        assert!(!stars.matches("a/".repeat(5_000).as_bytes()));
        let long = Glob::new(format!("{}*b", "*a".repeat(2_000)).as_bytes());
        assert!(!long.matches("a".repeat(100_000).as_bytes()));
        let deep = Glob::new("**/*/".repeat(45).trim_end_matches('/').as_bytes());
        assert!(deep.matches("a/".repeat(5_000).trim_end_matches('/').as_bytes()));
    }

    #[test]
    fn names_that_a_file_system_takes_for_the_same_fold_to_the_same() {
        for (one, other) in [
            ("Infra", "infra"),
            ("caf\u{e9}", "CAFE\u{301}"),
            ("in\u{200c}fra", "infra"),
            ("\u{212a}eys", "keys"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{1e9e}", "ss"),
            ("\u{17f}rc", "src"),
            ("\u{3a3}\u{3c2}", "\u{3c3}\u{3c3}"),
            ("\u{feff}a", "a"),
        ] {
            assert_eq!(fold(one.as_bytes()), fold(other.as_bytes()), "{one} {other}");
        }
        assert_ne!(fold(b"infra"), fold(b"intra"));
        assert_eq!(fold(b"A\xff\xc4B").as_ref(), b"a\xff\xc4b");
    }
}
