//! A whole folder at one moment: every name, kind, permission and content in it. Times are deliberately absent.
//!
//! Other pushes may come and go meanwhile: what is gone before it is looked at was not there.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What stood in a folder. Two are equal when nobody could tell the folders apart by reading them.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    File { mode: u32, bytes: u64, digest: u64 },
    Folder { mode: u32 },
    Link { target: PathBuf },
}

impl Snapshot {
    pub fn of(folder: &Path) -> Self {
        let mut entries = BTreeMap::new();
        let mut waiting = list(folder).expect("the folder is there");
        while let Some(path) = waiting.pop() {
            let (entry, below) = match look(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                looked => looked.unwrap_or_else(|error| panic!("'{}': {error}", path.display())),
            };
            waiting.extend(below);
            entries.insert(path.strip_prefix(folder).expect("it was found below the folder").to_path_buf(), entry);
        }
        Self(entries)
    }

    /// What differs, one line each: `+` came, `-` went, `~` changed.
    pub fn differences(&self, later: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, entry) in &self.0 {
            match later.0.get(path) {
                None => lines.push(format!("- {}", path.display())),
                Some(other) if other != entry => lines.push(format!("~ {}", path.display())),
                Some(_) => {}
            }
        }
        let came = later.0.keys().filter(|path| !self.0.contains_key(*path));
        lines.extend(came.map(|path| format!("+ {}", path.display())));
        lines
    }

    /// Quarantine folders that git or its hook left behind.
    pub fn quarantines(&self) -> Vec<String> {
        let is_quarantine = |path: &&PathBuf| {
            path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tmp_objdir"))
        };
        self.0.keys().filter(is_quarantine).map(|path| path.display().to_string()).collect()
    }
}

/// What stands there, with what is in it.
fn look(path: &Path) -> io::Result<(Entry, Vec<PathBuf>)> {
    let metadata = fs::symlink_metadata(path)?;
    let mode = metadata.permissions().mode();
    if metadata.is_symlink() {
        return Ok((Entry::Link { target: fs::read_link(path)? }, Vec::new()));
    }
    if metadata.is_dir() {
        return Ok((Entry::Folder { mode }, list(path)?));
    }
    let content = fs::read(path)?;
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    Ok((Entry::File { mode, bytes: metadata.len(), digest: hasher.finish() }, Vec::new()))
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}
