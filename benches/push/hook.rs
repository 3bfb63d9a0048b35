//! What stands in the server's `hooks/`: each way of judging a push.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::Desk;

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
    /// Sequoia's own gate for repositories, which knows OpenPGP.
    SqGit,
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
            Self::SqGit => "sq-git",
        }
    }

    /// Whether this machine has the program.
    pub fn is_there(self) -> bool {
        self != Self::SqGit || sq_git().arg("version").output().is_ok()
    }

    /// Where [`crate::cost::run`] writes what it cost.
    pub fn cost(self, desk: &Desk) -> PathBuf {
        desk.folder.join(format!("cost-{self:?}"))
    }

    /// Puts it into a server's repository that has no hook yet.
    pub fn install(self, desk: &Desk, server: &Path) {
        if self != Self::None {
            // sq-git reads no quarantine, so it judges one ref at a time, once the objects have left it.
            let name = if self == Self::SqGit { "update" } else { "pre-receive" };
            write_executable(&server.join("hooks").join(name), &format!("exec {} \"$@\"", self.measured(desk)));
        }
    }

    /// The command that judges, measured.
    fn measured(self, desk: &Desk) -> String {
        let script = desk.folder.join(format!("{self:?}"));
        write_executable(&script, &self.script(desk));
        format!("{} hook {} {}", own(), self.cost(desk).display(), script.display())
    }

    fn script(self, desk: &Desk) -> String {
        let (own, folder) = (own(), desk.folder.display());
        match self {
            Self::None => unreachable!("nobody judges"),
            Self::Empty => "cat >/dev/null".to_string(),
            Self::Floor => format!(
                "while read -r old new ref; do\n  echo $new\n  case $old in *[1-9a-f]*) echo ^$old;; esac\ndone >revisions\n\
                 git rev-list --stdin --not --all <revisions >commits || exit\n\
                 git cat-file --batch <commits | {own} floor {folder}/bare || exit\n\
                 git diff-tree --stdin -r --name-only <commits >/dev/null"
            ),
            Self::ShellLoop => format!(
                "while read -r old new ref; do\n  for commit in $(git rev-list $new --not --all); do\n\
                 git -c gpg.ssh.allowedSignersFile={folder}/allowed_signers verify-commit $commit 2>/dev/null || exit\n  done\ndone"
            ),
            Self::Starter => refgate(desk, "starter.toml"),
            Self::Library => refgate(desk, "library.toml"),
            // What it verified it remembers: here, in a repository that is new each time.
            Self::SqGit => format!(
                "XDG_CACHE_HOME=$PWD exec {} update-hook --trust-root=$2 --policy-file={folder}/openpgp-policy.toml \"$@\"",
                sq_git().get_program().display()
            ),
        }
    }
}

/// Puts a hook into a server's repository that lets these ways judge the same push, one after the other, so many times.
pub fn install_in_turn(hooks: &[Hook], times: usize, desk: &Desk, server: &Path) {
    let turns: Vec<String> = hooks.iter().map(|hook| format!("{} <updates || exit\n", hook.measured(desk))).collect();
    write_executable(&server.join("hooks/pre-receive"), &format!("cat >updates\n{}", turns.concat().repeat(times)));
}

/// sq-git, or what the environment names in its place.
pub fn sq_git() -> Command {
    Command::new(std::env::var_os("REFGATE_SQ_GIT").unwrap_or_else(|| "sq-git".into()))
}

fn refgate(desk: &Desk, config: &str) -> String {
    format!("exec {} pre-receive --config {}/{config}", env!("CARGO_BIN_EXE_refgate"), desk.folder.display())
}

fn own() -> String {
    std::env::current_exe().expect("this program has a name").display().to_string()
}

fn write_executable(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a hook can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}
