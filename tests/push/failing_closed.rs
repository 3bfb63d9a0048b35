//! Whatever is missing, broken or in the way: the push is refused, in other words than a rule's, and the pusher reads
//! nothing about the operator's files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use crate::stage::{BOB, Server, ServerBuilder, line, shipped_hook};
use crate::wire::Wire;

/// What any of these leads to for a push without fault.
#[track_caller]
fn cannot_judge(server: &Server) {
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").could_not_judge("");
}

fn without(name: &str) -> Server {
    let server = Server::new();
    fs::remove_file(server.operator().join(name)).unwrap();
    server
}

#[test]
fn push_without_any_config_is_not_judged() {
    cannot_judge(&Server::build().config_name(None).start());
}

#[test]
fn config_that_is_named_but_missing_is_not_looked_for_elsewhere() {
    let server = Server::build().config_name(Some("other.toml")).start();
    fs::copy(server.operator().join("refgate.toml"), server.repository().join("refgate.toml")).unwrap();
    cannot_judge(&server);
}

#[test]
fn config_that_others_may_write_is_not_believed() {
    let server = Server::new();
    fs::set_permissions(server.operator().join("refgate.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    cannot_judge(&server);
}

#[test]
fn config_with_a_mistake_is_not_half_believed() {
    for text in ["version = 2\n", "version = 1\nuncoverd = \"accept\"\n", "version = 1\n[[rule]\n", "", "\u{0}", "version = 1\n[[rule]]\nuse = []\n"] {
        cannot_judge(&Server::build().config(text).start());
    }
}

#[test]
fn rule_that_does_not_exist_is_not_skipped() {
    cannot_judge(&Server::with_rules("[[rule]]\nuse = [\"commit.signd\"]"));
}

#[test]
fn rule_set_that_is_empty_accepts_nothing() {
    for top in ["", "uncovered = \"refuse\""] {
        let server = Server::build().rules("").top(top).start();
        server.developer(BOB).commit("add a door").push("main").declined();
    }
}

#[test]
fn parameter_that_names_nobody_is_not_ignored() {
    for params in ["groups = [\"securty\"]", "grops = [\"security\"]", "groups = \"security\"", ""] {
        let rule = format!("[[rule]]\nuse = \"commit.protected_paths\"\nrefs = [\"HEAD\"]\nparams = {{ {params} }}");
        cannot_judge(&Server::with_rules(&rule));
    }
}

#[test]
fn missing_key_material_is_not_an_unsigned_commit() {
    for name in ["allowed_signers", "people.toml", "revoked.krl", "openpgp/alice.asc", "ssh/erin.pub"] {
        cannot_judge(&without(name));
    }
}

#[test]
fn key_material_that_cannot_be_read_is_not_an_unsigned_commit() {
    for name in ["allowed_signers", "revoked.krl", "people.toml"] {
        let server = without(name);
        fs::create_dir(server.operator().join(name)).unwrap();
        cannot_judge(&server);
    }
    let server = without("openpgp/alice.asc");
    symlink("nowhere.asc", server.operator().join("openpgp/alice.asc")).unwrap();
    cannot_judge(&server);
}

#[test]
fn key_material_that_is_cut_or_garbled_is_not_half_believed() {
    let names = [("revoked.krl", "SSHKRL\n"), ("openpgp/alice.asc", ""), ("openpgp/alice.asc", "not a key\n"), ("people.toml", "[bob\n")];
    for (name, text) in names {
        cannot_judge(&Server::build().file(name, text).start());
    }
    let krl = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/push/fixtures/keys/revoked.krl")).unwrap();
    cannot_judge(&Server::build().file("revoked.krl", &krl[..krl.len() - 5]).start());
    cannot_judge(&Server::build().file("allowed_signers", "bob@example.org namespace=\"git\" ssh-ed25519 AAAA\n").start());
}

#[test]
fn own_rule_with_a_syntax_error_stops_everything() {
    cannot_judge(&own_rule("package refgate.commit.nickname\n\ndeny contains \"x\" if {\n"));
}

#[test]
fn own_rule_that_reads_a_field_that_does_not_exist_stops_everything() {
    cannot_judge(&own_rule("package refgate.commit.nickname\n\ndeny contains \"x\" if input.commit.signatur.status != \"good\"\n"));
}

#[test]
fn own_rule_without_a_verdict_stops_everything() {
    cannot_judge(&own_rule("package refgate.commit.nickname\n\nx := 1\n"));
    cannot_judge(&own_rule("package refgate.commit.nickname\n\ndefault allow := true\n"));
    cannot_judge(&own_rule("package refgate.commit.nickname\n\ndeny := \"x\" if input.commit.root\n"));
}

fn own_rule(rego: &str) -> Server {
    Server::build().rules("[[rule]]\nuse = \"commit.nickname\"").own_rule("commit.nickname", rego).start()
}

#[test]
fn full_disk_under_the_decision_log_refuses() {
    cannot_judge(&Server::build().log_to("/dev/full").start());
}

#[test]
fn decision_log_that_cannot_be_opened_refuses() {
    for path in ["/nonexistent/decisions.jsonl", "/dev/null/decisions.jsonl", "/"] {
        cannot_judge(&Server::build().log_to(path).start());
    }
}

#[test]
fn missing_object_is_not_an_empty_push() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, new) = (bob.head(), "f".repeat(40));
    let nothing = || bob.pack(&[&old, &format!("^{old}")]);
    Wire::to(&server).command(&old, &new, "refs/heads/main").pack(nothing()).send().left_nothing();
    Wire::to(&server).command(&server.zero(), &new, "refs/heads/wip").pack(nothing()).send().left_nothing();
    server.hook(line(&old, &new, "refs/heads/main")).exits(2);
}

#[test]
fn missing_parent_is_not_the_beginning_of_history() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    bob.commit("lost");
    let lost = bob.head();
    let new = bob.commit("add a roof").head();
    let pack = bob.pack(&[&new, &format!("^{lost}")]);
    Wire::to(&server).command(&old, &new, "refs/heads/main").pack(pack).send().left_nothing();
    let objects = bob.work().join(".git/objects");
    fs::remove_file(objects.join(&lost[..2]).join(&lost[2..])).unwrap();
    server.hook_with(line(&old, &new, "refs/heads/main"), |command| {
        command.env("GIT_OBJECT_DIRECTORY", &objects).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", server.repository().join("objects"));
    })
    .exits(2);
}

#[test]
fn corrupt_object_refuses_wherever_it_lies() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.write("infra/gate.tf", "open\n").commit("add a gate").head();
    let judge = || {
        server.hook_with(line(&old, &new, "refs/heads/main"), |command| {
            command.env("GIT_OBJECT_DIRECTORY", bob.work().join(".git/objects"));
            command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", server.repository().join("objects"));
        })
    };
    judge().exits(1).says("commit.protected_paths");
    let pushed = bob.work().join(".git");
    let other = bob.id("HEAD:add-a-door.txt");
    for id in [bob.id("HEAD:infra"), bob.id("HEAD^{tree}"), new.clone()] {
        let path = pushed.join("objects").join(&id[..2]).join(&id[2..]);
        let whole = fs::read(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        for bytes in [&whole[..whole.len() / 2], b"not zlib", b""] {
            fs::write(&path, bytes).unwrap();
            judge().exits(2);
        }
        // A file where a commit or folder should be.
        fs::copy(pushed.join("objects").join(&other[..2]).join(&other[2..]), &path).unwrap();
        judge().refuses();
        fs::write(&path, whole).unwrap();
    }
    judge().exits(1);
}

#[test]
fn lines_that_do_not_come_whole_are_not_judged() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    let whole = line(&tip, &tip, "refs/heads/main");
    for cut in [0, 1, 40, 41, 81, 82, whole.len() - 1] {
        server.hook(&whole[..cut]).exits(2);
    }
    server.hook(format!("{whole}{}", &whole[..whole.len() - 1])).exits(2);
    server.hook(whole).exits(0);
}

#[test]
fn lines_that_git_would_not_write_are_refused() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    for odd in [
        "\n".to_string(),
        line(&"0".repeat(40), &"1".repeat(64), "refs/heads/main"),
        line(&"0".repeat(64), &"1".repeat(64), "refs/heads/main"),
        line(&tip.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A"), &tip, "refs/heads/main"),
        line(&format!("{tip} "), &tip, "refs/heads/main"),
        line(&tip, &tip, " refs/heads/main").replace("  ", "\t"),
        line(&tip, &tip, "refs/heads/main\r"),
        format!("{}\n", line(&tip, &tip, "refs/heads/main")),
        line(&tip, &tip, "refs/heads/\0main"),
    ] {
        server.hook(&odd).refuses();
    }
}

fn with_main() -> Server {
    let server = Server::new();
    server.developer(BOB).commit("add a door").plant("main");
    server
}

#[test]
fn shallow_server_is_not_judged() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    fs::write(server.repository().join("shallow"), format!("{tip}\n")).unwrap();
    server.hook(line(&tip, &tip, "refs/heads/main")).exits(2);
    server.hook(line(&server.zero(), &tip, "refs/heads/wip")).exits(2);
}

#[test]
fn repository_with_refs_that_refgate_cannot_read_is_refused_by_name() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    let config = server.repository().join("config");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("repositoryformatversion = 0", "repositoryformatversion = 1") + "[extensions]\n\trefstorage = reftable\n").unwrap();
    server.hook(line(&tip, &tip, "refs/heads/main")).exits(2);
    assert!(server.decision().to_string().contains("reftable"), "{:#}", server.decision());
}

#[test]
fn repository_with_an_extension_that_refgate_does_not_know_is_refused() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    let config = server.repository().join("config");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("repositoryformatversion = 0", "repositoryformatversion = 1") + "[extensions]\n\ttomorrow = true\n").unwrap();
    server.hook(line(&tip, &tip, "refs/heads/main")).exits(2);
}

#[test]
fn hook_that_dies_refuses() {
    let dying = |limit: &str| {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_refgate"));
        Server::build().hook(&shipped_hook(binary).replace("\nexec ", &format!("\n{limit}\nexec "))).start()
    };
    for limit in ["ulimit -v 1000", "ulimit -t 0", "ulimit -n 3"] {
        let server = dying(limit);
        let bob = server.developer(BOB);
        let told = bob.commit("add a door").push("main").declined();
        drop(told.never_says("accepted"));
    }
}

#[test]
fn deadline_refuses() {
    let endless = "package refgate.update.endless\n\ndeny contains \"never\" if {\n\tnumbers := numbers.range(1, 4000)\n\t\
        count([x | some a in numbers; some b in numbers; x := a * b; x == 0]) > 0\n\tinput.update.ref == \"\"\n}\n";
    let limited = |builder: ServerBuilder| builder.rules("[[rule]]\nuse = \"update.endless\"").own_rule("update.endless", endless);
    let server = limited(Server::build()).limit("deadline = \"200ms\"").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").could_not_judge("");
}
