//! `refgate.toml`: what the operator may write. Text in, a checked [`Config`] or every problem at once out.
//!
//! Reads no file: paths are resolved against the file's folder and opened elsewhere. Whether rules, groups and
//! parameters exist is not known here; [`crate::setup`] brings config, people, keys and rules together.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use crate::config::limits::Limits;
use crate::facts::Forge;
use crate::ids::ObjectId;
use crate::pattern::{PathPatterns, RefPatterns, RepositoryPatterns};
use crate::problem::Problem;
use crate::time::Time;

mod binding;
pub(crate) mod document;
mod limits;
mod quantity;
mod sections;

pub use quantity::parse_duration;

/// A loaded `refgate.toml`. Every path is absolute or relative to the process, never to the file.
#[derive(Clone, Debug)]
pub struct Config {
    pub file: PathBuf,
    pub text: Arc<str>,
    pub identity: IdentityConfig,
    pub policies: PoliciesConfig,
    /// The `[[rule]]` entries in order.
    pub bindings: Vec<Binding>,
    pub history: HistoryConfig,
    pub server: ServerConfig,
    pub limits: Limits,
    pub log: LogConfig,
    pub uncovered: Uncovered,
}

#[derive(Clone, Debug)]
pub struct IdentityConfig {
    pub people: Option<PathBuf>,
    pub allowed_signers: Vec<PathBuf>,
    pub revoked_keys: Vec<PathBuf>,
    /// Certificates: files, or folders whose files are certificates.
    pub openpgp: Vec<PathBuf>,
    /// How long after receipt a signature may claim to be made and still count as made at receipt.
    pub clock_tolerance: Duration,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self {
            people: None,
            allowed_signers: Vec::new(),
            revoked_keys: Vec::new(),
            openpgp: Vec::new(),
            clock_tolerance: Duration::from_secs(300),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct PoliciesConfig {
    pub path: Option<PathBuf>,
    pub data: Vec<PathBuf>,
    /// Where each of them is named, for problems.
    pub data_spans: Vec<Range<usize>>,
}

/// One `[[rule]]` entry: which rules are asked about what.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Bytes of the entry in the file, for problems.
    pub span: Range<usize>,
    /// `use`: rule codes (`commit.signed`) with their place in the file.
    pub rules: Vec<Named>,
    pub refs: RefPatterns,
    pub repositories: RepositoryPatterns,
    /// `None`: every path.
    pub paths: Option<PathPatterns>,
    /// Parameters as written; checked against the rule's METADATA when rules are loaded.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// Where each parameter's key stands, parallel to `params` by name.
    pub param_spans: Vec<Named>,
    pub mode: Mode,
    pub commits: CommitScope,
    pub exceptions: Vec<Exception>,
    pub break_glass: Option<BreakGlass>,
}

/// A word and the bytes it stands at in the config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub span: Range<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A violation refuses the push.
    #[default]
    Enforce,
    /// Not asked at all.
    Off,
    /// A violation is told and logged, and does not refuse.
    Warn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CommitScope {
    /// Every judged commit.
    #[default]
    All,
    /// Only those on the first-parent chain, with changes against the first parent.
    FirstParent,
}

/// `except`: violations that are let through, with a reason and an end. Every given field must match, and at least
/// one is given.
#[derive(Clone, Debug)]
pub struct Exception {
    pub span: Range<usize>,
    pub person: Option<Named>,
    /// Read narrowly: [`RefPatterns::matches_stored`].
    pub refs: Option<RefPatterns>,
    /// Read narrowly: [`PathPatterns::matches_exactly`].
    pub paths: Option<PathPatterns>,
    pub commit: Option<ObjectId>,
    pub reason: String,
    /// The last second at which it holds: the end of the written day in UTC, [`Time::NEVER_ENDS`] for `"never"`.
    pub until: Time,
}

impl Exception {
    /// Whether its end has not come. Says nothing about what it lets through.
    pub fn holds_at(&self, now: Time) -> bool {
        now <= self.until
    }
}

/// `override`: members of these groups may push through this binding's refusals with `-o refgate.override=<reason>`.
#[derive(Clone, Debug)]
pub struct BreakGlass {
    pub groups: Vec<Named>,
}

#[derive(Clone, Debug)]
pub struct HistoryConfig {
    /// Refs whose history before the push counts as judged by the bindings that hold there; none by default. Read
    /// narrowly: [`RefPatterns::matches_stored`].
    pub baseline: RefPatterns,
    /// Commits that are not judged, with all their ancestors. Of either width: the repository's format is not known.
    pub trusted: Vec<ObjectId>,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { baseline: RefPatterns::none(), trusted: Vec::new() }
    }
}

#[derive(Clone, Debug, Default)]
pub struct ServerConfig {
    pub forge: Forge,
}

#[derive(Clone, Debug, Default)]
pub struct LogConfig {
    /// `None`: no decision log.
    pub path: Option<PathBuf>,
    /// Also log what each rule was asked with.
    pub input: bool,
}

/// What happens to an update that no enforcing binding covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Uncovered {
    Accept,
    #[default]
    Refuse,
}

impl Config {
    /// Reads the text of `file`. Relative paths in it are taken from the file's folder.
    ///
    /// Either a config, with the warnings that came up, or every problem, errors first.
    pub fn parse(file: &Path, text: &str) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let text: Arc<str> = text.into();
        document::read(file, &text, sections::config)
    }

    /// The same, going on after mistakes: a config that comes with errors serves to find more of them in what it names,
    /// and nothing else. Fails only where the text is not TOML.
    pub fn parse_on(file: &Path, text: &Arc<str>) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        document::read_on(file, text, sections::config)
    }
}

#[cfg(test)]
mod tests;
