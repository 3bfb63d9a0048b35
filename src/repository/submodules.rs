//! What a `.gitmodules` file says that git would rather not follow (git-fsck(1), `gitmodulesName` and the like). Bytes in;
//! reads no object and follows nothing.

use gix::config::File;
use gix::config::file::{Metadata, init::Options};

/// Bytes of a file that is looked at; a longer one is taken to be dangerous.
pub(super) const LARGEST: usize = 1 << 20;

/// Whether a clone that trusts this file could be led astray: names and paths that leave their place or look like
/// options, addresses that hide a second line, commands, and what is no config file at all.
pub(super) fn is_dangerous(text: &[u8]) -> bool {
    let metadata = Metadata::from(gix::config::Source::Local);
    let Ok(file) = File::from_bytes_no_includes(text, metadata, Options::default()) else { return true };
    let Some(mut sections) = file.sections_by_name("submodule") else { return false };
    sections.any(|section| {
        let name = section.header().subsection_name().map(|name| name.to_vec()).unwrap_or_default();
        let has = |key: &str, bad: fn(&[u8]) -> bool| section.values(key).iter().any(|value| bad(value));
        leaves_its_place(&name)
            || has("path", |path| path.starts_with(b"-") || path.iter().any(u8::is_ascii_control))
            || has("url", |url| url.starts_with(b"-") || url.iter().any(u8::is_ascii_control) || hides_a_line(url))
            || has("update", |update| update.starts_with(b"!"))
    })
}

fn leaves_its_place(name: &[u8]) -> bool {
    name.split(|b| b"/\\".contains(b)).any(|part| part == b"..")
}

/// Programs that ask for credentials decode addresses, and take what follows a line feed for a line of its own.
fn hides_a_line(url: &[u8]) -> bool {
    url.windows(3).any(|part| [&b"%0a"[..], b"%0d", b"%00"].iter().any(|bad| part.eq_ignore_ascii_case(bad)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_lead_astray_are_dangerous_and_plain_ones_are_not() {
        let file =
            |name: &str, line: &str| format!("[submodule \"{name}\"]\n\tpath = moat\n\turl = ../moat.git\n\t{line}\n");
        for (name, line) in [
            ("../../x", ""),
            ("a\\\\..\\\\b", ""),
            ("x", "url = -u./x"),
            ("x", "url = \"--upload-pack=x\""),
            ("x", "path = -evil"),
            ("x", "path = \"a\\n\""),
            ("x", "update = !touch x"),
            ("x", "url = https://a/%0ab"),
            ("x", "url = \"https://a/\\nb\""),
            ("x", "= y"),
        ] {
            assert!(is_dangerous(file(name, line).as_bytes()), "{name:?} {line:?}");
        }
        assert!(is_dangerous(b"[submodule"));
        for text in ["[SUBMODULE \"x\"]\n\tPATH = -x\n", "[submodule.x]\n\turl = -x\n", "[submodule]\n\tpath = -x\n"] {
            assert!(is_dangerous(text.as_bytes()), "{text:?}");
        }
        for (name, line) in
            [("moat", ""), ("a..b/c", "branch = main"), ("x", "update = rebase"), ("x", "url = git@a:b/c%20d.git")]
        {
            assert!(!is_dangerous(file(name, line).as_bytes()), "{name:?} {line:?}");
        }
        assert!(!is_dangerous(b"") && !is_dangerous(b"[core]\n\tpath = -x\n"));
    }
}
