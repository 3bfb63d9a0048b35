//! Commits that reach a protected branch by a detour are judged when they arrive there; what a baseline already holds
//! is not judged again.

use crate::stage::{BOB, ERIN, Server};
use crate::wire::Wire;

const UNSIGNED: &str = "\"add a tunnel\" … commit.signed: not signed";

fn with_main() -> Server {
    let server = Server::new();
    server.developer(BOB).commit("add a door").plant("main");
    server
}

/// Commits without signatures on `main`, from before refgate.
fn with_legacy(rules: &str, history: &str) -> Server {
    let server = Server::build().rules(rules).history(history).start();
    server.developer(BOB).commit_unsigned("old door").commit_unsigned("old window").plant("main");
    server
}

const SIGNED_EVERYWHERE_THAT_COUNTS: &str =
    "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\", \"refs/heads/release/**\"]";
const BASELINE: &str = "baseline = [\"HEAD\"]";

#[test]
fn unsigned_commit_that_rests_on_another_branch_first_is_refused_at_main() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main:refs/heads/wip").accepted();
    bob.push("main").refused(UNSIGNED);
    bob.commit("add a roof").push("main").refused(UNSIGNED).never_says("add a roof");
}

#[test]
fn both_branches_in_one_push_do_not_vouch_for_each_other() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main:refs/heads/wip main").refused(UNSIGNED);
    assert_eq!(server.tip("refs/heads/wip"), "");
}

#[test]
fn unsigned_commit_that_a_tag_brought_first_is_refused_at_main() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main:refs/tags/rest").accepted();
    bob.push("main").refused(UNSIGNED);
}

#[test]
fn unsigned_commit_that_is_already_somewhere_in_the_repository_is_refused_at_main() {
    for rest in ["refs/notes/rest", "refs/pull/1/head", "refs/namespaces/team/refs/heads/rest", "refs/keep-around/rest"]
    {
        let server = with_main();
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a tunnel").plant(&format!("main:{rest}"));
        bob.push("main").refused(UNSIGNED);
    }
}

#[test]
fn unsigned_commit_that_no_ref_holds_any_more_is_refused_at_main_without_being_sent() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    bob.push("main:refs/heads/wip").accepted();
    bob.push(":refs/heads/wip").accepted();
    let nothing = bob.pack(&[&new, &format!("^{new}")]);
    Wire::to(&server).command(&old, &new, "refs/heads/main").pack(nothing).send().refused(UNSIGNED);
}

#[test]
fn unsigned_commit_that_only_the_parent_of_a_fork_holds_is_refused() {
    let parent = with_main();
    let bob = parent.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    bob.plant("main:refs/heads/wip");
    let fork = Server::new();
    std::fs::create_dir_all(fork.repository().join("objects/info")).unwrap();
    let alternates = format!("{}\n", parent.repository().join("objects").display());
    std::fs::write(fork.repository().join("objects/info/alternates"), alternates).unwrap();
    fork.git(&["update-ref", "refs/heads/main", &old]);
    let nothing = bob.pack(&[&new, &format!("^{new}")]);
    Wire::to(&fork).command(&old, &new, "refs/heads/main").pack(nothing.clone()).send().refused(UNSIGNED);
    Wire::to(&fork).command(&fork.zero(), &new, "refs/heads/release/1").pack(nothing).send().refused(UNSIGNED);
}

#[test]
fn release_branch_cut_from_an_unsigned_branch_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main:refs/heads/wip").accepted();
    bob.push("main:refs/heads/release/1").refused(UNSIGNED);
}

#[test]
fn unsigned_commit_merged_into_main_in_two_steps_is_refused() {
    let server = with_main();
    let erin = server.developer(ERIN);
    erin.branch("wip").commit_unsigned("add a tunnel").push("wip").accepted();
    let bob = server.developer(BOB);
    bob.commit("add a roof").merge("server/wip").push("main").refused(UNSIGNED);
}

#[test]
fn release_branch_cut_from_main_judges_nothing_again() {
    let server = with_legacy(SIGNED_EVERYWHERE_THAT_COUNTS, BASELINE);
    let bob = server.developer(BOB);
    bob.push("main:refs/heads/release/1").accepted();
    bob.push("main~1:refs/heads/release/0").accepted();
    bob.commit_unsigned("add a tunnel").push("main:refs/heads/release/2").refused(UNSIGNED).never_says("old door");
}

#[test]
fn history_from_before_refgate_is_not_judged_on_its_own_branch() {
    let server = with_legacy(SIGNED_EVERYWHERE_THAT_COUNTS, "");
    server.developer(BOB).commit("add a roof").push("main").accepted();
}

#[test]
fn release_branch_is_judged_whole_without_a_baseline() {
    let server = with_legacy(SIGNED_EVERYWHERE_THAT_COUNTS, "");
    server
        .developer(BOB)
        .push("main:refs/heads/release/1")
        .refused("commit.signed")
        .says("\"old window\"")
        .says("\"old door\"");
}

#[test]
fn baseline_hides_nothing_from_a_binding_that_does_not_hold_there() {
    let elsewhere =
        "[[rule]]\nuse = \"commit.well_formed\"\n[[rule]]\nuse = \"commit.signed\"\nrefs = [\"refs/heads/release/**\"]";
    let server = with_legacy(elsewhere, BASELINE);
    server.developer(BOB).push("main:refs/heads/release/1").refused("commit.signed").says("\"old door\"");
}

#[test]
fn baseline_hides_nothing_where_the_binding_only_warns() {
    let warned = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\nmode = \"warn\"\n\
        [[rule]]\nuse = \"commit.signed\"\nrefs = [\"refs/heads/release/**\"]";
    let server = with_legacy(warned, BASELINE);
    server.developer(BOB).push("main:refs/heads/release/1").refused("commit.signed").says("\"old door\"");
}

#[test]
fn baseline_is_the_value_before_the_push() {
    let server = with_legacy(SIGNED_EVERYWHERE_THAT_COUNTS, BASELINE);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel")
        .push("main main:refs/heads/release/1")
        .refused("refs/heads/release/1")
        .says("refs/heads/main");
}

#[test]
fn baseline_that_does_not_exist_yet_hides_nothing() {
    let server = Server::build().rules(SIGNED_EVERYWHERE_THAT_COUNTS).history(BASELINE).start();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel").push("main:refs/heads/release/1").refused(UNSIGNED);
}

#[test]
fn trusted_commit_is_not_judged_with_all_its_ancestors() {
    let probe = Server::build().start();
    let bob = probe.developer(BOB);
    let trusted = bob.on("2025-01-01T00:00:00Z").commit_unsigned("old door").commit_unsigned("old window").head();
    let server =
        Server::build().rules(SIGNED_EVERYWHERE_THAT_COUNTS).history(&format!("trusted = [{trusted:?}]")).start();
    let bob = server.developer(BOB);
    bob.on("2025-01-01T00:00:00Z").commit_unsigned("old door").commit_unsigned("old window");
    assert_eq!(bob.head(), trusted);
    bob.push("main").accepted();
    bob.commit_unsigned("add a tunnel").push("main").refused(UNSIGNED).never_says("old window");
    bob.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    bob.commit_unsigned("another old window").push("main:refs/heads/release/1").refused("\"another old window\"");
}
