//! The decision log: one JSON line for each decision, with OPA's field names, on disk before git moves a ref.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::stage::{ALICE, BOB, Server, shipped_hook};
use crate::wire::Wire;

#[test]
fn accepted_push_is_logged() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    let decision = server.decision();
    let id = decision["decision_id"].as_str().unwrap();
    assert!(id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()), "{id}");
    let timestamp = decision["timestamp"].as_str().unwrap();
    assert!(timestamp.len() >= 20 && timestamp.ends_with('Z') && timestamp.as_bytes()[10] == b'T', "{timestamp}");
    for field in ["labels", "metrics", "result"] {
        assert!(decision[field].is_object(), "'{field}' in {decision:#}");
    }
    let text = decision.to_string();
    assert!(text.contains(&bob.head()) && text.contains("refs/heads/main"), "{decision:#}");
}

#[test]
fn refused_push_is_logged_with_its_violations() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main").refused("commit.signed");
    let result = server.decision()["result"].to_string();
    assert!(result.contains("commit.signed") && result.contains("not signed"), "{result}");
    assert!(result.contains(&bob.head()), "{result}");
}

#[test]
fn what_rules_were_shown_is_logged_where_the_operator_asks_for_it() {
    let server = Server::build().log_input().start();
    server.developer(BOB).commit_unsigned("add a door").push("main").refused("commit.signed");
    let shown = &server.decision()["input"]["shown"];
    let asked = shown["asked"].as_array().unwrap().iter().find(|one| one["rule"] == "commit.signed").unwrap();
    let document = &shown["documents"][usize::try_from(asked["document"].as_u64().unwrap()).unwrap()];
    assert_eq!((&asked["denied"][0], &document["commit"]["signature"]["status"]), (&"not signed".into(), &"unsigned".into()));
}

#[test]
fn push_that_could_not_be_judged_is_logged_with_the_cause() {
    let server = Server::build()
        .rules("[[rule]]\nuse = \"update.numbers\"")
        .own_rule("update.numbers", "package refgate.update.numbers\n\ndeny contains \"x\" if to_number(input.update.name) > 3\n")
        .start();
    let told = server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    let decision = server.decision();
    assert_eq!(decision["decision_id"], told.decision());
    assert!(decision.to_string().contains("update.numbers"), "{decision:#}");
}

#[test]
fn decisions_are_appended() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    let first = server.decision();
    bob.commit_unsigned("add a window").push("main").refused("commit.signed");
    let decisions = server.decisions();
    assert_eq!((decisions.len(), &decisions[0]), (2, &first));
    assert_ne!(decisions[0]["decision_id"], decisions[1]["decision_id"]);
}

#[test]
fn warnings_are_logged() {
    let server = Server::with_rules("[[rule]]\nuse = \"commit.signed\"\nmode = \"warn\"\n[[rule]]\nuse = \"commit.well_formed\"");
    server.developer(BOB).commit_unsigned("add a door").push("main").accepted();
    assert!(server.decision()["result"].to_string().contains("commit.signed"));
}

#[test]
fn decision_is_on_disk_before_a_ref_moves() {
    let server = Server::new();
    let seen = server.folder().join("seen");
    let script = format!("#!/bin/sh\ntest \"$1\" != prepared || cp '{}' '{}'\n", server.log().display(), seen.display());
    server.add_hook("reference-transaction", &script);
    server.developer(BOB).commit("add a door").push("main").accepted();
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains(server.decision()["decision_id"].as_str().unwrap()), "{seen}");
}

#[test]
fn client_that_hangs_up_changes_neither_verdict_nor_record() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let wire = Wire::to(&server).command(&server.zero(), &head, "refs/heads/main").pack(bob.pack(&["main"]));
    // The answer goes to a pipe that is closed as soon as everything was said.
    let mut child = wire.receive_pack().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    read_advertisement(child.stdout.as_mut().unwrap());
    child.stdin.take().unwrap().write_all(&wire.request()).unwrap();
    drop(child.stdout.take());
    child.wait().unwrap();
    assert_eq!(server.tip("refs/heads/main"), head);
    assert!(server.decision().to_string().contains(&head));
}

/// Reads pkt-lines up to the flush.
fn read_advertisement(stdout: &mut impl Read) {
    loop {
        let mut digits = [0; 4];
        stdout.read_exact(&mut digits).unwrap();
        let length = u64::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap();
        if length < 4 {
            return;
        }
        std::io::copy(&mut stdout.take(length - 4), &mut std::io::sink()).unwrap();
    }
}

#[test]
fn pushes_at_the_same_time_write_whole_lines() {
    let server = Server::new();
    let server = &server;
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                let bob = server.developer(if number % 2 == 0 { BOB } else { ALICE });
                let refspec = format!("main:refs/heads/release/{number}");
                bob.commit(&format!("add door {number}")).git(&["push", "--quiet", "server", &refspec]);
            });
        }
    });
    assert_eq!(server.refs().len(), 4, "{:?}", server.refs());
    assert_eq!(server.decisions().len(), 4);
}

#[test]
fn hostile_words_stay_in_their_line() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add\n\n{\"decision_id\": \"forged\"}\u{1b}[2J\u{2028}").push("main").refused("commit.signed");
    assert_eq!(server.decisions().len(), 1);
    let raw = std::fs::read(server.log()).unwrap();
    assert!(!raw.contains(&0x1b));
}

#[test]
fn documents_of_the_rules_are_logged_when_the_operator_asks() {
    let with_input = |input: bool| {
        let server = Server::build().config("").start();
        let text = format!(
            "version = 1\n[identity]\npeople = \"people.toml\"\nallowed_signers = [\"allowed_signers\"]\n[[rule]]\nuse = \"commit.signed\"\n[log]\npath = {:?}\ninput = {input}\n",
            server.log()
        );
        std::fs::write(server.operator().join("refgate.toml"), text).unwrap();
        server.developer(BOB).commit("add a door").push("main").accepted();
        server.decision()["input"].to_string()
    };
    assert!(with_input(true).contains("\"at_signing\""), "{}", with_input(true));
    assert!(!with_input(false).contains("\"at_signing\""), "{}", with_input(false));
}

/// A file is there after the power went only if its folder was written as well (fsync(2)).
#[test]
fn folder_of_a_new_log_is_on_disk_before_the_answer() {
    if Command::new("strace").arg("--version").output().is_err() {
        println!("left out: strace is not installed");
        return;
    }
    let server = Server::new();
    let trace = server.folder().join("trace");
    let traced = format!("\nexec strace -f -o '{}' -e trace=openat,fsync,fdatasync,exit_group ", trace.display());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_refgate"));
    server.add_hook("pre-receive", &shipped_hook(binary).replace("\nexec ", &traced));
    let bob = server.developer(BOB);
    let flushes = |message: &str| {
        bob.commit(message).push("main").accepted();
        let calls = std::fs::read_to_string(&trace).unwrap();
        let (before, _) = calls.split_once("exit_group(0)").expect("it said yes");
        let folder = format!("\"{}\", O_RDONLY", server.log().parent().unwrap().display());
        let opened = before.lines().filter(|line| line.contains(&folder)).filter_map(|line| line.rsplit(' ').next());
        (opened.filter(|file| before.contains(&format!("fsync({file})"))).count(), before.matches("fdatasync(").count())
    };
    assert_eq!(flushes("add a door"), (1, 1));
    assert_eq!(flushes("add a window"), (0, 1));
}
