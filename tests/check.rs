//! `refgate check`: every problem of every layer at once, each at its place.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const RULES: &str = r#"
[[rule]]
use  = ["update.fast_forward", "commit.signed"]
refs = ["HEAD"]

[[rule]]
use    = "commit.protected_paths"
refs   = ["HEAD"]
paths  = ["infra/**"]
params = { groups = ["security"] }

[[rule]]
use = ["update.namespaces"]
"#;

/// A folder with files that only their owner may write, whatever the umask.
fn operator(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    folder
}

fn check(config: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_refgate")).arg("check").arg("--config").arg(config).env_clear().output().unwrap()
}

const PEOPLE: &str = "[bob]\nemails = [\"bob@example.org\"]\ngroups = [\"security\"]\n";

fn config(identity: &str, rules: &str) -> String {
    format!("version = 1\n[identity]\npeople = \"people.toml\"\n{identity}{rules}")
}

#[test]
fn a_good_config_shows_which_rules_hold_where() {
    let folder = operator(&[("refgate.toml", &config("", RULES)), ("people.toml", PEOPLE)]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let row =
        |title: &str| told.lines().find(|line| line.trim_start().starts_with(title)).unwrap_or_default().to_string();
    assert!(row("HEAD").contains("update.fast_forward, commit.signed, commit.protected_paths"), "{told}");
    assert!(row("other branches").ends_with("  update.namespaces"), "{told}");
}

#[test]
fn mistakes_of_every_layer_are_told_at_once_with_file_and_line() {
    let rules = RULES
        .replace("fast_forward", "fast_foward")
        .replace("paths  =", "path  =")
        .replace("[\"security\"]", "[\"sekurity\"]");
    let text = config("openpgp = [\"no-such-folder\"]\n[policies]\npath = \"policies\"\n", &rules);
    let own = "package refgate.commit.own\n\ndeny contains \"no\" if input.commit.mesage == \"\"\n";
    let bound = format!("{text}\n[[rule]]\nuse = \"commit.own\"\n");
    let people = "[bob]\nemail = [\"bob@example.org\"]\ngroups = [\"security\"]\n";
    let folder = operator(&[("refgate.toml", &bound), ("people.toml", people), ("policies/commit/own/own.rego", own)]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for (words, help) in [
        ("there is no rule 'update.fast_foward'", "did you mean 'update.fast_forward'?"),
        ("unknown key 'path'", "did you mean 'paths'?"),
        ("unknown key 'email'", "did you mean 'emails'?"),
        ("no-such-folder", ""),
        ("mesage", "message"),
    ] {
        assert!(told.contains(words) && told.contains(help), "{words} is missing in:\n{told}");
    }
    assert!(told.contains("refgate.toml:9:9"), "{told}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_file_that_others_may_write_is_an_error_that_names_it() {
    let folder = operator(&[("refgate.toml", &config("", RULES)), ("people.toml", PEOPLE)]);
    fs::set_permissions(folder.path().join("people.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("people.toml: others may write this file") && told.contains("chmod go-w"), "{told}");
}

#[test]
fn a_folder_that_anybody_may_write_is_an_error_that_names_it() {
    let outer = operator(&[("etc/refgate.toml", &config("", RULES)), ("etc/people.toml", PEOPLE)]);
    let inner = outer.path().join("etc");
    for (mode, is_good) in [(0o777, false), (0o757, false), (0o1777, true), (0o775, true), (0o755, true)] {
        for folder in [&inner, outer.path()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
            let output = check(&inner.join("refgate.toml"));
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(if is_good { 0 } else { 2 }), "{mode:o}: {told}");
            let remedy = format!(
                "refgate.toml: anybody may put another file in its place\n |\n = help: run `chmod o-w {}`",
                folder.display()
            );
            assert_eq!(told.contains(&remedy), !is_good, "{mode:o}: {told}");
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    // A link is as good as the place that it leads to.
    fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o777)).unwrap();
    for (name, target) in [("folder", inner.clone()), ("refgate.toml", inner.join("refgate.toml"))] {
        let safe = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(target, safe.path().join(name)).unwrap();
        let config = if name == "folder" { safe.path().join("folder/refgate.toml") } else { safe.path().join(name) };
        let told = String::from_utf8(check(&config).stderr).unwrap();
        assert!(told.contains("anybody may put another file in its place"), "{name}: {told}");
    }
}

/// What is not known of people is not said of them.
#[test]
fn groups_are_not_missed_where_people_could_not_be_read() {
    for people in
        ["", "[bob]\nemails = [\"bob@example.org\"]\ngroups = [\"security\"]\nkeys = [\"openpgp:015E7330\"]\n"]
    {
        let files = [("refgate.toml", config("", RULES)), ("people.toml", people.to_string())];
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let folder = operator(&files);
        if people.is_empty() {
            fs::remove_file(folder.path().join("people.toml")).unwrap();
        }
        let output = check(&folder.path().join("refgate.toml"));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(told.contains("people.toml") && !told.contains("there is no group"), "{told}");
    }
}

#[test]
fn an_ssh_key_among_certificates_is_told_where_it_belongs() {
    let people = format!("{}keys = [\"keys/bob.pub\"]\n", PEOPLE);
    let identity = "openpgp = [\"keys/\"]\n";
    let key = format!("{KEY} bob\n");
    let folder =
        operator(&[("refgate.toml", &config(identity, RULES)), ("people.toml", &people), ("keys/bob.pub", &key)]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("keys/bob.pub: the file holds an SSH key, and no OpenPGP certificate"), "{told}");
    assert!(told.contains("keep it in another folder, and name it under 'keys' in people.toml"), "{told}");
}

/// A push that cannot be put on record is not accepted, so the operator should know before.
#[test]
fn a_log_that_cannot_be_written_is_told_and_no_hook_is_installed() {
    let folder = operator(&[("people.toml", PEOPLE)]);
    let config_file = folder.path().join("refgate.toml");
    for (log, words) in [
        ("no-such-folder/decisions.jsonl", "No such file or directory"),
        (".", "is a folder"),
        ("people.toml/decisions.jsonl", "is no folder"),
        ("decisions.jsonl", ""),
    ] {
        fs::write(&config_file, config("", &format!("{RULES}[log]\npath = {log:?}\n"))).unwrap();
        fs::set_permissions(&config_file, fs::Permissions::from_mode(0o644)).unwrap();
        let output = check(&config_file);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{log}: {told}");
        assert_eq!(told.contains("no push would be accepted"), !words.is_empty(), "{log}: {told}");
        assert!(told.contains(words), "{log}: {told}");
        if !words.is_empty() {
            let repository = folder.path().join("door.git");
            fs::create_dir_all(repository.join("objects")).unwrap();
            fs::write(repository.join("HEAD"), "ref: refs/heads/main\n").unwrap();
            let mut install = Command::new(env!("CARGO_BIN_EXE_refgate"));
            let output = install.arg("install").arg(&repository).arg("--config").arg(&config_file).output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{log}: {told}");
            assert!(told.contains(words) && !repository.join("hooks").exists(), "{log}: {told}");
        }
    }
}

#[test]
fn gaps_are_warned_about() {
    let rules = RULES.replace("\"update.fast_forward\", ", "");
    let folder = operator(&[("refgate.toml", &config("", &rules)), ("people.toml", PEOPLE)]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(told.contains("commits on HEAD are judged, but no rule judges its history being rewritten"), "{told}");
}

/// A public key in two words, and the first half of another.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHTHwFyCm7cBnURqzAHe8kbI8sKWS5oFqXVw6qJhcq";
const HALF: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHTHwFyCm7cBnURq";

#[test]
fn key_material_that_cannot_be_read_is_told_with_file_and_line() {
    let identity = "allowed_signers = [\"allowed_signers\"]\nrevoked_keys = [\"revoked.krl\", \"revoked\"]\nopenpgp = [\"keys/\"]\n";
    let signers =
        format!("# ours\nbob@example.org {KEY}\nalice@example.org namespaces=git {KEY}\ncarol@example.org {HALF}\n");
    let people = "[bob]\nemails = [\"bob@example.org\"]\ngroups = [\"security\"]\nkeys = [\"openpgp:015E7330\", \"keys/bob.pub\"]\n";
    let folder = operator(&[
        ("refgate.toml", &config(identity, RULES)),
        ("people.toml", people),
        ("allowed_signers", &signers),
        ("revoked.krl", "SSHKRL\n\0"),
        ("revoked", &format!("{KEY}\n{HALF}\n")),
        ("keys/cut.asc", "# Carol's\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZZIAAB\n"),
        ("keys/alice.rev", ":-----BEGIN PGP PUBLIC KEY BLOCK-----\n"),
        ("keys/bob.pub", "not a key\n"),
    ]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for (words, place) in [
        ("the value of 'namespaces' is not in double quotes", "allowed_signers:3:"),
        ("the key is not a readable 'ssh-ed25519' key", "allowed_signers:4:"),
        ("the KRL ", "revoked.krl: "),
        ("the key is not a readable 'ssh-ed25519' key", "revoked:2:"),
        ("the armor of a certificate does not end", "keys/cut.asc:2:1"),
        ("a colon keeps the revocation in the file from use", "keys/alice.rev:1:1"),
        ("the file holds no OpenPGP certificate", "keys/bob.pub: "),
        ("'openpgp:015E7330' is a key id", "people.toml:4:"),
    ] {
        assert!(told.contains(words) && told.contains(place), "{words} at {place} is missing in:\n{told}");
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn exceptions_that_ended_or_end_soon_are_told_at_their_place() {
    let day = |days: i64| {
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        now.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
    };
    let except = |until: &str| format!("{{ person = \"bob\", reason = \"moving in\", until = \"{until}\" }}");
    let (ended, soon, later) = (day(-3), day(20), day(40));
    let list = [ended.as_str(), &soon, &later, "never"].map(except).join(", ");
    let rules = RULES.replacen("refs = [\"HEAD\"]", &format!("refs = [\"HEAD\"]\nexcept = [{list}]"), 1);
    let folder = operator(&[("refgate.toml", &config("", &rules)), ("people.toml", PEOPLE)]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains(&format!("this exception ended on {ended}")), "{told}");
    assert!(told.contains(&format!("this exception ends on {soon}")), "{told}");
    assert!(!told.contains(&format!("on {later}")) && told.contains("good, 2 warnings"), "{told}");
    assert_eq!(told.matches("refgate.toml:8:").count(), 2, "{told}");
}

/// The two files that README shows, with keys where they say.
#[test]
fn the_config_of_the_readme_is_good() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let shown: Vec<&str> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let fixture = |name: &str| fs::read_to_string(root.join("tests/push/fixtures/keys").join(name)).unwrap();
    let folder = operator(&[
        ("refgate.toml", shown[0]),
        ("people.toml", shown[1]),
        ("ssh/alice.pub", &fixture("bob.pub")),
        ("keys/alice.asc", &fixture("alice.asc")),
        ("allowed_signers", &format!("alice@example.org {}", fixture("bob.pub"))),
    ]);
    let output = check(&folder.path().join("refgate.toml"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    // It has the fingerprint of nobody's key.
    let words = "' of 'alice' counts: no certificate of it is held under 'openpgp'";
    assert!(told.contains(words) && told.contains("people.toml:2:2"), "{told}");
}
