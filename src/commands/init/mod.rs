//! `refgate init`: something to start from. A config that shows every key, people, and one rule of one's own with its
//! test. Writes new files only: what is there already is never touched.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::cli::Init;
use crate::config::Limits;

use super::edge;

/// The files, by their name in the folder.
const FILES: [(&str, &str); 4] = [
    ("refgate.toml", include_str!("refgate.toml")),
    ("people.toml", include_str!("people.toml")),
    ("policies/commit/ticket/ticket.rego", include_str!("ticket.rego")),
    ("policies/commit/ticket/ticket_test.rego", include_str!("ticket_test.rego")),
];

pub fn run(options: &Init) -> u8 {
    let folder = options.folder.strip_prefix(".").unwrap_or(&options.folder);
    let there: Vec<PathBuf> = FILES.iter().map(|(name, _)| folder.join(name)).filter(|path| is_there(path)).collect();
    if !there.is_empty() {
        let names: Vec<String> = there.iter().map(|path| format!("  {}", path.display())).collect();
        edge::tell(&format!("refgate: nothing was written, because this is there already:\n{}\n", names.join("\n")));
        return 2;
    }
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Err(error) = write_new(&path, &text.replace("# @LIMITS@\n", &limits())) {
            edge::tell(&format!("refgate: '{}' cannot be written: {error}\n", path.display()));
            return 2;
        }
        edge::answer(&format!("wrote {}\n", path.display()));
    }
    edge::answer(&next(folder));
    0
}

/// Also true of a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Only its owner may change what refgate believes, whatever the umask.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)?.write_all(text.as_bytes())
}

fn limits() -> String {
    let plain = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    let line = |(name, value): (&str, String)| match plain(&value) {
        true => format!("# {name} = {value}\n"),
        false => format!("# {name} = \"{value}\"\n"),
    };
    Limits::default().as_written().into_iter().map(line).collect()
}

fn next(folder: &Path) -> String {
    let config = folder.join("refgate.toml");
    let config = config.display();
    format!(
        "\nNext:\n\
         \x20 refgate test --config {config}                           runs the test of your rule\n\
         \x20 refgate check --config {config}                          tells every mistake, and which rules hold where\n\
         \x20 refgate install /srv/git/shop.git --config {config}      makes it the hook of a bare repository\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The starter with every key that stands behind `# ` in force.
    fn uncommented() -> String {
        let text = FILES[0].1.replace("# @LIMITS@\n", &limits());
        let is_key = |line: &str| {
            line.starts_with("[[")
                || line
                    .split_once(" = ")
                    .is_some_and(|(key, _)| key.trim().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        };
        text.lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if is_key(rest) => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect()
    }

    #[test]
    fn the_starter_is_a_config_with_and_without_its_comments() {
        let (config, warnings) = Config::parse(Path::new("refgate.toml"), FILES[0].1).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert!(config.bindings.len() >= 3);
        let all = uncommented();
        match Config::parse(Path::new("refgate.toml"), &all) {
            Ok((config, warnings)) => assert!(warnings.is_empty() && config.log.path.is_some(), "{warnings:?}"),
            Err(problems) => panic!("{}\n{all}", crate::problem::render_all(&problems)),
        }
    }

    #[test]
    fn what_the_starter_calls_a_default_is_the_default() {
        let (plain, _) = Config::parse(Path::new("refgate.toml"), FILES[0].1).unwrap();
        let (all, _) = Config::parse(Path::new("refgate.toml"), &uncommented()).unwrap();
        assert_eq!(plain.limits, all.limits);
        assert_eq!(plain.uncovered, all.uncovered);
        assert_eq!(plain.identity.clock_tolerance, all.identity.clock_tolerance);
        assert_eq!(plain.server.forge, all.server.forge);
        assert_eq!(plain.log.input, all.log.input);
    }

    #[test]
    fn the_starter_shows_every_key() {
        let sources = [include_str!("../../config/sections.rs"), include_str!("../../config/binding.rs")];
        let all = uncommented();
        let shown = |key: &str| {
            all.lines().any(|line| {
                line.trim_start().starts_with(key)
                    || line.contains(&format!("{key} = "))
                    || line.contains(&format!("[{key}]"))
            })
        };
        let taken: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.split("take(\"").skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(taken.len() > 20, "{taken:?}");
        let missing: Vec<&&str> = taken.iter().filter(|key| !shown(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
