//! What must pass: pushes that look odd and are in order.

use crate::pack::{Pack, line_of_commits};
use crate::scene::{nothing, send, take_in, with_infra, with_main};
use crate::stage::{ALICE, BOB, Developer, ERIN, IVAN, Server};

const MAIN: &[u8] = b"refs/heads/main";

#[test]
fn first_push_to_an_empty_repository_passes() {
    for builder in [Server::build(), Server::build().sha256()] {
        let server = builder.start();
        let bob = server.developer(BOB);
        bob.commit("add a door").commit("add a window").tag("v1");
        bob.push("main refs/tags/v1 main:refs/heads/release/1 main:refs/heads/wip").accepted();
        assert_eq!(server.refs().len(), 4);
    }
}

#[test]
fn signed_merge_of_signed_branches_passes() {
    let server = with_main();
    let bob = server.developer(BOB);
    let alice = server.developer(ALICE);
    alice.branch("roof").commit("add a roof").push("roof").accepted();
    server.developer(IVAN).branch("cellar").commit("add a cellar").push("cellar").accepted();
    bob.commit("add a moat").git(&["fetch", "--quiet", "server"]);
    bob.merge("server/roof").merge("server/cellar").push("main").accepted();
}

#[test]
fn merge_of_what_others_may_change_passes() {
    let server = with_infra();
    let erin = server.developer(ERIN);
    let bob = server.developer(BOB);
    erin.branch("gate").write("infra/gate.tf", "locked\n").commit("lock the gate").push("gate").accepted();
    bob.commit("add a roof").git(&["fetch", "--quiet", "server"]);
    bob.merge("server/gate").push("main").accepted();
}

#[test]
fn push_of_tags_alone_passes() {
    let server = Server::build().and_rules("[[rule]]\nuse = [\"tag.signed\", \"tag.names_ref\", \"tag.well_formed\", \"update.immutable\"]\nrefs = [\"refs/tags/**\"]").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").tag("v1").tag("v1.0-rc.1");
    bob.push("refs/tags/v1 refs/tags/v1.0-rc.1").accepted();
}

#[test]
fn push_of_nothing_new_passes() {
    let server = with_main();
    let bob = server.developer(BOB);
    let tip = bob.head();
    bob.push("main").changed_nothing();
    send(&server, &[(&tip, &tip, MAIN)], nothing(&bob)).send().changed_nothing();
    bob.push(":refs/heads/none").changed_nothing();
    bob.push("main:refs/heads/same").accepted();
}

#[test]
fn deletion_by_those_who_may_passes() {
    let who = "[[rule]]\nuse = \"update.who\"\nrefs = [\"refs/heads/release/**\"]\nparams = { delete = [\"security\"], create = [\"security\"] }\n\
        [[rule]]\nuse = [\"update.namespaces\", \"commit.well_formed\"]";
    let server = Server::with_rules(who);
    let erin = server.developer(ERIN);
    erin.commit("add a door").plant("main main:refs/heads/release/1");
    erin.pushing(":refs/heads/release/1").logged_in_as("bob").go().refused("update.who: 'bob' may not delete it");
    erin.pushing(":refs/heads/release/1").logged_in_as("erin").go().accepted();
    erin.push("main:refs/heads/wip").accepted();
    erin.push(":refs/heads/wip").accepted();
}

#[test]
fn sha256_repository_passes_all_the_same() {
    let server = Server::build().sha256().start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    server.developer(ALICE).commit("add a window").push("main").accepted();
    bob.update().branch("side").commit("add a cellar").switch("main").commit("add a roof").merge("side").tag("v1");
    bob.push("main refs/tags/v1 main:refs/heads/release/1").accepted();
    bob.push("+main~1:refs/heads/wip").accepted();
}

#[test]
fn push_from_a_shallow_clone_passes() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit("add a roof").push("main").accepted();
    let erin = server.developer(ERIN);
    let url = format!("file://{}", server.repository().display());
    erin.git(&["fetch", "--quiet", "--depth=1", &url, "main"]);
    erin.git(&["checkout", "--quiet", "-B", "main", "FETCH_HEAD"]);
    erin.commit("add a cellar").push("main").accepted();
}

#[test]
fn push_from_a_partial_clone_passes() {
    let server = Server::build()
        .git_config("uploadpack.allowFilter", "true")
        .git_config("uploadpack.allowAnySHA1InWant", "true")
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit("add a window").plant("main");
    let erin = server.developer(ERIN);
    let url = format!("file://{}", server.repository().display());
    for filter in ["blob:none", "tree:0"] {
        let folder = erin.home().join(filter.replace(':', "-"));
        let folder = folder.display().to_string();
        erin.git(&["clone", "--quiet", &format!("--filter={filter}"), "--no-checkout", &url, &folder]);
        erin.git(&["-C", &folder, "checkout", "--quiet", "main"]);
        std::fs::write(format!("{folder}/{}", filter.replace(':', "-")), "x\n").unwrap();
        erin.git(&["-C", &folder, "add", "--all"]);
        erin.git(&["-C", &folder, "commit", "--quiet", "-S", "-m", filter]);
        erin.git(&["-C", &folder, "push", "--quiet", "origin", "main"]);
        assert_eq!(server.tip("refs/heads/main"), erin.git(&["-C", &folder, "rev-parse", "HEAD"]));
    }
}

#[test]
fn commit_with_a_mergetag_passes() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.branch("side").commit("add a cellar").tag("v1").switch("main").commit("add a roof");
    bob.git(&["merge", "--quiet", "--no-ff", "-S", "-m", "merge v1", "v1"]);
    assert!(bob.git(&["cat-file", "commit", "HEAD"]).contains("\nmergetag object "));
    bob.push("main").accepted();
}

/// A commit on top of what is checked out, its headers made anew by `order`, signed by Bob.
fn reordered(bob: &Developer<'_>, order: impl Fn(&str, &str, &str) -> String) {
    let mut commit = bob.commit("odd").take_apart("HEAD");
    commit.signature = bob.sign(&commit.payload(), "git");
    let signature = commit.signature_header("gpgsig");
    let id = bob.store("commit", order(&commit.headers, &signature, &commit.message));
    bob.git(&["reset", "--quiet", "--hard", &id]);
}

#[test]
fn order_of_headers_that_other_programs_write_passes() {
    let server = with_main();
    let bob = server.developer(BOB);
    // JGit writes the signature before the encoding, where git would write it last.
    let mut commit = bob.commit("odd").take_apart("HEAD");
    let encoded = format!("{}encoding UTF-8\n", commit.headers);
    let payload = format!("{encoded}\n{}", commit.message);
    commit.signature = bob.sign(&payload, "git");
    let text = format!("{}{}encoding UTF-8\n\n{}", commit.headers, commit.signature_header("gpgsig"), commit.message);
    let id = bob.store("commit", text);
    bob.git(&["reset", "--quiet", "--hard", &id]);
    bob.push("main").accepted();
}

#[test]
fn headers_that_other_programs_add_pass() {
    let server = with_main();
    let bob = server.developer(BOB);
    for header in
        ["change-id zzkuvxmxkyvzlxnopzpyvkztnwzsnlny\n", "HG:rename-source hg\n", "x-note one\n two\n three\n"]
    {
        let mut commit = bob.commit("odd").take_apart("HEAD");
        commit.headers += header;
        commit.signature = bob.sign(&commit.payload(), "git");
        let id = bob.store("commit", commit.commit());
        bob.git(&["reset", "--quiet", "--hard", &id]);
        bob.push("main").accepted();
    }
    // The signature is not always the last header.
    reordered(&bob, |headers, signature, message| format!("{headers}{signature}\n{message}"));
    bob.push("main").accepted();
}

#[test]
fn clean_criss_cross_merge_passes() {
    let server = with_infra();
    let erin = server.developer(ERIN);
    erin.branch("side").write("infra/moat/depth", "5\n").commit("dig").push("side").accepted();
    erin.switch("main").write("infra/gate.tf", "locked\n").commit("lock").push("main").accepted();
    let bob = server.developer(BOB);
    bob.git(&["checkout", "--quiet", "-b", "side", "server/side"]);
    bob.merge("server/main").switch("main").merge("server/side");
    bob.commit("add a roof").switch("side").commit("add a cellar").switch("main").merge("side");
    bob.push("main side").accepted();
}

#[test]
fn names_in_every_script_pass() {
    let server = with_infra();
    let bob = server.developer(BOB);
    for path in ["Grüße.txt", "日本語/読んで.md", "עברית/קרא", "emoji 🏰.txt", "a b/c d", "Ünïcödé/ß", "кириллица"]
    {
        bob.write(path, "x\n");
    }
    bob.claim("Bøb Éxample 鲍勃", "bob@example.org").commit("Grüße aus 日本 🏰\n\nשלום\n").push("main").accepted();
}

#[test]
fn import_of_five_thousand_commits_over_a_trusted_one_passes() {
    let probe = Server::new();
    let bob = probe.developer(BOB);
    let tree = bob.on("2025-01-01T00:00:00Z").commit_unsigned("from before").id("HEAD^{tree}");
    let (trusted, pack) = line_of_commits(&tree, &bob.head(), 5000);
    take_in(&bob, &pack);
    bob.git(&["reset", "--quiet", "--hard", &trusted]);
    let history = format!("baseline = [\"HEAD\"]\ntrusted = [{trusted:?}]");
    let server = Server::build().history(&history).start();
    let pack = bob.pack(&["main"]);
    send(&server, &[(&server.zero(), &trusted, MAIN)], pack).send().accepted();
    server.developer(BOB).commit("add a roof").push("main").accepted();
}

/// An import of so many commits, each of which adds a file to one folder: every commit visits all that are there.
#[track_caller]
fn import_is_judged(commits: usize, limit: &str) {
    let rules = "[[rule]]\nuse = [\"update.fast_forward\", \"commit.well_formed\", \"update.namespaces\"]";
    let server = Server::build().rules(rules).limit(limit).start();
    let bob = server.developer(BOB);
    bob.import("main", commits);
    bob.push("main").accepted();
    assert_eq!(server.decision()["metrics"]["commits"], commits);
}

#[test]
fn import_that_is_judged_commit_by_commit_passes() {
    // A tenth of what is visited: the rest is what commits bring along.
    import_is_judged(1500, "tree_entries = 200000");
}

#[test]
#[ignore = "twenty-five million entries take minutes in a debug build"]
fn import_of_five_thousand_commits_into_one_folder_passes() {
    import_is_judged(5000, "deadline = \"10m\"");
}

#[test]
fn fork_with_alternates_passes() {
    let parent = with_infra();
    let fork = Server::new();
    std::fs::create_dir_all(fork.repository().join("objects/info")).unwrap();
    std::fs::write(
        fork.repository().join("objects/info/alternates"),
        format!("{}\n", parent.repository().join("objects").display()),
    )
    .unwrap();
    fork.git(&["update-ref", "refs/heads/main", &parent.tip("refs/heads/main")]);
    fork.developer(BOB).commit("add a roof").push("main main:refs/heads/release/1").accepted();
}

#[test]
fn pack_without_what_the_server_has_passes() {
    let server = Server::build().git_config("receive.unpackLimit", "1").start();
    let bob = server.developer(BOB);
    let long: String = (0..5000).map(|number| format!("line {number}\n")).collect();
    bob.write("long", &long).commit("a long file").push("main").accepted();
    bob.write("long", format!("{long}one more\n"))
        .commit("one more line")
        .pushing("main")
        .argument("--thin")
        .go()
        .accepted();
    bob.write("long", &long).commit("back again");
    let (old, new) = (bob.id("HEAD~1"), bob.head());
    // The tree and the file are what they were two commits ago: only the commit is sent.
    let text = bob.try_git(&["cat-file", "commit", "HEAD"], b"").stdout;
    let mut pack = Pack::new();
    assert_eq!(pack.add("commit", text), new);
    send(&server, &[(&old, &new, MAIN)], pack.finish()).send().accepted();
}

#[test]
fn many_refs_in_one_push_pass() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (tip, zero) = (bob.head(), server.zero());
    let names: Vec<String> = (0..500).map(|number| format!("refs/heads/many/{number}")).collect();
    let lines: Vec<_> = names.iter().map(|name| (zero.as_str(), tip.as_str(), name.as_bytes())).collect();
    send(&server, &lines, nothing(&bob)).send().accepted();
}

#[test]
fn repository_whose_default_branch_is_another_passes() {
    let server = with_main();
    server.git(&["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    let bob = server.developer(BOB);
    bob.commit("add a roof").push("main:trunk").accepted();
    bob.commit("add a cellar").push("main:trunk").accepted();
}
