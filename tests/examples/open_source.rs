use crate::recipe::Recipe;
use crate::stage::{ALICE, BOB, MALLORY, Server};

fn begun(recipe: &Recipe) -> Server {
    let server = recipe.server();
    server.developer(ALICE).commit("begin").plant("main");
    server
}

#[test]
fn a_contribution_enters_through_a_maintainers_signed_merge_and_no_other_way() {
    let recipe = Recipe::read("open-source");
    let server = begun(&recipe);
    recipe.checks(&server);

    let contributor = server.developer(MALLORY);
    contributor.git(&["switch", "--quiet", "--create", "fix"]);
    contributor.commit_unsigned("mend the door\n\nSigned-off-by: Mallory Example <mallory@example.net>");
    recipe.hears(contributor.push("fix").accepted());
    recipe.hears(contributor.push("fix:main").refused("commit.signed: not signed"));

    let alice = server.developer(ALICE);
    alice.git(&["merge", "--quiet", "--no-ff", "--gpg-sign", "--signoff", "--message", "merge the fix", "server/fix"]);
    recipe.hears(alice.push("main").accepted());

    contributor.commit_unsigned("mend the window");
    recipe.hears(contributor.push("fix").accepted());
    let bob = server.developer(BOB);
    bob.git(&["merge", "--quiet", "--no-ff", "--gpg-sign", "--signoff", "--message", "merge the window", "server/fix"]);
    recipe.hears(bob.push("main").refused("\"mend the window\" … commit.message: no 'Signed-off-by"));
    recipe.page_is_true();
}

#[test]
fn a_release_is_signed_and_stays() {
    let recipe = Recipe::read("open-source");
    let server = begun(&recipe);
    let alice = server.developer(ALICE);
    alice.git(&["tag", "--sign", "--message", "v1.0", "v1.0"]);
    alice.push("refs/tags/v1.0").accepted();
    alice.git(&["tag", "--force", "--sign", "--message", "again", "v1.0"]);
    alice.push("+refs/tags/v1.0").refused("update.immutable: may not move");
    server.developer(MALLORY).push("server/main:refs/tags/v2.0").refused("tag.signed");
}

#[test]
fn keys_and_environments_stay_out_whoever_merges_them() {
    let recipe = Recipe::read("open-source");
    let server = begun(&recipe);
    let alice = server.developer(ALICE);
    alice.write("deploy/.env", "PASSWORD=1\n").commit("deploy\n\nSigned-off-by: Alice Example <alice@example.org>");
    alice.push("main").refused("commit.forbidden_paths … deploy/.env");
}
