//! How commits hang together: walks over parents, by reachability. Dates order a walk, and never decide what is reachable.
//!
//! Commits are read leniently here: what is wrong with one that is judged shows when it is read strictly, and trusted
//! history is never judged. Replace refs, grafts and commit-graph files are not looked at.

mod ancestry;
mod bases;
mod range;

pub(super) use bases::Bases;
pub use range::FirstParents;

use std::collections::{BinaryHeap, HashMap};

use crate::facts::ObjectKind;
use crate::ids::{ObjectFormat, ObjectId};

use super::objects::{ObjectError, Objects};
use super::raw::CommitLinks;
use super::walked::Walked;

/// Tags within tags that are followed from values which are not judged.
const TRUSTED_TAG_DEPTH: usize = 64;

/// The commits seen so far and their parents.
#[derive(Default)]
pub(super) struct Graph {
    places: HashMap<ObjectId, Place>,
    commits: Vec<Commit>,
    /// Commits read so far, merges once for each parent.
    read: usize,
    continued: range::Continued,
}

/// Where a commit stands in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place(u32);

impl Place {
    fn index(self) -> usize {
        self.0 as usize
    }
}

struct Commit {
    id: ObjectId,
    /// `None` until the commit has been read.
    links: Option<Links>,
}

struct Links {
    parents: Box<[Place]>,
    /// Committer date in seconds; orders walks.
    time: i64,
}

/// A graph together with what it is read from.
pub(super) struct Walker<'a> {
    pub graph: &'a mut Graph,
    pub objects: &'a Objects,
    pub walked: &'a Walked,
    /// Most commits that may be read, over all walks of this graph; a merge counts once for each parent.
    pub limit: usize,
}

impl Walker<'_> {
    /// The place of a commit, which must exist and be one.
    fn enter(&mut self, id: ObjectId) -> Result<Place, ObjectError> {
        let place = self.graph.place(id);
        self.read(place)?;
        Ok(place)
    }

    fn read(&mut self, place: Place) -> Result<(), ObjectError> {
        let commit = &self.graph.commits[place.index()];
        if commit.links.is_some() {
            return Ok(());
        }
        let id = commit.id;
        if self.graph.read >= self.limit {
            return Err(ObjectError::limit("walked_commits", self.limit, id));
        }
        let (kind, content) = self.objects.read_any(id)?;
        if kind != ObjectKind::Commit {
            return Err(ObjectError::ambiguous(id, "it is named as a parent and is no commit"));
        }
        let CommitLinks { parents, time, .. } = CommitLinks::parse(&content, self.objects.format());
        // The same parents can be named again and again, and each time costs something.
        self.graph.read = self.graph.read.saturating_add(parents.len().max(1));
        let parents = parents.into_iter().map(|parent| self.graph.place(parent)).collect();
        self.graph.commits[place.index()].links = Some(Links { parents, time: time.0 });
        self.walked.keep(id, content);
        Ok(())
    }

    fn id(&self, place: Place) -> ObjectId {
        self.graph.commits[place.index()].id
    }

    /// Committer date of a commit that was read.
    fn time(&self, place: Place) -> i64 {
        self.graph.commits[place.index()].links.as_ref().map_or(0, |links| links.time)
    }

    /// Parents of a commit that was read, as the commit lists them.
    fn parents(&self, place: Place) -> Vec<Place> {
        self.graph.commits[place.index()].links.as_ref().map(|links| links.parents.to_vec()).unwrap_or_default()
    }

    /// The first parent of a commit.
    pub fn first_parent(&mut self, commit: ObjectId) -> Result<Option<ObjectId>, ObjectError> {
        let place = self.enter(commit)?;
        Ok(self.parents(place).first().map(|&parent| self.id(parent)))
    }

    /// The commit that a value from before the push leads to; `None` when it is not stored or leads to something else.
    pub fn tip(&self, id: ObjectId) -> Result<Option<ObjectId>, ObjectError> {
        match self.peel(id) {
            Err(ObjectError::Missing(_)) => Ok(None),
            other => other,
        }
    }

    /// The commit that an id leads to through tags; `None` when it leads to something else.
    pub fn peel(&self, id: ObjectId) -> Result<Option<ObjectId>, ObjectError> {
        let mut next = id;
        for _ in 0..=TRUSTED_TAG_DEPTH {
            match self.objects.header(next)?.kind {
                ObjectKind::Commit => return Ok(Some(next)),
                ObjectKind::Tag => {}
                ObjectKind::Blob | ObjectKind::Tree | ObjectKind::None => return Ok(None),
            }
            let (_, content) = self.objects.read_any(next)?;
            match tag_target(&content, self.objects.format()) {
                Some(target) => next = target,
                None => return Ok(None),
            }
        }
        Err(ObjectError::limit("tag_depth", TRUSTED_TAG_DEPTH, id))
    }
}

fn tag_target(content: &[u8], format: ObjectFormat) -> Option<ObjectId> {
    let line = content.split(|&b| b == b'\n').next()?;
    ObjectId::parse(line.strip_prefix(b"object ")?, format)
}

impl Graph {
    fn place(&mut self, id: ObjectId) -> Place {
        let commits = &mut self.commits;
        *self.places.entry(id).or_insert_with(|| {
            // More commits than fit a `u32` do not fit the limit of commits read, of which each adds its parents.
            let place = Place(u32::try_from(commits.len()).unwrap_or(u32::MAX));
            commits.push(Commit { id, links: None });
            place
        })
    }
}

/// One mark per commit, made of bits.
#[derive(Default)]
struct Marks(Vec<u8>);

impl Marks {
    fn get(&self, place: Place) -> u8 {
        self.0.get(place.index()).copied().unwrap_or(0)
    }

    /// Adds bits; whether any of them is new.
    fn add(&mut self, place: Place, bits: u8) -> bool {
        if self.0.len() <= place.index() {
            self.0.resize(place.index() + 1, 0);
        }
        let marks = &mut self.0[place.index()];
        let before = *marks;
        *marks |= bits;
        *marks != before
    }

    fn has(&self, place: Place, bits: u8) -> bool {
        self.get(place) & bits == bits
    }

    fn remove(&mut self, place: Place, bits: u8) {
        if let Some(marks) = self.0.get_mut(place.index()) {
            *marks &= !bits;
        }
    }
}

/// Commits to visit, the youngest by date first, and among equals by id: the same walk every time.
#[derive(Default)]
struct Queue(BinaryHeap<(i64, ObjectId, Place)>);

impl Queue {
    fn push(&mut self, place: Place, walker: &Walker<'_>) {
        self.0.push((walker.time(place), walker.id(place), place));
    }

    fn pop(&mut self) -> Option<Place> {
        self.0.pop().map(|(_, _, place)| place)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    /// Date of the next commit.
    fn youngest(&self) -> Option<i64> {
        self.0.peek().map(|(time, _, _)| *time)
    }
}
