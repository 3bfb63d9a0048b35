//! What lies on the operator's desk: config, people, keys, and rules of their own. For refgate, and for each other way
//! of judging what it needs to know the same people.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::repository::Made;
use crate::signer::Public;

/// What the operator wrote beside the people who sign.
#[derive(Clone, Copy)]
pub struct Operator {
    /// People in people.toml who sign nothing, with two keys each.
    pub strangers: usize,
    /// Rules of their own that are bound, one file each.
    pub rules: usize,
}

pub const TERSE: Operator = Operator { strangers: 0, rules: 0 };

pub struct Desk {
    pub folder: PathBuf,
}

impl Desk {
    pub fn new(folder: PathBuf, made: &Made, operator: Operator) -> Self {
        fs::create_dir_all(folder.join("keys")).expect("a folder can be made");
        let (mut people, mut allowed, mut bare) = (String::new(), String::new(), String::new());
        let mut openpgp_policy = String::from("version = 0\n");
        for signer in &made.signers {
            let (name, fingerprint) = (&signer.name, signer.fingerprint());
            people.push_str(&person(name, &[fingerprint]));
            bare.push_str(&signer.bare());
            match signer.public() {
                Public::AllowedSigner(line) => allowed.push_str(&line),
                Public::Certificate(armored) => {
                    openpgp_policy.push_str(&authorization(name, &armored));
                    fs::write(folder.join(format!("keys/{name}.asc")), armored).expect("a key can be written");
                }
            }
        }
        for number in 0..operator.strangers {
            let keys: Vec<String> = (0..2).map(|key| stranger_key(2 * number + key, &mut allowed)).collect();
            people.push_str(&person(&format!("stranger{number}"), &keys));
        }
        let own = own_rules(&folder, operator.rules);
        let desk = Self { folder };
        desk.write("people.toml", &people);
        desk.write("allowed_signers", &allowed);
        desk.write("bare", &bare);
        desk.write("openpgp-policy.toml", &openpgp_policy);
        desk.write("starter.toml", &config(&format!("{STARTER}{own}"), !allowed.is_empty()));
        desk.write("library.toml", &config(&format!("{LIBRARY}{own}"), !allowed.is_empty()));
        desk.import_keys();
        desk
    }

    /// gpg's home, with the same certificates.
    pub fn gnupg(&self) -> PathBuf {
        self.folder.join("gnupg")
    }

    fn import_keys(&self) {
        let keys: Vec<PathBuf> = fs::read_dir(self.folder.join("keys"))
            .expect("it was made")
            .map(|entry| entry.expect("a file").path())
            .collect();
        let home = self.gnupg();
        fs::create_dir_all(&home).expect("a folder can be made");
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).expect("it is ours");
        if !keys.is_empty() {
            let _ = Command::new("gpg")
                .args(["--batch", "--quiet", "--import"])
                .args(&keys)
                .env("GNUPGHOME", &home)
                .status();
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("a file can be written");
    }
}

fn person(name: &str, keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    format!(
        "[{name}]\nemails = [\"{name}@example.org\"]\ngroups = [\"team\"]\naccounts = [\"{name}\"]\nkeys = [{}]\n",
        keys.join(", ")
    )
}

/// As sq-git's policy writes who may sign.
fn authorization(name: &str, armored: &str) -> String {
    format!("[authorization.\"{name}\"]\nsign_commit = true\nkeyring = \"\"\"\n{armored}\"\"\"\n")
}

fn stranger_key(number: usize, allowed: &mut String) -> String {
    let mut seed = [9; 32];
    seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
    let key = refgate::signature::ThrowawayKey::from_seed(&seed);
    allowed.push_str(&format!("stranger{}@example.org {}\n", number / 2, key.public_key()));
    key.fingerprint()
}

/// Writes so many rules, and returns the entry that binds them.
fn own_rules(folder: &Path, count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    let names: Vec<String> = (0..count).map(|number| format!("own{number:04}")).collect();
    for name in &names {
        let folder = folder.join("policies/commit").join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join(format!("{name}.rego")), OWN_RULE.replace("NAME", name)).expect("a rule can be written");
    }
    let codes: Vec<String> = names.iter().map(|name| format!("\"commit.{name}\"")).collect();
    format!("\n[[rule]]\nuse = [{}]\n\n[policies]\npath = \"policies\"\n", codes.join(", "))
}

fn config(rules: &str, ssh: bool) -> String {
    let keys = if ssh { "allowed_signers = [\"allowed_signers\"]" } else { "openpgp = [\"keys/\"]" };
    format!(
        "version = 1\n[identity]\npeople = \"people.toml\"\n{keys}\n[history]\nbaseline = [\"HEAD\"]\n{LIMITS}{rules}"
    )
}

/// High enough for every row.
const LIMITS: &str = "[limits]\ncommits = 1_000_000\nupdates = 100_000\n";

/// The rules that most begin with.
const STARTER: &str = r#"
[[rule]]
use  = ["update.fast_forward", "commit.signed", "commit.identity"]
refs = ["refs/heads/**"]

[[rule]]
use    = "commit.protected_paths"
refs   = ["refs/heads/**"]
paths  = ["infra/**"]
params = { groups = ["team"] }

[[rule]]
use = "commit.well_formed"
"#;

/// Every shipped rule; those that would refuse these pushes only warn.
const LIBRARY: &str = r#"
[[rule]]
use = [
  "update.fast_forward", "update.no_delete", "update.namespaces", "update.immutable", "update.naming",
  "update.first_parent", "update.window",
  "commit.signed", "commit.identity", "commit.well_formed", "commit.message", "commit.file_size", "commit.linear",
  "commit.no_new_roots", "commit.dates", "commit.max_changes", "commit.author_name",
  "tag.signed", "tag.names_ref", "tag.well_formed",
]
mode = "warn"

[[rule]]
use  = ["push.limits", "push.certificate", "push.known_pusher", "update.approved"]
mode = "warn"

[[rule]]
use    = "commit.protected_paths"
paths  = ["infra/**"]
params = { groups = ["team"] }

[[rule]]
use   = ["commit.approved", "commit.forbidden_paths"]
paths = ["secret/**"]

[[rule]]
use    = "update.who"
params = { anyone = ["create", "update"] }
mode   = "warn"

[[rule]]
use    = "commit.email_domains"
params = { domains = ["example.org"] }
"#;

/// Asks who signed, as most rules do, so that it has few answers for many commits.
const OWN_RULE: &str = r#"# METADATA
# title: Nobody of this group signs
package refgate.commit.NAME

deny contains "signed by somebody of NAME" if {
	"NAME" in input.commit.signature.person.groups
}
"#;
