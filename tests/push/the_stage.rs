//! The stage is proven here, with stand-in hooks: an assertion that cannot fail proves nothing about refgate.

use std::fs;
use std::path::Path;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::stage::{ALICE, BOB, ERIN, IVAN, Key, OSCAR, Server, Told, line, shipped_hook};
use crate::wire::Wire;

const ACCEPTING: &str = "#!/bin/sh\nexec cat >/dev/null\n";
const REFUSING: &str = "#!/bin/sh\ncat >/dev/null\necho 'refgate: push refused, no ref was updated' >&2\n\
    echo '  refs/heads/main  00000000..1234567' >&2\necho '    commit.signed: not signed' >&2\nexit 1\n";

fn server(hook: &str) -> Server {
    Server::build().hook(hook).start()
}

/// The panic of an assertion that must fail.
fn complaint(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("this assertion should fail");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn an_accepted_push_moves_the_ref() {
    let server = server(ACCEPTING);
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    assert_eq!(server.tip("refs/heads/main"), bob.head());
    assert!(complaint(|| drop(bob.commit("again").push("main").refused("commit.signed"))).contains("git took the push"));
    assert!(complaint(|| drop(bob.push("main").accepted())).contains("nothing changed"));
    bob.push("main").changed_nothing();
}

#[test]
fn a_refused_push_leaves_nothing_and_says_why() {
    let server = server(REFUSING);
    let bob = server.developer(BOB);
    bob.commit("add a door");
    bob.push("main").refused("refs/heads/main … commit.signed: not signed");
    assert!(server.refs().is_empty());
    assert!(complaint(|| drop(bob.push("main").accepted())).contains("git did not take the push"));
    assert!(complaint(|| drop(bob.push("main").refused("commit.identity"))).contains("'commit.identity' is missing"));
    assert!(complaint(|| drop(bob.push("main").refused("commit.signed … refs/heads/main"))).contains("is missing"));
    assert!(complaint(|| drop(bob.push("main").could_not_judge(""))).contains("should not be said"));
}

#[test]
fn traces_of_a_refused_push_are_found() {
    let traces = ["touch description", "touch objects/tmp_objdir-incoming-x", "chmod 600 HEAD", "mkdir refs/heads/x", "echo >> config"];
    for trace in traces {
        let server = server(&REFUSING.replace("exit 1", &format!("{trace}\nexit 1")));
        let bob = server.developer(BOB);
        bob.commit("add a door");
        let complaint = complaint(|| drop(bob.push("main").refused("commit.signed")));
        assert!(complaint.contains("left traces") || complaint.contains("quarantines are left"), "{trace}: {complaint}");
    }
}

#[test]
fn a_refusal_that_speaks_of_the_operator_s_folder_is_found() {
    let server = server("#!/bin/sh\necho 'refgate: cannot judge this push: 01JD0000000000000000000000' >&2\ncat ../../etc/nothing\nexit 2\n");
    let bob = server.developer(BOB);
    bob.commit("add a door");
    bob.push("main").could_not_judge("<decision>");
    let hook = format!("#!/bin/sh\necho 'refgate: cannot judge this push' >&2\ncat {}/nothing\nexit 2\n", server.operator().display());
    server.add_hook("pre-receive", &hook);
    assert!(complaint(|| drop(bob.push("main").could_not_judge(""))).contains("the pusher reads"));
}

#[test]
fn a_hook_that_is_not_there_at_all_is_not_taken_for_a_refusal() {
    let server = server(ACCEPTING);
    fs::remove_file(server.repository().join("hooks/pre-receive")).unwrap();
    let bob = server.developer(BOB);
    assert!(complaint(|| drop(bob.commit("add a door").push("main").declined())).contains("git took the push"));
}

#[test]
fn the_shipped_hook_refuses_when_the_binary_is_missing() {
    let server = server(&shipped_hook(Path::new("/nonexistent/it's not here/refgate")));
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").declined().says("it's not here/refgate");
    server.hook("").exits(127);
}

#[test]
fn the_shipped_hook_has_one_line_for_the_path_and_says_exec_last() {
    let text = include_str!("../../hooks/pre-receive");
    assert!(text.starts_with("#!/bin/sh\n"));
    assert_eq!(text.lines().filter(|line| line.starts_with("refgate=")).count(), 1);
    assert!(text.ends_with("\nexec \"$refgate\" pre-receive\n"));
    assert_eq!(shipped_hook(Path::new("/usr/local/bin/refgate")), text);
}

#[test]
fn the_chained_hook_asks_both_and_keeps_every_byte_of_the_lines() {
    let server = server(ACCEPTING);
    let text = include_str!("../../hooks/pre-receive-chained");
    let bytes = b"a\\c \\n\n\xff\n\n\n";
    for (before, after, code) in [("true", "true", 0), ("false", "true", 1), ("true", "exit 3", 3), ("kill -9 $$", "true", 137)] {
        let folder = server.folder();
        server.add_hook("before", &format!("#!/bin/sh\ncat > '{}'\n{before}\n", folder.join("before").display()));
        server.add_hook("after", &format!("#!/bin/sh\ncat > '{}'\n{after}\n", folder.join("after").display()));
        let hook = text
            .replace("/usr/local/bin/refgate", &server.repository().join("hooks/after").display().to_string())
            .replace("hooks/pre-receive.before-refgate", &server.repository().join("hooks/before").display().to_string());
        server.add_hook("pre-receive", &hook);
        let _ = fs::remove_file(folder.join("after"));
        server.hook(bytes).exits(code);
        assert_eq!(fs::read(folder.join("before")).unwrap(), bytes);
        assert_eq!(fs::read(folder.join("after")).is_ok_and(|read| read == bytes), !["false", "kill -9 $$"].contains(&before));
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !["before", "after", "etc", "log", "srv"].contains(&name.as_str()));
        assert_eq!(names, Vec::<String>::new(), "a spool is left");
    }
}

#[test]
fn people_sign_with_their_own_tools() {
    let server = server(ACCEPTING);
    for (person, armor) in [(ALICE, "-----BEGIN PGP SIGNATURE-----"), (BOB, "-----BEGIN SSH SIGNATURE-----"), (IVAN, "-----BEGIN SSH"), (OSCAR, "-----BEGIN SSH")] {
        let developer = server.developer(person);
        developer.commit("add a door");
        let parts = developer.take_apart("HEAD");
        assert!(parts.signature.starts_with(armor), "{}: {}", person.id, parts.signature);
        assert_eq!(developer.store("commit", parts.commit()), developer.head(), "taken apart and put together again");
        assert!(parts.headers.contains(&format!("committer {} <{}> 17", person.name, person.email)));
    }
    let erin = server.developer(ERIN);
    erin.sign_with(Key::Ssh("erin-at-home")).commit("add a window").commit_unsigned("add a roof");
    assert_eq!(erin.take_apart("HEAD").signature, "");
    let parts = erin.take_apart("HEAD~");
    assert!(parts.signature.contains("SSH SIGNATURE") && erin.sign(&parts.payload(), "git").contains("SSH SIGNATURE"));
}

#[test]
fn a_planted_ref_does_not_ask_the_hook() {
    let server = server(REFUSING);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").plant("main main:refs/meta/config");
    assert_eq!(server.tip("refs/heads/main"), bob.head());
    assert_eq!(server.tip("refs/meta/config"), bob.head());
    let erin = server.developer(ERIN);
    assert_eq!(erin.head(), bob.head());
}

#[test]
fn the_wire_sends_what_it_is_told_and_hears_the_answer() {
    let server = Server::build().hook("#!/bin/sh\ncat >&2\nenv >&2\n").git_config("receive.advertisePushOptions", "true").start();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let (zero, head) = (server.zero(), bob.head());
    let answer = Wire::to(&server)
        .command(&zero, &head, "refs/heads/main")
        .command(&zero, &head, b"refs/heads/\xff\nline")
        .option("refgate.override=\x1b")
        .variable("STAGE", "set")
        .pack(bob.pack(&["main"]))
        .send();
    assert_eq!(answer.report[..2], ["unpack ok", "ok refs/heads/main"]);
    assert!(answer.report[2].starts_with("ng "), "{:?}", answer.report);
    let told = answer.told.clone().says("<zero> <a> refs/heads/main … line … GIT_PUSH_OPTION_0=refgate.override=\x1b").says("STAGE=set");
    assert!(told.raw.windows(13).any(|window| window == b"refs/heads/\xff\n"));
    assert_eq!(server.tip("refs/heads/main"), head);
    assert!(complaint(|| drop(answer.left_nothing())).contains("refs/heads/main"));
}

#[test]
fn the_wire_tells_a_refusal_from_a_failure() {
    let server = server(REFUSING);
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let (zero, head) = (server.zero(), bob.head());
    Wire::to(&server).command(&zero, &head, "refs/heads/main").pack(bob.pack(&["main"])).send().refused("commit.signed");
    let broken = Wire::to(&server).command(&zero, &head, "refs/heads/main").pack(b"PACK".to_vec()).send();
    assert!(complaint(|| drop(broken.refused(""))).contains("not the hook"));
    Wire::to(&server).command(&zero, &head, "refs/heads/main").pack(b"PACK".to_vec()).send().left_nothing();
}

#[test]
fn the_hook_is_called_as_git_calls_it() {
    let server = server("#!/bin/sh\npwd -P >&2\necho \"GIT_DIR=$GIT_DIR HOME=$HOME\" >&2\ncat >&2\nexit 2\n");
    let told = server.hook_with(line("old", "new", "refs/heads/main"), |command| {
        command.env("HOME", "/nowhere");
    }).exits(2);
    told.says("castle.git … GIT_DIR=. HOME=/nowhere … old new refs/heads/main");
    assert!(complaint(|| drop(server.hook("").exits(1))).contains("exit status: 2"));
}

#[test]
fn words_are_compared_with_ids_replaced() {
    let raw = "remote: main  1a2b3c4..3f2a91c        \nremote: 3f2a91c5555555555555555555555555555555aa\nremote: decision 01JD0000000000000000000000, defaced 0000000000000000000000000000000000000000\n";
    let told = Told::new(raw.as_bytes().to_vec());
    assert_eq!(told.text, "main  <a>..<b>\n<b>\ndecision <decision>, defaced <zero>\n");
    assert_eq!(told.decision(), "01JD0000000000000000000000");
}

#[test]
fn many_unsigned_commits_are_made_at_once() {
    let server = server(ACCEPTING);
    let bob = server.developer(BOB);
    bob.commit("add a door");
    bob.import("wing", 30);
    assert_eq!(bob.git(&["rev-list", "--count", "main..wing"]), "30");
    bob.push("main wing").accepted();
}

#[test]
fn a_sha256_stage_has_longer_ids() {
    let server = Server::build().sha256().hook(ACCEPTING).start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    assert_eq!(server.tip("refs/heads/main").len(), server.zero().len());
    let head = bob.commit("again").head();
    Wire::to(&server).command(&bob.id("HEAD~"), &head, "refs/heads/main").pack(bob.pack(&["main", "^main~"])).send().accepted();
}

#[test]
fn every_topic_is_listed() {
    let main = include_str!("main.rs");
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/push")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(topic) = name.strip_suffix(".rs").filter(|topic| *topic != "main") {
            assert!(main.contains(&format!("\nmod {topic};")), "'{name}' is not in main.rs, so its tests never run");
        }
    }
}
