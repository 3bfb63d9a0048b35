//! The pages of `examples/`: their commands, as an operator would type them, and the files beside them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::machine::{Machine, say};
use crate::stage::{Developer, read_fixture};

/// Alice signs with OpenPGP; this SSH key, which nobody else has in these examples, is what she logs in with.
const ALICE_LOGS_IN_WITH: &str = "erin";

/// One folder of `examples/`.
pub struct Page {
    pub name: &'static str,
}

impl Page {
    /// A machine to follow the page on, with the page's folder as `/srv/example` and people's keys where it wants them;
    /// `None`, said aloud, where that cannot be.
    pub fn machine(&self, programs: &[&str]) -> Option<Machine> {
        let missing: Vec<&str> = programs.iter().copied().filter(|name| !is_installed(name)).collect();
        let machine = match missing.as_slice() {
            [] => Machine::start(),
            missing => Err(format!("not installed: {}", missing.join(", "))),
        };
        match machine {
            Ok(machine) => {
                self.lay_out(&machine);
                Some(machine)
            }
            Err(reason) => {
                skip(self.name, &reason);
                None
            }
        }
    }

    fn lay_out(&self, machine: &Machine) {
        let mut folders = vec![self.folder()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the example is there") {
                let path = entry.expect("the example can be read").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        let name = path.strip_prefix(self.folder()).expect("it is below").display().to_string();
                        machine.put(&format!("/srv/example/{name}"), &fs::read(&path).expect("the example can be read"), 0o644);
                    }
                }
            }
        }
        for (name, key) in [("alice.asc", "alice.asc"), ("alice.pub", ALICE_LOGS_IN_WITH), ("bob.pub", "bob.pub")] {
            let key = if key.contains('.') { key.to_string() } else { format!("{key}.pub") };
            machine.put(&format!("/etc/refgate/keys/{name}"), &read_fixture(&key), 0o644);
        }
    }

    pub fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(self.name)
    }

    /// Types every `sh` block under a heading, in order.
    #[track_caller]
    pub fn follow(&self, machine: &Machine, heading: &str) {
        self.follow_with(machine, heading, |commands| commands);
    }

    /// The same with something of it changed: a port that is in use here, for instance.
    #[track_caller]
    pub fn follow_with(&self, machine: &Machine, heading: &str, change: impl Fn(String) -> String) {
        let text = fs::read_to_string(self.folder().join("README.md")).expect("the example has a page");
        let section = text.split("\n## ").find(|section| section.lines().next() == Some(heading));
        let section = section.unwrap_or_else(|| panic!("the page of '{}' has no heading '{heading}'", self.name));
        let blocks: Vec<&str> = section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!blocks.is_empty(), "there is nothing to type under '{heading}'");
        for block in blocks {
            machine.does(&format!("cd /srv/example\n{}", change(block.to_string())));
        }
    }
}

/// Says aloud that something cannot be tried here; in CI nothing may be left out.
pub fn skip(name: &str, reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "{name}: {reason}");
    say(&format!("SKIPPED {name}: {reason} (.ci/servers installs what is needed)"));
}

fn is_installed(name: &str) -> bool {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|folder| Path::new(folder).join(name).exists())
}

/// Lets a developer reach the server over ssh with their own key.
pub fn over_ssh(developer: &Developer, person: &str, port: u16, url: &str) {
    let key = login_key(developer, person);
    let ssh = format!(
        "ssh -F /dev/null -i '{}' -p {port} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        key.display()
    );
    developer.git(&["config", "core.sshCommand", &ssh]);
    developer.git(&["config", "remote.server.url", url]);
}

/// The private key that a person logs in with, in their home.
fn login_key(developer: &Developer, person: &str) -> PathBuf {
    let fixture = if person == "alice" { ALICE_LOGS_IN_WITH } else { person };
    let path = developer.home().join("login");
    fs::write(&path, read_fixture(fixture)).expect("a home can be written to");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a key can be protected");
    path
}
