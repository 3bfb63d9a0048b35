//! `refgate.toml`: where it is found, and what its entries bind.

use std::fs;

use crate::stage::{BOB, Developer, ERIN, MALLORY, ROBOT, Server};

fn signed(more: &str) -> String {
    format!("[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\n{more}\n[[rule]]\nuse = \"commit.well_formed\"")
}

fn infra(more: &str) -> String {
    format!("[[rule]]\nuse = \"commit.protected_paths\"\npaths = [\"infra/**\"]\nparams = {{ groups = [\"security\"] }}\n{more}")
}

#[test]
fn config_in_the_repository_s_folder_is_found() {
    let server = Server::build().config_name(None).start();
    fs::write(server.repository().join("refgate.toml"), "version = 1\n[[rule]]\nuse = \"update.no_delete\"\n").unwrap();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main").accepted();
    bob.push(":main").refused("update.no_delete");
}

#[test]
fn config_that_the_repository_names_comes_before_the_one_in_its_folder() {
    let server = Server::new();
    fs::write(server.repository().join("refgate.toml"), "version = 1\n[[rule]]\nuse = \"update.no_delete\"\n").unwrap();
    server.developer(BOB).commit_unsigned("add a door").push("main").refused("commit.signed");
}

#[test]
fn pushed_config_and_people_are_only_files() {
    let server = Server::new();
    let mallory = server.developer(crate::stage::MALLORY);
    mallory.write("refgate.toml", "version = 1\nuncovered = \"accept\"\n").write("people.toml", "[mallory]\nemails = [\"mallory@example.net\"]\n");
    mallory.write("policies/commit/signed/signed.rego", "package refgate.commit.signed\n\nallow := true\n");
    mallory.commit("help yourself").push("main").refused("commit.signed");
}

#[test]
fn warn_lets_pass_and_off_does_not_ask() {
    let warning = Server::with_rules(&signed("mode = \"warn\""));
    warning.developer(BOB).commit_unsigned("add a door").push("main").accepted().says("commit.signed: not signed");
    let off = Server::with_rules(&signed("mode = \"off\""));
    off.developer(BOB).commit_unsigned("add a door").push("main").accepted().never_says("commit.signed");
}

#[test]
fn ref_that_no_binding_covers_is_refused_unless_the_operator_lets_it() {
    let rules = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]";
    let server = Server::with_rules(rules);
    server.developer(BOB).commit("add a door").push("main:refs/heads/wip").refused("refs/heads/wip");
    let server = Server::build().rules(rules).top("uncovered = \"accept\"").start();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/wip").accepted();
    bob.push("main").refused("commit.signed");
}

#[test]
fn binding_that_only_warns_or_is_off_covers_nothing() {
    for mode in ["warn", "off"] {
        let server = Server::with_rules(&format!("[[rule]]\nuse = \"commit.signed\"\nmode = \"{mode}\""));
        server.developer(BOB).commit("add a door").push("main").refused("refs/heads/main");
    }
}

#[test]
fn exclusions_take_refs_out_whatever_the_order() {
    let rules = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"!refs/heads/scratch/**\", \"refs/heads/**\"]\n[[rule]]\nuse = \"commit.well_formed\"";
    let server = Server::with_rules(rules);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/scratch/a/b").accepted();
    bob.push("main:refs/heads/scratched").refused("refs/heads/scratched … commit.signed");
    bob.push("main:refs/heads/deep/er/scratch").refused("commit.signed");
}

#[test]
fn star_stays_within_a_segment() {
    let rules = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"refs/heads/release-*\"]\n[[rule]]\nuse = \"commit.well_formed\"";
    let server = Server::with_rules(rules);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/release-1").refused("commit.signed");
    bob.push("main:refs/heads/release-1/x").accepted();
}

#[test]
fn excluded_paths_are_left_to_everyone() {
    let rules = "[[rule]]\nuse = \"commit.protected_paths\"\npaths = [\"infra/**\", \"!infra/notes/**\"]\nparams = { groups = [\"security\"] }";
    let server = Server::with_rules(rules);
    server.developer(BOB).write("infra/notes/today", "x\n").commit("note").push("main").accepted();
    server.developer(BOB).write("infra/noted", "x\n").commit("note").push("main").refused("infra/noted");
}

#[test]
fn binding_for_other_repositories_does_not_hold_here() {
    let rules = format!("{}\nrepos = [\"elsewhere/*\"]\n[[rule]]\nuse = \"commit.well_formed\"", signed("").split("\n[[rule]]").next().unwrap());
    Server::with_rules(&rules).developer(BOB).commit_unsigned("add a door").push("main").accepted();
}

#[test]
fn exception_lets_one_person_through_until_it_ends() {
    for (until, passes) in [("2099-01-01", true), ("never", true), ("2024-01-01", false)] {
        let except = format!("except = [{{ person = \"robot\", reason = \"release bot\", until = \"{until}\" }}]");
        let server = Server::with_rules(&infra(&except));
        server.developer(BOB).write("infra/version", "1\n").commit("bump").push("main").refused("commit.protected_paths");
        let robot = server.developer(ROBOT);
        robot.write("infra/version", "1\n").commit("bump");
        match passes {
            true => drop(robot.push("main").accepted()),
            false => drop(robot.push("main").refused("commit.protected_paths")),
        }
    }
}

#[test]
fn exception_for_a_person_needs_that_person_s_good_signature() {
    let except = "except = [{ person = \"robot\", reason = \"release bot\", until = \"never\" }]";
    let server = Server::with_rules(&infra(except));
    let robot = server.developer(ROBOT);
    robot.write("infra/version", "1\n").commit_unsigned("bump");
    robot.pushing("main").logged_in_as("robot").go().refused("commit.protected_paths");
}

#[test]
fn exception_for_a_path_or_a_ref_is_no_wider() {
    let except = "except = [{ path = \"infra/version\", ref = \"refs/heads/main\", reason = \"anyone bumps\", until = \"never\" }]";
    let server = Server::with_rules(&infra(except));
    let bob = server.developer(BOB);
    bob.write("infra/version", "1\n").commit("bump").push("main:refs/heads/wip").refused("infra/version");
    bob.push("main").accepted();
    bob.write("infra/version", "2\n").write("infra/gate.tf", "open\n").commit("more").push("main").refused("infra/gate.tf");
}

#[test]
fn exception_for_a_commit_is_for_that_commit() {
    let probe = Server::new();
    let bob = probe.developer(BOB);
    let id = bob.on("2025-01-01T00:00:00Z").commit_unsigned("known fault").head();
    let except = format!("except = [{{ commit = \"{id}\", reason = \"known\", until = \"never\" }}]");
    let server = Server::with_rules(&signed(&except));
    let bob = server.developer(BOB);
    bob.on("2025-01-01T00:00:00Z").commit_unsigned("known fault").push("main").accepted();
    bob.commit_unsigned("another").push("main").refused("\"another\" … commit.signed").never_says("known fault");
}

#[test]
fn break_glass_needs_a_reason_and_a_proven_person() {
    let server = Server::build()
        .rules(&infra("override = { groups = [\"developers\"] }"))
        .git_config("receive.advertisePushOptions", "true")
        .start();
    let change = |person| {
        let developer = server.developer(person);
        developer.write("infra/gate.tf", "open\n").commit("put out the fire");
        developer
    };
    let push = |developer: &Developer<'_>, option: &str| developer.pushing("main").option(option).logged_in_as("bob").go();
    for (person, option) in [(BOB, "ci.skip"), (BOB, "refgate.override="), (ROBOT, "refgate.override=fire"), (MALLORY, "refgate.override=fire")] {
        let told = push(&change(person), option).refused("commit.protected_paths");
        let heard = told.plain.contains("refgate.override=<reason> opens none of these");
        assert_eq!(heard, option != "ci.skip", "{option}: {}", told.plain);
    }
    push(change(BOB).sign_nothing().commit_with("unsigned", &["--amend", "--no-gpg-sign"]), "refgate.override=fire").refused("commit.protected_paths");
    // What Bob signed may be pushed by anyone; only he may push it through.
    change(BOB).pushing("main").option("refgate.override=fire").logged_in_as("erin").go().refused("commit.protected_paths");
    change(BOB).pushing("main").option("refgate.override=fire").go().refused("commit.protected_paths");
    push(&change(BOB), "refgate.override=fire").accepted().says("commit.protected_paths … fire");
    let decision = server.decision();
    let counted = (&decision["metrics"]["overridden"], &decision["metrics"]["excepted"]);
    assert_eq!(counted, (&1.into(), &0.into()), "{decision:#}");
    let decision = decision.to_string();
    assert!(decision.contains("fire") && decision.contains("commit.protected_paths"), "{decision}");
}

#[test]
fn break_glass_opens_only_the_binding_that_has_it() {
    let rules = format!("{}\n{}", infra("override = { groups = [\"developers\"] }"), infra("refs = [\"HEAD\"]"));
    let server = Server::build().rules(&rules).git_config("receive.advertisePushOptions", "true").start();
    let bob = server.developer(BOB);
    bob.write("infra/gate.tf", "open\n").commit("put out the fire");
    let push = |refspec: &str| bob.pushing(refspec).option("refgate.override=fire").logged_in_as("bob").go();
    push("main").refused("commit.protected_paths … infra/gate.tf");
    push("main:refs/heads/wip").accepted();
}

#[test]
fn key_taken_from_the_operator_s_folder_counts_no_more_at_the_next_push() {
    let server = Server::new();
    let erin = server.developer(ERIN);
    erin.commit("add a door").push("main").accepted();
    let signers = server.operator().join("allowed_signers");
    let without_erin: String = fs::read_to_string(&signers).unwrap().lines().filter(|line| !line.starts_with("erin")).map(|line| format!("{line}\n")).collect();
    fs::write(&signers, without_erin).unwrap();
    let people = server.operator().join("people.toml");
    let text = fs::read_to_string(&people).unwrap();
    fs::write(&people, text.replace("\"ssh/erin.pub\", \"ssh/erin-at-home.pub\"", "")).unwrap();
    erin.commit("add a window").push("main").refused("\"add a window\" … commit.signed").never_says("\"add a door\"");
}
