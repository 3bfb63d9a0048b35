//! An author's desk: a folder, and refgate to run in it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

pub struct Desk {
    folder: tempfile::TempDir,
}

/// What a command came to.
#[must_use = "say how it should end"]
pub struct Ran {
    output: Output,
}

impl Desk {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("there is room for a folder") }
    }

    /// After `refgate init`.
    pub fn started() -> Self {
        let desk = Self::empty();
        desk.run(&["init"]).ends(0);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is below the desk")).expect("the desk can make folders");
        fs::write(path, text).expect("the desk can write files");
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_refgate"))
            .args(arguments)
            .env_clear()
            .current_dir(self.folder.path())
            .output()
            .expect("refgate can be run");
        Ran { output }
    }
}

impl Ran {
    /// It ended with this code; gives stdout and stderr, one after the other.
    #[track_caller]
    pub fn ends(self, code: i32) -> String {
        let stdout = String::from_utf8_lossy(&self.output.stdout).into_owned();
        let words = stdout + &String::from_utf8_lossy(&self.output.stderr);
        assert_eq!(self.output.status.code(), Some(code), "it said:\n{words}");
        assert!(!words.contains("panicked at"), "it panicked:\n{words}");
        words
    }

    /// It succeeded, and said nothing but its answer.
    #[track_caller]
    pub fn answer(self) -> String {
        assert!(self.output.stderr.is_empty(), "on stderr:\n{}", String::from_utf8_lossy(&self.output.stderr));
        self.ends(0)
    }
}
