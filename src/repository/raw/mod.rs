//! Bytes become commits, tags and trees: strict parsers of git's raw formats, and the anomalies they tell of.
//!
//! What parsers in use read differently is *ambiguous* and becomes no value at all. What they read alike but nobody
//! writes in good faith becomes a value with *anomalies*. No I/O here, and nothing is verified.
//!
//! | anomaly | of | what it says |
//! |---|---|---|
//! | `bidi_characters` | commit, tag, path | characters that reorder the text around them |
//! | `control_characters` | commit, tag, path | control characters; in messages other than tab, LF and CR LF |
//! | `date_out_of_range` | commit, tag | a year after 9999, or a time zone that is none |
//! | `date_zero_padded` | commit, tag | a date with a leading zero |
//! | `dot_git_lookalike` | path | a file system takes a part of it for `.git` |
//! | `duplicate_parent` | commit | the same parent twice |
//! | `encoding` | commit | the message says it is not UTF-8 |
//! | `folds_together` | path | case or Unicode form is all that tells it from its neighbour |
//! | `gitmodules` | path | a `.gitmodules` file with names, paths, addresses or commands that git would rather not follow |
//! | `identity_spaces` | commit, tag | spaces too many or too few around a name or e-mail |
//! | `mode` | path | a mode that git does not write |
//! | `no_tagger` | tag | nobody is named as tagger |
//! | `not_utf8` | commit, tag, path | bytes that are not UTF-8 |
//! | `repeated_header` | commit | a header that nobody knows, more than once |
//! | `symlink_escapes` | path | a symbolic link out of the tree, or into `.git` |
//! | `symlink_read_by_git` | path | a symbolic link where git reads a file of its own: `.gitmodules`, `.gitattributes` and the like |

mod commit;
mod headers;
mod identity;
mod signed;
mod tag;
mod text;
mod tree;

pub(super) use commit::CommitLinks;
pub use commit::RawCommit;
pub use identity::RawIdentity;
pub use signed::SignedBytes;
pub use tag::RawTag;
pub(super) use text::{TextKind, look_at};
pub(super) use tree::{Listing, Mode, ModeKind};

use crate::config::Limits;
use crate::ids::ObjectFormat;

/// What the parsers need to know about the repository.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub format: ObjectFormat,
    /// The repository has a `compatObjectFormat`: the twin's signature header is expected, and ignored.
    pub compatible: bool,
    pub limits: &'a Limits,
}

/// Why bytes did not become a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Parsers read it differently, or not at all.
    Ambiguous(String),
    /// More than a limit allows.
    Limit { name: &'static str, limit: usize },
}

impl Unread {
    fn ambiguous(reason: impl Into<String>) -> Self {
        Self::Ambiguous(reason.into())
    }
}

/// Anomaly names, each once, in byte order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Anomalies(Vec<&'static str>);

impl Anomalies {
    pub fn add(&mut self, name: &'static str) {
        if let Err(place) = self.0.binary_search(&name) {
            self.0.insert(place, name);
        }
    }

    pub fn add_if(&mut self, holds: bool, name: &'static str) {
        if holds {
            self.add(name);
        }
    }

    pub fn into_names(self) -> Vec<String> {
        self.0.into_iter().map(str::to_string).collect()
    }
}
