//! Git's own config files, edited by git itself. Only installing starts a program; judging never does.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;

use super::folder::own_like;

/// A key of ours that lists the keys that install wrote into a file, so that only those are taken out again.
pub const WRITTEN: &str = "refgate.written";

/// The first version of git that runs hooks which its config names (git-hook(1), `hook.<name>.command`).
const HOOKS_IN_CONFIG: (u32, u32) = (2, 54);

/// One value; `None` when the key, or the file, is not there.
pub fn value(file: &Path, key: &str) -> Result<Option<String>, String> {
    let value = crate::repository::config_value(file, key).map_err(|error| error.to_string())?;
    Ok(value.map(|value| value.to_string_lossy().into_owned()))
}

/// Sets a key, and remembers that it was set by us.
pub fn set(file: &Path, key: &str, value: &str) -> Result<(), String> {
    edit(file, &[key, value])?;
    edit(file, &["--replace-all", WRITTEN, key, &pattern(key)])
}

/// Takes a key out, and the memory of it; then the file, if nothing is left in it.
pub fn unset(file: &Path, key: &str) -> Result<(), String> {
    edit(file, &["--unset-all", key])?;
    if written(file, key)? {
        edit(file, &["--unset-all", WRITTEN, &pattern(key)])?;
    }
    match fs::metadata(file) {
        Ok(metadata) if metadata.len() == 0 => {
            fs::remove_file(file).map_err(|error| format!("'{}': {error}", file.display()))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Whether [`set`] set it.
pub fn written(file: &Path, key: &str) -> Result<bool, String> {
    if !file.is_file() {
        return Ok(false);
    }
    let output = Command::new("git")
        .args(["config", "--no-includes", "--file"])
        .arg(file)
        .args(["--get-all", WRITTEN])
        .output()
        .map_err(|error| format!("git: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().any(|line| line == key))
}

/// Where git looks for a repository's hooks instead of in it: as its own config says, or that of the machine or the user.
pub fn hooks_path(repository_config: &Path, key: &str) -> Result<Option<String>, String> {
    if let Some(folder) = value(repository_config, key)? {
        return Ok(Some(folder));
    }
    let output = Command::new("git")
        .args(["config", "--get", key])
        .env_remove("GIT_DIR")
        .current_dir("/")
        .output()
        .map_err(|error| format!("git: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).trim_end().to_string();
    Ok((!said.is_empty()).then_some(said))
}

/// Refuses a git that would pass over hooks in its config: then nothing would be judged.
pub fn must_run_hooks_in_config() -> Result<(), String> {
    let output = Command::new("git").arg("--version").output().map_err(|error| format!("git: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
    match version(&said) {
        Some(version) if version >= HOOKS_IN_CONFIG => Ok(()),
        Some(_) | None => Err(format!(
            "'{said}' does not run hooks that its config names, 2.54 and later do: nothing would be judged"
        )),
    }
}

/// `git version 2.54.1.windows.1` is 2.54.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.strip_prefix("git version ")?.split('.').map(|part| part.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// A regular expression for exactly this value, as git-config(1) matches values.
fn pattern(key: &str) -> String {
    format!("^{}$", key.replace('.', "\\."))
}

/// Git writes the file anew, as whoever runs it: it goes back to its owner, who may be the only one to read it.
fn edit(file: &Path, arguments: &[&str]) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("'{}': {error}", file.display());
    let before =
        fs::metadata(file).or_else(|_| fs::metadata(file.parent().unwrap_or(Path::new("/")))).map_err(cannot)?;
    let status = Command::new("git")
        .args(["config", "--file"])
        .arg(file)
        .args(arguments)
        .status()
        .map_err(|error| format!("git: {error}"))?;
    if !status.success() {
        return Err(format!("git config --file '{}': {status}", file.display()));
    }
    match open(file, OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
        Ok(written) => own_like(&fs::File::from(written), &before).map_err(cannot),
        // Git follows a link, and leaves what it points to with its owner's permissions: that is not ours to give away.
        Err(Errno::LOOP) => Ok(()),
        Err(error) => Err(cannot(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_numbers() {
        for (said, read) in [
            ("git version 2.39.5", Some((2, 39))),
            ("git version 2.54.0", Some((2, 54))),
            ("git version 2.100.0.rc1", Some((2, 100))),
            ("git version 3.0.GIT", Some((3, 0))),
            ("git version x.y", None),
            ("", None),
        ] {
            assert_eq!(version(said), read, "{said}");
        }
        assert!(version("git version 2.100.0") >= Some(HOOKS_IN_CONFIG));
    }
}
