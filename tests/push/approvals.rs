//! Approvals: signed tags at `refs/approvals/<commit>/<name>` that say that this commit may become this ref's value.

use crate::stage::{ALICE, BOB, Developer, ERIN, MALLORY, Server};

const APPROVED: &str = r#"package refgate.update.approved

deny contains "nobody approved" if count(input.update.approvals) == 0
"#;

const RULES: &str = r#"
[[rule]]
use  = ["commit.signed", "update.approved"]
refs = ["HEAD"]

[[rule]]
use    = "update.namespaces"
params = { approval_groups = ["maintainers"] }
"#;

/// A server where `main` needs an approval, and Bob's commit that waits for one on `wip`.
fn waiting() -> Server {
    let server = Server::build().rules(RULES).own_rule("update.approved", APPROVED).start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").commit("add a window").plant("main:refs/heads/wip");
    server
}

/// Somebody's approval of `wip` for a ref of a repository, ready to push as `refs/tags/<name>`; gives the refspec.
fn approve(developer: &Developer<'_>, name: &str, repository: &str, target: &str) -> String {
    let commit = developer.id("server/wip");
    let message = format!("Refgate-Approve: {repository} {target} {commit}");
    developer.git(&["tag", "--sign", "--message", &message, name, &commit]);
    format!("refs/tags/{name}:refs/approvals/{commit}/{name}")
}

fn here(server: &Server) -> String {
    server.repository().canonicalize().unwrap().display().to_string()
}

#[test]
fn commit_without_an_approval_waits() {
    let server = waiting();
    server.developer(BOB).push("server/wip:main").refused("refs/heads/main … update.approved: nobody approved");
}

#[test]
fn approval_by_somebody_else_lets_it_pass() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    server.developer(BOB).push("server/wip:main").accepted();
}

#[test]
fn approval_in_the_same_push_counts() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&format!("{refspec} server/wip:main")).accepted();
}

#[test]
fn approval_by_the_signer_or_a_stranger_does_not_count() {
    for person in [BOB, MALLORY] {
        let server = waiting();
        let developer = server.developer(person);
        let refspec = approve(&developer, person.id, &here(&server), "refs/heads/main");
        let _ = developer.push(&refspec).succeeded;
        server.developer(ERIN).push("server/wip:main").refused("update.approved: nobody approved");
    }
}

#[test]
fn approval_for_another_ref_or_repository_does_not_count() {
    for (repository, target) in [("elsewhere/castle", "refs/heads/main"), ("", "refs/heads/release/1")] {
        let server = waiting();
        let alice = server.developer(ALICE);
        let repository = if repository.is_empty() { here(&server) } else { repository.to_string() };
        let refspec = approve(&alice, "alice", &repository, target);
        alice.push(&refspec).accepted();
        server.developer(ERIN).push("server/wip:main").refused("update.approved: nobody approved");
    }
}

#[test]
fn approval_counts_for_exactly_its_commit() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    let bob = server.developer(BOB);
    bob.git(&["reset", "--quiet", "--hard", "server/wip"]);
    bob.commit("and a tunnel").push("main").refused("update.approved: nobody approved");
}

#[test]
fn approval_withdrawn_in_the_same_push_does_not_count() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    let name = refspec.split(':').nth(1).unwrap();
    let push = erin.pushing(&format!(":{name} server/wip:main")).logged_in_as("alice");
    push.go().refused("update.approved: nobody approved");
}

#[test]
fn approval_is_not_withdrawn_by_just_anyone() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    let name = refspec.split(':').nth(1).unwrap();
    let withdraw = |account: &str| erin.pushing(&format!(":{name}")).logged_in_as(account).go();
    withdraw("bob").refused("update.namespaces");
    withdraw("alice").accepted();
}

#[test]
fn lightweight_tag_is_no_approval() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let commit = erin.id("server/wip");
    erin.push(&format!("server/wip:refs/approvals/{commit}/erin"))
        .refused("update.namespaces: approval is not an annotated tag");
    erin.push(&format!("server/wip:refs/approvals/{commit}")).refused("update.namespaces");
}
