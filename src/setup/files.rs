//! The operator's files as they are opened: each once it is sure that it is the operator's, and by its digest remembered.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::StatVfsMountFlags;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Opens files and remembers what was in them.
#[derive(Default)]
pub struct Files {
    digests: BTreeMap<String, String>,
    /// Files, links and folders on the way to what was read. What is wrong with one was told when it was met first, and
    /// is fatal.
    met: HashSet<PathBuf>,
    /// Files that others may write are read too.
    trusting: bool,
}

impl Files {
    /// For files by which nothing is decided: who may write them is not asked.
    pub fn trusting() -> Self {
        Self { trusting: true, ..Self::default() }
    }

    /// SHA-256 of every file read, in hex, by path.
    pub fn digests(self) -> BTreeMap<String, String> {
        self.digests
    }

    pub fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, Problem> {
        let cannot = |error: std::io::Error| cannot(path, &error);
        let mode = std::fs::metadata(path).map_err(cannot)?.permissions().mode();
        if !self.trusting {
            if mode & 0o022 != 0 {
                let problem = Problem::error(path, "others may write this file");
                return Err(problem.help(format!("run `chmod go-w {}`", path.display())));
            }
            self.must_stay(path)?;
        }
        let bytes = std::fs::read(path).map_err(cannot)?;
        let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.digests.insert(path.display().to_string(), digest);
        Ok(bytes)
    }

    pub fn text(&mut self, path: &Path) -> Result<Arc<str>, Problem> {
        utf8(path, self.bytes(path)?)
    }

    /// Refuses a place where anybody could put something else: because of the folder that it is in, of one further up,
    /// or where a link leads. The group of a shared repository may write in it (git-init(1), `--shared`); in a folder
    /// like `/tmp` everybody has only his own (chmod(1), "restricted deletion flag").
    fn must_stay(&mut self, path: &Path) -> Result<(), Problem> {
        for place in path.ancestors() {
            let place = if place.as_os_str().is_empty() { Path::new(".") } else { place };
            if !self.met.insert(place.to_path_buf()) {
                break;
            }
            let metadata = std::fs::symlink_metadata(place).map_err(|error| cannot(place, &error))?;
            if metadata.is_symlink() {
                let target = std::fs::read_link(place).map_err(|error| cannot(place, &error))?;
                self.must_stay(&place.parent().unwrap_or(Path::new("")).join(target))?;
            } else if metadata.is_dir() && metadata.permissions().mode() & 0o1002 == 0o002 && !is_read_only(place) {
                let problem = Problem::error(path, "anybody may put another file in its place");
                return Err(problem.help(format!("run `chmod o-w {}`", place.display())));
            }
        }
        Ok(())
    }
}

/// Nobody writes on its file system: so containers are given their files, in folders of mode 777.
fn is_read_only(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Files in a folder and the folders in it, by name; dot files and editors' backups are passed over.
pub fn below(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| cannot(&folder, &error))? {
            let path = entry.map_err(|error| cannot(&folder, &error))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            match path.is_dir() {
                true => folders.push(path),
                false if wanted(&path) => files.push(path),
                false => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

fn cannot(path: &Path, error: &std::io::Error) -> Problem {
    Problem::error(path, format!("cannot be read: {error}"))
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<Arc<str>, Problem> {
    match String::from_utf8(bytes) {
        Ok(text) if text.starts_with('\u{feff}') => {
            let problem = Problem::error(path, "the file begins with a byte order mark").at(&text.into(), 0..3);
            Err(problem.help("save it as UTF-8 without one"))
        }
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            // What stands before the first such byte is as it was; in its place stands one character.
            let text: Arc<str> = String::from_utf8_lossy(error.as_bytes()).into();
            let byte = error.as_bytes().get(at).copied().unwrap_or_default();
            let problem = Problem::error(path, format!("the file is not UTF-8: byte {byte:#04x}"));
            Err(problem.at(&text, at..at + '\u{fffd}'.len_utf8()).help("save it as UTF-8"))
        }
    }
}
