//! `[server] forge` in the operator's config: whose word about the pusher counts.
//!
//! Written when it is missing, with the rest of the file left byte for byte; never changed, and not taken out again:
//! other hooks may be judged by the same config.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::step::Step;

/// The step that lets `config` say `forge`; `None` when it does already.
pub fn name_forge(config: &Path, forge: &str) -> Result<Option<Step>, String> {
    let text = fs::read_to_string(config).map_err(|error| format!("'{}': {error}", config.display()))?;
    let mode = fs::metadata(config).map_err(|error| format!("'{}': {error}", config.display()))?.permissions().mode();
    match written(&text) {
        Some(there) if there == forge => Ok(None),
        Some(there) => Err(format!(
            "'{0}' says 'forge = \"{there}\"': write 'forge = \"{forge}\"' under '[server]' there, or a config of its own for this server",
            config.display()
        )),
        None => Ok(Some(Step::Write {
            path: config.to_path_buf(),
            text: with_forge(&text, forge),
            mode: mode & 0o7777,
            what: format!("where '[server]' now says 'forge = \"{forge}\"'"),
        })),
    }
}

fn written(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    table.get("server")?.get("forge")?.as_str().map(str::to_string)
}

/// Under the `[server]` that is there, or under one at the end.
fn with_forge(text: &str, forge: &str) -> String {
    let line = format!("forge = \"{forge}\"\n");
    let mut changed = String::with_capacity(text.len() + 64);
    let mut done = false;
    for one in text.split_inclusive('\n') {
        changed.push_str(one);
        let bare = one.split('#').next().unwrap_or_default().trim();
        if !done && bare.starts_with('[') && bare.trim_matches(['[', ']', ' ', '"', '\'']) == "server" {
            if !one.ends_with('\n') {
                changed.push('\n');
            }
            changed.push_str(&line);
            done = true;
        }
    }
    if !done {
        let gap = if text.is_empty() || text.ends_with('\n') { "\n" } else { "\n\n" };
        changed.push_str(&format!("{gap}[server]\n{line}"));
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forge_is_put_under_the_server_table_or_one_at_the_end() {
        for (before, after) in [
            ("version = 1\n", "version = 1\n\n[server]\nforge = \"gitea\"\n"),
            ("version = 1", "version = 1\n\n[server]\nforge = \"gitea\"\n"),
            ("[server]\n\n[log]\npath = \"x\"\n", "[server]\nforge = \"gitea\"\n\n[log]\npath = \"x\"\n"),
            ("[ server ] # mine", "[ server ] # mine\nforge = \"gitea\"\n"),
        ] {
            let changed = with_forge(before, "gitea");
            assert_eq!(changed, after);
            assert_eq!(written(&changed).as_deref(), Some("gitea"));
        }
    }

    #[test]
    fn what_is_written_already_is_read_in_any_form() {
        assert_eq!(written("server = { forge = 'gitlab' }\n").as_deref(), Some("gitlab"));
        assert_eq!(written("[server]\nforge = \"plain\"\n").as_deref(), Some("plain"));
        assert_eq!(written("[servers]\nforge = \"plain\"\n"), None);
    }
}
