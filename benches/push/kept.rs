//! A push that is on the server already and can be judged again and again: for profilers.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::Desk;
use crate::repository;
use crate::work::Work;

pub struct Kept {
    folder: PathBuf,
}

/// refgate as these benchmarks run it.
pub const REFGATE: &str = env!("CARGO_BIN_EXE_refgate");

impl Kept {
    /// Makes the repositories of a row below `folder`, with what would be pushed on the server already.
    pub fn new(folder: &Path, row: &Work) -> Self {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let made = repository::make(folder, &row.shape);
        Desk::new(folder.join("desk"), &made, row.operator);
        let specs = ["main:refs/pushed/main", "refs/new/*:refs/pushed/new/*"];
        repository::git(&made.server, &[&["fetch", "--quiet", "../client.git"], &specs[..]].concat(), b"");
        std::fs::write(folder.join("stdin"), updates(&made.client)).expect("it can be written");
        Self { folder: folder.to_path_buf() }
    }

    /// Judges it: `program` with more arguments, such as a profiler's.
    pub fn judge(&self, program: &str, arguments: &[&str]) -> Command {
        let stdin = std::fs::File::open(self.folder.join("stdin")).expect("it was written");
        let mut command = Command::new(program);
        command.args(arguments).args(JUDGE).stdin(stdin);
        command.current_dir(self.folder.join("server.git")).env("GIT_DIR", ".");
        command
    }

    /// The same for a shell.
    pub fn shell(&self) -> String {
        format!("cd {}/server.git && GIT_DIR=. {REFGATE} {} <../stdin", self.folder.display(), JUDGE.join(" "))
    }
}

const JUDGE: [&str; 3] = ["pre-receive", "--config", "../desk/starter.toml"];

/// What git would write to the hook.
fn updates(client: &Path) -> String {
    let listed = |format: &str, pattern: &str| repository::git(client, &["for-each-ref", format, pattern], b"");
    let zero = "0".repeat(40);
    let new = listed(&format!("--format={zero} %(objectname) refs/heads/new/%(refname:lstrip=2)"), "refs/new/");
    if !new.is_empty() {
        return new + "\n";
    }
    let base = listed("--format=%(objectname)", "refs/heads/base");
    let main = listed("--format=%(objectname) %(refname)", "refs/heads/main");
    format!("{base} {main}\n")
}
