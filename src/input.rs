//! Facts as the documents that rules are asked with, cut down to what a rule can read.

use std::collections::BTreeMap;

/// Which parts of a document a rule can read: its read set.
///
/// A list is transparent: the reads of `changes` hold for each of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// This value and everything below it.
    Whole,
    /// Only these fields; none at all when empty.
    Fields(BTreeMap<String, Reads>),
}

impl Default for Reads {
    fn default() -> Self {
        Self::Fields(BTreeMap::new())
    }
}
