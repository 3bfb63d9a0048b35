//! Object ids and ref names, as git writes them.
//!
//! Parsed once, at the door: no later code looks at hex digits or checks a name again. Says nothing about
//! whether an object or ref exists.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The hash function of a repository (`extensions.objectFormat`, gitrepository-layout(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectFormat {
    Sha1,
    Sha256,
}

impl ObjectFormat {
    /// Length of an id in bytes: 20 or 32.
    pub const fn id_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Length of an id in hex digits: 40 or 64.
    pub const fn hex_digits(self) -> usize {
        self.id_bytes() * 2
    }

    /// Git's own name of it: `sha1` or `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

/// The name of a git object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    format: ObjectFormat,
    bytes: [u8; 32],
}

impl Hash for ObjectId {
    /// Half of the bytes are as good as all: nobody finds two objects whose ids begin with the same sixteen.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.bytes[..16]);
    }
}

impl ObjectId {
    /// The all-zero id, git's word for "no object".
    pub const fn null(format: ObjectFormat) -> Self {
        Self { format, bytes: [0; 32] }
    }

    /// The id of the empty tree, which git knows whether or not it is stored.
    pub fn empty_tree(format: ObjectFormat) -> Self {
        let hex: &[u8] = match format {
            ObjectFormat::Sha1 => b"4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            ObjectFormat::Sha256 => b"6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        };
        Self::parse(hex, format).expect("both constants are lower-case hex of the right length")
    }

    /// Reads exactly 40 (sha1) or 64 (sha256) lower-case hex digits; anything else is `None`.
    pub fn parse(hex: &[u8], format: ObjectFormat) -> Option<Self> {
        if hex.len() != format.hex_digits() {
            return None;
        }
        let mut bytes = [0; 32];
        // Whether all of them are digits is seen at the end: one or two of many are rarely not.
        let mut seen = 0;
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
            *byte = high << 4 | low;
            seen |= high | low;
        }
        (seen != NO_DIGIT).then_some(Self { format, bytes })
    }

    /// Takes raw id bytes; `None` unless there are exactly 20 (sha1) or 32 (sha256).
    pub fn from_bytes(raw: &[u8], format: ObjectFormat) -> Option<Self> {
        if raw.len() != format.id_bytes() {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Self { format, bytes })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.format.id_bytes()]
    }

    pub const fn format(&self) -> ObjectFormat {
        self.format
    }

    pub fn is_null(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// The first seven hex digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..7].to_string()
    }
}

/// Stands in [`VALUES`] for what is no digit.
const NO_DIGIT: u8 = 0xff;

/// The value of each byte as a lower-case hex digit.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.as_bytes()) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        let digits = &text[..2 * self.as_bytes().len()];
        f.write_str(std::str::from_utf8(digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Bytes of one part of a ref name: git stores refs as files (limits.h, `NAME_MAX`).
const COMPONENT_BYTES: usize = 255;

/// A full ref name (`refs/…`) that git-check-ref-format(1) accepts and that is UTF-8.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefName(Arc<str>);

/// Why bytes are not a ref name that refgate judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefNameError {
    /// git-check-ref-format(1) refuses it, it does not begin with `refs/`, or it is too long.
    Malformed,
    /// Git would accept it; a rule written in Rego could not see it as it is.
    NotUtf8,
}

impl RefName {
    /// Bytes of the longest name that is judged: twice what file systems allow a file. A push repeats names in many
    /// places, and may have thousands.
    pub const LONGEST: usize = 512;

    /// Reads a full name by the rules of git-check-ref-format(1), if it is no longer than [`Self::LONGEST`].
    ///
    /// receive-pack asks for two levels below `refs/` (`refs/heads/x`), but lets a deletion name one (`refs/stash`):
    /// `one_level` says which applies.
    pub fn parse(bytes: &[u8], one_level: bool) -> Result<Self, RefNameError> {
        let rest = bytes.strip_prefix(b"refs/").ok_or(RefNameError::Malformed)?;
        let levels = rest.split(|&b| b == b'/').count();
        let well_formed = rest.split(|&b| b == b'/').all(component_is_well_formed)
            && !bytes.ends_with(b".")
            && bytes.len() <= Self::LONGEST
            && (one_level || levels > 1);
        if !well_formed {
            return Err(RefNameError::Malformed);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RefNameError::NotUtf8)?;
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as people say it: without `refs/heads/`, `refs/tags/`, or else without `refs/`.
    pub fn short(&self) -> &str {
        let name = self.without_namespaces();
        ["refs/heads/", "refs/tags/", "refs/"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
    }

    /// The name without leading `refs/namespaces/<name>/` parts (gitnamespaces(7)).
    pub fn without_namespaces(&self) -> &str {
        let mut name = self.as_str();
        while let Some(rest) = name.strip_prefix("refs/namespaces/") {
            match rest.split_once('/') {
                Some((_, inner)) if inner.starts_with("refs/") => name = inner,
                _ => break,
            }
        }
        name
    }
}

fn component_is_well_formed(component: &[u8]) -> bool {
    let forbidden = |b: &u8| *b < 0x20 || *b == 0x7f || b" ~^:?*[\\".contains(b);
    !component.is_empty()
        && component.len() <= COMPONENT_BYTES
        && !component.starts_with(b".")
        && !component.ends_with(b".lock")
        && !component.iter().any(forbidden)
        && !component.windows(2).any(|pair| pair == b".." || pair == b"@{")
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RefName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_only_in_its_own_width_and_case() {
        let hex = b"4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let id = ObjectId::parse(hex, ObjectFormat::Sha1).unwrap();
        assert_eq!(id.to_string().as_bytes(), hex);
        assert_eq!(ObjectId::from_bytes(id.as_bytes(), ObjectFormat::Sha1), Some(id));
        assert_eq!(ObjectId::parse(hex, ObjectFormat::Sha256), None);
        assert_eq!(ObjectId::parse(&hex.to_ascii_uppercase(), ObjectFormat::Sha1), None);
        assert_eq!(ObjectId::parse(&hex[..39], ObjectFormat::Sha1), None);
    }

    #[test]
    fn names_git_refuses_are_malformed() {
        let names = [
            "HEAD",
            "main",
            "",
            "refs/",
            "refs/x",
            "refs/heads/",
            "refs/heads//x",
            "refs/heads/../x",
            "refs/heads/.x",
            "refs/heads/x.lock",
            "refs/heads/x.lock/y",
            "refs/heads/a b",
            "refs/heads/a~",
            "refs/heads/a^",
            "refs/heads/a:",
            "refs/heads/a?",
            "refs/heads/a*",
            "refs/heads/a[",
            "refs/heads/a\\b",
            "refs/heads/@{x",
            "refs/heads/x.",
            "refs/heads/a\x7f",
            "refs/heads/a\x1b",
            "refs/heads/a\n",
            "refs/heads/a..b",
        ];
        for name in names {
            assert_eq!(RefName::parse(name.as_bytes(), false), Err(RefNameError::Malformed), "{name:?}");
        }
        assert_eq!(RefName::parse(b"refs/heads/\xff", false), Err(RefNameError::NotUtf8));
    }

    #[test]
    fn names_that_are_too_long_are_malformed() {
        let name = |parts: &[usize]| {
            let parts: Vec<String> = parts.iter().map(|length| "x".repeat(*length)).collect();
            RefName::parse(format!("refs/heads/{}", parts.join("/")).as_bytes(), false).map(drop)
        };
        assert_eq!((name(&[255]), name(&[256])), (Ok(()), Err(RefNameError::Malformed)));
        let rest = RefName::LONGEST - "refs/heads/".len() - 256;
        assert_eq!((name(&[255, rest]), name(&[255, rest + 1])), (Ok(()), Err(RefNameError::Malformed)));
    }

    #[test]
    fn names_git_accepts_are_read() {
        for name in [
            "refs/heads/main",
            "refs/heads/@",
            "refs/heads/-x",
            "refs/heads/refs/heads/main",
            "refs/heads/ü",
            "refs/heads/HEAD",
        ] {
            assert_eq!(RefName::parse(name.as_bytes(), false).unwrap().as_str(), name);
        }
        assert!(RefName::parse(b"refs/stash", true).is_ok());
    }

    #[test]
    fn namespaces_are_peeled_from_the_front_only() {
        let name = RefName::parse(b"refs/namespaces/a/refs/namespaces/b/refs/heads/main", false).unwrap();
        assert_eq!(name.without_namespaces(), "refs/heads/main");
        assert_eq!(name.short(), "main");
        let name = RefName::parse(b"refs/heads/refs/namespaces/a", false).unwrap();
        assert_eq!(name.without_namespaces(), name.as_str());
    }
}
