//! The one pattern dialect for refs, repositories and paths, on bytes.
//!
//! `*` matches within a segment, `**` any number of segments including none, a leading `!` excludes whatever the
//! order of the list.

use crate::ids::RefName;

/// A list of ref patterns; the default matches every ref.
#[derive(Clone, Debug, Default)]
pub struct RefPatterns {}

impl RefPatterns {
    /// Whether the stored name, or the name without its namespaces, is meant. `head` is the branch that HEAD points
    /// to, existing or not, which the pattern `HEAD` stands for.
    pub fn matches(&self, name: &RefName, head: Option<&RefName>) -> bool {
        let _ = (name, head);
        false
    }
}

/// A list of repository patterns (`infra/*`); the default matches every repository.
#[derive(Clone, Debug, Default)]
pub struct RepositoryPatterns {}

impl RepositoryPatterns {
    pub fn matches(&self, path: &str) -> bool {
        let _ = path;
        false
    }
}

/// A list of path patterns, on bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PathPatterns {}

impl PathPatterns {
    /// Whether a change of the entry at `path`, which is not a directory, is meant. Also true where the entry stands
    /// at or above a pattern's fixed part (`infra` for `infra/**`).
    pub fn matches(&self, path: &[u8]) -> bool {
        let _ = path;
        false
    }

    /// Whether anything below this directory can match.
    pub fn may_match_below(&self, directory: &[u8]) -> bool {
        let _ = directory;
        true
    }
}
