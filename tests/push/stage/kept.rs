//! Decision logs that outlive the stage, for whoever wants to ask other programs about what was judged.

use std::fs;
use std::path::PathBuf;

/// The folder that `REFGATE_DECISIONS` names, if it names one.
pub fn kept_folder() -> Option<PathBuf> {
    std::env::var_os("REFGATE_DECISIONS").map(PathBuf::from)
}

/// A log that is copied there, under a name of its own, when the stage goes.
pub struct KeptLog {
    pub log: PathBuf,
    pub name: String,
}

impl Drop for KeptLog {
    fn drop(&mut self) {
        if let Some(folder) = kept_folder() {
            // A stage without pushes has no log; whoever reads the folder says if there are too few.
            let _ = fs::copy(&self.log, folder.join(format!("{}.jsonl", self.name)));
        }
    }
}
