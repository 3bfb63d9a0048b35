//! `refgate install` and `uninstall` for one bare repository.
//!
//! The hook is a real executable file, never a symbolic link: git passes over a dangling one in silence. A hook that
//! is there already is kept beside it, runs first, and sees the same bytes on stdin.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::cli::{Install, Uninstall};
use crate::setup::Setup;

use super::edge;

/// The hook as it is shipped, alone and behind a hook that was there before.
const HOOK: &str = include_str!("../../hooks/pre-receive");
const CHAINED: &str = include_str!("../../hooks/pre-receive-chained");

/// A line by which our own hook is known.
const MARK: &str =
    "# Judges every push to this repository with refgate, before any ref moves (githooks(5), \"pre-receive\").";

/// What the hook that was there before is called while refgate is installed.
const KEPT: &str = "pre-receive.before-refgate";

pub fn run(options: &Install) -> u8 {
    finish(install(options))
}

pub fn undo(options: &Uninstall) -> u8 {
    finish(uninstall(options))
}

fn finish(result: Result<Vec<String>, String>) -> u8 {
    match result {
        Ok(lines) => {
            edge::answer(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            0
        }
        Err(error) => {
            edge::tell(&format!("refgate: {error}\n"));
            2
        }
    }
}

fn install(options: &Install) -> Result<Vec<String>, String> {
    let hooks = hooks_folder(&options.repository)?;
    let hook = hooks.join("pre-receive");
    let kept = hooks.join(KEPT);
    let program = std::env::current_exe()
        .and_then(fs::canonicalize)
        .map_err(|error| format!("where refgate is cannot be told: {error}"))?;
    let mut said = Vec::new();
    let config = match &options.config.config {
        Some(config) => fs::canonicalize(config).map_err(|error| format!("config '{}': {error}", config.display()))?,
        None => edge::locate_config(None, &options.repository).map_err(|problem| problem.render())?,
    };
    Setup::load(&config).map_err(|problems| crate::problem::render_all(&problems))?;
    let there = fs::read(&hook).ok();
    if fs::symlink_metadata(&hook).is_ok_and(|there| there.is_symlink()) {
        return Err(format!("'{}' is a symbolic link: replace it by what it points to first", hook.display()));
    }
    let foreign = there.as_ref().is_some_and(|bytes| !is_ours(bytes));
    let text =
        if foreign || kept.exists() { chained_text(&program, &kept)? } else { with_path(HOOK, "refgate", &program)? };
    if foreign && kept.exists() {
        return Err(format!("both '{}' and '{}' exist: which one was there first?", hook.display(), kept.display()));
    }
    if foreign {
        said.push(format!("kept the hook that was there as {}; it runs first", kept.display()));
    }
    if options.config.config.is_some() {
        said.push(format!(
            "set refgate.config = {} in {}",
            config.display(),
            options.repository.join("config").display()
        ));
    }
    said.push(match there.as_deref() == Some(text.as_bytes()) {
        true => format!("{} is in place already", hook.display()),
        false => format!("wrote {}, which runs {}", hook.display(), program.display()),
    });
    said.push(format!("pushes are judged by {}", config.display()));
    if options.dry_run {
        return Ok(said.into_iter().map(|line| format!("would have: {line}")).collect());
    }
    if options.config.config.is_some() {
        name_config(&options.repository, &config)?;
    }
    if foreign {
        // Two names for a moment, so that there is never a moment without a hook.
        fs::hard_link(&hook, &kept).map_err(|error| format!("'{}': {error}", kept.display()))?;
    }
    write_executable(&hook, &text)?;
    Ok(said)
}

fn uninstall(options: &Uninstall) -> Result<Vec<String>, String> {
    let hooks = hooks_folder(&options.repository)?;
    let hook = hooks.join("pre-receive");
    let kept = hooks.join(KEPT);
    match fs::read(&hook) {
        Ok(bytes) if is_ours(&bytes) => {}
        Ok(_) => return Err(format!("'{}' is not refgate's", hook.display())),
        Err(error) => return Err(format!("'{}': {error}", hook.display())),
    }
    let restored = kept.exists();
    let said = match restored {
        true => format!("put {} back", hook.display()),
        false => format!("removed {}", hook.display()),
    };
    if options.dry_run {
        return Ok(vec![format!("would have: {said}")]);
    }
    let done = if restored { fs::rename(&kept, &hook) } else { fs::remove_file(&hook) };
    done.map_err(|error| format!("'{}': {error}", hook.display()))?;
    forget_config(&options.repository)?;
    Ok(vec![said])
}

fn is_ours(hook: &[u8]) -> bool {
    String::from_utf8_lossy(hook).lines().any(|line| line == MARK)
}

fn chained_text(program: &Path, kept: &Path) -> Result<String, String> {
    let kept = std::path::absolute(kept).map_err(|error| format!("'{}': {error}", kept.display()))?;
    with_path(&with_path(CHAINED, "refgate", program)?, "before", &kept)
}

/// A shipped hook with one variable set to a path, quoted for sh(1).
fn with_path(hook: &str, variable: &str, path: &Path) -> Result<String, String> {
    let path = path.to_str().ok_or_else(|| format!("'{}' is not UTF-8", path.display()))?;
    let quoted = path.replace('\'', r"'\''");
    let assignment = format!("{variable}='");
    let lines = hook.lines().map(|line| match line.starts_with(&assignment) {
        true => format!("{assignment}{quoted}'\n"),
        false => format!("{line}\n"),
    });
    Ok(lines.collect())
}

/// `hooks/` of a bare repository; made if missing, refused if others may write it.
fn hooks_folder(repository: &Path) -> Result<PathBuf, String> {
    if !repository.join("objects").is_dir() || !repository.join("HEAD").is_file() {
        return Err(format!("'{}' is not a bare repository", repository.display()));
    }
    let hooks = repository.join("hooks");
    if !hooks.is_dir() {
        fs::create_dir(&hooks).map_err(|error| format!("'{}': {error}", hooks.display()))?;
    }
    let mode = fs::metadata(&hooks).map_err(|error| format!("'{}': {error}", hooks.display()))?.mode();
    if mode & 0o022 != 0 {
        return Err(format!(
            "others may write '{0}', and so replace the hook: run `chmod go-w {0}` first",
            hooks.display()
        ));
    }
    Ok(hooks)
}

fn write_executable(path: &Path, text: &str) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("'{}': {error}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o755)).map_err(cannot)?;
    file.as_file().sync_all().map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// Sets `refgate.config` in the repository's own config file.
fn name_config(repository: &Path, config: &Path) -> Result<(), String> {
    git_config(repository, &["refgate.config".as_ref(), config.as_os_str()])
}

fn forget_config(repository: &Path) -> Result<(), String> {
    match crate::repository::config_value(&repository.join("config"), "refgate.config") {
        Ok(Some(_)) => git_config(repository, &["--unset-all".as_ref(), "refgate.config".as_ref()]),
        Ok(None) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Lets git itself edit its file. Only installing does; judging starts no other program.
fn git_config(repository: &Path, arguments: &[&std::ffi::OsStr]) -> Result<(), String> {
    let status = std::process::Command::new("git")
        .arg("config")
        .arg("--file")
        .arg(repository.join("config"))
        .args(arguments)
        .status()
        .map_err(|error| format!("git: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("git config: {status}")) }
}
