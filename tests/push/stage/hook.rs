//! The shipped hook, and calls of it without git in between.

use std::path::Path;

use crate::stage::program::Finished;
use crate::stage::transcript::Told;

const SHIPPED: &str = include_str!("../../../hooks/pre-receive");

/// The file in `hooks/` with the path of the binary written into the line that is for it.
pub fn shipped_hook(binary: &Path) -> String {
    let quoted = binary.display().to_string().replace('\'', r"'\''");
    let lines = SHIPPED.lines().map(|line| match line.starts_with("refgate=") {
        true => format!("refgate='{quoted}'\n"),
        false => format!("{line}\n"),
    });
    lines.collect()
}

/// How a run of the hook, or of another command of refgate, ended.
#[must_use = "say how it should end"]
pub struct HookRun {
    finished: Finished,
}

impl HookRun {
    pub fn new(finished: Finished) -> Self {
        Self { finished }
    }

    /// It ended with this code: 0 accepted, 1 refused, 2 could not judge. What was told is on stderr; stdout is
    /// checked to be empty.
    #[track_caller]
    pub fn exits(self, code: i32) -> Told {
        let stdout = String::from_utf8_lossy(&self.finished.stdout).into_owned();
        let told = self.ends(code);
        assert!(stdout.is_empty(), "a hook says nothing on stdout, but:\n{stdout}");
        told
    }

    /// It refused, by a rule or because it could not judge.
    #[track_caller]
    pub fn refuses(self) -> Told {
        let code = if self.finished.status.code() == Some(1) { 1 } else { 2 };
        self.exits(code)
    }

    /// It ended with this code; stdout and stderr together are what was told. For commands that answer on stdout.
    #[track_caller]
    pub fn answers(mut self, code: i32) -> Told {
        let mut words = std::mem::take(&mut self.finished.stdout);
        words.extend_from_slice(&self.finished.stderr);
        self.finished.stderr = words;
        self.ends(code)
    }

    #[track_caller]
    fn ends(self, code: i32) -> Told {
        let status = self.finished.status;
        let told = Told::new(self.finished.stderr);
        assert_eq!(status.code(), Some(code), "{status}, and it said:\n{}", told.plain);
        assert!(!told.plain.contains("panicked at"), "it panicked:\n{}", told.plain);
        told
    }
}
