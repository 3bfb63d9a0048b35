//! `update.fast_forward` and `update.no_delete`: branches that only grow, and what the gate itself says about old
//! values that are not true.

use crate::stage::{ALICE, BOB, ERIN, Server};
use crate::wire::Wire;

/// A server whose `main` holds two commits by Bob.
fn with_two_commits() -> Server {
    let server = Server::new();
    server.developer(BOB).commit("add a door").commit("add a window").plant("main");
    server
}

#[test]
fn branch_moves_forward() {
    let server = with_two_commits();
    server.developer(ERIN).commit("add a roof").commit("add a chimney").push("main").accepted();
}

#[test]
fn branch_does_not_go_back() {
    let server = with_two_commits();
    server.developer(BOB).push("+main~1:main").refused("refs/heads/main  <a>..<b> … update.fast_forward: goes back");
}

#[test]
fn branch_is_not_rewritten() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", "add a better window"]);
    bob.push("+main").refused("update.fast_forward: not a fast-forward … 1 commit");
}

#[test]
fn branch_does_not_become_unrelated_history() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.git(&["checkout", "--quiet", "--orphan", "new"]);
    bob.commit("start again").push("+new:main").refused("update.fast_forward");
}

#[test]
fn branch_does_not_move_to_another_signed_branch() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.git(&["checkout", "--quiet", "-b", "develop", "main~1"]);
    bob.commit("add a cellar").push("develop").accepted();
    bob.push("+develop:main").refused("update.fast_forward");
}

#[test]
fn branch_is_not_deleted() {
    let server = with_two_commits();
    server.developer(BOB).push(":main").refused("refs/heads/main … update.no_delete: may not be deleted");
}

#[test]
fn release_branches_are_held_as_well() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.push("main:refs/heads/release/1/0").accepted();
    bob.push("+main~1:refs/heads/release/1/0").refused("refs/heads/release/1/0 … update.fast_forward");
    bob.push(":refs/heads/release/1/0").refused("update.no_delete");
}

#[test]
fn other_branches_may_be_rewritten_and_deleted() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.push("main:refs/heads/wip").accepted();
    bob.push("+main~1:refs/heads/wip").accepted();
    bob.push(":refs/heads/wip").accepted();
    assert_eq!(server.tip("refs/heads/wip"), "");
}

#[test]
fn dates_do_not_decide_what_is_forward() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.on("2001-01-01T00:00:00Z").commit("add an old roof").push("main").accepted();
    bob.on("2025-06-01T00:00:00Z").commit("add a cellar").push("main").accepted();
    bob.push("+main~2:main").refused("update.fast_forward: goes back … 2 commits");
}

#[test]
fn one_bad_update_holds_back_the_good_ones() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.push("main:refs/heads/wip +main~1:main")
        .refused("refs/heads/main … update.fast_forward")
        .never_says("refs/heads/wip  ");
    assert_eq!(server.tip("refs/heads/wip"), "");
}

#[test]
fn complaints_about_several_updates_come_at_once() {
    let server = with_two_commits();
    let alice = server.developer(ALICE);
    alice.commit_unsigned("add a roof");
    alice
        .push("main :refs/heads/release/none main:refs/heads/release/2")
        .refused("refs/heads/main")
        .says("refs/heads/release/2");
}

#[test]
fn push_that_changes_nothing_passes() {
    let server = with_two_commits();
    let tip = server.tip("refs/heads/main");
    Wire::to(&server)
        .command(&tip, &tip, "refs/heads/main")
        .pack(server.developer(BOB).pack(&[&tip, &format!("^{tip}")]))
        .send()
        .changed_nothing();
}

#[test]
fn deleting_what_is_not_there_passes() {
    let server = with_two_commits();
    server.developer(BOB).push(":refs/heads/nothing").changed_nothing();
}

#[test]
fn deletion_that_names_no_old_value_is_still_a_deletion() {
    let server = with_two_commits();
    Wire::to(&server).command(&server.zero(), &server.zero(), "refs/heads/main").send().refused("refs/heads/main");
}

#[test]
fn deletion_that_names_a_wrong_old_value_is_refused() {
    let server = with_two_commits();
    Wire::to(&server).command(&"d".repeat(40), &server.zero(), "refs/heads/main").send().refused("refs/heads/main");
    Wire::to(&server)
        .command(&"d".repeat(40), &server.zero(), "refs/heads/nothing")
        .send()
        .refused("refs/heads/nothing");
}

#[test]
fn existing_branch_cannot_be_passed_off_as_new() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    let old = bob.id("main~1");
    Wire::to(&server).command(&server.zero(), &old, "refs/heads/main").pack(bob.pack(&[&old])).send().refused("gate.");
}

#[test]
fn old_value_must_be_the_current_one_even_for_an_ancestor() {
    let server = with_two_commits();
    let bob = server.developer(BOB);
    bob.commit("add a roof");
    Wire::to(&server)
        .command(&bob.id("main~2"), &bob.head(), "refs/heads/main")
        .pack(bob.pack(&["main", "^main~1"]))
        .send()
        .refused("refs/heads/main … gate.");
}

#[test]
fn packed_refs_are_current_values_too() {
    let server = with_two_commits();
    server.git(&["pack-refs", "--all", "--prune"]);
    let bob = server.developer(BOB);
    bob.push("+main~1:main").refused("update.fast_forward: goes back");
    bob.commit("add a roof").push("main").accepted();
    bob.push("+main~1:main").refused("update.fast_forward: goes back");
}
