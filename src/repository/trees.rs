//! Trees as walks see them: folders and entries side by side, read once, counted, and kept for a while.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::Limits;
use crate::ids::ObjectId;

use super::objects::{ObjectError, Objects};
use super::raw::{Listing, Mode, ModeKind, Unread};
use crate::facts::ObjectKind;

/// Bytes of parsed trees that one thread keeps: a commit's tree is its child's old tree.
const KEPT_BYTES: usize = 8 << 20;

/// A file, symbolic link or submodule in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub mode: Mode,
    pub id: ObjectId,
}

/// A folder: as stored, or as a mechanical merge made it.
#[derive(Clone, Debug)]
pub(super) enum Folder {
    Merged(Arc<Merged>),
    Stored(ObjectId),
}

/// Names and what they stand for, in byte order of the names.
pub(super) type Merged = Vec<(Vec<u8>, Node)>;

/// What a name stands for.
#[derive(Clone, Debug, Default)]
pub(super) enum Node {
    /// Sides that a merge could not bring together, here and below.
    Conflict,
    Folder(Folder),
    Leaf(Leaf),
    #[default]
    Nothing,
}

/// Which side of a comparison a tree is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Being judged: read strictly.
    New,
    /// Trusted, or judged elsewhere.
    Old,
}

impl Folder {
    /// Surely the same content. Folders that a merge made are only the same as themselves.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Merged(one), Self::Merged(two)) => Arc::ptr_eq(one, two),
            (Self::Stored(one), Self::Stored(two)) => one == two,
            (Self::Merged(_), Self::Stored(_)) | (Self::Stored(_), Self::Merged(_)) => false,
        }
    }
}

impl Node {
    pub fn leaf(&self) -> Option<Leaf> {
        match self {
            Self::Leaf(leaf) => Some(*leaf),
            Self::Conflict | Self::Folder(_) | Self::Nothing => None,
        }
    }

    pub fn folder(&self) -> Option<Folder> {
        match self {
            Self::Folder(folder) => Some(folder.clone()),
            Self::Conflict | Self::Leaf(_) | Self::Nothing => None,
        }
    }

    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

/// A folder that has been read.
#[derive(Clone, Debug)]
pub(super) enum Opened {
    Merged(Arc<Merged>),
    Nothing,
    Stored(Arc<Listing>),
}

impl Opened {
    pub fn len(&self) -> usize {
        match self {
            Self::Merged(merged) => merged.len(),
            Self::Nothing => 0,
            Self::Stored(listing) => listing.len(),
        }
    }

    pub fn name(&self, index: usize) -> Option<&[u8]> {
        match self {
            Self::Merged(merged) => merged.get(index).map(|(name, _)| name.as_slice()),
            Self::Nothing => None,
            Self::Stored(listing) => listing.member(index).map(|member| member.name),
        }
    }

    pub fn node(&self, index: usize) -> Node {
        match self {
            Self::Merged(merged) => merged.get(index).map(|(_, node)| node.clone()).unwrap_or_default(),
            Self::Nothing => Node::Nothing,
            Self::Stored(listing) => match listing.member(index) {
                Some(member) if member.mode.kind() == ModeKind::Folder => Node::Folder(Folder::Stored(member.id)),
                Some(member) => Node::Leaf(Leaf { mode: member.mode, id: member.id }),
                None => Node::Nothing,
            },
        }
    }

    /// The mode of a folder or leaf as stored.
    pub fn mode(&self, index: usize) -> Option<Mode> {
        match self {
            Self::Stored(listing) => listing.member(index).map(|member| member.mode),
            Self::Merged(_) | Self::Nothing => None,
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|index| self.name(index))
    }
}

/// Walks several folders side by side, name by name.
pub(super) struct Abreast<'a, const SIDES: usize> {
    folders: [&'a Opened; SIDES],
    next: [usize; SIDES],
}

impl<'a, const SIDES: usize> Abreast<'a, SIDES> {
    pub fn new(folders: [&'a Opened; SIDES]) -> Self {
        Self { folders, next: [0; SIDES] }
    }
}

impl<'a, const SIDES: usize> Iterator for Abreast<'a, SIDES> {
    /// A name, and where it stands on each side that has it.
    type Item = (&'a [u8], [Option<usize>; SIDES]);

    fn next(&mut self) -> Option<Self::Item> {
        let names: [Option<&'a [u8]>; SIDES] = std::array::from_fn(|side| self.folders[side].name(self.next[side]));
        let first = names.iter().flatten().min().copied()?;
        let places = std::array::from_fn(|side| {
            let here = names[side] == Some(first);
            let place = self.next[side];
            self.next[side] += usize::from(here);
            here.then_some(place)
        });
        Some((first, places))
    }
}

/// Parsed trees that were used lately.
#[derive(Default)]
pub(super) struct KeptTrees {
    trees: HashMap<ObjectId, Arc<Listing>>,
    order: VecDeque<ObjectId>,
    bytes: usize,
}

impl KeptTrees {
    fn keep(&mut self, id: ObjectId, listing: &Arc<Listing>) {
        if listing.weight() > KEPT_BYTES / 4 || self.trees.insert(id, listing.clone()).is_some() {
            return;
        }
        self.order.push_back(id);
        self.bytes += listing.weight();
        while self.bytes > KEPT_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.trees.remove(&oldest).map_or(0, |listing| listing.weight());
        }
    }
}

/// Reads trees for one walk.
pub(super) struct Trees<'a> {
    pub objects: &'a Objects,
    pub kept: &'a mut KeptTrees,
    /// Entries visited so far by all threads.
    pub visited: &'a AtomicUsize,
    pub limits: &'a Limits,
}

impl Trees<'_> {
    /// Reads a folder. On the new side it must be one that all parsers read alike.
    pub fn open(&mut self, folder: Option<&Folder>, side: Side) -> Result<Opened, ObjectError> {
        match folder {
            None => Ok(Opened::Nothing),
            Some(Folder::Merged(merged)) => Ok(Opened::Merged(merged.clone())),
            Some(Folder::Stored(id)) => self.listing(*id, side).map(Opened::Stored),
        }
    }

    fn listing(&mut self, id: ObjectId, side: Side) -> Result<Arc<Listing>, ObjectError> {
        let listing = match self.kept.trees.get(&id) {
            Some(listing) => listing.clone(),
            None => {
                let listing = Arc::new(self.read(id, side)?);
                self.kept.keep(id, &listing);
                listing
            }
        };
        // One more than it holds: empty trees are not free either.
        let visited = self.visited.fetch_add(listing.len() + 1, Ordering::Relaxed);
        if visited.saturating_add(listing.len()) > self.limits.tree_entries {
            return Err(ObjectError::limit("tree_entries", self.limits.tree_entries, id));
        }
        if listing.longest > self.limits.path_bytes {
            return Err(ObjectError::limit("path_bytes", self.limits.path_bytes, id));
        }
        match listing.objection {
            Some(reason) if side == Side::New => Err(ObjectError::ambiguous(id, reason)),
            _ => Ok(listing),
        }
    }

    fn read(&mut self, id: ObjectId, side: Side) -> Result<Listing, ObjectError> {
        let (kind, content) = self.objects.read(id, "tree_bytes", self.limits.tree_bytes)?;
        if kind != ObjectKind::Tree {
            return Err(wrong_kind(id, side, "a tree"));
        }
        Listing::parse(content, self.objects.format()).map_err(|unread| match (unread, side) {
            (Unread::Ambiguous(reason), Side::New) => ObjectError::ambiguous(id, reason),
            (Unread::Ambiguous(reason), Side::Old) => ObjectError::Unreadable { id, reason },
            (Unread::Limit { name, limit }, _) => ObjectError::limit(name, limit, id),
        })
    }
}

pub(super) fn wrong_kind(id: ObjectId, side: Side, expected: &str) -> ObjectError {
    let reason = format!("it stands where {expected} belongs and is none");
    match side {
        Side::New => ObjectError::ambiguous(id, reason),
        Side::Old => ObjectError::Unreadable { id, reason },
    }
}
