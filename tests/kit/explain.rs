use crate::stage::{ALICE, BOB, Server};

#[test]
fn every_rule_is_told_with_what_it_was_shown_and_what_it_said() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("open the castle").push("main").accepted();
    let old = bob.head();
    bob.commit_unsigned("add a tunnel").plant("main:refs/heads/side");
    let told = server.refgate(&["judge", "refs/heads/main", &old, "refs/heads/side", "--explain"]).answers(1);
    told.says("What was asked:")
        .says("update.fast_forward … lets pass")
        .says("update.history = \"fast_forward\"")
        .says("\"add a tunnel\" … commit.signed … refuses: not signed")
        .says("commit.signature.status = \"unsigned\"")
        .says("params.judge_at = \"receipt\"");
}

#[test]
fn a_rule_is_shown_what_it_reads_and_nothing_more() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("open the castle").push("main").accepted();
    let told = server.refgate(&["judge", "refs/heads/main", "0", "refs/heads/main", "--explain"]).answers(0);
    told.says("update.no_delete … lets pass … update.action").never_says("commit.author.name");
}

#[test]
fn what_an_exception_lets_through_is_told_as_such() {
    let rules =
        "[[rule]]\nuse = \"commit.signed\"\nexcept = [{ ref = \"HEAD\", reason = \"moving in\", until = \"never\" }]\n";
    let server = Server::with_rules(rules);
    let alice = server.developer(ALICE);
    alice.commit_unsigned("open the castle").push("main").accepted();
    let told = server.refgate(&["judge", "refs/heads/main", "0", "refs/heads/main", "--explain"]).answers(0);
    told.says("commit.signed … refuses: not signed").says("let through)");
}

#[test]
fn a_dry_run_over_the_baseline_judges_what_came_after_the_old_value() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("open the castle").push("main").accepted();
    let old = bob.head();
    bob.commit_unsigned("add a tunnel").plant("main");
    server.refgate(&["judge", "refs/heads/main", &old, "refs/heads/main"]).answers(1).says("commit.signed: not signed");
}

#[test]
fn programs_read_what_was_shown() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("open the castle").push("main").accepted();
    let repository = server.repository();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_refgate"))
        .args(["judge", "refs/heads/main", "0", "refs/heads/main", "--explain", "--format", "json"])
        .env_clear()
        .current_dir(repository)
        .output()
        .unwrap();
    let event: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let shown = &event["input"]["shown"];
    let asked = shown["asked"].as_array().unwrap();
    let signed = asked.iter().find(|one| one["rule"] == "commit.signed").unwrap();
    let document = &shown["documents"][signed["document"].as_u64().unwrap() as usize];
    assert_eq!(document["commit"]["signature"]["status"], "good", "{document:#}");
    assert!(document["commit"]["message"].is_null(), "{document:#}");
}
