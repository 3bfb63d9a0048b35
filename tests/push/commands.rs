//! Commands of refgate beside the hook, on real repositories: they must say what the hook would.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::stage::{BOB, MALLORY, Server, line, program, run, shipped_hook};

const ACCEPTING: &str = "#!/bin/sh\nexec cat >/dev/null\n";

fn install(server: &Server, more: &[&str]) -> crate::stage::HookRun {
    let repository = server.repository().display().to_string();
    let config = server.operator().join("refgate.toml").display().to_string();
    server.refgate(&[&["install", &repository, "--config", &config], more].concat())
}

fn hook_of(server: &Server) -> String {
    fs::read_to_string(server.repository().join("hooks/pre-receive")).unwrap()
}

#[test]
fn installed_hook_is_the_shipped_one_and_judges() {
    let server = Server::build().config_name(None).start();
    fs::remove_file(server.repository().join("hooks/pre-receive")).unwrap();
    install(&server, &[]).answers(0);
    let path = server.repository().join("hooks/pre-receive");
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert!(
        metadata.is_file()
            && metadata.permissions().mode() & 0o111 == 0o111
            && metadata.permissions().mode() & 0o022 == 0
    );
    let binary = Path::new(env!("CARGO_BIN_EXE_refgate")).canonicalize().unwrap();
    assert_eq!(hook_of(&server), shipped_hook(&binary));
    server.developer(MALLORY).commit("add a door").push("main").refused("commit.signed");
    server.developer(BOB).commit("add a door").push("main").accepted();
}

#[test]
fn hook_that_was_there_is_kept_and_asked_first() {
    let server = Server::build()
        .config_name(None)
        .hook("#!/bin/sh\ncat >/dev/null\ntest ! -e ../../shut || { echo 'shut' >&2; exit 1; }\n")
        .start();
    install(&server, &[]).answers(0);
    let bob = server.developer(BOB);
    let mallory = server.developer(MALLORY);
    mallory.commit("add a tunnel").push("main").refused("commit.signed");
    bob.commit("add a door").push("main").accepted();
    fs::write(server.folder().join("shut"), "").unwrap();
    bob.commit("add a window").push("main").declined().says("shut").never_says("refgate");
}

#[test]
fn installing_twice_changes_nothing_and_uninstalling_gives_back_what_was_there() {
    for before in [Some(ACCEPTING), None] {
        let server = Server::build().config_name(None).hook(ACCEPTING).start();
        if before.is_none() {
            fs::remove_file(server.repository().join("hooks/pre-receive")).unwrap();
        }
        install(&server, &[]).answers(0);
        let once = server.snapshot();
        install(&server, &[]).answers(0);
        assert_eq!(once.differences(&server.snapshot()), Vec::<String>::new());
        server.refgate(&["uninstall", &server.repository().display().to_string()]).answers(0);
        let path = server.repository().join("hooks/pre-receive");
        assert_eq!(fs::read_to_string(path).ok().as_deref(), before);
    }
}

#[test]
fn config_with_a_mistake_is_not_installed() {
    let server =
        Server::build().config_name(None).hook(ACCEPTING).config("version = 1\nuncoverd = \"accept\"\n").start();
    let before = server.snapshot();
    let repository = server.repository().display().to_string();
    let config = server.operator().join("refgate.toml").display().to_string();
    let finished = run(
        program(env!("CARGO_BIN_EXE_refgate"), server.folder()).args(["install", &repository, "--config", &config]),
        b"",
    );
    assert!(!finished.status.success());
    assert_eq!(before.differences(&server.snapshot()), Vec::<String>::new());
}

#[test]
fn check_is_content_with_the_starter_rules() {
    let server = Server::new();
    let config = server.operator().join("refgate.toml").display().to_string();
    server.refgate(&["check", "--config", &config]).answers(0).says("commit.signed");
}

#[test]
fn check_names_every_mistake_with_its_place() {
    let server = Server::build()
        .top("uncoverd = \"accept\"")
        .rules("[[rule]]\nuse = \"commit.signed\"\nrefs = [\"heads/main\"]")
        .start();
    let config = server.operator().join("refgate.toml").display().to_string();
    let finished =
        run(program(env!("CARGO_BIN_EXE_refgate"), server.folder()).args(["check", "--config", &config]), b"");
    let text = String::from_utf8_lossy(&finished.stdout).into_owned() + &finished.stderr_text();
    assert!(!finished.status.success(), "{text}");
    for words in ["refgate.toml:2", "uncoverd", "did you mean 'uncovered'", "heads/main"] {
        assert!(text.contains(words), "'{words}' is missing in:\n{text}");
    }
}

#[test]
fn judge_says_what_the_hook_would_and_records_nothing_in_the_repository() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").head();
    let good = bob.commit("add a window").head();
    let evil = bob.commit_unsigned("add a tunnel").head();
    bob.plant("main:refs/heads/rest");
    let before = server.snapshot();
    let judge = |new: &str| server.refgate(&["judge", "refs/heads/main", &old, new]);
    judge(&good).answers(0);
    judge(&evil).answers(1).says("\"add a tunnel\" … commit.signed: not signed");
    judge(&"f".repeat(40)).answers(2);
    assert_eq!(before.differences(&server.snapshot()), Vec::<String>::new());
    server.hook(line(&old, &evil, "refs/heads/main")).exits(1);
}

#[test]
fn binary_called_by_the_hook_s_name_is_the_hook() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").head();
    let new = bob.commit_unsigned("add a tunnel").plant("main:refs/heads/rest").head();
    let path = server.repository().join("hooks/pre-receive");
    fs::remove_file(&path).unwrap();
    symlink(env!("CARGO_BIN_EXE_refgate"), &path).unwrap();
    server.hook(line(&old, &new, "refs/heads/main")).exits(1).says("commit.signed");
    bob.push("main").refused("commit.signed");
}

#[test]
fn command_that_does_not_exist_never_ends_well() {
    let server = Server::new();
    for arguments in [vec![], vec!["pre-recieve"], vec!["pre-receive", "--frobnicate"]] {
        let finished = run(
            program(env!("CARGO_BIN_EXE_refgate"), server.folder()).current_dir(server.repository()).args(&arguments),
            b"",
        );
        assert!(!finished.status.success(), "{arguments:?}");
    }
}
