use crate::recipe::{Recipe, approve};
use crate::stage::{ALICE, BOB, Developer, ERIN, Outcome, ROBOT, Server};

/// The branch with what is there from the beginning.
fn begun(recipe: &Recipe) -> Server {
    let server = recipe.server();
    let alice = server.developer(ALICE);
    alice.write("clusters/prod/app.yaml", "replicas: 1\n").write("clusters/staging/app.yaml", "replicas: 1\n");
    alice.write("infrastructure/base/quota.yaml", "cpu: 1\n").commit("begin").plant("main");
    server
}

fn push(developer: &Developer<'_>, account: &str) -> Outcome {
    developer.pushing("main").logged_in_as(account).go()
}

#[test]
fn production_takes_two_others_and_staging_takes_none() {
    let recipe = Recipe::read("cluster");
    let server = begun(&recipe);
    recipe.checks(&server);

    let robot = server.developer(ROBOT);
    robot.write("clusters/staging/app.yaml", "replicas: 2\n").commit("scale staging");
    recipe.hears(push(&robot, "robot").accepted());

    robot.write("infrastructure/base/quota.yaml", "cpu: 9\n").commit("raise the quota");
    recipe.hears(push(&robot, "robot").refused("commit.protected_paths"));

    let alice = server.developer(ALICE);
    alice.write("clusters/prod/app.yaml", "replicas: 3\n").commit("scale up");
    recipe.hears(push(&alice, "alice").refused("commit.approved: approved by nobody, 2 needed"));

    alice.pushing("main:wip").logged_in_as("alice").go().accepted();
    recipe.hears(approve(&server.developer(BOB), "bob"));
    recipe.hears(push(&alice, "alice").refused("commit.approved: approved by 'bob', 2 needed"));
    recipe.hears(approve(&server.developer(ERIN), "erin"));
    recipe.hears(push(&alice, "alice").accepted());
    recipe.page_is_true();
}

#[test]
fn ones_own_approval_does_not_count_and_nobody_withdraws_anothers() {
    let recipe = Recipe::read("cluster");
    let server = begun(&recipe);
    let alice = server.developer(ALICE);
    alice.write("clusters/prod/app.yaml", "replicas: 3\n").commit("scale up");
    alice.pushing("main:wip").logged_in_as("alice").go().accepted();
    let _ = approve(&alice, "alice");
    let _ = approve(&server.developer(BOB), "bob");
    push(&alice, "alice").refused("commit.approved: approved by 'bob', 2 needed");
    let (commit, short) = (alice.head(), &alice.head()[..7]);
    let approval = format!(":refs/approvals/{commit}/bob-{short}");
    server.developer(ROBOT).pushing(&approval).logged_in_as("robot").go().refused("update.namespaces");
}

#[test]
fn merging_what_is_on_staging_needs_no_release_engineer() {
    let recipe = Recipe::read("cluster");
    let server = begun(&recipe);
    let robot = server.developer(ROBOT);
    robot.git(&["switch", "--quiet", "--create", "side"]);
    robot.write("clusters/staging/app.yaml", "replicas: 2\n").commit("scale staging");
    robot.git(&["switch", "--quiet", "main"]);
    robot.git(&["merge", "--quiet", "--no-ff", "--gpg-sign", "--message", "merge staging", "side"]);
    push(&robot, "robot").accepted();
}
