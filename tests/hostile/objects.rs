//! Table 2.D: commits as bytes. Where a commit is bent, its signature is good over the bent bytes.

use crate::pack::{Content, Pack, commit, line_of_commits, write_loose};
use crate::scales::weigh;
use crate::scene::{nothing, quarantine, send, take_in, with_main};
use crate::stage::{BOB, Developer, ERIN, MALLORY, Server, Signed, line};

const MAIN: &[u8] = b"refs/heads/main";

/// A commit on top of `main`, bent and then signed by Bob.
fn bent(bob: &Developer<'_>, bend: impl Fn(&mut Signed)) -> String {
    let mut commit = bob.commit("bent").take_apart("HEAD");
    bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    bend(&mut commit);
    commit.signature = bob.sign(&commit.payload(), "git");
    bob.store("commit", commit.commit())
}

/// These objects and no others.
fn only(bob: &Developer<'_>, ids: &[&str]) -> Vec<u8> {
    let finished = bob.try_git(&["pack-objects", "--quiet", "--stdout"], (ids.join("\n") + "\n").as_bytes());
    assert!(finished.status.success(), "pack-objects: {}", finished.stderr_text());
    finished.stdout
}

/// What a bent commit must be refused with.
#[track_caller]
fn refused(bends: &[(&str, &str)], words: &str) {
    let server = with_main();
    let bob = server.developer(BOB);
    for (from, to) in bends {
        let id = bent(&bob, |commit| {
            let bent = commit.headers.replacen(from, to, 1);
            assert_ne!(bent, commit.headers, "'{from}' is not there");
            commit.headers = bent;
        });
        // What was checked out before is the commit as it was before it was bent.
        let [tree, file] = ["HEAD@{1}^{tree}", "HEAD@{1}:bent.txt"].map(|object| bob.id(object));
        send(&server, &[(&bob.head(), &id, MAIN)], only(&bob, &[&id, &tree, &file])).send().refused(words);
    }
}

/// The same, for any bend of the text, and told what came of it.
fn judged(server: &Server, bob: &Developer<'_>, bend: impl Fn(&mut Signed)) -> crate::stage::HookRun {
    let old = bob.head();
    let id = bent(bob, bend);
    crate::scene::judge(server, bob, line(&old, &id, "refs/heads/main"))
}

const COMMITTER: &str = "committer Bob Example <bob@example.org>";
const AUTHOR: &str = "author Bob Example <bob@example.org>";

#[test]
fn d01_second_tree_is_refused() {
    let other = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    refused(
        &[
            ("tree ", &format!("{other}tree ")),
            ("parent ", &format!("{other}parent ")),
            (AUTHOR, &format!("{other}{AUTHOR}")),
        ],
        "gate.ambiguous",
    );
}

#[test]
fn d02_author_or_committer_after_the_committer_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    for more in [
        "author Alice Example <alice@example.org> 1 +0000\n",
        "committer Alice Example <alice@example.org> 1 +0000\n",
        "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n",
        "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n",
    ] {
        judged(&server, &bob, |commit| commit.headers += more).exits(1).says("gate.ambiguous");
    }
}

#[test]
fn d03_two_authors_in_a_row_are_refused() {
    refused(&[(AUTHOR, &format!("author Alice Example <alice@example.org> 1 +0000\n{AUTHOR}"))], "gate.ambiguous");
}

#[test]
fn d07_identity_with_two_addresses_is_refused() {
    refused(
        &[
            (COMMITTER, "committer Bob <bob@example.org> Alice <alice@example.org>"),
            (COMMITTER, "committer Alice <alice@example.org> Bob <bob@example.org>"),
            (AUTHOR, "author Alice <<alice@example.org>"),
            (AUTHOR, "author Alice <alice@example.org>>"),
            (AUTHOR, "author Alice> Bob <bob@example.org>"),
            (COMMITTER, "committer Bob > Example <bob@example.org>"),
        ],
        "gate.ambiguous",
    );
}

#[test]
fn d08_identity_without_brackets_or_a_date_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let with = |line: &str| {
        judged(&server, &bob, |commit| {
            let start = commit.headers.find("committer ").expect("there is one");
            commit.headers.truncate(start);
            commit.headers += &format!("committer {line}\n");
        })
    };
    for line in [
        "Bob bob@example.org 1 +0000",
        "Bob <bob@example.org 1 +0000",
        "Bob <bob@example.org>",
        "Bob <bob@example.org> ",
        "Bob <bob@example.org> yesterday +0000",
        "Bob <bob@example.org> -1 +0000",
        "Bob <bob@example.org> 1",
        "Bob <bob@example.org> 18446744073709551617 +0000",
        "Bob <bob@example.org> 1 0000",
        "Bob <bob@example.org> 1 +00000",
        "Bob <bob@example.org>1 +0000",
        "Bob <bob@example.org>  1 +0000",
        "Bob <bob@example.org> 1e3 +0000",
        "",
    ] {
        with(line).exits(1).says("gate.ambiguous");
    }
    for line in
        ["Bob <bob@example.org> 1 +9999", "Bob <bob@example.org> 1 +1460", "Bob <bob@example.org> 253402300800 +0000"]
    {
        with(line).exits(1).says("commit.well_formed: holds a date that is out of range");
    }
}

#[test]
fn d10_characters_that_deceive_are_refused() {
    for name in ["Bob\u{202e}", "Bob\u{1b}[31m", "Bob\u{9b}31m", "Bob\u{2066}", "Bob\u{2028}", "Bob\u{85}", "Bob\u{7f}"]
    {
        refused(&[("author Bob Example", &format!("author {name}"))], "commit.well_formed: holds");
    }
    let server = with_main();
    let bob = server.developer(BOB);
    for message in ["a\u{202e}b\n", "a\u{1b}[31mb\n", "a\rb\n", "a\n\nb\u{2067}\n", "a\u{8}\n"] {
        let told = judged(&server, &bob, |commit| commit.message = message.to_string()).exits(1);
        drop(told.says("commit.well_formed: holds"));
    }
    judged(&server, &bob, |commit| commit.message = "a\0b\n".to_string()).exits(1).says("gate.ambiguous");
}

#[test]
fn d11_other_encodings_are_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    for encoding in ["UTF-7", "ISO-8859-1", "UTF-16", "x"] {
        judged(&server, &bob, |commit| commit.headers += &format!("encoding {encoding}\n"))
            .exits(1)
            .says("commit.well_formed: declares an encoding other than UTF-8");
    }
    judged(&server, &bob, |commit| commit.headers += "encoding UTF-8\nencoding UTF-7\n")
        .exits(1)
        .says("gate.ambiguous");
    judged(&server, &bob, |commit| commit.headers += "encoding UTF-8\n").exits(0).never_says("encoding");
}

/// A commit of this size, unsigned, whose message is one byte again and again.
fn long_message(server: &Server, bob: &Developer<'_>, before: &str, times: usize) -> String {
    let text = commit(&bob.id("HEAD^{tree}"), &[&server.tip("refs/heads/main")], before);
    write_loose(&bob.work().join(".git/objects"), "commit", Content { start: text.as_bytes(), byte: b'm', times })
}

#[test]
fn d12_message_of_a_hundred_megabytes_is_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    for (times, words) in [(100 << 20, "gate.limit"), (60 << 20, "gate.limit"), (2 << 20, "limit 'message_bytes'")] {
        let id = long_message(&server, &bob, "", times);
        let lines = line(&old, &id, "refs/heads/main");
        weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly(words);
    }
    let mut pack = Pack::new();
    let text = commit(&bob.id("HEAD^{tree}"), &[&old], "");
    let id = pack.add_long("commit", Content { start: text.as_bytes(), byte: b'm', times: 100 << 20 });
    send(&server, &[(&old, &id, MAIN)], pack.finish()).send().refused("gate.limit");
}

#[test]
fn d12_many_long_subjects_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (tree, mut tip) = (bob.id("HEAD^{tree}"), bob.head());
    let mut pack = Pack::new();
    for _ in 0..300 {
        let text = commit(&tree, &[&tip], "");
        tip = pack.add_long("commit", Content { start: text.as_bytes(), byte: b'm', times: 1 << 19 });
    }
    take_in(&bob, &pack.finish());
    let lines = line(&bob.head(), &tip, "refs/heads/main");
    let weighed = weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob));
    weighed.refuses_lightly("commit.signed: not signed … 600 violations");
    assert!(std::fs::metadata(server.log()).unwrap().len() < 20 << 20, "the log repeats what was pushed");
}

/// As many documents as are kept, each of half a megabyte, and what is said about them.
#[test]
fn d12_long_messages_that_are_logged_whole_are_told_in_little_memory() {
    let rule = "package refgate.commit.long\n\ndeny contains sprintf(\"%s\", [input.commit.message])\n";
    let build = Server::build().rules("[[rule]]\nuse = \"commit.long\"").own_rule("commit.long", rule);
    let server = build.log_input().limit("deadline = \"10m\"").start();
    let bob = server.developer(BOB);
    let tree = bob.commit("add a door").id("HEAD^{tree}");
    let mut pack = Pack::new();
    let mut tip = bob.head();
    for number in 0..200 {
        let text = commit(&tree, &[&tip], &number.to_string());
        tip = pack.add_long("commit", Content { start: text.as_bytes(), byte: b'm', times: 1 << 19 });
    }
    take_in(&bob, &pack.finish());
    let lines = line(&server.zero(), &tip, "refs/heads/main");
    let weighed = weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob));
    weighed.refuses_lightly("commit.long: 199mmm");
    let logged = std::fs::metadata(server.log()).unwrap().len();
    assert!((60 << 20..140 << 20).contains(&logged), "{logged}");
    assert!(server.decision()["input"]["shown"]["unkept"].as_u64().unwrap() > 50);
}

#[test]
fn d12_trailer_of_many_lines_is_read_in_no_time() {
    let server = Server::build()
        .rules("[[rule]]\nuse = \"commit.trailers\"\n[[rule]]\nuse = \"update.namespaces\"")
        .own_rule(
            "commit.trailers",
            "package refgate.commit.trailers\n\ndeny contains \"no trailer\" if count(input.commit.trailers) != 1\n",
        )
        .limit("deadline = \"60s\"")
        .start();
    let bob = server.developer(BOB);
    let tree = bob.commit("add a door").id("HEAD^{tree}");
    let mut pack = Pack::new();
    let message = format!("subject\n\nKey: value\n{}", " x\n".repeat(330_000));
    let mut tip = pack.add("commit", commit(&tree, &[], &message));
    for _ in 0..20 {
        tip = pack.add("commit", commit(&tree, &[&tip], &message));
    }
    take_in(&bob, &pack.finish());
    let lines = line(&server.zero(), &tip, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).accepts_lightly();
}

#[test]
fn d13_headers_without_end_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let headers = |more: &str| {
        let text = commit(&bob.id("HEAD^{tree}"), &[&old], "m\n");
        text.replacen("\n\nm\n", &format!("\n{more}\n\nm\n"), 1)
    };
    let many = |count: usize| (0..count).map(|number| format!("x-{number} y\n")).collect::<String>();
    let same = "x y\n".repeat(1_000_000);
    for (more, words) in [
        (many(1_000_000), "gate.limit"),
        (many(300_000), "gate.limit"),
        (same, "gate.limit"),
        (many(1000), "commit.signed"),
    ] {
        let mut pack = Pack::new();
        let id = pack.add("commit", headers(more.trim_end()));
        take_in(&bob, &pack.finish());
        let lines = line(&old, &id, "refs/heads/main");
        weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly(words);
    }
    let start = headers("x-long y").replacen("\n\nm\n", "", 1);
    let mut pack = Pack::new();
    let id = pack.add_long("commit", Content { start: start.as_bytes(), byte: b'y', times: 100 << 20 });
    send(&server, &[(&old, &id, MAIN)], pack.finish()).send().left_nothing();
}

#[test]
fn d16_dates_that_cannot_be_true_are_refused() {
    let dates = "[[rule]]\nuse = \"commit.dates\"\nparams = { past = \"30d\" }\nrefs = [\"HEAD\"]";
    let server = Server::build().and_rules(dates).start();
    let bob = server.developer(BOB);
    bob.on("2017-01-01T00:00:00Z").commit("from long ago").push("main").refused("commit.dates: committer date is");
    bob.on("2099-01-01T00:00:00Z").commit_with("from far ahead", &["--amend", "--gpg-sign"]);
    bob.push("main").refused("commit.dates: committer date is … after receipt");
}

#[test]
fn d17_dates_decide_nothing_about_reach() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.on("2030-01-01T00:00:00Z").commit_unsigned("old door").plant("main");
    // Older than its parent, with younger ones on top: each is judged, and what was there is not.
    bob.on("1990-01-01T00:00:00Z").commit_unsigned("add a tunnel");
    bob.on("2001-01-01T00:00:00Z").commit("add a window").on("2025-01-02T00:00:00Z").commit("add a roof");
    let told = bob.push("main").refused("\"add a tunnel\" … commit.signed: not signed");
    drop(told.never_says("old door").never_says("add a window").never_says("add a roof"));
    bob.push("+main~3:main").changed_nothing();
    bob.plant("main").push("+main~1:main").refused("update.fast_forward: goes back");
}

#[test]
fn d18_a_hundred_thousand_parents_are_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let tree = bob.id("HEAD^{tree}");
    let octopus = |count: usize| {
        let mut pack = Pack::new();
        let parents: Vec<String> =
            (0..count).map(|number| pack.add("commit", commit(&tree, &[], &number.to_string()))).collect();
        let all: Vec<&str> = std::iter::once(old.as_str()).chain(parents.iter().map(String::as_str)).collect();
        let id = pack.add("commit", commit(&tree, &all, "octopus"));
        (id, pack.finish())
    };
    let (id, pack) = octopus(1000);
    send(&server, &[(&old, &id, MAIN)], pack).send().refused("limit 'parents' (64)");
    let (id, pack) = octopus(100_000);
    take_in(&bob, &pack);
    let lines = line(&old, &id, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
}

#[test]
fn d18_the_same_parents_again_and_again_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let tree = bob.id("HEAD^{tree}");
    let mut pack = Pack::new();
    let mut tip = old.clone();
    for _ in 0..5 {
        let parents = vec![tip.as_str(); 1_000_000];
        tip = pack.add("commit", commit(&tree, &parents, "again"));
    }
    take_in(&bob, &pack.finish());
    let lines = line(&old, &tip, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
}

#[test]
fn d19_more_commits_than_are_judged_are_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let (tip, pack) = line_of_commits(&bob.id("HEAD^{tree}"), &old, 100_001);
    send(&server, &[(&old, &tip, MAIN)], pack.clone())
        .send()
        .refused("100001 commits to judge, more than 100000 (limit 'commits')");
    take_in(&bob, &pack);
    let lines = line(&old, &tip, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("limit 'commits'");
}

#[test]
fn d19_refs_all_along_a_long_line_are_refused_at_once() {
    let server = Server::build()
        .rules("[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]")
        .limit("deadline = \"60s\"\ncommits = 25000")
        .start();
    let bob = server.developer(BOB);
    let tree = bob.commit("add a door").id("HEAD^{tree}");
    let (tip, pack) = line_of_commits(&tree, &bob.head(), 20_000);
    take_in(&bob, &pack);
    let ids = bob.git(&["rev-list", "--max-count=2000", &tip]);
    let lines: String =
        ids.lines().enumerate().map(|(number, id)| line(&server.zero(), id, &format!("refs/heads/{number}"))).collect();
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("limit 'commits'");
}

#[test]
fn d19_refs_all_along_the_default_branch_are_judged_in_one_walk() {
    let server = Server::build()
        .rules("[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]")
        .limit("deadline = \"20s\"")
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    let tree = bob.id("HEAD^{tree}");
    let (tip, pack) = line_of_commits(&tree, &bob.head(), 30_000);
    let file = server.repository().join("objects/pack/line.pack");
    std::fs::write(&file, pack).unwrap();
    server.git(&["index-pack", &file.display().to_string()]);
    server.git(&["update-ref", "refs/heads/main", &tip]);
    let ids = server.git(&["rev-list", "main"]);
    let every = ids.lines().step_by(7).enumerate();
    let lines: String = every.map(|(number, id)| line(&server.zero(), id, &format!("refs/heads/{number}"))).collect();
    weigh(&server, lines.as_bytes(), |_| {}).accepts_lightly();
    assert_eq!(server.decision()["metrics"]["commits"], 0);
}

#[test]
fn d19_half_a_million_commits_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let (tip, pack) = line_of_commits(&bob.id("HEAD^{tree}"), &old, 500_000);
    take_in(&bob, &pack);
    let lines = line(&old, &tip, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("limit 'commits'");
}

#[test]
fn d20_trailers_say_nothing_about_who_signed() {
    let server = with_main();
    let mallory = server.developer(MALLORY);
    mallory.commit("add a tunnel\n\nSigned-off-by: Bob Example <bob@example.org>\nReviewed-by: Alice Example <alice@example.org>\nChange-Id: I0\nRefgate-Approve: castle main x");
    mallory.push("main").refused("commit.signed: the key ssh:SHA256:… is not known here");
}

#[test]
fn d21_commit_that_changes_nothing_needs_a_signature_all_the_same() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.git(&["commit", "--quiet", "--allow-empty", "--no-gpg-sign", "-m", "nothing"]);
    bob.push("main").refused("\"nothing\" … commit.signed: not signed");
    bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let empty = bob.git(&["mktree", "--missing"]);
    let gitlink = {
        let finished =
            bob.try_git(&["mktree", "--missing"], format!("160000 commit {}\tmoat\n", "1".repeat(40)).as_bytes());
        String::from_utf8(finished.stdout).expect("an id is ASCII").trim_end().to_string()
    };
    for tree in [empty, gitlink] {
        let id = bob.git(&["commit-tree", "--no-gpg-sign", "-p", "HEAD", "-m", "odd", &tree]);
        bob.push(&format!("{id}:refs/heads/main")).refused("\"odd\" … commit.signed: not signed");
    }
    let erin = server.developer(ERIN);
    let root = erin.git(&["commit-tree", "--no-gpg-sign", "-m", "root", "HEAD^{tree}"]);
    erin.push(&format!("{root}:refs/heads/release/1")).refused("\"root\" … commit.signed: not signed");
    drop(nothing(&erin));
}
