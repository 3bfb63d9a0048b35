use crate::recipe::{Recipe, approve, folder};
use crate::stage::{ALICE, BOB, Developer, ERIN, Outcome, Server};

fn begun(recipe: &Recipe) -> Server {
    let server = recipe.server();
    server.developer(ALICE).write("Makefile", "all:\n").commit("begin").plant("main");
    server
}

fn push(developer: &Developer<'_>, account: &str) -> Outcome {
    developer.pushing("main").logged_in_as(account).go()
}

#[test]
fn owners_change_their_paths_and_others_ask_them() {
    let recipe = Recipe::read("monorepo");
    let server = begun(&recipe);
    recipe.checks(&server);

    let bob = server.developer(BOB);
    bob.write("apps/shop/cart.go", "package shop\n").commit("add a cart");
    recipe.hears(push(&bob, "bob").accepted());

    bob.write("libs/payments/card.go", "package payments\n").commit("take cards");
    recipe.hears(push(&bob, "bob").refused("commit.owners: belongs to @payments"));

    bob.pushing("main:wip").logged_in_as("bob").go().accepted();
    recipe.hears(approve(&server.developer(ERIN), "erin"));
    recipe.hears(push(&bob, "bob").accepted());
    recipe.page_is_true();
}

#[test]
fn the_last_matching_line_decides_and_pages_are_everyones() {
    let recipe = Recipe::read("monorepo");
    let server = begun(&recipe);
    let erin = server.developer(ERIN);
    erin.write("apps/shop/de/prices.csv", "1\n").write("apps/shop/README.md", "shop\n").commit("new prices");
    push(&erin, "erin").accepted();
    erin.write("apps/shop/cart.go", "package shop\n").commit("mend the cart");
    push(&erin, "erin").refused("commit.owners: belongs to @shop ('apps/shop/cart.go')");
}

#[test]
fn the_rule_s_own_tests_pass_and_evaluate_every_line() {
    let server = Recipe::read("monorepo").server();
    let config = folder("monorepo").join("refgate.toml").display().to_string();
    server.refgate(&["test", "--config", &config, "--threshold", "100"]).answers(0).says("100.0 %");
}

#[test]
fn the_page_s_command_makes_the_data_file_from_codeowners() {
    let page = std::fs::read_to_string(folder("monorepo").join("README.md")).unwrap();
    let command = page.lines().find(|line| line.contains("data/codeowners.yaml") && line.starts_with('{')).unwrap();
    let desk = tempfile::tempdir().unwrap();
    let file = std::fs::read_to_string(folder("monorepo").join("data/codeowners.yaml")).unwrap();
    let lines: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    std::fs::write(desk.path().join("CODEOWNERS"), lines.join("\n") + "\n").unwrap();
    std::fs::create_dir(desk.path().join("data")).unwrap();
    let done = std::process::Command::new("sh").args(["-ec", command]).current_dir(desk.path()).status().unwrap();
    assert!(done.success());
    let made = std::fs::read_to_string(desk.path().join("data/codeowners.yaml")).unwrap();
    let without_comment: String =
        file.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    assert_eq!(made, without_comment);
}
