use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::recipe::{Recipe, approve};
use crate::stage::{ALICE, BOB, Developer, ERIN, Outcome, Server};

const WEEKEND: &str = r#"weekdays = ["saturday", "sunday"]"#;

/// The server as it is on a working day, or as it is on a weekend: whatever day it is.
fn begun(recipe: &Recipe, weekend: bool) -> Server {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).weekday();
    let name = |day: Weekday| format!("{day:?}").to_lowercase();
    // Tomorrow too: the clock may pass midnight meanwhile.
    let rest = if weekend { [today, today.next()] } else { [today.wrapping_add(3), today.wrapping_add(4)] };
    let days = format!("weekdays = [\"{}\", \"{}\"]", name(rest[0]), name(rest[1]));
    let server = recipe.start(
        |config| {
            assert!(config.contains(WEEKEND));
            config.replace(WEEKEND, &days)
        },
        |build| build.git_config("receive.advertisePushOptions", "true"),
    );
    server.developer(ALICE).commit("LEDGER-1: begin").plant("main");
    server
}

fn push(developer: &Developer<'_>, account: &str) -> Outcome {
    developer.pushing("main").logged_in_as(account).go()
}

#[test]
fn four_eyes_see_every_change_and_a_ticket_asks_for_it() {
    let recipe = Recipe::read("regulated");
    let server = begun(&recipe, false);
    recipe.checks(&server);

    let bob = server.developer(BOB);
    bob.commit("LEDGER-2: round to even");
    recipe.hears(push(&bob, "bob").refused("commit.approved"));
    bob.pushing("main:wip").logged_in_as("bob").go().accepted();
    recipe.hears(approve(&server.developer(ERIN), "erin"));
    recipe.hears(push(&bob, "bob").accepted());

    bob.commit("tidy up");
    bob.pushing("main:wip").logged_in_as("bob").go().accepted();
    recipe.hears(approve(&server.developer(ERIN), "erin"));
    recipe.hears(push(&bob, "bob").refused("commit.message"));

    let server = begun(&recipe, true);
    let bob = server.developer(BOB);
    bob.commit("LEDGER-3: round again");
    recipe.hears(push(&bob, "bob").refused("update.window: rests on"));
    recipe.page_is_true();
}

#[test]
fn on_a_weekend_whoever_is_on_call_breaks_the_glass_and_it_is_in_the_log() {
    let recipe = Recipe::read("regulated");
    let server = begun(&recipe, true);
    let bob = server.developer(BOB);
    bob.commit("LEDGER-7: payments are down");
    bob.pushing("main:wip").logged_in_as("bob").go().accepted();
    let _ = approve(&server.developer(ERIN), "erin");
    push(&bob, "bob").refused("update.window: rests on");
    let reason = "refgate.override=LEDGER-7: payments are down";
    bob.pushing("main").logged_in_as("bob").option(reason).go().accepted().says("let through by an override: LEDGER-7");
    let exempted = &server.decision()["result"]["exempted"][0];
    assert_eq!((&exempted["code"], &exempted["by"]), (&"update.window".into(), &"override".into()), "{exempted:#}");

    let alice = server.developer(ALICE);
    alice.commit("LEDGER-8: not on call");
    alice.pushing("main:wip").logged_in_as("alice").go().accepted();
    let _ = approve(&server.developer(ERIN), "erin");
    alice.pushing("main").logged_in_as("alice").option(reason).go().refused("update.window");
}

#[test]
fn what_was_decided_can_be_replayed_by_a_stricter_config() {
    let recipe = Recipe::read("regulated");
    let server = begun(&recipe, false);
    let bob = server.developer(BOB);
    bob.commit("LEDGER-2: round to even");
    bob.pushing("main:wip").logged_in_as("bob").go().accepted();
    let _ = approve(&server.developer(ERIN), "erin");
    push(&bob, "bob").accepted();
    let config = std::fs::read_to_string(server.operator().join("refgate.toml")).unwrap();
    let stricter =
        config.replace("params = { groups = [\"reviewers\"] }", "params = { groups = [\"reviewers\"], count = 2 }");
    assert_ne!(config, stricter);
    let next = server.operator().join("refgate-next.toml").display().to_string();
    std::fs::write(&next, stricter).unwrap();
    let log = server.log().display().to_string();
    server
        .refgate(&["replay", &log, "--config", &next])
        .answers(1)
        .says("was accepted, would be refused … commit.approved: approved by 'erin', 2 needed");
}
