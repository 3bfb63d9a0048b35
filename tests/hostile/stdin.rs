//! Table 2.A: what clients write on the wire, and what of it arrives on the hook's stdin.

use crate::scales::weigh;
use crate::scene::{between, nothing, send, with_main};
use crate::stage::{BOB, Server, line, shipped_hook};
use crate::wire::Wire;

const MAIN: &[u8] = b"refs/heads/main";

#[test]
fn a01_line_feed_in_a_name_makes_no_second_line() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let name = format!("refs/heads/zz\n{old} {old} refs/heads/main");
    let (good, odd) = ((old.as_str(), new.as_str(), MAIN), (old.as_str(), old.as_str(), name.as_bytes()));
    for lines in [[good, odd], [odd, good]] {
        send(&server, &lines, between(&bob, &old, &new)).send().refused("gate.twice");
    }
}

#[test]
fn a03_name_that_is_not_utf_8_does_not_end_the_reading() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let zero = server.zero();
    let (odd, main) = ((zero.as_str(), new.as_str(), &b"refs/heads/\xff"[..]), (old.as_str(), new.as_str(), MAIN));
    for lines in [[odd, main], [main, odd]] {
        let told = send(&server, &lines, between(&bob, &old, &new)).send().refused("gate.ref_name: 'refs/heads/\\xff'");
        assert!(String::from_utf8(told.raw.clone()).is_ok(), "{:?}", told.raw);
    }
}

#[test]
fn a04_protected_name_with_a_byte_that_is_not_utf_8_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let new = bob.commit_unsigned("add a tunnel").head();
    for name in [&b"refs/heads/release/\xff"[..], b"refs/heads/release/1\xc3", b"refs/heads/release/\xed\xa0\x80"] {
        let line = (server.zero(), new.clone());
        send(&server, &[(&line.0, &line.1, name)], bob.pack(&[&new])).send().refused("gate.ref_name");
    }
}

#[test]
fn a06_line_longer_than_any_packet_is_refused_and_little_is_told_of_it() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let zero = server.zero();
    let names = ["x..", "x", "x\u{1b}"].map(|start| format!("refs/heads/{start}{}", "A".repeat(100_000)));
    let deep = format!("refs/heads/{}end", "folder/".repeat(10_000));
    for name in names.iter().chain([&deep]) {
        let certificate = format!(
            "certificate version 0.1\npusher Bob <bob@example.org> 1735689600 +0000\n\n{zero} {new} {name}\n\
             {old} {new} refs/heads/main\n-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"
        );
        let answer = Wire::to(&server).certificate(&certificate).pack(between(&bob, &old, &new)).send();
        assert!(answer.told.by_server.contains("gate.ref_name"), "{}", answer.told.plain);
        assert!(answer.told.by_server.len() < 2000, "{}", answer.told.by_server);
        assert_eq!((server.tip("refs/heads/main"), server.refs().len()), (old.clone(), 1));
        assert!(server.decision().to_string().len() < 10_000, "the log repeats the name");
    }
}

#[test]
fn a07_the_same_ref_deleted_and_created_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, parent, zero) = (bob.head(), bob.id("HEAD~1"), server.zero());
    for second in [(zero.as_str(), parent.as_str(), MAIN), (old.as_str(), parent.as_str(), MAIN)] {
        let lines = [(old.as_str(), zero.as_str(), MAIN), second];
        send(&server, &lines, nothing(&bob)).send().refused("gate.twice: 'refs/heads/main'");
    }
}

#[test]
fn a08_the_same_ref_moved_twice_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, parent) = (bob.head(), bob.id("HEAD~1"));
    let new = bob.commit("add a roof").head();
    let lines = [(old.as_str(), new.as_str(), MAIN), (new.as_str(), parent.as_str(), MAIN)];
    for capability in ["atomic", "ofs-delta"] {
        let wire = send(&server, &lines, between(&bob, &old, &new)).capability(capability);
        wire.send().refused("gate.twice: 'refs/heads/main'");
    }
}

#[test]
fn a10_from_nothing_to_nothing_is_a_deletion_of_what_exists() {
    let server = with_main();
    let zero = server.zero();
    send(&server, &[(&zero, &zero, MAIN)], Vec::new()).send().refused("refs/heads/main  delete … update.no_delete");
    send(&server, &[(&zero, &zero, b"refs/heads/none")], Vec::new()).send().changed_nothing();
}

#[test]
fn a11_from_nothing_to_nothing_and_on_to_something_is_refused() {
    let server = Server::build()
        .git_config("receive.denyDeletes", "true")
        .git_config("receive.denyNonFastForwards", "true")
        .git_config("receive.denyDeleteCurrent", "true")
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit("add a window").plant("main");
    let (parent, zero) = (bob.id("HEAD~1"), server.zero());
    let lines = [(zero.as_str(), zero.as_str(), MAIN), (zero.as_str(), parent.as_str(), MAIN)];
    send(&server, &lines, nothing(&bob)).send().refused("gate.twice: 'refs/heads/main'");
}

#[test]
fn a13_branch_that_exists_is_not_created() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (parent, zero) = (bob.id("HEAD~1"), server.zero());
    send(&server, &[(&zero, &parent, MAIN)], nothing(&bob)).send().refused("gate.stale: the push starts from no ref");
}

#[test]
fn a14_ancestor_of_the_old_value_is_not_the_old_value() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (parent, old) = (bob.id("HEAD~1"), bob.head());
    let new = bob.commit("add a roof").head();
    send(&server, &[(&parent, &new, MAIN)], between(&bob, &old, &new)).send().refused("gate.stale");
}

#[test]
fn a15_refs_that_git_will_refuse_later_are_judged_all_the_same() {
    let server = Server::build().git_config("receive.hideRefs", "refs/heads/release").start();
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let (zero, missing) = (server.zero(), "f".repeat(40));
    let hidden = [(zero.as_str(), new.as_str(), &b"refs/heads/release/1"[..]), (&old, &old, MAIN)];
    send(&server, &hidden, between(&bob, &old, &new)).send().refused("refs/heads/release/1 … commit.signed");
    for lines in [
        [(old.as_str(), missing.as_str(), MAIN), (&zero, &old, &b"refs/heads/wip"[..])],
        [(zero.as_str(), missing.as_str(), &b"refs/heads/x"[..]), (&old, &new, MAIN)],
    ] {
        send(&server, &lines, between(&bob, &old, &new)).send().declined();
    }
}

#[test]
fn a16_funny_names_are_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit("add a roof").head();
    let zero = server.zero();
    let names = [
        "HEAD",
        "main",
        "",
        "refs/x",
        "refs/heads/../../config",
        "refs/heads/a b",
        "refs/heads/.lock",
        "refs/heads/x.lock",
        "refs/heads/@{x",
        "refs/heads/\u{1b}[2J",
        "refs/heads/x\r",
        "refs/heads/x\t",
        "refs/heads/x\u{7f}",
        "refs//heads/x",
        "refs/heads/x/",
        "/refs/heads/x",
        "refs/heads/x.",
        "refs/heads/*",
        "refs/heads/a:b",
        "refs/heads/a?",
        "refs/heads/a[",
        "refs/heads/a~1",
        "refs/heads/a^",
        "objects/info/x",
        "hooks/pre-receive",
        "config",
        "refs",
        "refs/",
        " refs/heads/x",
        "REFS/heads/x",
        "refs\\heads\\x",
    ];
    for name in names {
        let lines = [(old.as_str(), new.as_str(), MAIN), (zero.as_str(), new.as_str(), name.as_bytes())];
        let told = send(&server, &lines, between(&bob, &old, &new)).send().refused("gate.ref_name");
        assert!(!told.raw.iter().any(|byte| b"\x1b\r\t\x7f".contains(byte)), "{:?}", told.plain);
    }
}

#[test]
fn a18_what_stays_as_it_is_passes_unjudged() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let tip = bob.commit_unsigned("from before refgate").plant("main").head();
    send(&server, &[(&tip, &tip, MAIN)], nothing(&bob)).send().changed_nothing();
    assert_eq!(server.decision()["metrics"]["commits"], 0);
}

#[test]
fn a20_a_million_refs_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (tip, zero) = (bob.head(), server.zero());
    let pushed = (0..10_001).fold(Wire::to(&server).pack(nothing(&bob)), |wire, number| {
        wire.command(&zero, &tip, format!("refs/heads/{number}"))
    });
    pushed.send().refused("gate.limit: more than 10000 refs in one push");
    let lines: String = (0..1_000_000).map(|number| line(&zero, &tip, &format!("refs/heads/many/{number}"))).collect();
    weigh(&server, lines.as_bytes(), |_| {}).refuses_lightly("gate.limit: more than 10000 refs in one push");
}

#[test]
fn a20_ten_thousand_long_names_are_judged_in_little_memory() {
    let server = with_main();
    let (tip, zero) = (server.tip("refs/heads/main"), server.zero());
    let long = ["folder", &"x".repeat(240), &"y".repeat(230)].join("/");
    let lines: String = (0..10_000).map(|number| line(&zero, &tip, &format!("refs/heads/{long}/{number}"))).collect();
    weigh(&server, lines.as_bytes(), |_| {}).accepts_lightly();
    let lines: String = (0..10_000).map(|number| line(&zero, &tip, &format!("refs/other/{long}/{number}"))).collect();
    weigh(&server, lines.as_bytes(), |_| {}).refuses_lightly("update.namespaces");
}

#[test]
fn a21_lines_that_are_lost_or_cut_on_the_way_are_not_judged() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    let whole = line(&tip, &tip, "refs/heads/main");
    for cut in [0, 1, 40, 41, 81, 82, 85, whole.len() - 1] {
        server.hook(&whole[..cut]).exits(2).never_says("refs/heads/main");
        server.hook(format!("{whole}{}", &whole[..cut.max(1)])).exits(2);
    }
    server.hook(whole).exits(0);
}

/// A hook that hands on its stdin by `echo` of a shell that gives meaning to backslashes.
fn echoing() -> Option<Server> {
    let shell = ["/bin/dash", "/usr/bin/dash"].into_iter().find(|path| std::path::Path::new(path).exists())?;
    let server = Server::new();
    server.developer(BOB).commit("add a door").commit("add a window").plant("main");
    let hook = shipped_hook(std::path::Path::new(env!("CARGO_BIN_EXE_refgate")));
    server.add_hook("judge", &hook);
    server.add_hook("pre-receive", &format!("#!{shell}\nlines=$(cat)\necho \"$lines\" | hooks/judge\n"));
    Some(server)
}

#[test]
fn a22_wrapper_that_loses_lines_leads_to_no_judgement() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let zero = server.zero();
    let lines = [(zero.as_str(), new.as_str(), &b"refs/heads/x\\c"[..]), (&old, &new, MAIN)];
    send(&server, &lines, between(&bob, &old, &new)).send().refused("gate.ref_name");
    if let Some(server) = echoing() {
        let bob = server.developer(BOB);
        let old = bob.head();
        let new = bob.commit_unsigned("add a tunnel").head();
        let lines = [(zero.as_str(), new.as_str(), &b"refs/heads/x\\c"[..]), (&old, &new, MAIN)];
        send(&server, &lines, between(&bob, &old, &new)).send().declined().says("cannot judge this push … cut off");
        let lines = [(zero.as_str(), new.as_str(), &b"\\c"[..]), (&old, &new, MAIN)];
        send(&server, &lines, between(&bob, &old, &new)).send().declined();
    }
}

#[test]
fn a23_wrapper_that_makes_lines_up_leads_to_no_acceptance() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let name = format!("refs/heads/x\\n{old} {old} refs/heads/main");
    let lines = [(old.as_str(), old.as_str(), name.as_bytes()), (&old, &new, MAIN)];
    send(&server, &lines, between(&bob, &old, &new)).send().refused("gate.ref_name");
    if let Some(server) = echoing() {
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a tunnel");
        let (old, new) = (bob.id("HEAD~1"), bob.head());
        let name = format!("refs/heads/x\\n{old} {old} refs/heads/main");
        let lines = [(old.as_str(), old.as_str(), name.as_bytes()), (&old, &new, MAIN)];
        send(&server, &lines, between(&bob, &old, &new)).send().declined().says("gate.");
    }
}

#[test]
fn a25_sha256_repository_has_its_own_nothing() {
    let server = Server::build().sha256().start();
    let bob = server.developer(BOB);
    let tip = bob.commit("add a door").push("main").accepted();
    assert_eq!(tip.plain, "");
    let (tip, zero) = (bob.head(), server.zero());
    send(&server, &[(&zero, &zero, MAIN)], Vec::new()).send().refused("update.no_delete");
    send(&server, &[(&tip, &zero, MAIN)], Vec::new()).send().refused("update.no_delete");
    send(&server, &[(&zero, &tip, MAIN)], nothing(&bob)).send().refused("gate.stale");
    bob.commit_unsigned("add a tunnel").push("main").refused("commit.signed");
}

#[test]
fn a26_ids_of_other_widths_or_letters_are_refused() {
    let server = with_main();
    let tip = server.tip("refs/heads/main");
    let wide = "1".repeat(64);
    for (old, new) in [
        (server.zero(), wide.clone()),
        (wide.clone(), tip.clone()),
        (wide.clone(), wide),
        ("0".repeat(39), tip.clone()),
        (tip.clone(), format!("{}g", &tip[1..])),
        (tip.clone(), "A".repeat(40)),
        (tip.clone(), format!("+{}", &tip[1..])),
        (String::new(), String::new()),
    ] {
        server.hook(line(&old, &new, "refs/heads/main")).refuses().says("gate.malformed");
    }
}
