//! The hook ended, starved, blinded and muted at every moment: a push is either taken whole, on the record, or not at
//! all, and nothing is left behind.

use std::collections::BTreeSet;
use std::fs;
use std::io::{PipeReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::limits::ENDLESS;
use crate::running::{self, Held, bad, good, locked_log, names, text, unharmed, with_main};
use crate::stage::{BOB, Developer, Outcome, Server, ServerBuilder, shipped_hook};

const WELL_FORMED: &str = "[[rule]]\nuse = [\"commit.signed\", \"commit.well_formed\"]";

/// A push, with something done to its hook meanwhile.
#[track_caller]
fn push_while(server: &Server, bob: &Developer<'_>, act: impl FnOnce() + Send) -> Outcome {
    thread::scope(|scope| {
        let acting = scope.spawn(act);
        let outcome = bob.push("main");
        acting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        unharmed(server);
        outcome
    })
}

/// A server whose hooks wait to be let in.
fn gated() -> Server {
    let server = starved(running::GATE).start();
    running::put_up_gate(&server);
    server
}

/// Its hooks do not wait any more.
fn open_gate(server: &Server) {
    server.add_hook("pre-receive", &shipped_hook(Path::new(env!("CARGO_BIN_EXE_refgate"))));
}

#[test]
fn hook_killed_as_soon_as_it_starts_refuses() {
    let server = gated();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    for signal in ["TERM", "KILL"] {
        push_while(&server, &bob, || running::let_in(&server).kill(signal)).declined();
    }
    open_gate(&server);
    bob.push("main").accepted();
}

#[test]
fn hook_killed_inside_a_rule_refuses() {
    let server =
        Server::build().rules("[[rule]]\nuse = \"commit.endless\"").own_rule("commit.endless", ENDLESS).start();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let before = names(&server);
    for signal in ["TERM", "KILL"] {
        push_while(&server, &bob, || running::judging(&server).kill(signal)).declined();
    }
    assert_eq!(names(&server), before);
}

#[test]
fn hook_killed_when_it_has_decided_and_not_recorded_refuses() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    for signal in ["TERM", "KILL"] {
        let lock = locked_log(&server);
        push_while(&server, &bob, || running::recording(&server).kill(signal)).declined();
        drop(lock);
    }
    assert_eq!(server.decisions().len(), 0);
    bob.push("main").accepted();
    assert_eq!(server.decisions().len(), 1);
}

#[test]
fn hook_killed_at_any_moment_leaves_a_push_taken_and_recorded_or_not_taken() {
    let server = gated();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    for moment in 0..24 {
        let before = server.tip("refs/heads/main");
        bob.commit(&format!("door {moment}"));
        let outcome = push_while(&server, &bob, || {
            let process = running::let_in(&server);
            thread::sleep(Duration::from_millis(moment * 4));
            process.kill(if moment % 2 == 0 { "KILL" } else { "TERM" });
        });
        let tip = server.tip("refs/heads/main");
        if outcome.succeeded {
            outcome.accepted();
            assert_eq!(tip, bob.head());
            let recorded = |decision: &serde_json::Value| decision.to_string().contains(&tip);
            assert!(server.decisions().iter().any(recorded), "moved without a record");
        } else {
            // The one file that may differ is the log, which is not in the repository.
            outcome.declined();
            assert_eq!(tip, before);
        }
    }
    open_gate(&server);
    bob.commit("add a roof").push("main").accepted();
}

#[test]
fn bad_push_whose_hook_is_killed_at_any_moment_never_enters() {
    let server = gated();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door");
    for moment in 0..12 {
        push_while(&server, &bob, || {
            let process = running::let_in(&server);
            thread::sleep(Duration::from_millis(moment * 8));
            process.kill("KILL");
        })
        .declined();
    }
}

/// The shipped hook with something before the binary is run.
fn starved(how: &str) -> ServerBuilder {
    let binary = Path::new(env!("CARGO_BIN_EXE_refgate"));
    Server::build().hook(&shipped_hook(binary).replace("\nexec ", &format!("\n{how}\nexec ")))
}

/// The shipped hook with something behind the command: `2>&-`.
fn redirected(how: &str) -> ServerBuilder {
    let binary = Path::new(env!("CARGO_BIN_EXE_refgate"));
    Server::build().hook(&shipped_hook(binary).replace("pre-receive\n", &format!("pre-receive {how}\n")))
}

/// From too little to load the program up to plenty, in steps that end it at ever later moments.
#[test]
fn memory_that_runs_out_at_any_moment_refuses() {
    let mut outcomes = BTreeSet::new();
    for megabytes in [4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 192, 256, 512, 4096] {
        let server = starved(&format!("ulimit -v {}", megabytes * 1024)).limit("threads = 2").start();
        let bob = server.developer(BOB);
        bob.import("many", 10);
        died_or_declined(bob.commit("add a door").push("many:main"));
        let outcome = bob.push("main");
        outcomes.insert(outcome.succeeded);
        match outcome.succeeded {
            true => drop(outcome.accepted()),
            false => died_or_declined(outcome),
        }
        unharmed(&server);
    }
    assert_eq!(outcomes, BTreeSet::from([false, true]), "the steps reach from too little to enough");
}

/// Nobody gives a thread so large a stack: the one that watches the clock is not there.
#[test]
fn thread_that_cannot_be_started_refuses_in_words() {
    let server = starved("export RUST_MIN_STACK=9000000000000000 RUST_BACKTRACE=full").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").could_not_judge("the clock cannot be watched");
    assert_eq!(server.refs(), Vec::<String>::new());
    unharmed(&server);
}

/// As [`Outcome::declined`], but for the words: those of a program that gets no memory are not its own.
#[track_caller]
fn died_or_declined(outcome: Outcome) {
    let Outcome { succeeded, told, before, after, .. } = outcome;
    assert!(!succeeded && told.plain.contains("pre-receive hook declined"), "{}", told.plain);
    assert!(!told.plain.contains("panicked at"), "{}", told.plain);
    assert_eq!(before.differences(&after), Vec::<String>::new());
}

#[test]
fn streams_that_are_closed_change_no_verdict() {
    for how in ["2>&-", ">&-", ">&- 2>&-", "2>/dev/full", ">/dev/full 2>/dev/full", "2</dev/null", "2>/proc/version"] {
        let server = redirected(how).start();
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a door").push("main").declined();
        bob.git(&["commit", "--quiet", "--amend", "--gpg-sign", "--no-edit"]);
        bob.push("main").accepted();
        unharmed(&server);
    }
}

#[test]
fn stdin_that_is_closed_empty_or_no_file_is_not_an_empty_push() {
    for how in ["<&-", "</dev/null", "</", "</dev/full", ">&- <&- 2>&-"] {
        let server = redirected(how).limit("deadline = \"20s\"").start();
        let bob = server.developer(BOB);
        let outcome = bob.commit("add a door").push("main");
        match how.contains("2>&-") {
            true => drop(outcome.declined()),
            false => drop(outcome.could_not_judge("")),
        }
        unharmed(&server);
    }
}

/// A pipe that nobody reads and that is full: whoever writes into it waits.
fn full_pipe() -> (PipeReader, Stdio) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let flags = rustix::fs::fcntl_getfl(&writer).unwrap();
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'.'; 512]).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, flags).unwrap();
    (reader, writer.into())
}

/// The verdict that is on record is the one that counts, whether or not anybody hears it.
#[test]
fn pusher_who_does_not_read_changes_neither_verdict_nor_record() {
    let warn = "[[rule]]\nuse = \"commit.signed\"\nmode = \"warn\"\n[[rule]]\nuse = \"commit.well_formed\"";
    let rows = [(WELL_FORMED, 1, "refused"), (warn, 0, "accepted")];
    let play = |(rules, code, verdict): (&str, i32, &str)| {
        let server = with_main(Server::build().rules(rules).limit("deadline = \"10s\""));
        let (_reader, stderr) = full_pipe();
        let mut held = Held::by(&server, |command| {
            command.stderr(stderr);
        });
        held.child.stdin.take().unwrap().write_all(bad(&server).as_bytes()).unwrap();
        assert_eq!(held.ended(), Some(code));
        let decisions = server.decisions();
        assert_eq!((decisions.len(), &decisions[0]["result"]["verdict"]), (1, &verdict.into()));
    };
    thread::scope(|scope| {
        for row in rows {
            scope.spawn(move || play(row));
        }
    });
}

#[test]
fn deadline_ends_the_hook_even_where_nobody_reads() {
    let rules = "[[rule]]\nuse = \"commit.endless\"";
    let server = with_main(Server::build().rules(rules).own_rule("commit.endless", ENDLESS).limit("deadline = \"1s\""));
    let (_reader, stderr) = full_pipe();
    let mut held = Held::by(&server, |command| {
        command.stderr(stderr);
    });
    held.child.stdin.take().unwrap().write_all(good(&server).as_bytes()).unwrap();
    assert_eq!(held.ended(), Some(2));
    assert_eq!(server.decision()["result"]["verdict"], "unjudged");
}

#[test]
fn deadline_ends_the_hook_that_waits_for_git() {
    let server = with_main(Server::build().limit("deadline = \"1s\""));
    let mut held = Held::by(&server, |_| {});
    let stdin = held.child.stdin.take();
    let output = held.child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    let decisions = server.decisions();
    assert_eq!((decisions.len(), &decisions[0]["result"]["verdict"]), (1, &"unjudged".into()));
    assert!(
        told.contains("it takes too long") && told.contains(decisions[0]["decision_id"].as_str().unwrap()),
        "{told}"
    );
}

#[test]
fn deadline_ends_the_hook_that_cannot_record() {
    let server = with_main(Server::build().limit("deadline = \"1s\""));
    let lock = locked_log(&server);
    let output = Held::by(&server, |_| {}).told(&good(&server));
    assert_eq!(output.status.code(), Some(2));
    drop(lock);
    assert_eq!(server.decisions().len(), 0);
}

#[test]
fn deadline_ends_a_push_through_git_and_is_on_record() {
    let rules = "[[rule]]\nuse = \"commit.endless\"";
    let server = Server::build().rules(rules).own_rule("commit.endless", ENDLESS).limit("deadline = \"1s\"").start();
    let told = server.developer(BOB).commit("add a door").push("main").could_not_judge("it takes too long");
    unharmed(&server);
    let decisions = server.decisions();
    assert_eq!((decisions.len(), &decisions[0]["decision_id"]), (1, &told.decision().into()));
    assert!(decisions[0]["result"]["error"].to_string().contains("deadline"), "{:#}", decisions[0]);
}

/// A disk that is full after the first bytes of a line: the process is ended by the system in the middle of it.
#[test]
fn line_that_was_cut_off_does_not_spoil_the_next() {
    let server = starved("ulimit -f 1").start();
    let bob = server.developer(BOB);
    bob.write(&"a".repeat(200), "x\n").commit("add a door").push("main").declined();
    let left = fs::read_to_string(server.log()).unwrap();
    assert!(!left.is_empty() && !left.ends_with('\n'), "the stage should have cut the line off:\n{left}");
    server.add_hook("pre-receive", &shipped_hook(Path::new(env!("CARGO_BIN_EXE_refgate"))));
    bob.push("main").accepted();
    let log = fs::read_to_string(server.log()).unwrap();
    let whole = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
    assert_eq!(log.lines().map(whole).collect::<Vec<_>>(), [false, true], "{log}");
    assert!(log.ends_with('\n'));
}

/// The same where the system only says so: what was written is taken back.
#[test]
fn line_that_does_not_fit_is_taken_back() {
    let server = starved("trap '' XFSZ; ulimit -f 1").start();
    let bob = server.developer(BOB);
    bob.write(&"a".repeat(200), "x\n").commit("add a door").push("main").could_not_judge("could not be recorded");
    assert_eq!(fs::read(server.log()).unwrap(), b"");
    unharmed(&server);
}

/// Without a log there is no file at all that judging writes: the system would end it at the first byte.
#[test]
fn judging_writes_no_file() {
    let server = starved("ulimit -f 0").config(&format!("version = 1\n{WELL_FORMED}\n")).start();
    let text = "version = 1\n[identity]\npeople = \"people.toml\"\nallowed_signers = [\"allowed_signers\"]\n";
    fs::write(server.operator().join("refgate.toml"), format!("{text}{WELL_FORMED}\n")).unwrap();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main").refused("commit.signed");
    bob.git(&["commit", "--quiet", "--amend", "--gpg-sign", "--no-edit"]);
    bob.push("main").accepted();
}

#[test]
fn folder_for_temporary_files_is_not_needed() {
    let server = Server::new();
    let bob = server.developer(BOB);
    for folder in ["/nonexistent", "/dev/full", "/proc", ""] {
        bob.commit(&format!("door for '{folder}'")).pushing("main").server_variable("TMPDIR", folder).go().accepted();
    }
}

#[test]
fn hook_that_asks_another_first_refuses_without_room_for_the_lines() {
    let binary = env!("CARGO_BIN_EXE_refgate");
    let text =
        include_str!("../../hooks/pre-receive-chained").replace("'/usr/local/bin/refgate'", &format!("'{binary}'"));
    let server = Server::build().hook(&text).start();
    server.add_hook("pre-receive.before-refgate", "#!/bin/sh\ncat >/dev/null\n");
    let bob = server.developer(BOB);
    bob.commit("add a door");
    for folder in ["/nonexistent", "/dev/full", "/proc"] {
        bob.pushing("main").server_variable("TMPDIR", folder).go().declined();
    }
    let full = text.replace("set -eu\n", "set -eu\nulimit -f 0\n");
    server.add_hook("pre-receive", &full);
    bob.push("main").declined();
    let before = names(&server);
    server.add_hook("pre-receive", &text);
    let lock = locked_log(&server);
    push_while(&server, &bob, || running::recording(&server).kill("KILL")).declined();
    drop(lock);
    bob.push("main").accepted();
    let left: Vec<_> =
        names(&server).difference(&before).filter(|name| !name.ends_with("decisions.jsonl")).cloned().collect();
    assert_eq!(left, Vec::<String>::new());
}
