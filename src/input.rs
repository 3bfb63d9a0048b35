//! Facts as the documents that rules are asked with, cut down to what a rule can read.
//!
//! Holds the shape of each subject's document, the read set, the conversion by read set, and the memory of answers
//! by what was read. Works out no fact and knows no rule.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::facts::{Commit, INPUT_VERSION, Push, Tag, Update};

mod draft;
mod project;
mod shape;

pub use draft::{Draft, Stem};
pub use project::{Document, project};
pub use shape::Shape;

/// What a rule is asked about, once for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    Commit,
    Push,
    Tag,
    Update,
}

impl Subject {
    pub const ALL: [Self; 4] = [Self::Push, Self::Update, Self::Commit, Self::Tag];

    /// As it stands in packages and codes: `commit`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Push => "push",
            Self::Tag => "tag",
            Self::Update => "update",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == name)
    }
}

/// Parameters of a binding, checked and with defaults filled in.
pub type Params = Map<String, Value>;

/// `input` of a `refgate.push.*` rule.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct PushInput<'a> {
    pub version: u32,
    pub params: &'a Params,
    pub push: &'a Push,
}

/// `input` of a `refgate.update.*` rule.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct UpdateInput<'a> {
    pub version: u32,
    pub params: &'a Params,
    pub push: &'a Push,
    pub update: &'a Update,
}

/// `input` of a `refgate.commit.*` rule.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct CommitInput<'a> {
    pub version: u32,
    pub params: &'a Params,
    pub push: &'a Push,
    pub update: &'a Update,
    pub commit: &'a Commit,
}

/// `input` of a `refgate.tag.*` rule.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct TagInput<'a> {
    pub version: u32,
    pub params: &'a Params,
    pub push: &'a Push,
    pub update: &'a Update,
    pub tag: &'a Tag,
}

impl<'a> PushInput<'a> {
    pub fn new(params: &'a Params, push: &'a Push) -> Self {
        Self { version: INPUT_VERSION, params, push }
    }
}

impl<'a> UpdateInput<'a> {
    pub fn new(params: &'a Params, push: &'a Push, update: &'a Update) -> Self {
        Self { version: INPUT_VERSION, params, push, update }
    }
}

impl<'a> CommitInput<'a> {
    pub fn new(params: &'a Params, push: &'a Push, update: &'a Update, commit: &'a Commit) -> Self {
        Self { version: INPUT_VERSION, params, push, update, commit }
    }
}

impl<'a> TagInput<'a> {
    pub fn new(params: &'a Params, push: &'a Push, update: &'a Update, tag: &'a Tag) -> Self {
        Self { version: INPUT_VERSION, params, push, update, tag }
    }
}

/// The JSON Schema of a subject's document.
pub fn schema(subject: Subject) -> Value {
    match subject {
        Subject::Commit => schemars::schema_for!(CommitInput<'_>),
        Subject::Push => schemars::schema_for!(PushInput<'_>),
        Subject::Tag => schemars::schema_for!(TagInput<'_>),
        Subject::Update => schemars::schema_for!(UpdateInput<'_>),
    }
    .to_value()
}

/// Which parts of a document a rule can read: its read set.
///
/// A list is transparent: the reads of `changes` hold for each of its members. A part that is named with no fields
/// below it is *touched*: that it is there, and how long it is when it is a list, may be seen, and nothing else of
/// what is in it. A value without parts is either absent or whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// This value and everything below it.
    Whole,
    /// Only these fields, by name; none at all when empty.
    Fields(Vec<(String, Reads)>),
}

impl Default for Reads {
    fn default() -> Self {
        Self::Fields(Vec::new())
    }
}

impl Reads {
    /// Whether the part at this dotted path (`commit.changes`), or anything in it, can be read.
    pub fn wants(&self, path: &str) -> bool {
        let mut reads = self;
        for field in path.split('.') {
            match reads.field(field) {
                Some(below) => reads = below,
                None => return false,
            }
        }
        true
    }

    /// What is read of one field; `None` when it is not even touched.
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Whole => Some(self),
            // They are few, and most of what is asked for is not among them.
            Self::Fields(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, reads)| reads),
        }
    }

    /// Adds that the part at `path` is touched.
    pub fn touch(&mut self, path: &[String]) {
        self.reach(path);
    }

    /// Adds that the part at `path` is read with everything below it.
    pub fn read(&mut self, path: &[String]) {
        *self.reach(path) = Self::Whole;
    }

    /// Adds everything that `other` reads.
    pub fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Whole, _) => {}
            (_, Self::Whole) => *self = Self::Whole,
            (Self::Fields(mine), Self::Fields(theirs)) => {
                theirs.iter().for_each(|(name, reads)| field_in(mine, name).add(reads));
            }
        }
    }

    /// Every path that is read to its end, dotted: `commit.signature.status`, and `commit.changes.*` for a whole.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.list("", &mut paths);
        paths
    }

    fn list(&self, prefix: &str, paths: &mut Vec<String>) {
        let dot = if prefix.is_empty() { "" } else { "." };
        match self {
            Self::Whole => paths.push(format!("{prefix}{dot}*")),
            Self::Fields(fields) if fields.is_empty() => {
                if !prefix.is_empty() {
                    paths.push(prefix.to_string());
                }
            }
            Self::Fields(fields) => {
                fields.iter().for_each(|(name, reads)| reads.list(&format!("{prefix}{dot}{name}"), paths))
            }
        }
    }

    /// The place for `path`, made if need be; a whole on the way is returned itself.
    fn reach(&mut self, path: &[String]) -> &mut Self {
        match (self, path) {
            (reads @ Self::Whole, _) => reads,
            (reads, []) => reads,
            (Self::Fields(fields), [first, rest @ ..]) => field_in(fields, first).reach(rest),
        }
    }
}

/// The reads of one field, made if need be.
fn field_in<'f>(fields: &'f mut Vec<(String, Reads)>, name: &str) -> &'f mut Reads {
    let place = fields.binary_search_by(|(field, _)| field.as_str().cmp(name)).unwrap_or_else(|place| {
        fields.insert(place, (name.to_string(), Reads::default()));
        place
    });
    &mut fields[place].1
}

/// What makes two questions the same: the binding, the rule in it, and the document cut down to its read set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoKey {
    binding: usize,
    rule: usize,
    document: [u8; 32],
}

impl Hash for MemoKey {
    /// The same document is asked about by few rules.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.document[..16]);
    }
}

impl MemoKey {
    /// `binding` and `rule` are indices that mean the same question for the whole run.
    pub fn new(binding: usize, rule: usize, document: &Document) -> Self {
        Self { binding, rule, document: Sha256::digest(document.text()).into() }
    }
}

/// Answers already given in this run, by question. Bounded: a full memory takes nothing more.
#[derive(Debug)]
pub struct Memo<A> {
    /// By the first bits of the document's hash, so that threads rarely wait for each other.
    shards: [Mutex<HashMap<MemoKey, Arc<A>>>; SHARDS],
    shard_entries: usize,
    /// What is left of the bytes for answers.
    room: AtomicUsize,
}

const SHARDS: usize = 16;

impl<A> Memo<A> {
    /// Holds about so many answers at most, and so many bytes of them.
    pub fn new(entries: usize, bytes: usize) -> Self {
        Self { shards: Default::default(), shard_entries: entries.div_ceil(SHARDS), room: AtomicUsize::new(bytes) }
    }

    pub fn recall(&self, key: &MemoKey) -> Option<Arc<A>> {
        self.shard(key).get(key).cloned()
    }

    /// Keeps an answer of so many bytes, if there is room.
    pub fn remember(&self, key: MemoKey, answer: Arc<A>, bytes: usize) {
        let mut shard = self.shard(&key);
        let less = |room: usize| room.checked_sub(bytes);
        if shard.len() < self.shard_entries
            && self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
        {
            shard.insert(key, answer);
        }
    }

    fn shard(&self, key: &MemoKey) -> MutexGuard<'_, HashMap<MemoKey, Arc<A>>> {
        let shard = &self.shards[usize::from(key.document[0]) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
