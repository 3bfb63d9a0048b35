//! The hook on the scales: how it ended, and the most memory that it held.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::stage::{Server, Told, program};

/// What a push may make refgate hold, in mebibytes.
const ENOUGH: u64 = 300;

/// How a weighed run ended.
#[must_use = "say how it should end"]
pub struct Weighed {
    code: Option<i32>,
    told: Told,
    /// Peak of resident memory in mebibytes.
    peak: u64,
}

impl Weighed {
    /// It refused with these words, and never held more than it may.
    #[track_caller]
    pub fn refuses_lightly(self, words: &str) -> Told {
        self.held_enough(Some(1));
        self.told.says(words)
    }

    #[track_caller]
    pub fn accepts_lightly(self) -> Told {
        self.held_enough(Some(0));
        self.told
    }

    #[track_caller]
    fn held_enough(&self, code: Option<i32>) {
        assert_eq!(self.code, code, "{}", self.told.plain);
        assert!(self.peak <= ENOUGH, "it held {} MiB", self.peak);
    }
}

/// Calls the hook as receive-pack does, with these bytes on stdin, in an environment that the test changes.
pub fn weigh(server: &Server, stdin: &[u8], change: impl FnOnce(&mut Command)) -> Weighed {
    let mut command = program(server.repository().join("hooks/pre-receive"), server.folder());
    command.current_dir(server.repository()).env("GIT_DIR", ".");
    change(&mut command);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the hook can be started");
    let mut pipe = child.stdin.take().expect("stdin is piped");
    let mut words = child.stderr.take().expect("stderr is piped");
    let status = format!("/proc/{}/status", child.id());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may refuse without reading to the end.
            let _ = pipe.write_all(stdin);
        });
        // The high-water mark only grows, so the last look before the end counts.
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !over.load(Ordering::Relaxed) {
                peak = peak.max(high_water(&status).unwrap_or(0));
                std::thread::sleep(Duration::from_millis(2));
            }
            peak
        });
        let mut told = Vec::new();
        words.read_to_end(&mut told).expect("stderr can be read");
        let code = child.wait().expect("a started program can be waited for").code();
        over.store(true, Ordering::Relaxed);
        Weighed { code, told: Told::new(told), peak: watch.join().expect("nothing in it panics") }
    })
}

/// `VmHWM` in mebibytes (proc(5)).
fn high_water(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
}
