//! Folders that hooks stand in: which are bare repositories, and which others could change.

use std::fs;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

/// How deep below a folder repositories are looked for.
const DEPTH: usize = 12;

pub fn is_bare_repository(path: &Path) -> bool {
    path.join("objects").is_dir() && path.join("HEAD").is_file()
}

pub fn must_be_bare_repository(path: &Path) -> Result<(), String> {
    match is_bare_repository(path) {
        true => Ok(()),
        false => Err(format!("'{}' is not a bare repository", path.display())),
    }
}

/// Every bare repository below `folder`, by path. Symbolic links are not followed, no repository is looked into, and
/// the `.git` of a working tree is none.
pub fn bare_repositories(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let cannot = |path: &Path, error: std::io::Error| format!("'{}': {error}", path.display());
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), 0)];
    while let Some((next, depth)) = waiting.pop() {
        if is_bare_repository(&next) {
            found.push(next);
            continue;
        }
        for entry in fs::read_dir(&next).map_err(|error| cannot(&next, error))? {
            let entry = entry.map_err(|error| cannot(&next, error))?;
            if depth < DEPTH && entry.file_name() != ".git" && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push((entry.path(), depth + 1));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Refuses a folder in which others could put another file in the place of a hook. One that is not there yet is made
/// with the right permissions.
pub fn must_not_be_others(folder: &Path) -> Result<(), String> {
    must_lack(folder, 0o022, "go-w")
}

/// The same for a repository, whose group may write in it when it is shared (git-init(1), `--shared`). Returns what to
/// know then.
pub fn repository_must_not_be_others(repository: &Path) -> Result<Option<String>, String> {
    must_lack(repository, 0o002, "o-w")?;
    let shared = mode(repository)?.is_some_and(|mode| mode & 0o020 != 0);
    Ok(shared.then(|| {
        let repository = repository.display();
        format!("note: the group of '{repository}' may write in it: whoever of it gets a shell, not git-shell(1), can take the hook out")
    }))
}

/// A server must be able to remove a whole repository, so what root puts into it belongs to the repository's owner.
///
/// By the open file, never by its name: whoever owns the folder could put a link to another file there meanwhile.
pub fn own_like(made: &fs::File, model: &fs::Metadata) -> std::io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    fchown(made, Some(model.uid()), Some(model.gid()))
}

fn must_lack(folder: &Path, bits: u32, remedy: &str) -> Result<(), String> {
    match mode(folder)? {
        Some(mode) if mode & bits != 0 => Err(format!(
            "others may write '{0}', and so replace the hook: run `chmod {remedy} {0}` first",
            folder.display()
        )),
        Some(_) | None => Ok(()),
    }
}

fn mode(folder: &Path) -> Result<Option<u32>, String> {
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => Err(format!("'{}' is not a folder", folder.display())),
        Ok(metadata) => Ok(Some(metadata.mode())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("'{}': {error}", folder.display())),
    }
}
