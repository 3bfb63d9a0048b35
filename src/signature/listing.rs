//! The operator's keys as a list: which there are, and how each stands now. Whose they are is not known here.

use crate::facts::{Key, Status};
use crate::signature::Keyring;
use crate::signature::judgement::Objection;
use crate::signature::principal::PatternList;
use crate::time::Time;

/// A key that may sign or certify by the operator's word, and what a signature by it would be worth.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// An OpenPGP certificate is named by its primary key and described by its best key for signing. Of an SSH key
    /// that a person lists by fingerprint alone, nothing else is known.
    pub key: Key,
    /// `cert-authority`: it certifies other keys and does not sign itself.
    pub certifies: bool,
    /// The judgement of a good signature received now.
    pub status: Status,
    /// Why it is not good; `""` where it is.
    pub reason: String,
    /// The principals of each `allowed_signers` line about it.
    pub(super) names: Vec<PatternList>,
}

impl ListedKey {
    pub(super) fn new(key: Key, stands: Result<(), Objection>) -> Self {
        let (status, reason) = match stands {
            Ok(()) => (Status::Good, String::new()),
            Err(objection) => (objection.fault.status(), objection.reason),
        };
        Self { key, certifies: false, status, reason, names: Vec::new() }
    }

    /// Patterns of whom the operator's lines let it sign or certify, as written.
    pub fn principals(&self) -> Vec<String> {
        let mut principals: Vec<String> = Vec::new();
        for pattern in self.names.iter().flat_map(PatternList::patterns) {
            if !principals.contains(pattern) {
                principals.push(pattern.clone());
            }
        }
        principals
    }

    /// An authority that may certify keys for this principal.
    pub fn may_certify(&self, principal: &str) -> bool {
        self.certifies && self.names.iter().any(|names| names.matches(principal))
    }
}

impl Keyring {
    /// Every key and authority, OpenPGP first, each as it stands now. Reads every certificate, which judging does not.
    pub fn list(&self, now: Time) -> Vec<ListedKey> {
        let mut keys = self.openpgp.list(now);
        keys.sort_by(|one, other| one.key.fingerprint.cmp(&other.key.fingerprint));
        keys.extend(self.ssh.list(now));
        keys
    }
}
