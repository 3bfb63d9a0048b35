//! The text of the hooks that are written: the shipped files with two paths filled in.

use std::path::Path;

/// The hook as it is shipped: alone, behind a hook that was there before, and for a folder that `core.hooksPath` names.
const ALONE: &str = include_str!("../../../hooks/pre-receive");
const CHAINED: &str = include_str!("../../../hooks/pre-receive-chained");
const EVERYWHERE: &str = include_str!("../../../hooks/hooks-path/pre-receive");

/// Runs a repository's own hook from a folder that `core.hooksPath` names.
pub const PASS_ON: &str = include_str!("../../../hooks/hooks-path/pass-on");

/// A line by which our own hook is known.
const MARK: &str =
    "# Judges every push to this repository with refgate, before any ref moves (githooks(5), \"pre-receive\").";

/// What every form runs; a config that the hook itself names is put behind it.
const COMMAND: &str = "exec \"$refgate\" pre-receive";

/// What a written hook runs.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'h> {
    pub program: &'h Path,
    /// `None`: found beside the repository or in `/etc` at every push.
    pub config: Option<&'h Path>,
}

impl Hook<'_> {
    /// The hook that runs refgate and nothing else.
    pub fn alone(&self) -> Result<String, String> {
        self.filled_in(ALONE)
    }

    /// The hook that runs `before` first.
    pub fn chained(&self, before: &Path) -> Result<String, String> {
        with_path(&self.filled_in(CHAINED)?, "before", before)
    }

    /// The hook that runs each repository's own hook first.
    pub fn everywhere(&self) -> Result<String, String> {
        self.filled_in(EVERYWHERE)
    }

    /// One line for sh(1).
    pub fn command(&self) -> Result<String, String> {
        let config =
            self.config.map(|config| quoted(config).map(|config| format!(" --config {config}"))).transpose()?;
        Ok(format!("{} pre-receive{}", quoted(self.program)?, config.unwrap_or_default()))
    }

    fn filled_in(&self, shipped: &str) -> Result<String, String> {
        let text = with_path(shipped, "refgate", self.program)?;
        match self.config {
            Some(config) => Ok(text.replace(COMMAND, &format!("{COMMAND} --config {}", quoted(config)?))),
            None => Ok(text),
        }
    }
}

/// Whether refgate wrote it, in whatever version.
pub fn is_ours(hook: &[u8]) -> bool {
    String::from_utf8_lossy(hook).lines().any(|line| line == MARK)
}

/// Whether it is the form for a folder that `core.hooksPath` names.
pub fn is_everywhere(hook: &[u8]) -> bool {
    is_ours(hook) && String::from_utf8_lossy(hook).lines().any(|line| line.starts_with("own="))
}

/// A shipped hook with one variable set to a path.
fn with_path(hook: &str, variable: &str, path: &Path) -> Result<String, String> {
    let quoted = quoted(path)?;
    let assignment = format!("{variable}='");
    let lines = hook.lines().map(|line| match line.starts_with(&assignment) {
        true => format!("{variable}={quoted}\n"),
        false => format!("{line}\n"),
    });
    Ok(lines.collect())
}

/// A path as one word of sh(1). A line feed in it would end the line that it is written into.
fn quoted(path: &Path) -> Result<String, String> {
    let text = path.to_str().ok_or_else(|| format!("'{}' is not UTF-8", path.display()))?;
    if text.contains('\n') {
        return Err(format!("there is a line feed in '{}'", text.escape_debug()));
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook<'h>(config: Option<&'h str>) -> Hook<'h> {
        Hook { program: Path::new("/opt/it's/refgate"), config: config.map(Path::new) }
    }

    #[test]
    fn every_form_runs_the_binary_and_is_known_as_ours() {
        let forms = [hook(None).alone(), hook(None).chained(Path::new("/srv/before")), hook(None).everywhere()];
        for form in forms.map(Result::unwrap) {
            assert!(is_ours(form.as_bytes()), "{form}");
            assert!(form.contains("\nrefgate='/opt/it'\\''s/refgate'\n"), "{form}");
            assert_eq!(form.matches(COMMAND).count(), 1, "{form}");
        }
        assert!(hook(None).chained(Path::new("/srv/before")).unwrap().contains("\nbefore='/srv/before'\n"));
    }

    #[test]
    fn a_named_config_is_given_to_the_command_of_every_form() {
        let named = hook(Some("/etc/refgate/a b.toml"));
        for form in [named.alone(), named.chained(Path::new("/b")), named.everywhere()].map(Result::unwrap) {
            assert!(form.contains("exec \"$refgate\" pre-receive --config '/etc/refgate/a b.toml'"), "{form}");
        }
        assert_eq!(named.command().unwrap(), "'/opt/it'\\''s/refgate' pre-receive --config '/etc/refgate/a b.toml'");
    }

    #[test]
    fn a_path_that_would_break_the_hook_s_line_is_refused() {
        assert!(Hook { program: Path::new("/a\nb"), config: None }.alone().is_err());
    }

    #[test]
    fn only_the_everywhere_form_is_taken_for_it() {
        assert!(is_everywhere(hook(None).everywhere().unwrap().as_bytes()));
        assert!(!is_everywhere(hook(None).alone().unwrap().as_bytes()));
        assert!(!is_everywhere(b"#!/bin/sh\nown=1\n"));
    }
}
