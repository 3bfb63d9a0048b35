//! refgate while it runs as somebody's hook: found through `/proc` by the repository that it judges for, looked at,
//! and killed; and the hook called by hand, waiting at the door.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::stage::{BOB, Server, ServerBuilder, line, program};

/// Far longer than anything here takes on any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process of refgate.
#[derive(Clone, Copy, Debug)]
pub struct Running(u32);

/// One that judges for this server, and that does not end before it is seen.
fn started(server: &Server) -> Running {
    let repository = server.repository().canonicalize().expect("the repository is there");
    until("refgate was started", || all(|process| process.is_refgate_in(&repository)).into_iter().next())
}

/// A line for a hook that lets nothing happen until [`let_in`] says so.
pub const GATE: &str = "read -r _ <../../gate";

/// Puts up the gate that hooks wait for.
pub fn put_up_gate(server: &Server) {
    let status = Command::new("mkfifo").arg(server.folder().join("gate")).status();
    assert!(status.is_ok_and(|status| status.success()), "mkfifo is part of every system");
}

/// The hook that waits at the gate: it begins now.
pub fn let_in(server: &Server) -> Running {
    let repository = server.repository().canonicalize().expect("the repository is there");
    let hook = until("a hook waited at the gate", || all(|process| process.is_hook_in(&repository)).into_iter().next());
    fs::write(server.folder().join("gate"), "\n").expect("it waits there");
    hook
}

/// One that has read what it needs and has worked on it for a while.
pub fn judging(server: &Server) -> Running {
    let process = started(server);
    until("refgate was at work", || (process.hundredths() > 100).then_some(()));
    process
}

/// One that wants to write into the log while somebody else holds its lock.
pub fn recording(server: &Server) -> Running {
    let process = started(server);
    until("refgate wanted to write into the log", || process.waits_for_a_lock().then_some(()));
    process
}

/// Waits for something that is sure to come.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None if begun.elapsed() > PATIENCE => panic!("never came true: {what}"),
            None => thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn all(is_wanted: impl Fn(&Running) -> bool) -> Vec<Running> {
    let entries = fs::read_dir("/proc").expect("there is a /proc").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.map(Running).filter(is_wanted).collect()
}

impl Running {
    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }

    /// The script, before it becomes refgate.
    fn is_hook_in(self, repository: &Path) -> bool {
        let words = fs::read(self.file("cmdline")).unwrap_or_default();
        let runs_hook = words.split(|&byte| byte == 0).any(|word| word.ends_with(b"hooks/pre-receive"));
        runs_hook && fs::read_link(self.file("cwd")).is_ok_and(|target| target == repository)
    }

    fn is_refgate_in(self, repository: &Path) -> bool {
        let leads_to = |name: &str, path: &Path| fs::read_link(self.file(name)).is_ok_and(|target| target == path);
        leads_to("cwd", repository) && leads_to("exe", Path::new(env!("CARGO_BIN_EXE_refgate")))
    }

    /// Processor time it used, in hundredths of a second (proc_pid_stat(5), `utime`).
    fn hundredths(self) -> u64 {
        let stat = fs::read_to_string(self.file("stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        after_name.split_whitespace().nth(11).and_then(|ticks| ticks.parse().ok()).unwrap_or(0)
    }

    /// As proc_locks(5) has it: `1: -> FLOCK ADVISORY WRITE <process> …`.
    fn waits_for_a_lock(self) -> bool {
        let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
        let id = self.0.to_string();
        locks.lines().any(|line| line.contains("->") && line.split_whitespace().any(|word| word == id))
    }

    /// Whether its main thread waits for input on stdin (proc_pid_syscall(5): the call's number, then its arguments).
    fn waits_for_stdin(self) -> bool {
        let call = fs::read_to_string(self.file("syscall")).unwrap_or_default();
        let read = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };
        call.starts_with(read)
    }

    /// The most memory that it held so far (proc_pid_status(5), `VmHWM`).
    pub fn mebibytes(self) -> u64 {
        let status = fs::read_to_string(self.file("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
    }

    /// How many threads it has.
    pub fn threads(self) -> usize {
        fs::read_dir(self.file("task")).map_or(0, Iterator::count)
    }

    /// Sends it a signal by its name: `KILL`.
    pub fn kill(self, signal: &str) {
        let signal = match signal {
            "KILL" => rustix::process::Signal::KILL,
            "TERM" => rustix::process::Signal::TERM,
            other => panic!("no signal '{other}' is used here"),
        };
        let id = i32::try_from(self.0).ok().and_then(rustix::process::Pid::from_raw).expect("it is a process");
        // It may have ended by itself.
        let _ = rustix::process::kill_process(id, signal);
    }
}

/// Everything beside the repository that a run might leave something in: names only.
pub fn names(server: &Server) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![server.folder().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            // Where people work, and what git stores.
            let passed_over = ["work", "objects", "refs", "logs"];
            if path.is_dir() && !passed_over.iter().any(|name| path.ends_with(name)) {
                folders.push(path.clone());
            }
            found.insert(path.display().to_string());
        }
    }
    found
}

/// The repository is whole, no lock and no quarantine is left, and each line of the log is a decision.
#[track_caller]
pub fn unharmed(server: &Server) {
    server.git(&["fsck", "--full", "--strict", "--no-progress"]);
    let left = |name: &&String| name.ends_with(".lock") || name.contains("tmp_objdir");
    assert_eq!(names(server).iter().find(left), None);
    assert_eq!(server.snapshot().quarantines(), Vec::<String>::new());
    server.decisions();
}

/// The decision log, so that nobody else can write into it.
pub fn locked_log(server: &Server) -> File {
    let log = OpenOptions::new().create(true).append(true).open(server.log()).unwrap();
    log.lock().unwrap();
    log
}

/// A call of the hook that waits for its lines.
pub struct Held {
    pub child: Child,
}

impl Held {
    pub fn by(server: &Server, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = program(server.repository().join("hooks/pre-receive"), server.folder());
        command.current_dir(server.repository()).env("GIT_DIR", ".");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        change(&mut command);
        Self { child: command.spawn().unwrap() }
    }

    /// Everything is read but the lines.
    pub fn ready(server: &Server) -> Self {
        let held = Self::by(server, |_| {});
        let process = Running(held.child.id());
        until("refgate waited for git's lines", || process.waits_for_stdin().then_some(()));
        held
    }

    pub fn told(mut self, lines: &str) -> Output {
        // It may have ended without reading them; its exit code says so.
        let _ = self.child.stdin.take().unwrap().write_all(lines.as_bytes());
        self.child.wait_with_output().unwrap()
    }

    pub fn process(&self) -> Running {
        Running(self.child.id())
    }

    /// Waits for the end without giving or reading anything; gives the exit code.
    pub fn ended(mut self) -> Option<i32> {
        until("the hook ended", || self.child.try_wait().unwrap()).code()
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// With one signed commit on `main`, and another one, signed or not, stored beside it.
pub fn with_main(builder: ServerBuilder) -> Server {
    let server = builder.start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").commit("add a window").plant("main:refs/heads/good");
    bob.commit_unsigned("add a roof").plant("main:refs/heads/bad");
    server
}

pub fn good(server: &Server) -> String {
    line(&server.tip("refs/heads/main"), &server.tip("refs/heads/good"), "refs/heads/main")
}

pub fn bad(server: &Server) -> String {
    line(&server.tip("refs/heads/main"), &server.tip("refs/heads/bad"), "refs/heads/main")
}
