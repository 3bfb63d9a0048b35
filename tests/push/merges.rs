//! What a merge itself changes, and what it merely brings along.

use crate::stage::{ALICE, BOB, ERIN, Server};

/// Ten lines, so that a change of the first and one of the last merge by themselves.
const PLAN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

/// A server whose `main` holds `infra/plan`, and whose `side` changes its first line; both signed by Erin.
fn with_side() -> Server {
    let server = Server::new();
    let erin = server.developer(ERIN);
    erin.write("infra/plan", PLAN).commit("plan").branch("side");
    erin.write("infra/plan", PLAN.replacen("1\n", "one\n", 1)).commit("change the first line").plant("main side");
    server
}

/// Bob, with a commit of his own on `main`, about to merge.
fn merger(server: &Server) -> crate::stage::Developer<'_> {
    let bob = server.developer(BOB);
    bob.commit("add a door");
    bob
}

#[test]
fn merge_of_signed_branches_is_accepted() {
    let server = with_side();
    merger(&server).merge("server/side").push("main").accepted();
}

#[test]
fn unsigned_merge_is_refused() {
    let server = with_side();
    let bob = merger(&server);
    bob.sign_nothing().merge("server/side");
    bob.push("main").refused("\"merge server/side\" … commit.signed: not signed").never_says("commit.protected_paths");
}

#[test]
fn unsigned_commit_on_the_merged_side_is_refused() {
    let server = with_side();
    let bob = merger(&server);
    bob.branch("mine").commit_unsigned("add a window").switch("main").commit("add a roof").merge("mine");
    bob.push("main").refused("\"add a window\" … commit.signed: not signed").never_says("merge mine");
}

#[test]
fn merge_that_changes_a_protected_path_by_itself_is_refused() {
    let server = with_side();
    let bob = merger(&server);
    bob.merge("server/side").write("infra/plan", "mine\n");
    bob.commit_with("merge", &["--amend", "--gpg-sign"]);
    bob.push("main").refused("\"merge\" … commit.protected_paths … infra/plan");
}

#[test]
fn merge_that_adds_a_protected_path_by_itself_is_refused() {
    let server = with_side();
    let bob = merger(&server);
    bob.merge("server/side").write("infra/new", "mine\n");
    bob.commit_with("merge", &["--amend", "--gpg-sign"]);
    bob.push("main").refused("commit.protected_paths … infra/new");
}

#[test]
fn merge_that_drops_what_it_should_bring_is_refused() {
    for strategy in ["--strategy=ours", "--strategy-option=ours"] {
        let server = with_side();
        let bob = server.developer(BOB);
        bob.git(&["checkout", "--quiet", "-B", "main", "server/main"]);
        let alice = server.developer(ALICE);
        alice
            .write("infra/plan", PLAN.replacen("1\n", "uno\n", 1))
            .commit("another first line")
            .push("main")
            .accepted();
        bob.update().git(&["merge", "--quiet", "--no-ff", "-S", strategy, "-m", "drop", "server/side"]);
        bob.push("main").refused("\"drop\" … commit.protected_paths … infra/plan");
    }
}

#[test]
fn merge_that_takes_back_a_protected_change_of_main_is_refused() {
    let server = with_side();
    server.developer(ALICE).write("infra/fix", "fixed\n").commit("fix").push("main").accepted();
    let bob = server.developer(BOB);
    bob.git(&["merge", "--quiet", "--no-ff", "-S", "-m", "take side", "server/side"]);
    bob.git(&["rm", "--quiet", "infra/fix"]);
    bob.commit_with("take side", &["--amend", "--gpg-sign"]);
    bob.push("main").refused("\"take side\" … commit.protected_paths … infra/fix");
}

#[test]
fn lines_that_merge_by_themselves_are_nobody_s_change() {
    let server = with_side();
    server
        .developer(ALICE)
        .write("infra/plan", PLAN.replace("10\n", "ten\n"))
        .commit("change the last line")
        .push("main")
        .accepted();
    server.developer(BOB).merge("server/side").push("main").accepted();
}

#[test]
fn resolved_conflict_is_the_merger_s_change() {
    for (person, is_member) in [(BOB, false), (ERIN, true)] {
        let server = with_side();
        server
            .developer(ALICE)
            .write("infra/plan", PLAN.replacen("1\n", "uno\n", 1))
            .commit("conflict")
            .push("main")
            .accepted();
        let merger = server.developer(person);
        let finished = merger.try_git(&["merge", "--quiet", "--no-ff", "--no-commit", "server/side"], b"");
        assert!(!finished.status.success(), "it should conflict");
        merger.write("infra/plan", PLAN.replacen("1\n", "uno one\n", 1)).commit("resolve");
        match is_member {
            true => drop(merger.push("main").accepted()),
            false => drop(merger.push("main").refused("\"resolve\" … commit.protected_paths … infra/plan")),
        }
    }
}

#[test]
fn merge_of_three_signed_branches_is_accepted() {
    let server = with_side();
    let bob = merger(&server);
    bob.branch("mine").commit("add a window").switch("main").commit("add a roof");
    bob.git(&["merge", "--quiet", "-S", "-m", "octopus", "server/side", "mine"]);
    assert_eq!(bob.take_apart("HEAD").headers.matches("parent ").count(), 3);
    bob.push("main").accepted();
}

#[test]
fn merge_of_unrelated_history_is_accepted_when_all_of_it_is_signed() {
    let server = with_side();
    let bob = merger(&server);
    bob.git(&["checkout", "--quiet", "--orphan", "other"]);
    bob.git(&["rm", "-r", "--quiet", "--force", "."]);
    bob.write("other/house", "x\n").commit_unsigned("another house").switch("main");
    bob.git(&["merge", "--quiet", "--allow-unrelated-histories", "-S", "-m", "join", "other"]);
    bob.push("main").refused("\"another house\" … commit.signed: not signed");
    bob.git(&["checkout", "--quiet", "other"]);
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    bob.switch("main").git(&["reset", "--quiet", "--hard", "HEAD~"]);
    bob.git(&["merge", "--quiet", "--allow-unrelated-histories", "-S", "-m", "join", "other"]);
    bob.push("main").accepted();
}

#[test]
fn criss_cross_merge_has_no_changes_of_its_own() {
    let server = with_side();
    let erin = server.developer(ERIN);
    erin.git(&["checkout", "--quiet", "-b", "left", "server/main"]);
    erin.write("infra/left", "l\n").commit("left").git(&["checkout", "--quiet", "-b", "right", "server/side"]);
    erin.write("infra/right", "r\n").commit("right");
    let (left, right) = (erin.id("left"), erin.id("right"));
    erin.switch("left").merge(&right).switch("right").merge(&left);
    erin.plant("left right left:main");
    server.developer(BOB).commit("add a door").merge("server/right").push("main").accepted();
}

#[test]
fn main_that_arrives_as_second_parent_can_be_refused() {
    let swapped = "package refgate.update.straight\n\ndeny contains \"main is not the first parent\" if {\n\t\
        input.update.history == \"fast_forward\"\n\tnot input.update.first_parent\n}\n";
    let server = Server::build()
        .and_rules("[[rule]]\nuse = \"update.straight\"\nrefs = [\"HEAD\"]")
        .own_rule("update.straight", swapped)
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").branch("side").commit("add a window").switch("main").commit("add a roof");
    bob.push("main").accepted();
    bob.switch("side").merge("main").push("side:main").refused("update.straight: main is not the first parent");
    bob.switch("main").merge("side~1").push("main").accepted();
}

#[test]
fn first_parent_binding_lets_a_signed_merge_vouch_for_what_it_brings() {
    let first_parent = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\ncommits = \"first_parent\"";
    let server = Server::with_rules(first_parent);
    let bob = server.developer(BOB);
    bob.commit("add a door")
        .branch("side")
        .commit_unsigned("add a window")
        .switch("main")
        .merge("side")
        .push("main")
        .accepted();
    bob.commit_unsigned("add a roof").push("main").refused("\"add a roof\" … commit.signed");
}

#[test]
fn first_parent_binding_counts_what_a_merge_brings_as_its_changes() {
    let first_parent = "[[rule]]\nuse = \"commit.protected_paths\"\nrefs = [\"HEAD\"]\npaths = [\"infra/**\"]\n\
        params = { groups = [\"security\"] }\ncommits = \"first_parent\"";
    let server = Server::with_rules(first_parent);
    let erin = server.developer(ERIN);
    erin.commit("add a door").branch("side").write("infra/plan", PLAN).commit("plan").plant("main side");
    server.developer(BOB).merge("server/side").push("main").refused("commit.protected_paths … infra/plan");
    server.developer(ALICE).merge("server/side").push("main").accepted();
}
