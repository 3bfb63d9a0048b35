use std::fs;

use crate::stage::{ALICE, BOB, Server, ServerBuilder, Told};

const RULES: &str = r#"
[[rule]]
use  = ["update.fast_forward", "commit.signed", "commit.well_formed"]
refs = ["HEAD"]

[[rule]]
use    = "commit.protected_paths"
refs   = ["HEAD"]
paths  = ["infra/**"]
params = { groups = ["security"] }

[[rule]]
use = "update.namespaces"
"#;

/// A server that keeps what rules are shown.
fn recording(build: ServerBuilder) -> Server {
    build.log_input().start()
}

/// One push by Bob that was accepted, one that was refused for a missing signature, one by Alice to `infra/`.
fn story() -> Server {
    let server = recording(Server::build().rules(RULES));
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    bob.commit_unsigned("add a tunnel").push("main").refused("commit.signed");
    let alice = server.developer(ALICE);
    alice.write("infra/lock", "1").commit("add a lock").push("main").accepted();
    server
}

/// Replays the log by the server's config, changed.
fn replay(server: &Server, change: impl Fn(String) -> String, code: i32) -> Told {
    let config = fs::read_to_string(server.operator().join("refgate.toml")).unwrap();
    let candidate = server.operator().join("candidate.toml");
    fs::write(&candidate, change(config)).unwrap();
    let (log, candidate) = (server.log(), candidate.display().to_string());
    server.refgate(&["replay", &log.display().to_string(), "--config", &candidate, "--verbose"]).answers(code)
}

#[test]
fn the_same_config_judges_alike() {
    replay(&story(), |config| config, 0)
        .says("3 pushes: 0 would be refused that were accepted, 0 accepted that were refused, 3 judged alike");
}

#[test]
fn a_rule_under_paths_that_looks_at_no_changes_is_judged_alike() {
    let rules = RULES.replace(", \"commit.well_formed\"", "").replace("commit.protected_paths", "commit.signed");
    let server = recording(Server::build().rules(&rules.replace("groups = [\"security\"]", "groups = []")));
    let alice = server.developer(ALICE);
    alice.write("infra/lock", "1").commit("add a lock").write("door", "2").commit("add a door");
    alice.push("main").accepted();
    replay(&server, |config| config, 0).says("1 push: 0 would be refused that were accepted");
    let told = replay(&server, |config| config.replace("groups = []", "groups = [\"developers\"]"), 1);
    told.says("\"add a lock\" … commit.signed").never_says("\"add a door\" … commit.signed");
}

#[test]
fn a_rule_that_no_longer_holds_lets_the_refused_push_in() {
    let told = replay(&story(), |config| config.replace(", \"commit.signed\"", ""), 1);
    told.says("was refused, would be accepted … no longer: commit.signed: not signed")
        .says("1 accepted that were refused");
}

#[test]
fn a_stricter_parameter_refuses_what_was_accepted() {
    let told = replay(&story(), |config| config.replace("groups = [\"security\"]", "groups = [\"developers\"]"), 1);
    told.says("was accepted, would be refused … \"add a lock\" … commit.protected_paths")
        .says("1 would be refused that were accepted");
}

#[test]
fn further_paths_are_cut_out_of_what_another_rule_was_shown() {
    let told = replay(&story(), |config| config.replace("[\"infra/**\"]", "[\"infra/**\", \"*.txt\"]"), 1);
    told.says("was accepted, would be refused … \"add a door\" … commit.protected_paths");
}

#[test]
fn what_was_not_recorded_cannot_be_told_and_is_never_taken_for_a_yes() {
    let told = replay(
        &story(),
        |config| config.replace("\"commit.well_formed\"", "\"commit.well_formed\", \"commit.author_name\""),
        0,
    );
    told.says("cannot be told … not known: commit.author_name: it reads 'commit.author', which was not recorded")
        // The refused push is refused whatever else may be unknown.
        .says("1 judged alike, 2 cannot be told");
}

#[test]
fn a_rule_of_the_operator_is_asked_as_it_stands_in_the_candidate() {
    let server = recording(Server::build().rules("[[rule]]\nuse = \"commit.short\"").own_rule(
        "commit.short",
        "package refgate.commit.short\n\ndeny contains \"long\" if count(input.commit.subject) > 50\n",
    ));
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    fs::create_dir_all(server.operator().join("new/commit/short")).unwrap();
    fs::write(
        server.operator().join("new/commit/short/short.rego"),
        "package refgate.commit.short\n\ndeny contains \"long\" if count(input.commit.subject) > 5\n",
    )
    .unwrap();
    replay(&server, |config| config.replace("path = \"policies\"", "path = \"new\""), 1)
        .says("was accepted, would be refused … commit.short: long");
}

#[test]
fn warnings_enforced_and_refs_uncovered_refuse() {
    let server = recording(
        Server::build()
            .rules("[[rule]]\nuse = \"commit.signed\"\nmode = \"warn\"\n\n[[rule]]\nuse = \"update.namespaces\""),
    );
    server.developer(BOB).commit_unsigned("add a tunnel").push("main").accepted();
    replay(&server, |config| config.replace("mode = \"warn\"", ""), 1)
        .says("was accepted, would be refused … commit.signed: not signed");
    replay(
        &server,
        |config| {
            config.replace("use = \"update.namespaces\"", "use = \"update.namespaces\"\nrefs = [\"refs/tags/**\"]")
        },
        1,
    )
    .says("gate.uncovered");
}

#[test]
fn where_a_baseline_decides_what_is_asked_about_another_entry_cannot_be_told() {
    let server = recording(Server::build().rules(&RULES.replace("refs = [\"HEAD\"]", "refs = [\"refs/heads/**\"]")));
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    bob.commit("add a window").push("main:refs/heads/side").accepted();
    let changed = |config: String| {
        config.replace(
            "\"commit.well_formed\"]\nrefs = [\"refs/heads/**\"]",
            "\"commit.well_formed\"]\nrefs = [\"refs/heads/side\"]",
        )
    };
    replay(&server, changed, 0).says("cannot be told … entries were about different commits of refs/heads/side");
}

#[test]
fn exceptions_by_ref_are_heard() {
    let except = "except = [{ ref = \"HEAD\", reason = \"moving in\", until = \"never\" }]";
    let told =
        replay(&story(), |config| config.replacen("refs = [\"HEAD\"]", &format!("refs = [\"HEAD\"]\n{except}"), 1), 1);
    told.says("was refused, would be accepted");
}

/// Whoever is in the group, signed the commit and pushed it is known from the log; so is who was not.
#[test]
fn overrides_under_another_entry_are_judged_by_who_signed_and_pushed() {
    let server = recording(Server::build().rules(RULES).git_config("receive.advertisePushOptions", "true"));
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    bob.write("infra/lock", "1").commit("put out the fire");
    let push = |account: &str| bob.pushing("main").option("refgate.override=fire").logged_in_as(account).go();
    push("bob").refused("commit.protected_paths");
    let glass = |group: &str| {
        let group = group.to_string();
        move |config: String| config.replace("paths  =", &format!("override = {{ groups = [{group:?}] }}\npaths  ="))
    };
    replay(&server, glass("developers"), 1).says("was refused, would be accepted").never_says("cannot be told");
    replay(&server, glass("maintainers"), 0).says("2 judged alike");
    push("erin").refused("commit.protected_paths");
    let told = replay(&server, glass("developers"), 1);
    told.says("3 pushes: 0 would be refused that were accepted, 1 accepted that were refused, 2 judged alike");
}

#[test]
fn a_log_without_input_and_a_broken_log_are_said_to_be() {
    let server = Server::new();
    server.developer(BOB).commit("add a door").push("main").accepted();
    replay(&server, |config| config, 0).says("it was logged without 'input = true'").says("1 cannot be told");
    fs::write(server.log(), "{]\n").unwrap();
    replay(&server, |config| config, 2).says("line 1 is no decision");
    replay(&server, |config| config + "nonsense = 1\n", 2).says("nothing was replayed");
}

#[test]
fn a_line_that_was_cut_off_is_told_and_passed_over() {
    let server = story();
    let log = fs::read(server.log()).unwrap();
    // Within a character of several bytes, too.
    let cut = [&b"{\"requested_by\":\"\xc3\n"[..], &log[..300], b"\n", &log].concat();
    fs::write(server.log(), cut).unwrap();
    let told = replay(&server, |config| config, 0).says("line 1 was cut off … line 2 was cut off");
    told.says("3 pushes: 0 would be refused that were accepted");
}

#[test]
fn what_is_kept_is_bounded() {
    let server = recording(Server::build().rules(RULES).limit("kept_bytes = \"1KiB\""));
    server.developer(BOB).commit("add a door").push("main").accepted();
    assert!(server.decision()["input"]["shown"]["unkept"].as_u64().unwrap() > 0);
    replay(&server, |config| config, 0).says("were not kept (limit 'kept_bytes')");
}
