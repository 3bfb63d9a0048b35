use std::fs;
use std::path::Path;
use std::process::Command;

use crate::recipe::folder;
use crate::stage::program;

/// What stands between fences on a page, in order.
enum Block {
    /// Typed by the reader.
    Typed(String),
    /// What comes of it, as the page says.
    Shown(String),
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, fenced)) = rest.split_once("```") {
        let (kind, text) = fenced.split_once('\n').expect("a fence has a line of its own");
        let (text, after) = text.split_once("\n```").expect("a fence ends");
        match kind {
            "sh" => blocks.push(Block::Typed(text.to_string())),
            "text" => blocks.push(Block::Shown(text.to_string())),
            other => panic!("a block of '{other}'"),
        }
        rest = after;
    }
    blocks
}

/// Types commands where the last ones left off, and gives what was said. A command may fail where the page shows what it says then.
fn type_in(shell: &mut Command, commands: &str, desk: &Path) -> (bool, String) {
    let place = desk.join(".place");
    let here = fs::read_to_string(&place).unwrap_or_else(|_| desk.display().to_string());
    let script =
        format!("cd '{}'\ntrap 'pwd > {}' EXIT\nexec 2>&1\nset -e\n{commands}\n", here.trim_end(), place.display());
    let output = shell.arg("-c").arg(script).output().expect("there is a shell");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every line of the page stands there, in order; `…` stands for anything.
fn shows(page: &str, said: &str) {
    let mut lines = said.lines().map(str::trim_end);
    for wanted in page.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let fits = |line: &str| {
            let mut rest = line;
            wanted.split('…').enumerate().all(|(index, part)| match rest.find(part.trim()) {
                Some(at)
                    if index > 0
                        || wanted.contains('…')
                        || (at == 0 || line.trim_start().starts_with(wanted.trim_start())) =>
                {
                    rest = &rest[at + part.trim().len()..];
                    true
                }
                _ => false,
            })
        };
        assert!(lines.any(fits), "the page says '{wanted}', which does not come next in:\n{said}");
    }
}

#[test]
fn a_newcomer_follows_the_page_from_nothing_to_a_refused_push() {
    let page = fs::read_to_string(folder("first-rule").join("README.md")).unwrap();
    let desk = tempfile::tempdir().unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_refgate")).parent().unwrap().display().to_string();
    let path = format!("{binaries}:{}", std::env::var("PATH").unwrap());
    let mut said = String::new();
    let mut blocks = blocks(&page).into_iter().peekable();
    while let Some(block) = blocks.next() {
        match block {
            Block::Typed(commands) => {
                let mut shell = program("bash", desk.path());
                shell.env("PATH", &path);
                for (name, value) in [("AUTHOR", "Bob Example"), ("COMMITTER", "Bob Example")] {
                    shell.env(format!("GIT_{name}_NAME"), value).env(format!("GIT_{name}_EMAIL"), "bob@example.org");
                }
                let (succeeded, words) = type_in(&mut shell, &commands, desk.path());
                let is_shown = matches!(blocks.peek(), Some(Block::Shown(_)));
                assert!(succeeded || is_shown, "this failed:\n{commands}\n{words}");
                said = words;
            }
            Block::Shown(text) => shows(&text, &said),
        }
    }
    assert!(said.contains("commit.no_wip"), "the page was followed to its end");
}
