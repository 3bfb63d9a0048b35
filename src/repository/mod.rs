//! The repository being pushed to: objects, refs, history, changes. The only room that knows gix.
//!
//! Raw bytes and exact names: replace refs and grafts are never honoured, nothing is looked up by abbreviation.
//! Decides nothing and knows no person.

mod changes;
mod delta_bases;
mod history;
mod location;
mod merge;
mod objects;
mod packed_refs;
mod paths;
pub mod raw;
mod refs;
mod submodules;
mod trees;
mod walked;

pub use history::FirstParents;
pub use location::{Location, RepositoryError, config_value};
pub use objects::{Header, ObjectError};
pub use raw::{RawCommit, RawIdentity, RawTag, SignedBytes};
pub use refs::{RefError, Resolved};

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::{CommitScope, Limits};
use crate::facts::{self, History, ObjectKind};
use crate::ids::{ObjectFormat, ObjectId, RefName};
use crate::pattern::PathPatterns;

use changes::{Comparison, Differences, MergedContent, describe};
use history::{Bases, Graph, Walker};
use location::{Layout, namespace_prefix, read_layout};
use merge::{Merge, Merger};
use objects::{Folders, Objects};
use raw::{CommitLinks, Reading, Unread};
use refs::Refs;
use trees::{KeptTrees, Node, Side, Trees, wrong_kind};
use walked::Walked;

/// An open repository, with what is being pushed into it.
///
/// Can be shared; threads that work at the same time should each have a clone, which is cheap and keeps its own caches.
pub struct Repository {
    shared: Arc<Shared>,
    worker: Mutex<Worker>,
}

struct Shared {
    layout: Layout,
    limits: Limits,
    folders: Folders,
    refs: Refs,
    head: Option<RefName>,
    /// Tree entries visited by all clones, and those that they may visit.
    visited: AtomicUsize,
    allowed: AtomicUsize,
    walked: Walked,
}

/// What one thread works with.
struct Worker {
    objects: Objects,
    graph: Graph,
    kept: KeptTrees,
    wanted: Wanted,
}

/// What changes say of the entries before and after. That new ones are what they should be is seen to in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Everything,
    Nothing,
    /// 0 for how long a blob was: each would cost a look at an object that nothing else needs.
    WithoutOldSizes,
}

/// What an id leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peeled {
    /// The annotated tags on the way, outermost first.
    pub tags: Vec<RawTag>,
    /// What is not a tag.
    pub target: ObjectId,
    pub kind: ObjectKind,
}

impl Clone for Repository {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), worker: Mutex::new(Worker::new(&self.shared.folders)) }
    }
}

impl Worker {
    fn new(folders: &Folders) -> Self {
        Self {
            objects: folders.handle(),
            graph: Graph::default(),
            kept: KeptTrees::default(),
            wanted: Wanted::Everything,
        }
    }

    /// What walks over commits and what walks over trees.
    fn parts<'a>(&'a mut self, shared: &'a Shared) -> (Walker<'a>, Trees<'a>) {
        let Self { objects, graph, kept, wanted, .. } = self;
        let limits = &shared.limits;
        let walker = Walker { graph, objects, walked: &shared.walked, limit: limits.walked_commits };
        let (allowed, wanted) = (shared.allowed.load(Ordering::Relaxed), *wanted);
        (walker, Trees { objects, kept, visited: &shared.visited, allowed, limits, wanted })
    }
}

impl Repository {
    /// Opens the repository, and refuses by name what cannot be judged.
    pub fn open(location: &Location, limits: &Limits) -> Result<Self, RepositoryError> {
        let layout = read_layout(&location.git_dir)?;
        let largest = limits.tree_bytes.max(limits.object_bytes).max(limits.merge_file_bytes);
        let folders = Folders::open(location, layout.format, largest)?;
        let prefix = namespace_prefix(location.namespace.as_deref())?;
        let refs = Refs::new(&location.git_dir, layout.format, prefix);
        let head = refs.head()?;
        let worker = Mutex::new(Worker::new(&folders));
        let (visited, allowed) = (AtomicUsize::new(0), AtomicUsize::new(limits.tree_entries));
        let walked = Walked::default();
        let shared = Shared { layout, limits: limits.clone(), folders, refs, head, visited, allowed, walked };
        Ok(Self { shared: Arc::new(shared), worker })
    }

    /// The same, with changes that say no more of their entries than is wanted.
    pub fn telling(self, wanted: Wanted) -> Self {
        self.worker().wanted = wanted;
        self
    }

    pub fn format(&self) -> ObjectFormat {
        self.shared.layout.format
    }

    /// The stored name of the branch that HEAD pointed to when the repository was opened, existing or not. `None` when
    /// HEAD is detached. A namespace without a HEAD of its own has the repository's.
    pub fn head(&self) -> Option<&RefName> {
        self.shared.head.as_ref()
    }

    /// The commit that HEAD means now.
    pub fn checked_out(&self) -> Result<Option<ObjectId>, RefError> {
        self.shared.refs.checked_out()
    }

    /// Whether no ref has a value; within the namespace, if there is one.
    pub fn is_empty(&self) -> Result<bool, RefError> {
        self.shared.refs.is_empty()
    }

    /// What git will move when a client names this ref: namespace applied, symbolic refs followed, nothing guessed.
    pub fn resolve(&self, requested: &RefName) -> Result<Resolved, RefError> {
        self.shared.refs.resolve(requested)
    }

    /// So many more commits will be judged: what they change may be looked at, in all clones. Many commits that are each
    /// honest visit many entries, and few that are not may not.
    pub fn expect(&self, commits: usize) {
        let more = commits.saturating_mul(self.shared.limits.tree_entries_per_commit);
        let add = |allowed: usize| Some(allowed.saturating_add(more));
        let _ = self.shared.allowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Whether the file system takes names for one that differ only in case (`core.ignoreCase`).
    pub fn folds_names(&self) -> bool {
        self.shared.layout.folds_names
    }

    /// Another name for the same file: in a repository whose file system folds names (`core.ignoreCase`), a stored ref
    /// or one of `beside` that differs from `stored` only in ways the file system does not mind.
    pub fn twin<'a>(
        &self,
        stored: &RefName,
        mut beside: impl Iterator<Item = &'a RefName>,
    ) -> Result<Option<RefName>, RefError> {
        if !self.folds_names() {
            return Ok(None);
        }
        match beside.find(|other| refs::are_twins(other, stored)) {
            Some(other) => Ok(Some(other.clone())),
            None => self.shared.refs.twin(stored),
        }
    }

    /// The value of a ref by its stored name.
    pub fn value(&self, stored: &RefName) -> Result<Option<ObjectId>, RefError> {
        self.shared.refs.value(stored)
    }

    /// Stored names and values of the refs that begin with `prefix`, as a client would write it, in byte order.
    pub fn refs_below(&self, prefix: &str) -> Result<Vec<(RefName, ObjectId)>, RefError> {
        self.shared.refs.below(prefix, self.shared.limits.listed_refs)
    }

    /// Whether an object is stored.
    pub fn exists(&self, id: ObjectId) -> Result<bool, ObjectError> {
        Ok(self.worker().objects.find_header(id)?.is_some())
    }

    /// Kind and size of an object.
    pub fn header(&self, id: ObjectId) -> Result<Header, ObjectError> {
        self.worker().objects.header(id)
    }

    /// Content of a blob of at most `limit` bytes; `name` is the limit's.
    pub fn blob(&self, id: ObjectId, name: &'static str, limit: usize) -> Result<Vec<u8>, ObjectError> {
        match self.worker().objects.read(id, name, limit)? {
            (ObjectKind::Blob, content) => Ok(content),
            _ => Err(wrong_kind(id, Side::New, "a blob")),
        }
    }

    /// A commit to be judged, read strictly.
    pub fn commit(&self, id: ObjectId) -> Result<RawCommit, ObjectError> {
        let content = match self.shared.walked.take(id) {
            Some(content) if content.len() <= self.shared.limits.object_bytes => content,
            _ => self.read_judged(&self.worker().objects, id, ObjectKind::Commit, "a commit")?,
        };
        RawCommit::parse(id, &content, self.reading()).map_err(|unread| refuse(id, unread))
    }

    /// An annotated tag to be judged, read strictly.
    pub fn tag(&self, id: ObjectId) -> Result<RawTag, ObjectError> {
        let worker = self.worker();
        self.tag_by(&worker.objects, id)
    }

    /// Follows the tags of an id to be judged; each must be what the one before says it is.
    pub fn peel(&self, id: ObjectId) -> Result<Peeled, ObjectError> {
        let worker = self.worker();
        let mut peeled = Peeled { tags: Vec::new(), target: id, kind: worker.objects.header(id)?.kind };
        while peeled.kind == ObjectKind::Tag {
            // The limit counts tags within tags: one tag has none.
            if peeled.tags.len() > self.shared.limits.tag_depth {
                return Err(ObjectError::limit("tag_depth", self.shared.limits.tag_depth, id));
            }
            let tag = self.tag_by(&worker.objects, peeled.target)?;
            let kind = worker.objects.header(tag.target)?.kind;
            if kind != tag.target_kind {
                return Err(ObjectError::ambiguous(tag.id, "its target is of another kind than it says"));
            }
            peeled.target = tag.target;
            peeled.kind = kind;
            peeled.tags.push(tag);
        }
        Ok(peeled)
    }

    /// The commit that an id leads to through tags, read leniently; `None` when it is not stored or leads to something
    /// else. For what was there before the push, which is not judged.
    pub fn tip(&self, id: ObjectId) -> Result<Option<ObjectId>, ObjectError> {
        self.walk(|walker| walker.tip(id))
    }

    /// The first parent of a commit, read leniently.
    pub fn first_parent(&self, commit: ObjectId) -> Result<Option<ObjectId>, ObjectError> {
        self.walk(|walker| walker.first_parent(commit))
    }

    /// Whether `old` is on the first-parent chain of `new`.
    pub fn on_first_parent_chain(&self, old: ObjectId, new: ObjectId) -> Result<bool, ObjectError> {
        let between = self.range(new, &[old])?.into_iter().collect();
        Ok(self.first_parent_chain(new, &between)?.next == Some(old))
    }

    /// How `new` relates to `old`, by reachability of the commits they lead to.
    pub fn history(&self, old: Option<ObjectId>, new: Option<ObjectId>) -> Result<History, ObjectError> {
        self.walk(|walker| walker.history(old, new))
    }

    /// Commits reachable from `new` and not from any of `hidden`, children before parents, the youngest first. Where
    /// dates lie badly it may hold hidden ones too, never fewer than it should. What is not stored hides nothing.
    pub fn range(&self, new: ObjectId, hidden: &[ObjectId]) -> Result<Vec<ObjectId>, ObjectError> {
        self.range_of_all(&[new], hidden)
    }

    /// The same for several tips at once.
    pub fn range_of_all(&self, new: &[ObjectId], hidden: &[ObjectId]) -> Result<Vec<ObjectId>, ObjectError> {
        self.walk(|walker| walker.range(new, hidden))
    }

    /// Whether `ancestor` is reachable from `descendant`, or the same; both are commits, or tags of commits.
    pub fn is_ancestor(&self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, ObjectError> {
        self.walk(|walker| match (walker.peel(ancestor)?, walker.peel(descendant)?) {
            (Some(ancestor), Some(descendant)) => walker.is_ancestor(ancestor, descendant),
            _ => Ok(false),
        })
    }

    /// Follows first parents from `new` while `inside` holds them. With [`Self::range`] for `inside`, `next` is the
    /// hidden commit exactly if that is on the chain.
    pub fn first_parent_chain(&self, new: ObjectId, inside: &HashSet<ObjectId>) -> Result<FirstParents, ObjectError> {
        self.walk(|walker| walker.first_parents(new, inside))
    }

    /// The common ancestors that lie before no other common ancestor, the youngest first.
    pub fn merge_bases(&self, one: ObjectId, other: ObjectId) -> Result<Vec<ObjectId>, ObjectError> {
        let limit = self.shared.limits.walked_commits;
        let mut budget = limit;
        self.walk(|walker| match (walker.peel(one)?, walker.peel(other)?) {
            (Some(one), Some(other)) => match walker.merge_bases(&[one], other, &mut budget)? {
                Bases::Found(bases) => Ok(bases),
                Bases::TooMany => Err(ObjectError::limit("walked_commits", limit, one)),
            },
            _ => Ok(Vec::new()),
        })
    }

    /// Paths that differ between two trees; `None` is the empty tree. Sorted by the bytes of the paths.
    pub fn tree_changes(
        &self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        paths: Option<&PathPatterns>,
    ) -> Result<Vec<facts::Change>, ObjectError> {
        let Some(root) = new.or(old) else { return Ok(Vec::new()) };
        let node = |tree: Option<ObjectId>| tree.map(Node::tree).unwrap_or_default();
        let mut worker = self.worker();
        let (_, mut trees) = worker.parts(&self.shared);
        let mut found = Differences::default();
        Comparison { trees: &mut trees, filter: &paths, root }.compare(b"", node(old), node(new), &mut found)?;
        describe(found.list, &MergedContent::new(), &trees)
    }

    /// The tree of a commit that need not be judged; `None` when the id does not lead to a commit.
    pub fn tree_of(&self, id: ObjectId) -> Result<Option<ObjectId>, ObjectError> {
        let commit = self.walk(|walker| walker.peel(id))?;
        let worker = self.worker();
        commit.map(|id| Ok(tree_of(&worker.objects, id)?.0)).transpose()
    }

    /// What a commit changes. [`CommitScope::FirstParent`]: against its first parent. [`CommitScope::All`]: for a merge
    /// only what is not the mechanical outcome of its parents.
    pub fn commit_changes(
        &self,
        commit: &RawCommit,
        scope: CommitScope,
        paths: Option<&PathPatterns>,
    ) -> Result<Vec<facts::Change>, ObjectError> {
        let parents = match scope {
            CommitScope::All => &commit.parents[..],
            CommitScope::FirstParent => &commit.parents[..commit.parents.len().min(1)],
        };
        let (first, others) = match parents.split_first() {
            Some((first, others)) => (Some(self.tree_of_parent(*first)?), others),
            None => (None, parents),
        };
        if others.is_empty() {
            return self.tree_changes(first, Some(commit.tree), paths);
        }
        let trees = parents.iter().map(|id| Ok((*id, Node::tree(self.tree_of_parent(*id)?))));
        let parents = trees.collect::<Result<Vec<_>, ObjectError>>()?;
        let result = Node::tree(commit.tree);
        let limits = &self.shared.limits;
        let mut worker = self.worker();
        let (mut walker, mut trees) = worker.parts(&self.shared);
        let (walker, trees) = (&mut walker, &mut trees);
        let mut merger = Merger { walker, trees, filter: &paths, limits, content: MergedContent::new() };
        let list = merger.own_changes(&Merge { parents: &parents, result: &result, root: commit.tree })?;
        describe(list, &merger.content, merger.trees)
    }

    fn tree_of_parent(&self, id: ObjectId) -> Result<ObjectId, ObjectError> {
        match self.shared.walked.peek(id, |content| tree_in(id, content, self.format())) {
            Some(tree) => tree,
            None => {
                let (tree, content) = tree_of(&self.worker().objects, id)?;
                // It is likely to be the next that is judged.
                self.shared.walked.keep(id, content);
                Ok(tree)
            }
        }
    }

    fn worker(&self) -> MutexGuard<'_, Worker> {
        // What a worker holds are caches; a panic elsewhere cannot have left them wrong, only short.
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn walk<T>(&self, walk: impl FnOnce(&mut Walker<'_>) -> Result<T, ObjectError>) -> Result<T, ObjectError> {
        walk(&mut self.worker().parts(&self.shared).0)
    }

    fn reading(&self) -> Reading<'_> {
        Reading { format: self.format(), compatible: self.shared.layout.compatible, limits: &self.shared.limits }
    }

    fn tag_by(&self, objects: &Objects, id: ObjectId) -> Result<RawTag, ObjectError> {
        let content = self.read_judged(objects, id, ObjectKind::Tag, "a tag")?;
        RawTag::parse(id, &content, self.reading()).map_err(|unread| refuse(id, unread))
    }

    fn read_judged(
        &self,
        objects: &Objects,
        id: ObjectId,
        kind: ObjectKind,
        name: &str,
    ) -> Result<Vec<u8>, ObjectError> {
        match objects.read(id, "object_bytes", self.shared.limits.object_bytes)? {
            (found, content) if found == kind => Ok(content),
            _ => Err(wrong_kind(id, Side::New, name)),
        }
    }
}

/// The tree of a commit, and the commit's content.
fn tree_of(objects: &Objects, id: ObjectId) -> Result<(ObjectId, Vec<u8>), ObjectError> {
    match objects.read_any(id)? {
        (ObjectKind::Commit, content) => Ok((tree_in(id, &content, objects.format())?, content)),
        _ => Err(wrong_kind(id, Side::New, "a commit")),
    }
}

fn tree_in(id: ObjectId, content: &[u8], format: ObjectFormat) -> Result<ObjectId, ObjectError> {
    let unreadable = || ObjectError::Unreadable { id, reason: "it names no tree".to_string() };
    CommitLinks::tree(content, format).ok_or_else(unreadable)
}

fn refuse(id: ObjectId, unread: Unread) -> ObjectError {
    match unread {
        Unread::Ambiguous(reason) => ObjectError::ambiguous(id, reason),
        Unread::Limit { name, limit } => ObjectError::limit(name, limit, id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_can_be_shared_and_sent_between_threads() {
        fn assert<T: Send + Sync + Clone>() {}
        assert::<Repository>();
    }
}
