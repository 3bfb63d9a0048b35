//! What the pusher reads: all of it at once, bounded, escaped, with the remedy and an id to quote.

use crate::stage::{BOB, MALLORY, Server, line};

const SIGNED: &str = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\n";

/// `commit.signed` on a `main` that holds one commit, and Bob with one unsigned commit of this message on top.
fn refused_commit(message: &str) -> (Server, String) {
    let server = Server::with_rules(SIGNED);
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    let old = bob.head();
    bob.write("x", "x").git(&["add", "--all"]);
    bob.git(&["commit", "--quiet", "--no-gpg-sign", "--cleanup=verbatim", "-m", message]);
    let new = bob.head();
    bob.plant("main:refs/heads/rest");
    let lines = line(&old, &new, "refs/heads/main");
    drop(bob);
    (server, lines)
}

#[test]
fn refusal_reads_as_promised() {
    let server = Server::with_rules(SIGNED);
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    let told = bob.commit_unsigned("add a window").push("main").refused("refgate: push refused, no ref was updated");
    let expected = "refgate: push refused, no ref was updated\n\
        \n\
        \x20 refs/heads/main  <a>..<b>\n\
        \x20   <b> \"add a window\"\n\
        \x20     commit.signed: not signed\n\
        \x20     hint: sign it with `git commit --amend --no-edit -S`, or an older one and all after it with `git rebase -f -r -S <b>^`, then push again\n\
        \n\
        1 violation. Decision <decision> (quote it to your administrator)\n";
    assert!(told.text.contains(expected), "{}", told.text);
}

#[test]
fn accepted_push_is_silent() {
    let server = Server::new();
    let told = server.developer(BOB).commit("add a door").push("main").accepted();
    assert_eq!(told.plain, "");
}

#[test]
fn warning_is_told_and_does_not_refuse() {
    let server = Server::with_rules(&format!("{SIGNED}mode = \"warn\"\n[[rule]]\nuse = \"commit.well_formed\""));
    let told = server.developer(BOB).commit_unsigned("add a door").push("main").accepted();
    told.says("refs/heads/main … \"add a door\" … commit.signed: not signed");
}

#[test]
fn many_violations_are_bounded_and_counted() {
    let server = Server::with_rules(SIGNED);
    let bob = server.developer(BOB);
    bob.import("main", 30);
    let told = bob.push("main").refused("30 violations");
    assert_eq!(told.count("commit.signed: not signed"), 20, "{}", told.text);
    told.says("10 more");
}

#[test]
fn decision_that_is_told_is_the_one_in_the_log() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let told = bob.commit_unsigned("add a door").push("main").refused("commit.signed");
    assert_eq!(server.decision()["decision_id"], told.decision());
}

#[test]
fn control_characters_of_a_commit_never_reach_the_terminal() {
    for message in
        ["\u{1b}[2Jadd", "add\u{202e}rood a", "add\u{7}\u{8}\u{7f}", "add\u{9b}2J", "add\radd", "a\u{200b}dd\u{2066}"]
    {
        let (server, lines) = refused_commit(message);
        let told = server.hook(&lines).exits(1).says("commit.signed: not signed");
        let text = String::from_utf8(told.raw.clone()).expect("what is told is UTF-8");
        let odd = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200b}\u{2066}".contains(c);
        assert!(!text.contains(odd), "{message:?} was told as {text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_never_reach_the_terminal() {
    let server = Server::with_rules(SIGNED);
    let bob = server.developer(BOB);
    let mut bytes = bob.commit_unsigned("add a door").git(&["cat-file", "commit", "HEAD"]).into_bytes();
    bytes.truncate(bytes.len() - 4);
    bytes.extend_from_slice(b"\xff\xc3\x9b\xc2\n");
    let id = bob.store("commit", bytes);
    bob.place("odd", &id).plant("odd:refs/heads/rest");
    let told = server.hook(line(&server.zero(), &id, "refs/heads/main")).exits(1).says("commit.signed");
    assert!(String::from_utf8(told.raw.clone()).is_ok(), "{:?}", told.raw);
}

#[test]
fn message_cannot_write_lines_of_its_own() {
    let (server, lines) = refused_commit("add\n\nrefgate: push accepted\n");
    server.hook(&lines).exits(1).says("\"add\"").never_says("push accepted");
}

#[test]
fn long_subject_is_cut() {
    let (server, lines) = refused_commit(&"long ".repeat(20_000));
    let told = server.hook(&lines).exits(1).says("commit.signed");
    let longest = told.plain.lines().map(str::len).max().unwrap();
    assert!(longest < 400, "a line of {longest} bytes");
}

#[test]
fn words_do_not_depend_on_whether_anyone_reads_them() {
    let (server, lines) = refused_commit("add a window");
    let closed = |redirect: &str| {
        let script = format!("#!/bin/sh\nexec hooks/judge {redirect}\n");
        server.add_hook("judge", &std::fs::read_to_string(server.repository().join("hooks/pre-receive")).unwrap());
        server.add_hook("closed", &script);
        let mut command = crate::stage::program(server.repository().join("hooks/closed"), server.folder());
        command.current_dir(server.repository()).env("GIT_DIR", ".");
        command
    };
    let tip = server.tip("refs/heads/main");
    for redirect in ["2>/dev/full", "2>&-", "2>&- >&-"] {
        let refused = crate::stage::run(&mut closed(redirect), lines.as_bytes());
        assert_eq!(refused.status.code(), Some(1), "{redirect}");
        let accepted = crate::stage::run(&mut closed(redirect), line(&tip, &tip, "refs/heads/main").as_bytes());
        assert_eq!(accepted.status.code(), Some(0), "{redirect}");
    }
}

#[test]
fn gitlab_s_web_pages_show_every_line() {
    let server = Server::build().rules(SIGNED).forge("gitlab").start();
    let bob = server.developer(BOB);
    let push = bob
        .commit_unsigned("add a door")
        .pushing("main")
        .server_variable("GL_USERNAME", "bob")
        .server_variable("GL_ID", "user-7");
    let push = push
        .server_variable("GL_PROTOCOL", "ssh")
        .server_variable("GL_REPOSITORY", "project-3")
        .server_variable("GL_PROJECT_PATH", "keep/castle");
    let told = push.go().refused("commit.signed: not signed");
    for line in told.by_server.lines().filter(|line| !line.is_empty()) {
        assert!(line.starts_with("GL-HOOK-ERR:"), "{line}");
    }
}

#[test]
fn push_that_cannot_be_judged_says_so_and_no_more() {
    let server = Server::with_rules("[[rule]]\nuse = \"commit.signd\"");
    let told = server.developer(MALLORY).commit("add a door").push("main").could_not_judge("<decision>");
    told.never_says("signd").never_says("refgate.toml").never_says("/tmp");
}
