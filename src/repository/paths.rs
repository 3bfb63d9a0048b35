//! Paths as people and rules see them, and what is odd about them. Bytes in, text and anomalies out; reads no object.

use unicode_normalization::UnicodeNormalization;

use super::raw::{Anomalies, TextKind, look_at};

/// UTF-8 stays; every other byte becomes `\xNN`, and `\` becomes `\\`, so that no two paths read the same.
pub(super) fn path_text(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Adds what is odd about the path by itself.
pub(super) fn look_at_path(path: &[u8], anomalies: &mut Anomalies) {
    look_at(path, TextKind::Name, anomalies);
    anomalies.add_if(path.split(|&b| b == b'/').any(is_dot_git_lookalike), "dot_git_lookalike");
}

/// Whether some file system takes a part of the name for `.git`, `.` or `..`: HFS+ ignores case and some invisible
/// characters; NTFS ignores case, dots and spaces at the end, and what follows a colon, knows `.git` as `git~1`, and
/// Windows takes `\` for a separator.
pub(super) fn is_dot_git_lookalike(name: &[u8]) -> bool {
    let special = |name: &[u8]| [&b".git"[..], b".", b".."].iter().any(|special| name.eq_ignore_ascii_case(special));
    if name.is_empty() {
        return false;
    }
    if name.contains(&b'\\') || special(name) {
        return name.split(|&b| b == b'\\').any(|part| special(part) || is_dot_git_on_ntfs(part));
    }
    let on_hfs = std::str::from_utf8(name).is_ok_and(|text| {
        !text.is_ascii() && special(text.nfd().filter(|&c| !is_ignored_by_hfs(c)).collect::<String>().as_bytes())
    });
    on_hfs || is_dot_git_on_ntfs(name)
}

fn is_dot_git_on_ntfs(part: &[u8]) -> bool {
    let before_colon = part.split(|&b| b == b':').next().unwrap_or_default();
    let length = before_colon.iter().rposition(|b| !b" .".contains(b)).map_or(0, |last| last + 1);
    let stem = &before_colon[..length];
    let only_dots = stem.is_empty() && !part.is_empty();
    only_dots || stem.eq_ignore_ascii_case(b".git") || stem.eq_ignore_ascii_case(b"git~1")
}

/// Apple TN1150, "Unicode Subtleties": characters that do not count in a name's comparison.
fn is_ignored_by_hfs(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// What is left of a name on a file system that minds neither case, nor Unicode form, nor dots and spaces at the end.
/// Two names in one folder with the same rest fold together.
pub(super) fn fold(name: &[u8]) -> Vec<u8> {
    let mut folded = match std::str::from_utf8(name) {
        Ok(text) if !text.is_ascii() => text
            .nfd()
            .filter(|&character| !is_ignored_by_hfs(character))
            .flat_map(char::to_lowercase)
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .nfd()
            .collect::<String>()
            .into_bytes(),
        _ => name.to_ascii_lowercase(),
    };
    let length = folded.iter().rposition(|b| !b" .".contains(b)).map_or(0, |last| last + 1);
    folded.truncate(length);
    folded
}

/// Whether folding surely leaves a name alone.
pub(super) fn is_folded(name: &[u8]) -> bool {
    name.iter().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) && name.last().is_some_and(|b| !b" .".contains(b))
}

/// The list of submodules, and how NTFS shortens its name.
const GITMODULES: (&[u8], &[u8]) = (b".gitmodules", b"gitmod~");

/// Files of a work tree that git itself reads (git-fsck(1), `gitmodulesSymlink` and the like), and how NTFS shortens
/// their names.
const READ_BY_GIT: [(&[u8], &[u8]); 4] =
    [(b".gitattributes", b"gitatt~"), (b".gitignore", b"gitign~"), GITMODULES, (b".mailmap", b"mailma~")];

/// Whether some file system takes the last part of a path for a file that git reads.
pub(super) fn is_read_by_git(path: &[u8]) -> bool {
    READ_BY_GIT.iter().any(|names| is_called(path, *names))
}

/// Whether some file system takes the last part of a path for `.gitmodules`.
pub(super) fn is_gitmodules(path: &[u8]) -> bool {
    is_called(path, GITMODULES)
}

fn is_called(path: &[u8], (plain, short): (&[u8], &[u8])) -> bool {
    let name = fold(path.rsplit(|&b| b == b'/').next().unwrap_or_default());
    let rest = name.strip_prefix(short);
    name == plain || rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit))
}

/// Whether a symbolic link at `path` leads out of the tree, or into `.git`. By its text alone: links that it passes on
/// its way are not followed.
pub(super) fn symlink_escapes(path: &[u8], target: &[u8]) -> bool {
    let is_separator = |b: &u8| b"/\\".contains(b);
    let absolute = target.first().is_some_and(is_separator) || target.get(1) == Some(&b':');
    let mut depth = path.iter().filter(|&&b| b == b'/').count();
    if absolute {
        return true;
    }
    for part in target.split(is_separator) {
        match part {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            _ if is_dot_git_lookalike(part) => return true,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_paths_read_the_same() {
        assert_eq!(path_text("a/ü".as_bytes()), "a/ü");
        assert_eq!(path_text(b"a\xff\xfe"), "a\\xff\\xfe");
        assert_eq!(path_text(b"a\\xff"), "a\\\\xff");
    }

    #[test]
    fn look_alikes_of_dot_git_are_seen_in_every_folding() {
        let alike = [
            ".GIT",
            ".Git",
            ".g\u{200c}it",
            "\u{feff}.git",
            "git~1",
            "GIT~1",
            ".git::$INDEX_ALLOCATION",
            ".git ",
            ".git.",
            ".git . .",
            "a\\..\\.git\\x",
            "..\\x",
            ".git\\x",
            "...",
            ". ",
            ".\u{200d}.",
        ];
        for name in alike {
            assert!(is_dot_git_lookalike(name.as_bytes()), "{name:?}");
        }
        for name in
            ["git", ".gitignore", ".gitmodules", "x.git", "git~2", ".git-x", "a.b", "a:b", "a\\b", "ägit", "...x"]
        {
            assert!(!is_dot_git_lookalike(name.as_bytes()), "{name:?}");
        }
    }

    #[test]
    fn names_that_a_file_system_takes_for_one_fold_together() {
        let pairs = [
            ("Policies", "policies"),
            ("é", "e\u{301}"),
            ("É", "é"),
            ("straße", "STRASSE"),
            ("\u{212a}", "k"),
            ("a", "a. "),
            ("a\u{200d}", "a"),
        ];
        for (one, other) in pairs {
            assert_eq!(fold(one.as_bytes()), fold(other.as_bytes()), "{one:?} {other:?}");
        }
        assert_ne!(fold(b"a"), fold(b"b"));
        assert_ne!(fold("é".as_bytes()), fold(b"e"));
        assert_eq!(fold(b"A\xff"), b"a\xff");
    }

    #[test]
    fn files_that_git_reads_are_known_in_every_folding() {
        for path in [
            ".gitmodules",
            "a/.gitattributes",
            ".GITIGNORE",
            ".mailmap",
            "GITMOD~1",
            ".git\u{200c}modules",
            ".mailmap .",
        ] {
            assert!(is_read_by_git(path.as_bytes()), "{path:?}");
        }
        for path in ["gitmodules", ".gitmodules/x", ".gitmodules2", "gitmod~", "gitmod~x", ".git"] {
            assert!(!is_read_by_git(path.as_bytes()), "{path:?}");
        }
    }

    #[test]
    fn links_out_of_the_tree_or_into_dot_git_escape() {
        for (path, target) in [
            ("a", "/etc"),
            ("a", "../x"),
            ("d/a", "../../x"),
            ("d/a", "x/../../../y"),
            ("a", "C:\\x"),
            ("a", "..\\x"),
            ("a", ".git/config"),
            ("d/a", "../.GIT/hooks"),
        ] {
            assert!(symlink_escapes(path.as_bytes(), target.as_bytes()), "{path} -> {target}");
        }
        for (path, target) in
            [("a", "b"), ("a", "b/../c"), ("d/a", "../x"), ("d/a", ".."), ("a", "."), ("d/e/a", "../../.gitignore")]
        {
            assert!(!symlink_escapes(path.as_bytes(), target.as_bytes()), "{path} -> {target}");
        }
    }
}
