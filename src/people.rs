//! `people.toml`: who is who. Names, e-mails, groups, accounts and keys, all written down by the operator.
//!
//! An identity is a fingerprint here, never an e-mail inside a key, a key id, or what another program printed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Named;
use crate::facts;
use crate::problem::Problem;

/// Everyone the operator knows.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub persons: Vec<Person>,
}

/// One entry of `people.toml`, or one person that an `allowed_signers` line introduced.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub emails: Vec<String>,
    pub groups: Vec<String>,
    pub accounts: Vec<String>,
    /// Full fingerprints as in [`facts::Key::fingerprint`]; those of `key_files` are added when the files are read.
    pub fingerprints: Vec<String>,
    /// Key files whose primary keys are this person's.
    pub key_files: Vec<PathBuf>,
    /// `signs_for = "committers"`: a forge's own signing key.
    pub signs_for_committers: bool,
    /// Where the entry stands.
    pub at: Option<Named>,
}

impl People {
    /// Reads the text of `people.toml`; key files are named relative to `file`'s folder and not opened.
    pub fn parse(file: &Path, text: &Arc<str>) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let _ = (file, text);
        Ok((Self::default(), Vec::new()))
    }

    /// The one person who has this key.
    pub fn by_fingerprint(&self, fingerprint: &str) -> Option<&Person> {
        let _ = fingerprint;
        None
    }

    /// The one person who has this e-mail, compared as the operator wrote it, ASCII case aside.
    pub fn by_email(&self, email: &str) -> Option<&Person> {
        let _ = email;
        None
    }

    /// The one person whom the server calls this.
    pub fn by_account(&self, account: &str) -> Option<&Person> {
        let _ = account;
        None
    }
}

impl Person {
    /// The document that rules see.
    pub fn fact(&self) -> facts::Person {
        facts::Person {
            id: self.id.clone(),
            known: true,
            name: self.name.clone(),
            emails: self.emails.clone(),
            groups: self.groups.clone(),
        }
    }
}
