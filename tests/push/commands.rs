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

/// `refgate people`, by the server's own config.
fn people(server: &Server, more: &[&str]) -> String {
    let config = server.operator().join("refgate.toml").display().to_string();
    let mut command = program(env!("CARGO_BIN_EXE_refgate"), server.folder());
    let finished = run(command.args(["people", "--config", &config]).args(more), b"");
    assert!(finished.status.success(), "{}", finished.stderr_text());
    String::from_utf8(finished.stdout).unwrap()
}

/// `20270131Z`: ten days from now, as an `allowed_signers` date.
fn in_ten_days(server: &Server) -> String {
    let finished = run(program("date", server.folder()).args(["-u", "-d", "+10 days", "+%Y%m%dZ"]), b"");
    String::from_utf8(finished.stdout).unwrap().trim().to_string()
}

/// Bob's line ends in ten days.
fn ending_soon() -> Server {
    let server = Server::new();
    let path = server.operator().join("allowed_signers");
    let text = std::fs::read_to_string(&path).unwrap();
    let bob = "bob@example.org namespaces=\"git\"";
    assert!(text.contains(bob));
    std::fs::write(&path, text.replace(bob, &format!("{bob},valid-before=\"{}\"", in_ten_days(&server)))).unwrap();
    server
}

fn fingerprint_of(name: &str) -> String {
    let file = refgate::signature::KeyFile { path: name.into(), bytes: crate::stage::read_fixture(name) };
    refgate::signature::fingerprints(&file).unwrap().remove(0)
}

#[test]
fn people_lists_who_is_known_with_which_keys_and_what_is_wrong_with_them() {
    let text = people(&Server::new(), &[]);
    let authority = fingerprint_of("authority.pub");
    for line in [
        "alice  Alice Example".to_string(),
        "  groups     maintainers, security".to_string(),
        format!("  key        {}  ed25519 (256 bits)  good", fingerprint_of("alice.asc")),
        format!("  key        {}  ed25519 (256 bits)  good", fingerprint_of("bob.pub")),
        format!("  key        {}  ecdsa (256 bits)  good", fingerprint_of("erin-at-home.pub")),
        format!("  key        {}  ed25519 (256 bits)  expired: the key is not trusted after 2024-06-01T00:00:00Z", fingerprint_of("carol.pub")),
        format!("  key        {}  ed25519 (256 bits)  expired: the key expired at 2024-02-01T00:00:00Z", fingerprint_of("grace.asc")),
        format!("  key        {}  ed25519 (256 bits)  revoked: the key is revoked", fingerprint_of("heidi.asc")),
        format!("  key        {}  rsa (1024 bits)  weak: the RSA key has only 1024 bits", fingerprint_of("oscar.pub")),
        format!("  certified by {authority}"),
        "  maintainers    alice".to_string(),
        format!("  {authority}  ed25519 (256 bits)  good  for *@example.org"),
        "Revoked:".to_string(),
        format!("  dave           {}  ed25519 (256 bits)  revoked: the key, its certificate or its authority is revoked", fingerprint_of("dave.pub")),
    ] {
        assert!(text.lines().any(|written| written == line), "'{line}' is missing in:\n{text}");
    }
    assert!(!text.contains("Ends within"), "{text}");
}

#[test]
fn people_and_check_tell_which_keys_end_soon() {
    let server = ending_soon();
    let bob = fingerprint_of("bob.pub");
    let soon = |text: &str| text.split_once("Ends within 30 days:").is_some_and(|(_, rest)| rest.contains(&bob));
    assert!(soon(&people(&server, &[])));
    assert!(!people(&server, &["--expires-within", "5d"]).contains("Ends within"));
    let config = server.operator().join("refgate.toml").display().to_string();
    let told = server.refgate(&["check", "--config", &config]).answers(0);
    told.says(&format!("warning: key '{bob}' of 'bob' ends on")).says("people.toml");
    let told = Server::new();
    let config = told.operator().join("refgate.toml").display().to_string();
    told.refgate(&["check", "--config", &config]).answers(0).never_says("ends on");
}

#[test]
fn people_as_json_is_the_same_for_programs() {
    let server = ending_soon();
    let read: serde_json::Value = serde_json::from_str(&people(&server, &["--format", "json"])).unwrap();
    let person = |id: &str| read["people"].as_array().unwrap().iter().find(|person| person["id"] == id).unwrap().clone();
    let key = person("bob")["keys"][0].clone();
    assert_eq!(key["fingerprint"], fingerprint_of("bob.pub"));
    assert_eq!((&key["algorithm"], &key["status"], &key["expires_soon"]), (&"ed25519".into(), &"good".into(), &true.into()));
    assert_eq!(person("heidi")["keys"][0]["status"], "revoked");
    assert_eq!(person("ivan")["keys"].as_array().unwrap().len(), 0);
    assert_eq!(person("ivan")["authorities"][0], fingerprint_of("authority.pub"));
    assert_eq!(read["authorities"][0]["principals"][0], "*@example.org");
    assert_eq!(read["groups"]["security"], serde_json::json!(["alice", "erin"]));
}

#[test]
fn check_tells_everything_that_is_wrong_with_people() {
    let people = r#"
[groups]
nobody = []
ghosts = ["nobdy"]

[alice]
emails = ["alice@example.org"]
keys   = ["ssh/bob.pub", "openpgp:015E7330"]

[bob]
emails = ["Alice@example.org"]
keys   = ["ssh/bob.pub", "ssh:SHA256:short"]
"#;
    let server = Server::build().file("people.toml", people).start();
    let config = server.operator().join("refgate.toml").display().to_string();
    let mut told = server.refgate(&["check", "--config", &config]).answers(2);
    for words in [
        "key file 'ssh/bob.pub' is claimed by 'alice' and by 'bob'",
        "e-mail 'Alice@example.org' is claimed by 'alice' and by 'bob'",
        "'openpgp:015E7330' is a key id",
        "'ssh:SHA256:short' is not the fingerprint of an SSH key",
        "nobody is in group 'nobody'",
        "nobody is in group 'nobdy'",
    ] {
        told = told.says(words);
    }
    // Whether rules name groups that are not there is seen when people can be read.
    told.never_says("there is no group");
}

#[test]
fn check_tells_that_one_key_is_in_two_people_s_files() {
    let people = format!("[alice]\nkeys = [\"ssh/bob.pub\"]\n\n[bob]\nkeys = [\"{}\"]\n", fingerprint_of("bob.pub"));
    let server = Server::build().file("people.toml", people).start();
    let config = server.operator().join("refgate.toml").display().to_string();
    let told = server.refgate(&["check", "--config", &config]).answers(2);
    told.says("from a key file of 'alice', is a key of 'bob' already").says("people.toml");
}
