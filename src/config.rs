//! `refgate.toml`: what the operator may write. Text in, a checked [`Config`] or every problem at once out.
//!
//! Reads no file: paths are resolved against the file's folder and opened elsewhere. Whether rules, groups and
//! parameters exist is not known here; [`crate::setup`] brings config, people, keys and rules together.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::facts::Forge;
use crate::ids::ObjectId;
use crate::pattern::{PathPatterns, RefPatterns, RepositoryPatterns};
use crate::problem::Problem;
use crate::time::Time;

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

#[derive(Clone, Debug, Default)]
pub struct IdentityConfig {
    pub people: Option<PathBuf>,
    pub allowed_signers: Vec<PathBuf>,
    pub revoked_keys: Vec<PathBuf>,
    /// Certificates: files, or folders whose files are certificates.
    pub openpgp: Vec<PathBuf>,
    /// How long after receipt a signature may claim to be made and still count as made at receipt.
    pub clock_tolerance: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct PoliciesConfig {
    pub path: Option<PathBuf>,
    pub data: Vec<PathBuf>,
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

/// `except`: violations that are let through, with a reason and an end. Every given field must match.
#[derive(Clone, Debug)]
pub struct Exception {
    pub span: Range<usize>,
    pub person: Option<Named>,
    pub refs: Option<RefPatterns>,
    pub paths: Option<PathPatterns>,
    pub commit: Option<ObjectId>,
    pub reason: String,
    /// [`Time::NEVER_ENDS`] for `until = "never"`.
    pub until: Time,
}

/// `override`: members of these groups may push through this binding's refusals with `-o refgate.override=<reason>`.
#[derive(Clone, Debug)]
pub struct BreakGlass {
    pub groups: Vec<Named>,
}

#[derive(Clone, Debug, Default)]
pub struct HistoryConfig {
    /// Refs whose history before the push counts as judged by the bindings that hold there.
    pub baseline: RefPatterns,
    /// Commits that are not judged, with all their ancestors.
    pub trusted: Vec<ObjectId>,
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

/// Every quantity that an outsider can grow. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Ref updates in one push.
    pub updates: usize,
    /// Commits judged in one push.
    pub commits: usize,
    /// Commits walked to find out what is judged and how history relates.
    pub walked_commits: usize,
    pub parents: usize,
    /// Annotated tags within tags.
    pub tag_depth: usize,
    /// A commit or tag object, message and signature included.
    pub object_bytes: usize,
    /// The headers of a commit or tag without its signature.
    pub header_bytes: usize,
    pub message_bytes: usize,
    pub signature_bytes: usize,
    /// One tree object.
    pub tree_bytes: usize,
    /// A file that a three-way line merge reads.
    pub merge_file_bytes: usize,
    /// Merge bases that a merge's own changes are worked out from.
    pub merge_bases: usize,
    /// Commits walked to find one merge's bases.
    pub merge_base_commits: usize,
    /// Tree entries visited in one push.
    pub tree_entries: usize,
    /// Folders within folders.
    pub path_depth: usize,
    pub path_bytes: usize,
    /// Changed paths in one commit or update.
    pub changes: usize,
    /// Refs listed below one prefix.
    pub listed_refs: usize,
    /// One document shown to a rule, as JSON.
    pub input_bytes: usize,
    pub push_options: usize,
    pub push_option_bytes: usize,
    /// Violations printed in full.
    pub violations_shown: usize,
    /// Violations kept for the log.
    pub violations: usize,
    /// Wall clock for the whole run.
    pub deadline: Duration,
    /// Threads that judge commits; 0: one per processor.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            updates: 10_000,
            commits: 100_000,
            walked_commits: 2_000_000,
            parents: 64,
            tag_depth: 4,
            object_bytes: 4 << 20,
            header_bytes: 64 << 10,
            message_bytes: 1 << 20,
            signature_bytes: 64 << 10,
            tree_bytes: 64 << 20,
            merge_file_bytes: 1 << 20,
            merge_bases: 8,
            merge_base_commits: 100_000,
            tree_entries: 10_000_000,
            path_depth: 256,
            path_bytes: 4096,
            changes: 100_000,
            listed_refs: 10_000,
            input_bytes: 16 << 20,
            push_options: 100,
            push_option_bytes: 64 << 10,
            violations_shown: 20,
            violations: 10_000,
            deadline: Duration::from_secs(300),
            threads: 0,
        }
    }
}

impl Config {
    /// Reads the text of `file`. Relative paths in it are taken from the file's folder.
    ///
    /// Either a config, with the warnings that came up, or every problem, errors first.
    pub fn parse(file: &Path, text: &str) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let _ = (file, text);
        Err(vec![Problem::error(file, "not built yet")])
    }
}
