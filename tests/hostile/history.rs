//! Table 2.F, its first half: the shape of history, and detours to a protected branch.

use std::io::Write;
use std::process::Stdio;

use crate::scene::{between, nothing, send, with_infra, with_main};
use crate::stage::{ALICE, BOB, ERIN, Server, line};
use crate::wire::Wire;

const MAIN: &[u8] = b"refs/heads/main";
const UNSIGNED: &str = "\"add a tunnel\" … commit.signed: not signed";

#[test]
fn f01_detour_over_another_branch_is_judged_on_arrival() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main:refs/heads/wip").accepted();
    bob.push("main").refused(UNSIGNED);
    bob.push("main:refs/heads/release/1").refused(UNSIGNED);
}

#[test]
fn f02_detour_over_any_other_ref_is_judged_on_arrival() {
    for rest in [
        "refs/tags/x",
        "refs/notes/x",
        "refs/pull/1/head",
        "refs/for/main",
        "refs/merge-requests/1/head",
        "refs/keep-around/x",
    ] {
        let server = with_main();
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a tunnel").plant(&format!("main:{rest}"));
        bob.push("main").refused(UNSIGNED);
    }
}

/// A fork that borrows the objects of a server on which an unsigned commit rests.
fn fork_of(parent: &Server, main: &str) -> Server {
    let fork = Server::new();
    std::fs::create_dir_all(fork.repository().join("objects/info")).unwrap();
    let alternates = format!("{}\n", parent.repository().join("objects").display());
    std::fs::write(fork.repository().join("objects/info/alternates"), alternates).unwrap();
    fork.git(&["update-ref", "refs/heads/main", main]);
    fork
}

#[test]
fn f03_detour_over_the_parent_of_a_fork_is_judged_on_arrival() {
    let parent = with_main();
    let bob = parent.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").plant("main:refs/heads/wip").head();
    let fork = fork_of(&parent, &old);
    send(&fork, &[(&old, &new, MAIN)], nothing(&bob)).send().refused(UNSIGNED);
}

#[test]
fn f04_objects_that_no_ref_holds_any_more_are_judged_without_being_sent() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    bob.push("main:refs/heads/wip").accepted();
    bob.push(":refs/heads/wip").accepted();
    send(&server, &[(&old, &new, MAIN)], nothing(&bob)).send().refused(UNSIGNED);
}

#[test]
fn f06_objects_that_git_kept_of_a_refused_push_are_judged_when_they_come_again() {
    let server = with_main();
    server.add_hook("update", "#!/bin/sh\nexit 1\n");
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    // refgate accepts, and then the other hook does not: the objects stay.
    let _ = bob.push("main:refs/heads/wip").failed();
    assert_eq!(server.git(&["cat-file", "-t", &new]), "commit");
    send(&server, &[(&old, &new, MAIN)], nothing(&bob)).send().refused(UNSIGNED);
}

#[test]
fn f07_history_is_not_rewritten() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", "add a better window"]);
    bob.push("+main").refused("update.fast_forward: not a fast-forward, and loses 1 commit");
}

#[test]
fn f08_history_is_not_rewritten_in_two_pushes() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.push(":main").refused("update.no_delete: may not be deleted");
    bob.push("+main~1:main").refused("update.fast_forward: goes back");
}

#[test]
fn f09_history_is_not_rewritten_by_two_lines_in_one_push() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, parent, zero) = (bob.head(), bob.id("HEAD~1"), server.zero());
    for first in [(old.as_str(), zero.as_str()), (zero.as_str(), zero.as_str())] {
        let lines = [(first.0, first.1, MAIN), (zero.as_str(), parent.as_str(), MAIN)];
        send(&server, &lines, nothing(&bob)).send().refused("gate.twice");
    }
}

#[test]
fn f10_branch_does_not_roll_back() {
    let server = with_main();
    server.developer(BOB).push("+main~1:main").refused("update.fast_forward: goes back, and loses 1 commit");
}

#[test]
fn f11_branch_does_not_become_another_signed_one() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.git(&["checkout", "--quiet", "-b", "develop", "main~1"]);
    bob.commit("add a cellar").push("develop").accepted();
    bob.push("+develop:main").refused("update.fast_forward: not a fast-forward");
}

#[test]
fn f12_branch_with_a_fix_is_not_deleted_where_the_operator_says_so() {
    let server = Server::build()
        .and_rules("[[rule]]\nuse = \"update.no_delete\"\nrefs = [\"refs/heads/security/**\", \"refs/tags/**\"]")
        .start();
    let bob = server.developer(BOB);
    bob.commit("fix").tag("v1").plant("main:refs/heads/security/fix refs/tags/v1 main:refs/heads/wip");
    bob.push(":refs/heads/security/fix").refused("update.no_delete");
    bob.push(":refs/tags/v1").refused("update.no_delete");
    bob.push(":refs/heads/wip").accepted();
}

#[test]
fn f14_change_that_the_next_commit_takes_back_is_seen() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.write("infra/gate.tf", "open\n").commit("open").write("infra/gate.tf", "closed\n").commit("shut");
    bob.push("main").refused("\"open\"").says("\"shut\"").says("commit.protected_paths");
}

#[test]
fn f15_what_a_merge_slips_in_is_the_merger_s() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.branch("side").commit("add a cellar").switch("main").commit("add a roof");
    bob.git(&["merge", "--quiet", "--no-ff", "--no-commit", "side"]);
    bob.write("infra/gate.tf", "open\n").commit("merge side");
    bob.push("main").refused("\"merge side\" … commit.protected_paths … infra/gate.tf");
}

#[test]
fn f16_merge_that_drops_a_protected_fix_is_the_merger_s() {
    for strategy in ["ours", "theirs"] {
        let server = with_infra();
        let erin = server.developer(ERIN);
        let bob = server.developer(BOB);
        erin.write("infra/gate.tf", "locked\n").commit("fix the gate").push("main").accepted();
        bob.commit("add a cellar");
        bob.git(&["fetch", "--quiet", "server"]);
        match strategy {
            "ours" => drop(bob.git(&["merge", "--quiet", "-S", "-s", "ours", "-m", "merge", "server/main"])),
            _ => {
                // The fix is the first parent, and the old file wins.
                bob.git(&["branch", "mine"]);
                bob.git(&["reset", "--quiet", "--hard", "server/main"]);
                let id = bob.git(&["commit-tree", "-S", "-p", "HEAD", "-p", "mine", "-m", "merge", "mine^{tree}"]);
                bob.git(&["reset", "--quiet", "--hard", &id]);
            }
        }
        bob.push("main").refused("\"merge\" … commit.protected_paths … infra/gate.tf");
    }
}

#[test]
fn f18_swapped_parents_are_refused_where_the_operator_says_so() {
    let server = Server::build().and_rules("[[rule]]\nuse = \"update.first_parent\"\nrefs = [\"HEAD\"]").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit("add a window").plant("main");
    bob.git(&["checkout", "--quiet", "-b", "side", "main~1"]);
    bob.commit("add a cellar").merge("main");
    bob.push("side:main").refused("update.first_parent: old tip is not on the first-parent chain");
}

#[test]
fn f20_replaced_objects_are_judged_as_they_are_and_nobody_replaces_any() {
    let server = with_main();
    let bob = server.developer(BOB);
    let good = bob.commit("add a roof").head();
    bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let evil = bob.commit_unsigned("add a tunnel").head();
    bob.push(&format!("{good}:refs/replace/{evil}")).refused("update.namespaces: namespace 'refs/replace/' is closed");
    bob.push(&format!("{good}:refs/replace/{evil} main")).refused(UNSIGNED);
    bob.git(&["update-ref", &format!("refs/replace/{evil}"), &good]);
    bob.plant(&format!("refs/replace/{evil}"));
    bob.git(&["replace", "-d", &evil]);
    send(&server, &[(&bob.id("HEAD~1"), &evil, MAIN)], between(&bob, "HEAD~1", &evil)).send().refused(UNSIGNED);
}

#[test]
fn f21_grafts_and_holes_on_the_server_are_not_judged() {
    for (name, value) in [("info/grafts", "{new} {old}\n"), ("shallow", "{new}\n")] {
        let server = with_main();
        let bob = server.developer(BOB);
        let old = bob.head();
        bob.commit_unsigned("add a tunnel");
        let new = bob.commit("add a roof").head();
        std::fs::create_dir_all(server.repository().join("info")).unwrap();
        std::fs::write(server.repository().join(name), value.replace("{new}", &new).replace("{old}", &old)).unwrap();
        let before = server.refs();
        crate::scene::judge(&server, &bob, line(&old, &new, "refs/heads/main")).exits(2).never_says("grafts'");
        assert_eq!(server.refs(), before);
    }
}

#[test]
fn f22_shallow_push_leaves_nothing() {
    for allowed in ["false", "true"] {
        let server = Server::build().git_config("receive.shallowUpdate", allowed).start();
        let bob = server.developer(BOB);
        let hidden = bob.commit_unsigned("add a tunnel").head();
        let tip = bob.commit("add a door").commit("add a roof").head();
        let revisions = format!("--shallow {hidden}\n{tip}\n^{hidden}\n");
        let pack = bob.try_git(&["pack-objects", "--quiet", "--revs", "--stdout", "--shallow"], revisions.as_bytes());
        let wire = Wire::to(&server).shallow(&bob.id("main~1")).command(&server.zero(), &tip, MAIN);
        wire.pack(pack.stdout).send().left_nothing();
    }
}

#[test]
fn f42_commit_of_the_parent_of_a_fork_is_judged_before_a_ref_shows_it() {
    let parent = with_main();
    let bob = parent.developer(BOB);
    let old = bob.head();
    let secret = bob.commit_unsigned("a secret").plant("main:refs/heads/private").head();
    let fork = fork_of(&parent, &old);
    let zero = fork.zero();
    send(&fork, &[(&zero, &secret, b"refs/heads/release/leak")], nothing(&bob))
        .send()
        .refused("\"a secret\" … commit.signed");
}

#[test]
fn f43_ref_that_changes_while_a_push_is_judged_does_not_move() {
    let server = with_main();
    let alice = server.developer(ALICE);
    let other = alice.commit("add a roof").plant("main:refs/heads/rest").head();
    // While the one is judged, the other arrives.
    server.add_hook("judge", &std::fs::read_to_string(server.repository().join("hooks/pre-receive")).unwrap());
    let meanwhile = format!("env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {other}");
    server.add_hook("pre-receive", &format!("#!/bin/sh\nhooks/judge || exit 1\n{meanwhile}\n"));
    let bob = server.developer(BOB);
    bob.commit("add a cellar");
    let _ = bob.push("main").failed();
    assert_eq!(server.tip("refs/heads/main"), other);
}

#[test]
fn f44_slow_push_does_not_hold_up_others() {
    let endless = "package refgate.update.endless\n\ndeny contains \"never\" if {\n\tinput.update.name == \"slow\"\n\tnumbers := numbers.range(1, 4000)\n\t\
        count([x | some a in numbers; some b in numbers; some c in numbers; x := (a * b) * c; x == 0]) > 0\n}\n";
    let server = Server::build()
        .and_rules("[[rule]]\nuse = \"update.endless\"")
        .own_rule("update.endless", endless)
        .limit("deadline = \"10s\"")
        .start();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").plant("main").head();
    let mut slow = Wire::to(&server).command(&server.zero(), &head, "refs/heads/slow").receive_pack();
    let request = Wire::to(&server).command(&server.zero(), &head, "refs/heads/slow").pack(nothing(&bob)).request();
    let mut child = slow.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().expect("stdin is piped").write_all(&request).unwrap();
    for _ in 0..3 {
        // The slow one's quarantine is there all the while, so only the ref is looked at.
        bob.commit("add a roof").git(&["push", "--quiet", "server", "main"]);
        assert_eq!(server.tip("refs/heads/main"), bob.head());
    }
    assert!(child.wait().unwrap().code().is_some());
    assert_eq!(server.tip("refs/heads/slow"), "");
}

#[test]
fn f45_client_that_hangs_up_is_on_the_record() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit("add a roof").head();
    let wire = || Wire::to(&server).command(&old, &new, MAIN).pack(between(&bob, &old, &new));
    // The client is gone before the hook runs, and reads nothing of what is said.
    let mut child =
        wire().receive_pack().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let request = wire().request();
    child.stdin.take().expect("stdin is piped").write_all(&request).unwrap();
    drop(child.stdout.take());
    let _ = child.wait().unwrap();
    let moved = server.tip("refs/heads/main") == new;
    let recorded = server.decisions().iter().any(|decision| decision["result"]["verdict"] == "accepted");
    assert!(recorded || !moved, "it moved without a record");
}
