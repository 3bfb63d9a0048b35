//! What the operator wrote: `refgate.toml`, `people.toml` and key files in one folder, from the words of a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::stage::kept::kept_folder;
use crate::stage::people::{CAST, Key, Person, read_fixture};

/// What a new operator starts with: `[[rule]]` entries for the branch that matters, for what is sensitive there, and
/// for everything.
pub const STARTER_RULES: &str = r#"
[[rule]]
use  = ["update.fast_forward", "update.no_delete", "commit.signed", "commit.identity"]
refs = ["HEAD", "refs/heads/release/**"]

[[rule]]
use    = "commit.protected_paths"
refs   = ["HEAD"]
paths  = ["infra/**"]
params = { groups = ["security"] }

[[rule]]
use = ["update.namespaces", "commit.well_formed"]
"#;

const IDENTITY: &str = r#"
[identity]
people          = "people.toml"
allowed_signers = ["allowed_signers"]
revoked_keys    = ["revoked.krl"]
openpgp         = ["openpgp/"]
"#;

/// The operator's folder before it is written.
#[derive(Clone, Debug)]
pub struct OperatorFolder {
    pub whole: Option<String>,
    pub top: String,
    pub identity: String,
    pub rules: String,
    pub history: String,
    /// Further sections.
    pub sections: String,
    pub log: String,
    /// The log also says what rules were shown.
    pub log_input: bool,
    pub cast: Vec<&'static Person>,
    /// Further entries of `people.toml`.
    pub people: String,
    /// Further lines of `allowed_signers`.
    pub signers: String,
    /// Files by their name in the folder; they replace what the stage would have written.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl OperatorFolder {
    pub fn new(log: &Path) -> Self {
        Self {
            whole: None,
            top: String::new(),
            identity: IDENTITY.to_string(),
            rules: STARTER_RULES.to_string(),
            history: "\n[history]\nbaseline = [\"HEAD\"]\n".to_string(),
            sections: String::new(),
            log: log.display().to_string(),
            log_input: kept_folder().is_some(),
            cast: CAST.to_vec(),
            people: String::new(),
            signers: String::new(),
            files: BTreeMap::new(),
        }
    }

    /// The text of `refgate.toml`.
    pub fn text(&self) -> String {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let own_rules = match self.files.keys().any(|name| name.starts_with("policies/")) {
            true => "\n[policies]\npath = \"policies\"\n",
            false => "",
        };
        let log_input = if self.log_input { "input = true\n" } else { "" };
        format!(
            "version = 1\n{}\n{}{}{}{}{own_rules}\n[log]\npath = {:?}\n{log_input}",
            self.top, self.identity, self.rules, self.history, self.sections, self.log
        )
    }

    pub fn write(&self, folder: &Path) {
        let mut files = BTreeMap::new();
        files.insert("refgate.toml".to_string(), self.text().into_bytes());
        files.insert("people.toml".to_string(), (people(&self.cast) + &self.people).into_bytes());
        files.insert("allowed_signers".to_string(), (allowed_signers(&self.cast) + &self.signers).into_bytes());
        files.insert("revoked.krl".to_string(), read_fixture("revoked.krl"));
        for key in self.cast.iter().flat_map(|person| person.keys) {
            let (name, fixture) = match key {
                Key::OpenPgp(file) => (format!("openpgp/{file}.asc"), format!("{file}.asc")),
                Key::Ssh(file) | Key::SshCertificate(file) => (format!("ssh/{file}.pub"), format!("{file}.pub")),
            };
            files.insert(name, read_fixture(&fixture));
        }
        files.extend(self.files.clone());
        for (name, bytes) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("it is below the folder")).expect("the stage can make folders");
            fs::write(&path, bytes).expect("the stage can write files");
        }
        // A umask that lets a group write would make every one of these files untrusted.
        let status = Command::new("chmod").args(["-R", "go-w"]).arg(folder).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot protect the operator's folder");
    }
}

/// `people.toml`: one table for each person. Keys are named by file, except those that only an authority vouches for.
fn people(cast: &[&Person]) -> String {
    let mut text = String::new();
    for person in cast {
        let keys: Vec<String> = person
            .keys
            .iter()
            .filter_map(|key| match key {
                Key::OpenPgp(file) => Some(format!("openpgp/{file}.asc")),
                Key::Ssh(file) => Some(format!("ssh/{file}.pub")),
                Key::SshCertificate(_) => None,
            })
            .collect();
        text += &format!(
            "[{}]\nname = {:?}\nemails = [{:?}]\ngroups = {:?}\naccounts = [{:?}]\nkeys = {keys:?}\n{}\n",
            person.id, person.name, person.email, person.groups, person.id, person.more
        );
    }
    text
}

/// `allowed_signers` (ssh-keygen(1)): one line for each SSH key, and the authority that vouches for everyone at
/// example.org.
fn allowed_signers(cast: &[&Person]) -> String {
    let mut text = format!(
        "*@example.org cert-authority,namespaces=\"git\" {}",
        String::from_utf8_lossy(&read_fixture("authority.pub"))
    );
    for person in cast {
        for key in person.keys {
            if let Key::Ssh(file) = key {
                let public = read_fixture(&format!("{file}.pub"));
                text += &format!(
                    "{} namespaces=\"git\"{} {}",
                    person.email,
                    person.ssh_options,
                    String::from_utf8_lossy(&public)
                );
            }
        }
    }
    text
}
