//! What stands in the server's `hooks/`: each way of judging a push, and what it cost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::repository::Made;
use crate::signer::Public;

/// Who judges a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Nobody: git alone.
    None,
    /// A shell that says yes.
    Empty,
    /// git's plumbing and a bare verifier.
    Floor,
    /// refgate with the rules that most begin with.
    Starter,
    /// refgate with every shipped rule.
    Library,
    /// A shell loop over `git verify-commit`.
    ShellLoop,
}

impl Hook {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "no hook",
            Self::Empty => "empty hook",
            Self::Floor => "floor",
            Self::Starter => "refgate, starter rules",
            Self::Library => "refgate, all rules",
            Self::ShellLoop => "loop of git verify-commit",
        }
    }
}

/// What the programs of one run used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub wall: Duration,
    /// User and system time.
    pub cpu: Duration,
    /// The largest of the processes, in KiB.
    pub memory: u64,
}

/// Runs a command and measures it with all it waits for; `None` when it fails. To be called in a process that has
/// waited for nothing larger before.
pub fn measure(command: &mut Command) -> Option<Cost> {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
        let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        (Duration::from_micros(microseconds as u64), usage.max_rss() as u64)
    };
    let (before, started) = (used().0, Instant::now());
    let status = command.status().expect("the command runs");
    let wall = started.elapsed();
    let (after, memory) = used();
    assert_eq!(status.signal(), None, "{command:?}");
    status.success().then_some(Cost { wall, cpu: after - before, memory })
}

/// `hook <where to write> <program> …`: what git runs as the hook, so that its cost is told apart from git's.
pub fn run(arguments: &[String]) {
    let mut command = Command::new(&arguments[1]);
    command.args(&arguments[2..]);
    let cost = measure(&mut command);
    let Some(cost) = cost else { std::process::exit(1) };
    let line = format!("{} {} {}", cost.wall.as_micros(), cost.cpu.as_micros(), cost.memory);
    fs::write(&arguments[0], line).expect("the cost can be written");
}

/// Reads what [`run`] wrote.
pub fn written(path: &Path) -> Option<Cost> {
    let text = fs::read_to_string(path).ok()?;
    let numbers: Vec<u64> = text.split(' ').map(|word| word.parse().expect("a number")).collect();
    let [wall, cpu, memory] = numbers[..] else { panic!("'{text}' is no cost") };
    Some(Cost { wall: Duration::from_micros(wall), cpu: Duration::from_micros(cpu), memory })
}

/// Everything that hooks need beside a repository: config, people, keys.
pub struct Desk {
    folder: PathBuf,
    /// Where a hook writes what it cost.
    pub cost: PathBuf,
}

impl Desk {
    /// Writes it for these people, and for as many strangers with a key and a spare key each.
    pub fn new(folder: PathBuf, made: &Made, strangers: usize) -> Self {
        fs::create_dir_all(folder.join("keys")).expect("a folder can be made");
        let (mut people, mut allowed, mut bare) = (String::new(), String::new(), String::new());
        for signer in &made.signers {
            let (name, fingerprint) = (&signer.name, signer.fingerprint());
            people.push_str(&person(name, &[fingerprint]));
            bare.push_str(&signer.bare());
            match signer.public() {
                Public::AllowedSigner(line) => allowed.push_str(&line),
                Public::Certificate(bytes) => {
                    fs::write(folder.join(format!("keys/{name}.asc")), bytes).expect("a key can be written");
                }
            }
        }
        for number in 0..strangers {
            let keys: Vec<String> = (0..2).map(|key| stranger_key(2 * number + key, &mut allowed)).collect();
            people.push_str(&person(&format!("stranger{number}"), &keys));
        }
        let desk = Self { cost: folder.join("cost"), folder };
        desk.write("people.toml", &people);
        desk.write("allowed_signers", &allowed);
        desk.write("bare", &bare);
        desk.write("starter.toml", &desk.config(STARTER, !allowed.is_empty()));
        desk.write("library.toml", &desk.config(LIBRARY, !allowed.is_empty()));
        desk.git_allowed_signers();
        desk
    }

    /// Puts a hook into a server's repository.
    pub fn install(&self, hook: Hook, server: &Path) {
        let place = server.join("hooks/pre-receive");
        let _ = fs::remove_file(&place);
        let own = std::env::current_exe().expect("this program has a name");
        let folder = self.folder.display();
        let judge = match hook {
            Hook::None => return,
            Hook::Empty => self.script("empty", "cat >/dev/null"),
            Hook::Floor => self.script("floor", &format!(
                "while read -r old new ref; do\n  echo $new\n  case $old in *[1-9a-f]*) echo ^$old;; esac\ndone >revisions\n\
                 git rev-list --stdin --not --all <revisions >commits || exit\n\
                 git cat-file --batch <commits | {} floor {folder}/bare || exit\n\
                 git diff-tree --stdin -r --name-only <commits >/dev/null",
                own.display()
            )),
            Hook::ShellLoop => self.script("loop", &format!(
                "while read -r old new ref; do\n  for commit in $(git rev-list $new --not --all); do\n\
                 git -c gpg.ssh.allowedSignersFile={folder}/allowed_signers verify-commit $commit 2>/dev/null || exit\n  done\ndone"
            )),
            Hook::Starter => self.script("starter", &self.refgate("starter.toml")),
            Hook::Library => self.script("library", &self.refgate("library.toml")),
        };
        let script = format!("#!/bin/sh\nexec {} hook {} {}\n", own.display(), self.cost.display(), judge.display());
        write_executable(&place, &script);
    }

    fn refgate(&self, config: &str) -> String {
        format!("exec {} pre-receive --config {}/{config}", env!("CARGO_BIN_EXE_refgate"), self.folder.display())
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        write_executable(&path, &format!("#!/bin/sh\n{text}\n"));
        path
    }

    fn config(&self, rules: &str, signers: bool) -> String {
        let keys = if signers { "allowed_signers = [\"allowed_signers\"]" } else { "openpgp = [\"keys/\"]" };
        format!(
            "version = 1\n[identity]\npeople = \"people.toml\"\n{keys}\n[history]\nbaseline = [\"HEAD\"]\n{LIMITS}{rules}"
        )
    }

    /// gpg's own ring of the same certificates, for the loop.
    fn git_allowed_signers(&self) {
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

    pub fn gnupg(&self) -> PathBuf {
        self.folder.join("gnupg")
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

fn stranger_key(number: usize, allowed: &mut String) -> String {
    let mut seed = [9; 32];
    seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
    let key = refgate::signature::ThrowawayKey::from_seed(&seed);
    allowed.push_str(&format!("stranger{}@example.org {}\n", number / 2, key.public_key()));
    key.fingerprint()
}

fn write_executable(path: &Path, text: &str) {
    fs::write(path, text).expect("a hook can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// High enough for every row.
const LIMITS: &str = "[limits]\ncommits = 1_000_000\nupdates = 100_000\n";

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
