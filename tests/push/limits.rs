//! Every quantity that a pusher can grow, at its limit and one beyond.

use crate::stage::{BOB, Server};
use crate::wire::Wire;

fn limited(line: &str) -> Server {
    Server::build().rules("[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]").limit(line).start()
}

#[test]
fn updates() {
    let server = limited("updates = 2");
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main main:refs/heads/b main:refs/heads/c").refused("gate. … 2");
    bob.push("main main:refs/heads/b").accepted();
}

#[test]
fn commits() {
    let server = limited("commits = 3");
    let bob = server.developer(BOB);
    bob.import("main", 4);
    bob.push("main").refused("gate. … 3");
    bob.push("main~1:refs/heads/main").accepted();
    bob.push("main").accepted();
}

#[test]
fn parents() {
    let server = limited("parents = 2");
    let bob = server.developer(BOB);
    bob.commit("a").branch("b").commit("b").switch("main").branch("c").commit("c").switch("main").commit("d");
    bob.git(&["merge", "--quiet", "-S", "-m", "three", "b", "c"]);
    bob.push("main").refused("gate. … 2");
    bob.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    bob.merge("b").push("main").accepted();
}

#[test]
fn nested_tags() {
    let server = limited("tag_depth = 2");
    let bob = server.developer(BOB);
    bob.commit("add a door").tag("one");
    bob.git(&["tag", "--sign", "--message=two", "two", "one"]);
    bob.git(&["tag", "--sign", "--message=three", "three", "two"]);
    bob.git(&["tag", "--sign", "--message=four", "four", "three"]);
    bob.push("refs/tags/four").refused("gate. … 2");
    bob.push("refs/tags/two").accepted();
}

#[test]
fn messages() {
    let server = limited("message_bytes = 100");
    let bob = server.developer(BOB);
    bob.commit(&"m".repeat(101)).push("main").refused("gate. … 100");
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", &"m".repeat(99)]);
    bob.push("main").accepted();
}

#[test]
fn headers() {
    let server = limited("header_bytes = 1000");
    let bob = server.developer(BOB);
    let commit = bob.commit("add a door").take_apart("HEAD");
    let headers = format!("{}x-long {}\n", commit.headers, "x".repeat(1000));
    bob.place("main", &bob.store("commit", format!("{headers}\n{}", commit.message)));
    bob.push("main").refused("gate. … 1000");
}

#[test]
fn signatures() {
    let server = limited("signature_bytes = 1000");
    let bob = server.developer(BOB);
    let mut commit = bob.commit("add a door").take_apart("HEAD");
    commit.signature = format!("-----BEGIN SSH SIGNATURE-----\n{}-----END SSH SIGNATURE-----\n", "QUFB\n".repeat(300));
    bob.place("main", &bob.store("commit", commit.commit()));
    bob.push("main").refused("gate. … 1000");
}

#[test]
fn depth_of_folders() {
    let server = limited("path_depth = 3");
    let bob = server.developer(BOB);
    bob.write("a/b/c/d/e", "x\n").commit("deep").push("main").refused("gate. … 3");
    bob.git(&["rm", "-r", "--quiet", "a"]);
    bob.write("a/b/x", "x\n").commit_with("shallow", &["--amend", "--gpg-sign"]).push("main").accepted();
}

#[test]
fn length_of_paths() {
    let server = limited("path_bytes = 100");
    let bob = server.developer(BOB);
    let long = format!("{}/{}", "a".repeat(50), "b".repeat(50));
    bob.write(&long, "x\n").commit("long").push("main").refused("gate. … 100");
    bob.git(&["mv", &long, &long[..100]]);
    bob.commit_with("shorter", &["--amend", "--gpg-sign"]).push("main").accepted();
}

#[test]
fn changes() {
    let server = limited("changes = 3");
    let bob = server.developer(BOB);
    for name in ["a", "b", "c", "d"] {
        bob.write(name, "x\n");
    }
    bob.commit("four").push("main").refused("gate. … 3");
    bob.git(&["rm", "--quiet", "--cached", "d"]);
    std::fs::remove_file(bob.work().join("d")).unwrap();
    bob.commit_with("three", &["--amend", "--gpg-sign"]).push("main").accepted();
}

#[test]
fn tree_that_is_small_on_disk_and_huge_when_walked_is_bounded() {
    let server = limited("tree_entries = 10000");
    let bob = server.developer(BOB);
    let blob = bob.store("blob", "x");
    let mut entry = format!("100644 blob {blob}");
    for _ in 0..9 {
        let listing: String = (0..10).map(|number| format!("{entry}\t{number}\n")).collect();
        let tree = run_mktree(&bob, &listing);
        entry = format!("040000 tree {tree}");
    }
    let tree = entry.rsplit(' ').next().unwrap().to_string();
    let commit = bob.git(&["commit-tree", "-S", "-m", "bomb", &tree]);
    let pack = bob.pack(&[&commit]);
    Wire::to(&server).command(&server.zero(), &commit, "refs/heads/main").pack(pack).send().refused("gate. … 10000");
}

fn run_mktree(bob: &crate::stage::Developer<'_>, listing: &str) -> String {
    let finished = bob.try_git(&["mktree"], listing.as_bytes());
    assert!(finished.status.success(), "{}", finished.stderr_text());
    String::from_utf8(finished.stdout).unwrap().trim_end().to_string()
}

#[test]
fn push_options() {
    let server = Server::build()
        .rules("[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]")
        .limit("push_options = 2\npush_option_bytes = 20")
        .git_config("receive.advertisePushOptions", "true")
        .start();
    let bob = server.developer(BOB);
    let push = |options: &[&str]| {
        let push = bob.pushing("main");
        options.iter().fold(push, |push, option| push.option(option)).go()
    };
    bob.commit("add a door");
    push(&["a", "b", "c"]).refused("gate. … 2");
    push(&["0123456789", "0123456789x"]).refused("gate. … 20");
    push(&["0123456789", "0123456789"]).accepted();
}
