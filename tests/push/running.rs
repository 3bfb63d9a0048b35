//! refgate while it runs as somebody's hook: found through `/proc` by the repository that it judges for, looked at,
//! and killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::stage::Server;

/// Far longer than anything here takes on any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process of refgate.
#[derive(Clone, Copy, Debug)]
pub struct Running(u32);

/// One that judges for this server, as soon as there is one.
pub fn started(server: &Server) -> Running {
    let repository = server.repository().canonicalize().expect("the repository is there");
    until("refgate was started", || all_of(&repository).first().copied())
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

fn all_of(repository: &Path) -> Vec<Running> {
    let entries = fs::read_dir("/proc").expect("there is a /proc").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.map(Running).filter(|process| process.is_refgate_in(repository)).collect()
}

impl Running {
    pub fn of(id: u32) -> Self {
        Self(id)
    }

    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
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
    pub fn waits_for_stdin(self) -> bool {
        let call = fs::read_to_string(self.file("syscall")).unwrap_or_default();
        let read = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };
        call.starts_with(read)
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
