//! Trees as walks see them: folders and entries side by side, read once, counted, and kept for a while.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{self, AtomicUsize};

use crate::config::Limits;
use crate::ids::ObjectId;

use super::Wanted;
use super::objects::{ObjectError, Objects};
use super::raw::{Listing, Mode, ModeKind, Unread};
use crate::facts::ObjectKind;

/// Bytes of parsed trees that one thread keeps: a commit's tree is its child's old tree. More than a processor's own
/// caches hold would be slower.
const KEPT_BYTES: usize = 1 << 19;

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

/// What a name stands for. In a stored tree it is a leaf or a folder; a mechanical merge may come to both, since it is
/// worked out path by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub here: Here,
    pub below: Option<Folder>,
}

/// What stands at a path itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Here {
    /// Sides that a merge could not bring together.
    Conflict,
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
    pub fn stored(&self) -> Option<ObjectId> {
        match self {
            Self::Merged(_) => None,
            Self::Stored(id) => Some(*id),
        }
    }

    /// Surely the same content. What a merge made is not even the same as itself: it may hold conflicts.
    pub fn is(&self, other: &Self) -> bool {
        self.stored().is_some() && self.stored() == other.stored()
    }
}

impl Here {
    /// Surely the same. A conflict is not even the same as itself.
    pub fn is(&self, other: &Self) -> bool {
        self == other && *self != Self::Conflict
    }

    pub fn leaf(self) -> Option<Leaf> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            Self::Conflict | Self::Nothing => None,
        }
    }
}

impl Node {
    /// A stored tree.
    pub fn tree(id: ObjectId) -> Self {
        Self { here: Here::Nothing, below: Some(Folder::Stored(id)) }
    }

    fn leaf(leaf: Leaf) -> Self {
        Self { here: Here::Leaf(leaf), below: None }
    }

    pub fn is_nothing(&self) -> bool {
        self.here == Here::Nothing && self.below.is_none()
    }

    /// Surely the same, here and below.
    pub fn is(&self, other: &Self) -> bool {
        self.here.is(&other.here) && same_folders(&self.below, &other.below)
    }
}

/// Surely the same, or both missing.
pub(super) fn same_folders(one: &Option<Folder>, other: &Option<Folder>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
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
            Self::Stored(listing) => listing.name(index),
        }
    }

    /// What stands at a place; nothing where there is no place.
    pub fn at(&self, place: Option<usize>) -> Node {
        place.map(|place| self.node(place)).unwrap_or_default()
    }

    fn node(&self, index: usize) -> Node {
        match self {
            Self::Merged(merged) => merged.get(index).map(|(_, node)| node.clone()).unwrap_or_default(),
            Self::Nothing => Node::default(),
            Self::Stored(listing) => match listing.member(index) {
                Some(member) if member.mode.kind() == ModeKind::Folder => Node::tree(member.id),
                Some(member) => Node::leaf(Leaf { mode: member.mode, id: member.id }),
                None => Node::default(),
            },
        }
    }

    /// What a name stands for.
    pub fn find(&self, name: &[u8]) -> Node {
        let place = match self {
            Self::Merged(merged) => merged.binary_search_by(|(other, _)| other.as_slice().cmp(name)).ok(),
            Self::Nothing => None,
            Self::Stored(listing) => listing.find(name),
        };
        self.at(place)
    }

    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        match self {
            Self::Merged(_) | Self::Nothing => 0,
            Self::Stored(listing) => listing.weight(),
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
pub(super) struct Abreast<const SIDES: usize> {
    next: [usize; SIDES],
}

impl<const SIDES: usize> Abreast<SIDES> {
    pub fn new() -> Self {
        Self { next: [0; SIDES] }
    }

    /// The next name, and where it stands on each side that has it. Always to be called with the same folders.
    pub fn step<'a>(&mut self, folders: [&'a Opened; SIDES]) -> Option<(&'a [u8], [Option<usize>; SIDES])> {
        let names: [Option<&'a [u8]>; SIDES] = std::array::from_fn(|side| folders[side].name(self.next[side]));
        let mut first: Option<&'a [u8]> = None;
        let mut has_it = [false; SIDES];
        for (side, name) in names.iter().enumerate() {
            let Some(name) = name else { continue };
            match first.map_or(Ordering::Less, |first| (*name).cmp(first)) {
                Ordering::Less => {
                    first = Some(name);
                    has_it = [false; SIDES];
                    has_it[side] = true;
                }
                Ordering::Equal => has_it[side] = true,
                Ordering::Greater => {}
            }
        }
        let first = first?;
        let places = std::array::from_fn(|side| {
            let here = has_it[side];
            let place = self.next[side];
            self.next[side] += usize::from(here);
            here.then_some(place)
        });
        Some((first, places))
    }
}

impl Abreast<2> {
    /// Passes over entries that both have to the letter: most of two folders is alike.
    pub fn pass_alike(&mut self, [one, other]: [&Opened; 2]) {
        if let (Opened::Stored(one), Opened::Stored(other)) = (one, other) {
            let alike = one.alike(self.next[0], other, self.next[1]);
            self.next = self.next.map(|next| next + alike);
        }
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
        if listing.weight() > KEPT_BYTES / 2 || self.trees.insert(id, listing.clone()).is_some() {
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
    /// Entries that may be visited in all.
    pub allowed: usize,
    pub limits: &'a Limits,
    pub wanted: Wanted,
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

    /// What stands at a path below `root`, read leniently; the root itself for an empty path.
    pub fn find(&mut self, root: &Node, path: &[u8], side: Side) -> Result<Node, ObjectError> {
        let mut node = root.clone();
        for name in path.split(|&b| b == b'/').filter(|name| !name.is_empty()) {
            node = self.open(node.below.as_ref(), side)?.find(name);
        }
        Ok(node)
    }

    /// Entries visited in `id`, and one more: empty trees are not free either.
    pub fn count(&self, entries: usize, id: ObjectId) -> Result<(), ObjectError> {
        let visited = self.visited.fetch_add(entries.saturating_add(1), atomic::Ordering::Relaxed);
        match visited.saturating_add(entries) > self.allowed {
            true => Err(ObjectError::limit("tree_entries", self.limits.tree_entries, id)),
            false => Ok(()),
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
        self.count(listing.len(), id)?;
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
