use crate::recipe::Recipe;
use crate::stage::{BOB, MALLORY, Server, read_fixture};

/// The server after the page's first command, which puts the owner's key into the file.
fn begun(recipe: &Recipe) -> Server {
    let shipped = std::fs::read(crate::recipe::folder("solo").join("allowed_signers")).unwrap();
    let line = format!("bob@example.org namespaces=\"git\" {}", String::from_utf8_lossy(&read_fixture("bob.pub")));
    let signers = String::from_utf8(shipped).unwrap() + &line;
    let server = recipe.start(|config| config, |build| build.file("allowed_signers", &signers));
    server.developer(BOB).commit("begin").plant("main");
    server
}

#[test]
fn who_has_the_password_and_not_the_key_gets_nothing_in() {
    let recipe = Recipe::read("solo");
    let server = begun(&recipe);
    recipe.checks(&server);
    let bob = server.developer(BOB);
    bob.commit("add a door");
    recipe.hears(bob.push("main").accepted());

    let thief = server.developer(MALLORY);
    thief.commit_unsigned("add a tunnel");
    recipe.hears(thief.push("main").refused("commit.signed: not signed"));
    thief.git(&["reset", "--quiet", "--hard", "server/main"]);
    thief.claim_to_be(BOB).commit("add a tunnel");
    recipe.hears(thief.push("main").refused("commit.signed"));
    thief.push("+server/main^:main").refused("update.fast_forward");
    thief.push(":main").refused("update.no_delete");
    recipe.page_is_true();
}

#[test]
fn releases_are_signed_and_stay_and_other_branches_are_free() {
    let recipe = Recipe::read("solo");
    let server = begun(&recipe);
    let bob = server.developer(BOB);
    bob.git(&["tag", "--sign", "--message", "v1", "v1"]);
    bob.push("refs/tags/v1").accepted();
    bob.push(":refs/tags/v1").refused("update.immutable");
    bob.commit_unsigned("work in progress").push("main:wip").accepted();
    bob.push(":wip").accepted();
}
