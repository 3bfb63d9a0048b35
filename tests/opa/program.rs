use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::stage::program;

/// Where the shipped rules are.
pub const POLICIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");

/// OPA, if it is named.
pub struct Opa {
    path: PathBuf,
    home: tempfile::TempDir,
}

impl Opa {
    /// `None`: nobody named it.
    #[track_caller]
    pub fn find() -> Option<Self> {
        let Some(path) = std::env::var_os("REFGATE_OPA").map(PathBuf::from) else {
            eprintln!("passed over: REFGATE_OPA names no opa");
            return None;
        };
        let is_here = Command::new(&path).arg("version").output().is_ok_and(|output| output.status.success());
        assert!(is_here, "REFGATE_OPA is '{}', which is no opa", path.display());
        Some(Self { path, home: tempfile::tempdir().expect("there is room for a folder") })
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        program(&self.path, self.home.path()).args(arguments).output().expect("opa can be run")
    }

    /// What a query over these files comes to; an error of a builtin function is an error, as in refgate.
    #[track_caller]
    pub fn evaluate(&self, query: &str, files: &[&Path]) -> Value {
        let mut arguments = vec!["eval", "--strict-builtin-errors", "--format", "json", query];
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        files.iter().for_each(|file| arguments.extend(["--data", file.as_str()]));
        let finished = self.run(&arguments);
        let printed: Value = serde_json::from_slice(&finished.stdout).unwrap_or_default();
        assert!(finished.status.success(), "{printed:#}\n{}", String::from_utf8_lossy(&finished.stderr));
        printed["result"][0]["expressions"][0]["value"].clone()
    }

    /// A folder that is gone with this.
    pub fn home(&self) -> &Path {
        self.home.path()
    }
}
