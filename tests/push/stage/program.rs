//! Programs on the stage: started with a cleared environment, waited for, never left without input.
//!
//! Nothing here decides whether an exit code is good.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

/// What a program left behind.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Finished {
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A command that sees none of the caller's settings: no system or user configuration of git, fixed time zone and
/// locale, `home` as its home. `PATH` is kept, since only it knows where git, gpg and ssh-keygen are.
pub fn program(name: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(name);
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
        .env("HOME", home)
        .env("GNUPGHOME", home.join("gnupg"))
        .env("TMPDIR", home)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_EDITOR", "false");
    command
}

/// Runs it with these bytes as stdin and waits for the end.
///
/// The bytes are written by a thread of their own: a program that answers before it has read everything, or that
/// never reads, cannot block the test.
pub fn run(command: &mut Command, stdin: &[u8]) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut pipe = child.stdin.take().expect("stdin is piped");
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // A program may refuse without reading to the end; its exit code says so, not this pipe.
            let _ = pipe.write_all(stdin);
        });
        child.wait_with_output().expect("a started program can be waited for")
    });
    Finished { status: output.status, stdout: output.stdout, stderr: output.stderr }
}
