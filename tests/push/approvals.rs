//! Approvals: signed tags at `refs/approvals/<commit>/<name>` that say that this commit may become this ref's value.

use crate::stage::{ALICE, BOB, CAROL, DAVE, Developer, ERIN, Key, MALLORY, Outcome, Person, Server, program, run};

const RULES: &str = r#"
[[rule]]
use  = ["commit.signed", "update.approved", "commit.approved"]
refs = ["HEAD"]

[[rule]]
use    = "update.namespaces"
params = { approval_groups = ["maintainers"] }
"#;

/// A server where `main` needs an approval, and Bob's commit that waits for one on `wip`.
fn waiting() -> Server {
    let server = Server::with_rules(RULES);
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

/// A push of `wip` to `main`, by an account that neither signed nor approves.
fn by_robot(developer: &Developer<'_>, refspecs: &str) -> Outcome {
    developer.pushing(refspecs).logged_in_as("robot").go()
}

const LACKING: &str = "update.approved: approved by nobody, 1 needed";

#[test]
fn commit_without_an_approval_waits() {
    let server = waiting();
    by_robot(&server.developer(BOB), "server/wip:main").refused(&format!("refs/heads/main … {LACKING} … hint: `git tag -s"));
}

#[test]
fn approval_by_somebody_else_lets_it_pass() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    by_robot(&server.developer(BOB), "server/wip:main").accepted();
}

#[test]
fn approval_in_the_same_push_counts() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    by_robot(&erin, &format!("{refspec} server/wip:main")).accepted();
}

#[test]
fn approval_by_the_signer_does_not_count() {
    let server = waiting();
    let bob = server.developer(BOB);
    let refspec = approve(&bob, "bob", &here(&server), "refs/heads/main");
    bob.push(&refspec).accepted();
    by_robot(&bob, "server/wip:main").refused("\"add a window\" … commit.approved: approved by nobody, 1 needed");
}

#[test]
fn approval_by_the_author_or_committer_does_not_count_whoever_signed() {
    for claim in ["author", "committer"] {
        let server = waiting();
        let (bob, erin) = (server.developer(BOB), server.developer(ERIN));
        bob.git(&["checkout", "--quiet", "-B", "main", "server/wip"]);
        match claim {
            "author" => bob.commit_with("by erin", &["--gpg-sign", "--author=Erin Example <erin@example.org>"]),
            _ => bob.claim_to_be(ERIN).commit_with("by bob", &["--gpg-sign", "--author=Bob Example <bob@example.org>"]),
        };
        bob.plant("main:refs/heads/wip");
        erin.update();
        erin.push(&approve(&erin, "erin", &here(&server), "refs/heads/main")).accepted();
        by_robot(&bob, "main").refused("commit.approved: approved by nobody, 1 needed");
        let alice = server.developer(ALICE);
        alice.push(&approve(&alice, "alice", &here(&server), "refs/heads/main")).accepted();
        by_robot(&bob, "main").accepted();
    }
}

#[test]
fn approval_by_the_pusher_does_not_count() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    erin.pushing("server/wip:main").logged_in_as("erin").go().refused(LACKING);
    erin.pushing("server/wip:main").logged_in_as("nobody").go().refused("update.approved: pusher is nobody known");
}

#[test]
fn approval_by_a_stranger_does_not_count() {
    let server = waiting();
    let mallory = server.developer(MALLORY);
    let refspec = approve(&mallory, "mallory", &here(&server), "refs/heads/main");
    mallory.push(&refspec).accepted();
    by_robot(&mallory, "server/wip:main").refused(LACKING);
}

#[test]
fn unsigned_tag_is_no_approval() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let commit = erin.id("server/wip");
    let message = format!("Refgate-Approve: {} refs/heads/main {commit}", here(&server));
    erin.git(&["tag", "--annotate", "--message", &message, "erin", &commit]);
    erin.push(&format!("refs/tags/erin:refs/approvals/{commit}/erin")).accepted();
    by_robot(&erin, "server/wip:main").refused(LACKING);
}

#[test]
fn approval_for_another_ref_or_repository_does_not_count() {
    for (repository, target) in [("elsewhere/castle", "refs/heads/main"), ("", "refs/heads/release/1")] {
        let server = waiting();
        let alice = server.developer(ALICE);
        let repository = if repository.is_empty() { here(&server) } else { repository.to_string() };
        let refspec = approve(&alice, "alice", &repository, target);
        alice.push(&refspec).accepted();
        by_robot(&alice, "server/wip:main").refused(LACKING);
    }
}

#[test]
fn approval_under_another_name_than_its_own_does_not_count() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    let (tag, name) = refspec.split_once(':').unwrap();
    erin.plant(&format!("{tag}:{name}-again"));
    by_robot(&erin, "server/wip:main").refused(LACKING);
}

#[test]
fn approval_counts_for_exactly_its_commit() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    let bob = server.developer(BOB);
    bob.git(&["reset", "--quiet", "--hard", "server/wip"]);
    bob.commit("and a tunnel");
    by_robot(&bob, "main").refused(LACKING);
    // A tag of this name cannot be moved to the other commit either.
    let moved = refspec.replace(&erin.id("server/wip"), &bob.head());
    bob.plant("main:refs/heads/wip");
    erin.push(&moved).accepted();
    by_robot(&bob, "main").refused(LACKING);
}

#[test]
fn approval_withdrawn_in_the_same_push_does_not_count() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    let name = refspec.split(':').nth(1).unwrap();
    let push = erin.pushing(&format!(":{name} server/wip:main")).logged_in_as("alice");
    push.go().refused(LACKING);
}

#[test]
fn approval_is_not_withdrawn_by_just_anyone() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let refspec = approve(&erin, "erin", &here(&server), "refs/heads/main");
    erin.push(&refspec).accepted();
    let name = refspec.split(':').nth(1).unwrap();
    let withdraw = |account: &str| erin.pushing(&format!(":{name}")).logged_in_as(account).go();
    withdraw("bob").refused("update.namespaces: approval may not be withdrawn");
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

/// The same, where two persons must approve.
fn waiting_for_two() -> Server {
    let rules = RULES.replace(
        "use  = [\"commit.signed\", \"update.approved\", \"commit.approved\"]\nrefs = [\"HEAD\"]\n",
        "use = \"update.approved\"\nrefs = [\"HEAD\"]\nparams = { count = 2 }\n",
    );
    assert!(rules.contains("count = 2"));
    let server = Server::with_rules(&rules);
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").commit("add a window").plant("main:refs/heads/wip");
    server
}

#[test]
fn two_persons_are_enough_where_two_are_asked_for() {
    let server = waiting_for_two();
    let approved_by = |person: &'static Person| {
        let developer = server.developer(person);
        developer.push(&approve(&developer, person.id, &here(&server), "refs/heads/main")).accepted();
    };
    let bob = server.developer(BOB);
    approved_by(ERIN);
    by_robot(&bob, "server/wip:main").refused("update.approved: approved by 'erin', 2 needed");
    approved_by(ALICE);
    by_robot(&bob, "server/wip:main").accepted();
}

#[test]
fn protected_path_needs_persons_of_a_group_and_other_paths_need_none() {
    let rules = "[[rule]]\nuse = \"commit.approved\"\nrefs = [\"HEAD\"]\npaths = [\"infra/**\"]\nparams = { groups = [\"maintainers\"] }\n\
                 [[rule]]\nuse = \"update.namespaces\"";
    let server = Server::with_rules(rules);
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    by_robot(bob.write("docs/door.md", "door\n").commit("describe the door"), "main").accepted();
    bob.write("infra/door.tf", "door\n").commit("build the door").plant("main:refs/heads/wip");
    let lacking = "\"build the door\" … commit.approved: approved by nobody, 1 needed";
    by_robot(&bob, "main").refused(lacking);
    let approved_by = |person: &'static Person| {
        let developer = server.developer(person);
        developer.push(&approve(&developer, person.id, &here(&server), "refs/heads/main")).accepted();
    };
    approved_by(ERIN);
    by_robot(&bob, "main").refused(lacking);
    approved_by(ALICE);
    by_robot(&bob, "main").accepted();
}

#[test]
fn one_person_with_two_keys_is_one_person() {
    let server = waiting_for_two();
    let erin = server.developer(ERIN);
    erin.push(&approve(&erin, "one", &here(&server), "refs/heads/main")).accepted();
    erin.sign_with(Key::Ssh("erin-at-home"));
    erin.push(&approve(&erin, "two", &here(&server), "refs/heads/main")).accepted();
    by_robot(&erin, "server/wip:main").refused("update.approved: approved by 'erin', 2 needed");
}

#[test]
fn approval_with_a_key_past_its_end_or_revoked_does_not_count() {
    for person in [CAROL, DAVE] {
        let server = waiting();
        let developer = server.developer(person);
        // Back when the key was still good.
        developer.on("2024-03-01T12:00:00Z");
        developer.push(&approve(&developer, person.id, &here(&server), "refs/heads/main")).accepted();
        by_robot(&developer, "server/wip:main").refused(LACKING);
    }
}

#[test]
fn commands_that_refgate_prints_approve() {
    let server = waiting();
    let erin = server.developer(ERIN);
    let mut command = program(env!("CARGO_BIN_EXE_refgate"), server.folder());
    command.current_dir(erin.work()).args(["approve", "main", "server/wip", "--remote", "server", "--repository"]);
    let printed = run(command.arg(here(&server)), b"");
    assert!(printed.status.success(), "{}", printed.stderr_text());
    let commit = erin.id("server/wip");
    let text = String::from_utf8(printed.stdout).unwrap();
    let statement = format!("git tag -s -m 'Refgate-Approve: {} refs/heads/main {commit}' approve-", here(&server));
    assert!(text.starts_with(&statement) && text.lines().count() == 2, "{text}");
    // Without a commit, what is checked out is meant, on a branch or not.
    for checkout in [&["checkout", "--quiet", "-b", "wip", "server/wip"][..], &["checkout", "--quiet", "--detach"]] {
        erin.git(checkout);
        let mut command = program(env!("CARGO_BIN_EXE_refgate"), server.folder());
        command.current_dir(erin.work()).args(["approve", "main", "--remote", "server", "--repository"]);
        assert_eq!(String::from_utf8(run(command.arg(here(&server)), b"").stdout).unwrap(), text);
    }
    // A shell of her own types them; git hands her settings on to it.
    std::fs::write(erin.work().join("commands"), &text).unwrap();
    by_robot(&erin, "server/wip:main").refused(LACKING);
    erin.git(&["-c", "alias.type=!sh -e commands", "type"]);
    by_robot(&erin, "server/wip:main").accepted();
}

#[test]
fn commands_for_what_is_not_there_are_not_printed() {
    let server = waiting();
    let erin = server.developer(ERIN);
    for arguments in [
        &["approve", "main", "no-such-branch", "--repository", "castle"][..],
        &["approve", "ma in", "server/wip", "--repository", "castle"],
        &["approve", "main", "server/wip", "--repository", ""],
        &["approve", "main", "server/wip", "--repository", "castle", "--name", "a/b"],
        &["approve", "main", "server/wip", "--repository", "castle", "--name=-d"],
        &["approve", "main", "server/wip"],
    ] {
        let mut command = program(env!("CARGO_BIN_EXE_refgate"), server.folder());
        let finished = run(command.current_dir(erin.work()).args(arguments), b"");
        assert_eq!((finished.status.code(), finished.stdout.len()), (Some(2), 0), "{arguments:?}");
    }
}
