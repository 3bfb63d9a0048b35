//! The floor plan as a test: which room may name which, where foreign libraries stay, where the outside world is.
//!
//! Reads the source as text. What it forbids is listed here and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

/// Files and folders below `src`, each with the only ones that may name the crate on the left.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("gix", &["repository"]),
    ("regorus", &["policy"]),
    ("sequoia_openpgp", &["signature"]),
    ("ed25519_dalek", &["signature"]),
    ("ring", &["signature"]),
    ("ssh_key", &["signature"]),
    ("signature::Verifier", &["signature"]),
    ("clap", &["cli.rs", "cli", "commands"]),
    ("annotate_snippets", &["problem.rs"]),
    ("tracing", &["commands"]),
    ("tempfile", &["commands"]),
];

/// Rooms that never name each other: only `gate` names them all.
const APART: &[&str] = &["repository", "signature", "policy", "server"];

/// What is read from outside stays at the edge; the object store is in `repository`, the operator's files in `setup`.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("std::env", &["main.rs", "commands", "server"]),
    ("std::fs", &["setup", "record.rs", "commands", "repository"]),
    ("SystemTime::now", &["commands"]),
    ("Timestamp::now", &[]),
    ("std::net", &[]),
    ("std::process::Command", &["commands"]),
    ("println!", &[]),
    ("eprintln!", &[]),
    ("print!", &[]),
    ("dbg!", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("macro_rules!", &[]),
    ("unsafe ", &[]),
    ("static mut", &[]),
];

/// Names that say nothing.
const DRAWERS: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "misc", "manager", "handler", "data", "info"];

struct Source {
    /// Relative to `src`.
    path: PathBuf,
    /// Without comments and without the tests at its end.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && path.file_name().is_some_and(|name| name != "tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let code =
                    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
                sources.push(Source { path: path.strip_prefix(&root).unwrap().to_path_buf(), code });
            }
        }
    }
    assert!(sources.len() > 20, "the source was found");
    sources
}

/// The room a file is in: its first folder, or its own name.
fn room(source: &Source) -> String {
    source.path.components().next().unwrap().as_os_str().to_string_lossy().into_owned()
}

/// Whether `code` names `word` as a whole path segment.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let joins = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let ends_open = !word.ends_with(|c: char| c.is_alphanumeric());
        !joins(before) && before != Some(':') && (ends_open || !joins(after))
    })
}

#[test]
fn foreign_libraries_stay_in_their_rooms() {
    let mut strays = Vec::new();
    for source in sources() {
        for (library, rooms) in LIBRARIES {
            let used = names(&source.code, &format!("{library}::")) || names(&source.code, &format!("use {library}"));
            if used && !rooms.contains(&room(&source).as_str()) {
                strays.push(format!("{} names {library}", source.path.display()));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn the_four_rooms_never_name_each_other() {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| APART.contains(&room(source).as_str())) {
        for other in APART.iter().filter(|other| **other != room(source)) {
            if source.code.contains(&format!("crate::{other}")) {
                strays.push(format!("{} names {other}", source.path.display()));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn the_outside_world_is_at_the_edge() {
    let mut strays = Vec::new();
    for source in sources() {
        for (word, rooms) in OUTSIDE {
            if names(&source.code, word) && !rooms.contains(&room(&source).as_str()) {
                strays.push(format!("{} has {word}", source.path.display()));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn one_line_says_yes() {
    let lines: Vec<String> = sources()
        .iter()
        .flat_map(|source| {
            source
                .code
                .lines()
                .map(|line| (source.path.display().to_string(), line.trim().to_string()))
                .collect::<Vec<_>>()
        })
        .filter(|(_, line)| line.ends_with("Verdict::Accepted") && !line.contains("=>"))
        .map(|(path, line)| format!("{path}: {line}"))
        .collect();
    assert_eq!(lines, ["verdict.rs: Verdict::Accepted"]);
}

#[test]
fn files_open_with_what_they_hold_and_have_telling_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for source in sources() {
        let text = fs::read_to_string(root.join(&source.path)).unwrap();
        assert!(text.starts_with("//! "), "{} opens without a sentence", source.path.display());
        for part in &source.path {
            let name = part.to_string_lossy().trim_end_matches(".rs").to_string();
            assert!(!DRAWERS.contains(&name.as_str()), "{} is named like a drawer", source.path.display());
        }
    }
}

#[test]
fn the_crate_doc_walks_through_every_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let declared: Vec<String> = fs::read_to_string(root.join("lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_string))
        .collect();
    let mut there: Vec<String> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").to_string())
        .filter(|name| name != "lib" && name != "main")
        .collect();
    let mut sorted = declared.clone();
    sorted.sort();
    there.sort();
    there.dedup();
    assert_eq!(sorted, there, "lib.rs lists every room");
}

#[test]
fn the_top_level_is_fixed() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "policies",
        "hooks",
        "tests",
        "examples",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "CHANGELOG.md",
        "SECURITY.md",
        "benches",
        "build.rs",
        "fuzz",
        "target",
    ];
    for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || allowed.contains(&name.as_str()), "{name} does not belong at the top level");
    }
}
