//! One folder of `examples/` as an operator's, on the stage.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use crate::stage::{Developer, Server, ServerBuilder, Told, program, read_fixture, run};

/// The log of every recipe; the stage's server has its own.
const LOG: &str = "/var/log/refgate/decisions.jsonl";

/// Keys of people on the stage, by the names that recipes give them.
const KEYS: [&str; 4] = ["alice.asc", "bob.pub", "erin.pub", "robot.pub"];

pub struct Recipe {
    name: &'static str,
    page: String,
    /// Everything that anybody was told.
    told: RefCell<String>,
}

impl Recipe {
    pub fn read(name: &'static str) -> Self {
        let page = fs::read_to_string(folder(name).join("README.md")).expect("the example has a page");
        Self { name, page, told: RefCell::default() }
    }

    /// A server with the recipe's files and people's keys, and nothing else.
    pub fn server(&self) -> Server {
        self.start(|config| config, |build| build)
    }

    /// The same with something of its config or of the server changed.
    pub fn start(&self, change: impl Fn(String) -> String, build: impl Fn(ServerBuilder) -> ServerBuilder) -> Server {
        let mut server = Server::build();
        for path in files(&folder(self.name)) {
            let bytes = fs::read(folder(self.name).join(&path)).expect("the example can be read");
            server = server.file(&path, bytes);
        }
        for key in KEYS {
            server = server.file(&format!("keys/{key}"), read_fixture(key));
        }
        let server = build(server).start();
        let path = server.operator().join("refgate.toml");
        let config = fs::read_to_string(&path).expect("the example has a config");
        assert!(config.contains(LOG), "the recipe logs");
        let config = change(config.replace(LOG, &server.log().display().to_string()));
        fs::write(path, config).expect("the stage can write files");
        server
    }

    /// Takes note of what somebody was told.
    pub fn hears(&self, told: Told) -> Told {
        self.told.borrow_mut().push_str(&told.plain);
        told
    }

    /// Every refusal that the page quotes was heard, word for word.
    #[track_caller]
    pub fn page_is_true(&self) {
        let told = self.told.borrow();
        let quoted: Vec<&str> =
            self.page.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!quoted.is_empty(), "the page quotes nothing");
        for line in quoted.iter().flat_map(|block| block.lines()) {
            assert!(
                told.lines().any(|heard| fits(line, heard)),
                "'{line}' is on the page of '{}', and nobody was told so:\n{told}",
                self.name
            );
        }
    }

    /// What `refgate check` says of the recipe as it stands on a server.
    #[track_caller]
    pub fn checks(&self, server: &Server) {
        let config = server.operator().join("refgate.toml").display().to_string();
        server.refgate(&["check", "--config", &config]).answers(0).says("good, 0 warnings");
    }
}

/// Types the commands of `refgate approve` for the commit at the server's branch `wip`, as a reviewer would.
#[track_caller]
pub fn approve(reviewer: &Developer<'_>, account: &str) -> Told {
    let server = reviewer.server();
    reviewer.git(&["fetch", "--quiet", "server"]);
    let name = format!("{account}-{}", &reviewer.id("server/wip")[..7]);
    let repository = server.repository().canonicalize().unwrap().display().to_string();
    let mut command = program(env!("CARGO_BIN_EXE_refgate"), reviewer.home());
    let arguments = ["approve", "main", "server/wip", "--repository", &repository, "--name", &name];
    let finished = run(command.current_dir(reviewer.work()).args(arguments), b"");
    assert!(finished.status.success(), "{}", finished.stderr_text());
    let commands = String::from_utf8(finished.stdout).unwrap();
    let (tag, push) = commands.trim_end().split_once('\n').expect("two commands");
    let statement = tag.split('\'').nth(1).expect("a quoted statement");
    let commit = reviewer.id("server/wip");
    reviewer.git(&["tag", "--sign", "--message", statement, &name, &commit]);
    let refspec = push.rsplit(' ').next().expect("a refspec");
    reviewer.pushing(refspec).logged_in_as(account).go().accepted()
}

/// Whether the parts of a page's line, between `…`, stand in this order in what was heard.
fn fits(line: &str, heard: &str) -> bool {
    let mut rest = heard;
    line.split('…').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// Paths below a folder, but for pages.
fn files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the example can be read") {
            let path = entry.expect("the example can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|ending| ending != "md") {
                files.push(path.strip_prefix(root).expect("it is below").display().to_string());
            }
        }
    }
    files
}
