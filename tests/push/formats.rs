//! Repositories and pushes in every shape git gives them: other hashes, packs, forks, shallow clones.

use std::fs;

use crate::stage::{ALICE, BOB, Server, run};
use crate::wire::Wire;

#[test]
fn sha256_repository_is_judged_alike() {
    let server = Server::build().sha256().start();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel");
    bob.push("main").refused("\"add a tunnel\" … commit.signed: not signed");
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", "add a door"]);
    assert!(bob.git(&["cat-file", "commit", "HEAD"]).contains("\ngpgsig-sha256 "));
    bob.push("main").accepted();
    bob.commit("add a window").push("main").accepted();
    bob.push("+main~1:main").refused("update.fast_forward: goes back");
    bob.push(":main").refused("update.no_delete");
    server.developer(ALICE).commit("add a roof").push("main").accepted();
}

#[test]
fn signature_under_the_other_hash_s_header_is_refused_in_a_sha256_repository() {
    let server = Server::build().sha256().start();
    let bob = server.developer(BOB);
    let commit = bob.commit("add a door").take_apart("HEAD");
    let text = format!("{}{}\n{}", commit.headers, commit.signature_header("gpgsig"), commit.message);
    bob.place("main", &bob.store("commit", text));
    bob.push("main").refused("refs/heads/main");
}

#[test]
fn sha256_lines_are_read_in_their_own_width() {
    let server = Server::build().sha256().start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    server.hook(crate::stage::line(&"0".repeat(40), &bob.head()[..40], "refs/heads/x")).refuses();
    server.hook(crate::stage::line(&server.zero(), &bob.head(), "refs/heads/x")).exits(0);
    Wire::to(&server).command(&server.zero(), &server.zero(), "refs/heads/main").send().refused("refs/heads/main");
}

#[test]
fn thin_pack_is_judged() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let long: String = (0..5000).map(|number| format!("line {number}\n")).collect();
    bob.write("long", &long).commit("a long file").push("main").accepted();
    bob.write("long", format!("{long}one more\n")).commit_unsigned("one more line");
    bob.pushing("main").argument("--thin").go().refused("commit.signed");
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    bob.pushing("main").argument("--thin").go().accepted();
}

#[test]
fn push_that_git_keeps_as_a_pack_is_judged() {
    let server = Server::build().git_config("receive.unpackLimit", "1").start();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main").refused("commit.signed: not signed");
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", "add a door"]);
    bob.push("main").accepted();
    assert!(fs::read_dir(server.repository().join("objects/pack")).unwrap().count() >= 2);
    bob.commit("add a window").push("main").accepted();
}

#[test]
fn repository_that_was_packed_is_judged() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit("add a window").plant("main");
    server.git(&["repack", "-a", "-d", "-q", "--write-bitmap-index", "--write-midx"]);
    server.git(&["commit-graph", "write", "--reachable"]);
    server.git(&["pack-refs", "--all"]);
    bob.commit_unsigned("add a tunnel").push("main").refused("\"add a tunnel\" … commit.signed").never_says("add a window");
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    bob.push("main").accepted();
}

#[test]
fn fork_that_borrows_objects_is_judged() {
    let parent = Server::new();
    let erin = parent.developer(crate::stage::ERIN);
    erin.write("infra/gate.tf", "closed\n").commit("build").plant("main");
    let fork = Server::new();
    fs::create_dir_all(fork.repository().join("objects/info")).unwrap();
    let alternates = format!("# borrowed\n\n{}\n", parent.repository().join("objects").display());
    fs::write(fork.repository().join("objects/info/alternates"), alternates).unwrap();
    fork.git(&["update-ref", "refs/heads/main", &erin.head()]);
    let bob = fork.developer(BOB);
    bob.write("infra/gate.tf", "open\n").commit("open the gate").push("main").refused("commit.protected_paths … infra/gate.tf");
    bob.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    bob.commit("add a door").push("main").accepted();
}

#[test]
fn fork_whose_parent_is_gone_is_not_judged() {
    let fork = Server::new();
    fork.developer(BOB).commit("add a door").plant("main");
    fs::create_dir_all(fork.repository().join("objects/info")).unwrap();
    let tip = fork.tip("refs/heads/main");
    fs::write(fork.repository().join("objects/info/alternates"), "/nonexistent/objects\n").unwrap();
    fork.hook(crate::stage::line(&tip, &"1".repeat(40), "refs/heads/main")).exits(2);
}

#[test]
fn first_push_to_an_empty_repository_is_judged() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit_unsigned("add a tunnel").push("main").refused("\"add a tunnel\"").never_says("\"add a door\"");
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    bob.tag("v1").push("main refs/tags/v1 main:refs/heads/release/1").accepted();
    assert_eq!(server.refs().len(), 3);
}

#[test]
fn push_from_a_shallow_clone_is_judged_whole() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit("add a window").commit("add a roof").plant("main");
    let erin = server.developer(crate::stage::ERIN);
    erin.git(&["fetch", "--quiet", "--depth=1", "server", "main"]);
    erin.git(&["checkout", "--quiet", "-B", "main", "FETCH_HEAD"]);
    assert!(erin.work().join(".git/shallow").exists());
    erin.commit_unsigned("add a tunnel").push("main").refused("\"add a tunnel\" … commit.signed").never_says("add a roof");
    erin.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    erin.push("main").accepted();
}

#[test]
fn push_that_would_make_the_server_shallow_leaves_nothing() {
    for allowed in ["false", "true"] {
        let server = Server::build().git_config("receive.shallowUpdate", allowed).start();
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a tunnel");
        let tunnel = bob.head();
        let tip = bob.commit("add a door").commit("add a roof").head();
        let pack = run(bob.command().args(["pack-objects", "--quiet", "--revs", "--stdout", "--shallow"]), format!("--shallow {tunnel}\n{tip}\n^{tunnel}\n").as_bytes());
        assert!(pack.status.success(), "{}", pack.stderr_text());
        let wire = Wire::to(&server).shallow(&bob.id("main~1")).command(&server.zero(), &tip, "refs/heads/main");
        wire.pack(pack.stdout).send().left_nothing();
    }
}

#[test]
fn push_without_any_object_is_judged() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").push("main:refs/heads/release/1").accepted();
    bob.push("main:refs/heads/wip").accepted();
}

#[test]
fn submodule_needs_no_objects() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},vendor/moat", "1".repeat(40))]);
    bob.git(&["commit", "--quiet", "--gpg-sign", "-m", "add a moat"]);
    bob.push("main").accepted();
}

#[test]
fn plain_odd_commits_are_no_reason_to_refuse() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.write("Grüße/日本 語 \"x\".txt", "ü\n").commit("Grüße aus 日本\n\nSigned-off-by: Bob Example <bob@example.org>");
    bob.commit("subject only").git(&["commit", "--quiet", "--allow-empty", "--allow-empty-message", "--gpg-sign", "-m", ""]);
    bob.claim("Bøb Éxample", "bob@example.org").commit("add a window");
    let old = bob.on("1970-01-02T00:00:00Z").commit("from long ago").head();
    bob.on("2025-02-01T00:00:00 +1400").commit("far east").push("main").accepted();
    assert_ne!(server.tip("refs/heads/main"), old);
}

#[test]
fn server_that_checks_objects_itself_is_no_hindrance() {
    let server = Server::build().git_config("transfer.fsckObjects", "true").git_config("receive.denyNonFastForwards", "true").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    bob.commit_unsigned("add a tunnel").push("main").refused("commit.signed");
}
