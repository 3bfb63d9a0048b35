//! Bytes of a tree become a [`Listing`]: `mode SP name NUL id`, one after the other.
//!
//! A listing is in byte order of its names, which is not git's order of trees: git sorts a folder as if its name ended
//! in `/`. What strict reading objects to is kept beside the entries, since trusted history is read all the same.

use std::cmp::Ordering;
use std::ops::Range;

use crate::ids::{ObjectFormat, ObjectId};

use super::Unread;

/// Bytes of an entry beside its id, if its name is short.
const SHORT_ENTRY: usize = 12;

/// More octal digits than any parser keeps; six are all that strict reading takes.
const MODE_DIGITS: usize = 10;

/// The entries of one tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::repository) struct Listing {
    /// Names and ids lie in here.
    bytes: Vec<u8>,
    format: ObjectFormat,
    members: Vec<Stored>,
    /// What makes it ambiguous on the new side of a comparison.
    pub objection: Option<&'static str>,
    /// The longest name.
    pub longest: usize,
}

/// An entry; its id follows the byte after its name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    name: Range<u32>,
    mode: Mode,
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::repository) struct Member<'a> {
    pub name: &'a [u8],
    pub mode: Mode,
    pub id: ObjectId,
}

/// A file mode, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::repository) struct Mode {
    pub bits: u32,
    /// It was written with leading zeros.
    pub padded: bool,
}

/// What git takes a mode for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::repository) enum ModeKind {
    Executable,
    File,
    Folder,
    Submodule,
    Symlink,
}

impl Mode {
    const TYPE: u32 = 0o170000;

    /// The kind, by the type bits alone; git reads modes that are no type at all as submodules.
    pub fn kind(self) -> ModeKind {
        match self.bits & Self::TYPE {
            0o100000 if self.bits & 0o100 != 0 => ModeKind::Executable,
            0o100000 => ModeKind::File,
            0o040000 => ModeKind::Folder,
            0o120000 => ModeKind::Symlink,
            _ => ModeKind::Submodule,
        }
    }

    /// Whether it is one of the five that git writes.
    pub fn is_canonical(self) -> bool {
        !self.padded && matches!(self.bits, 0o100644 | 0o100755 | 0o040000 | 0o120000 | 0o160000)
    }

    /// Whether its type bits are those of a type.
    fn is_known(self) -> bool {
        matches!(self.bits & Self::TYPE, 0o100000 | 0o040000 | 0o120000 | 0o160000)
    }
}

impl Listing {
    /// Reads the content of a tree. Fails only on what cannot be cut into entries at all.
    pub fn parse(bytes: Vec<u8>, format: ObjectFormat) -> Result<Self, Unread> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Unread::Limit { name: "tree_bytes", limit: u32::MAX as usize });
        }
        let mut members: Vec<Stored> = Vec::with_capacity(bytes.len() / (format.id_bytes() + SHORT_ENTRY));
        let mut objection = None;
        let mut longest = 0;
        let mut sorted = true;
        let mut start = 0;
        while start < bytes.len() {
            let (member, end) = parse_member(&bytes, start, format)?;
            let name = slice(&bytes, &member.name);
            longest = longest.max(name.len());
            objection = objection.or_else(|| object_to(name, member.mode, to_usize(member.name.start) - start - 1));
            if let Some(before) = members.last() {
                let order = Order::of((slice(&bytes, &before.name), before.mode), (name, member.mode));
                sorted &= order.by_bytes;
                objection = objection.or((!order.by_git).then_some("its entries are out of order"));
            }
            members.push(member);
            start = end;
        }
        let mut listing = Self { bytes, format, members, objection, longest };
        if !sorted {
            listing.sort();
        }
        Ok(listing)
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        self.bytes.len() + self.members.len() * size_of::<Stored>()
    }

    pub fn member(&self, index: usize) -> Option<Member<'_>> {
        self.members.get(index).map(|stored| self.view(stored))
    }

    pub fn name(&self, index: usize) -> Option<&[u8]> {
        self.members.get(index).map(|stored| slice(&self.bytes, &stored.name))
    }

    /// How many entries from one place on are those of another listing from a place of its own on.
    pub fn alike(&self, from: usize, other: &Self, other_from: usize) -> usize {
        let (mine, theirs) = (self.members.get(from..), other.members.get(other_from..));
        let pairs = mine.unwrap_or_default().iter().zip(theirs.unwrap_or_default());
        pairs.take_while(|(one, two)| one.mode == two.mode && self.name_and_id(one) == other.name_and_id(two)).count()
    }

    /// Where a name stands.
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        self.members.binary_search_by(|stored| slice(&self.bytes, &stored.name).cmp(name)).ok()
    }

    fn view(&self, stored: &Stored) -> Member<'_> {
        // To take it for nothing would be to say that there is nothing to judge.
        let id = ObjectId::from_bytes(self.id(stored), self.format).expect("an entry was cut with its id");
        Member { name: slice(&self.bytes, &stored.name), mode: stored.mode, id }
    }

    fn name_and_id(&self, stored: &Stored) -> &[u8] {
        let end = to_usize(stored.name.end) + 1 + self.format.id_bytes();
        self.bytes.get(to_usize(stored.name.start)..end).unwrap_or_default()
    }

    /// The bytes of its id.
    fn id(&self, stored: &Stored) -> &[u8] {
        let start = to_usize(stored.name.end) + 1;
        self.bytes.get(start..start + self.format.id_bytes()).unwrap_or_default()
    }

    /// Byte order of names; of entries with the same name the first stays, as git's own lookup has it.
    fn sort(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let name = |stored: &Stored| slice(&bytes, &stored.name);
        self.members.sort_by(|a, b| name(a).cmp(name(b)));
        let before = self.members.len();
        self.members.dedup_by(|later, earlier| name(later) == name(earlier));
        if self.members.len() < before {
            self.objection = self.objection.or(Some("it has two entries of one name"));
        }
        self.bytes = bytes;
    }
}

/// Reads the entry at `start`; the second of the pair is where the next one starts.
fn parse_member(bytes: &[u8], start: usize, format: ObjectFormat) -> Result<(Stored, usize), Unread> {
    let broken = || Unread::ambiguous("it is not a list of entries");
    let rest = bytes.get(start..).ok_or_else(broken)?;
    let digits = rest.iter().take_while(|b| (b'0'..=b'7').contains(b)).count();
    if digits == 0 || digits > MODE_DIGITS || rest.get(digits) != Some(&b' ') {
        return Err(Unread::ambiguous("it has an entry without a mode"));
    }
    let bits = rest[..digits].iter().fold(0u32, |bits, digit| bits << 3 | u32::from(digit - b'0'));
    let mode = Mode { bits, padded: rest[0] == b'0' && digits > 1 };
    let name_start = start + digits + 1;
    // Names are short: looking for their end one by one is fastest.
    let length = bytes.get(name_start..).ok_or_else(broken)?.iter().position(|&b| b == 0).ok_or_else(broken)?;
    let end = name_start + length + 1 + format.id_bytes();
    if bytes.len() < end {
        return Err(broken());
    }
    Ok((Stored { name: to_u32(name_start)..to_u32(name_start + length), mode }, end))
}

/// What strict reading has against a single entry.
fn object_to(name: &[u8], mode: Mode, digits: usize) -> Option<&'static str> {
    match name {
        b"" => Some("it has an entry without a name"),
        b"." | b".." | b".git" => Some("it has an entry named '.', '..' or '.git'"),
        _ if name.contains(&b'/') => Some("it has an entry with a '/' in its name"),
        _ if !mode.is_known() || digits > 6 => Some("it has an entry whose mode is no type"),
        _ => None,
    }
}

/// Whether one entry stands before another.
struct Order {
    /// By the bytes of their names.
    by_bytes: bool,
    /// As git compares them: a folder as if its name ended in `/`.
    by_git: bool,
}

impl Order {
    fn of(before: (&[u8], Mode), after: (&[u8], Mode)) -> Self {
        let common = before.0.len().min(after.0.len());
        let next = |(name, mode): (&[u8], Mode)| {
            name.get(common).copied().unwrap_or(if mode.kind() == ModeKind::Folder { b'/' } else { 0 })
        };
        match before.0[..common].cmp(&after.0[..common]) {
            Ordering::Less => Self { by_bytes: true, by_git: true },
            Ordering::Equal => Self { by_bytes: before.0.len() < after.0.len(), by_git: next(before) < next(after) },
            Ordering::Greater => Self { by_bytes: false, by_git: false },
        }
    }
}

fn slice<'a>(bytes: &'a [u8], range: &Range<u32>) -> &'a [u8] {
    bytes.get(to_usize(range.start)..to_usize(range.end)).unwrap_or_default()
}

fn to_usize(index: u32) -> usize {
    index as usize
}

/// [`Listing::parse`] takes no tree in which this could saturate.
fn to_u32(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
