//! What each kind of server says about repository, pusher and channel: pure functions over an environment map.
//!
//! Believes the configured server only, never whatever the environment happens to hold. Opens no file, knows no person
//! and computes no fingerprint: a key is passed on as the server names it.

use std::path::Path;

use thiserror::Error;

use crate::facts::{Channel, Forge, RepositoryKind};

pub use crate::server::environment::Environment;
pub use crate::server::options::{OptionsError, options};

mod environment;
mod gitea;
mod github;
mod gitlab;
mod gitolite;
mod options;
mod plain;

/// What the configured server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub repository: Repository,
    pub pusher: Pusher,
    pub channel: Channel,
}

/// As in [`crate::facts::Repository`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    pub path: String,
    pub name: String,
    pub owner: String,
    pub kind: RepositoryKind,
}

/// As in [`crate::facts::Pusher`], but for the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pusher {
    /// The account, `""` when nobody logged in. With a deploy key it is that of whoever owns the key's repository.
    pub name: String,
    /// The server's number for the account (or, with GitLab, the deploy key).
    pub id: String,
    pub email: String,
    /// As the server names it: Gitea's number, GitHub's fingerprint, OpenSSH's public key (`ssh-ed25519 AAAA…`).
    pub key: String,
    /// A key of a repository, not of a person.
    pub deploy_key: bool,
}

impl Pusher {
    /// The account to look a person up by; `None` where the server vouches for none.
    pub fn account(&self) -> Option<&str> {
        (!self.deploy_key && !self.name.is_empty()).then_some(&*self.name)
    }
}

/// What the process knows without its environment.
#[derive(Clone, Copy, Debug)]
pub struct Process<'p> {
    /// Absolute path of the repository's directory.
    pub git_dir: &'p Path,
    /// Name of the Unix account that the process runs as.
    pub account: &'p str,
    /// Content of the file that `SSH_USER_AUTH` names (sshd_config(5), `ExposeAuthInfo`), if there is one.
    pub user_authentication: Option<&'p [u8]>,
}

/// Why the server's word cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ServerError {
    /// Two values that cannot both be true.
    #[error("'{one}' and '{other}' are both set, but a push comes in one way")]
    Contradiction { one: &'static str, other: &'static str },
    /// A value that the server never sets.
    #[error("'{name}' is '{}', which {forge} never says", .value.escape_debug())]
    Malformed { forge: &'static str, name: &'static str, value: String },
    /// Variables that the configured server always sets.
    #[error("the server is said to be {forge}, which sets {}, but that is not set", .names.join(", "))]
    Missing { forge: &'static str, names: Vec<&'static str> },
    /// Bytes that no rule could see as they are.
    #[error("'{name}' is not UTF-8")]
    NotUtf8 { name: String },
    /// The environment holds two values for one name, and programs differ in which they take.
    #[error("'{name}' is set twice, to different values")]
    Twice { name: String },
}

impl ServerError {
    /// What the operator can do; `""` when the message says it all.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Contradiction { .. } => {
                "start the web server without the variables of an ssh session, and let sshd accept no variables from clients"
            }
            Self::Missing { .. } => {
                "'forge' under '[server]' in refgate.toml says which server this is; 'refgate install' writes it"
            }
            Self::Malformed { .. } | Self::NotUtf8 { .. } | Self::Twice { .. } => "",
        }
    }
}

/// Asks the configured server.
pub fn read(forge: Forge, environment: &Environment, process: Process<'_>) -> Result<Word, ServerError> {
    match forge {
        Forge::Gitea => gitea::read(environment),
        Forge::Github => github::read(environment),
        Forge::Gitlab => gitlab::read(environment),
        Forge::Gitolite => gitolite::read(environment),
        Forge::Plain => plain::read(environment, process),
    }
}

impl Repository {
    /// From `owner/name`, where the owner may have parts of its own (`group/subgroup/name`) or be missing.
    fn from_path(path: &str, kind: RepositoryKind) -> Self {
        let (owner, name) = path.rsplit_once('/').unwrap_or(("", path));
        Self { path: path.to_string(), name: name.to_string(), owner: owner.to_string(), kind }
    }
}
