//! One step of installing or taking out again: what it is, the words for it, and doing it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};

use super::folder::own_like;
use super::git;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Gives a hook that is there a second name, so that there is never a moment without it.
    Keep {
        hook: PathBuf,
        kept: PathBuf,
    },
    /// Not done, and why: the rest is, and the command fails.
    LeaveOut(String),
    Remove {
        path: PathBuf,
    },
    /// Only if it is empty.
    RemoveFolder {
        path: PathBuf,
    },
    /// Puts back what [`Step::Keep`] kept.
    Restore {
        kept: PathBuf,
        hook: PathBuf,
    },
    SetGit {
        file: PathBuf,
        key: &'static str,
        value: String,
    },
    /// Something to know or to do by hand.
    Tell(String),
    UnsetGit {
        file: PathBuf,
        key: &'static str,
    },
    /// A file and the folders it needs, owned like the folder that was there.
    Write {
        path: PathBuf,
        text: String,
        mode: u32,
        what: String,
    },
}

impl Step {
    /// Whether it changes anything.
    pub fn acts(&self) -> bool {
        match self {
            Self::LeaveOut(_) | Self::Tell(_) => false,
            Self::Keep { .. } | Self::Remove { .. } | Self::RemoveFolder { .. } | Self::Restore { .. } => true,
            Self::SetGit { .. } | Self::UnsetGit { .. } | Self::Write { .. } => true,
        }
    }

    pub fn words(&self) -> String {
        match self {
            Self::Keep { kept, .. } => format!("kept the hook that was there as {}; it runs first", kept.display()),
            Self::LeaveOut(words) | Self::Tell(words) => words.clone(),
            Self::Remove { path } => format!("removed {}", path.display()),
            Self::RemoveFolder { path } => format!("removed {}, if nothing else was in it", path.display()),
            Self::Restore { hook, .. } => format!("put {} back", hook.display()),
            Self::SetGit { file, key, value } => format!("set {key} = {value} in {}", file.display()),
            Self::UnsetGit { file, key } => format!("took {key} out of {}", file.display()),
            Self::Write { path, what, .. } if what.is_empty() => format!("wrote {}", path.display()),
            Self::Write { path, what, .. } => format!("wrote {}, {what}", path.display()),
        }
    }

    pub fn act(&self) -> Result<(), String> {
        let cannot = |path: &Path| {
            let path = path.display().to_string();
            move |error: std::io::Error| format!("'{path}': {error}")
        };
        match self {
            Self::Keep { hook, kept } => fs::hard_link(hook, kept).map_err(cannot(kept)),
            Self::LeaveOut(_) | Self::Tell(_) => Ok(()),
            Self::Remove { path } => fs::remove_file(path).map_err(cannot(path)),
            Self::RemoveFolder { path } => remove_if_empty(path).map_err(cannot(path)),
            Self::Restore { kept, hook } => fs::rename(kept, hook).map_err(cannot(hook)),
            Self::SetGit { file, key, value } => git::set(file, key, value),
            Self::UnsetGit { file, key } => git::unset(file, key),
            Self::Write { path, text, mode, .. } => write(path, text, *mode).map_err(cannot(path)),
        }
    }
}

/// Writes a file under another name and moves it into place: there is never a moment with half of it.
fn write(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folders(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    own_like(file.as_file(), &fs::metadata(if path.exists() { path } else { folder })?)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn make_folders(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("/"));
    make_folders(parent)?;
    fs::create_dir(folder)?;
    let made = fs::File::from(open(folder, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?);
    made.set_permissions(fs::Permissions::from_mode(0o755))?;
    own_like(&made, &fs::metadata(parent)?)
}

fn remove_if_empty(folder: &Path) -> std::io::Result<()> {
    match fs::read_dir(folder)?.next() {
        None => fs::remove_dir(folder),
        Some(_) => Ok(()),
    }
}
