//! Dates that signers claim, against the server's clock at receipt.

use crate::stage::{BOB, Server, program, run};

/// A date so many seconds from now, in git's raw form.
fn from_now(server: &Server, seconds: i32) -> String {
    let when = format!("{seconds:+} seconds");
    let finished = run(program("date", server.folder()).args(["-u", "-d", &when, "+%s"]), b"");
    format!("{} +0000", String::from_utf8(finished.stdout).unwrap().trim())
}

#[test]
fn clock_of_a_signer_may_run_ahead_as_far_as_the_operator_says() {
    let rules = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]";
    let identity = "people = \"people.toml\"\nallowed_signers = [\"allowed_signers\"]\nclock_tolerance = ";
    let pushed_with = |tolerance: &str, seconds: i32| {
        let server = Server::build().rules(rules).identity(&format!("{identity}{tolerance:?}")).start();
        let bob = server.developer(BOB);
        bob.on(&from_now(&server, seconds)).commit("add a door").push("main")
    };
    pushed_with("10m", 300).accepted();
    pushed_with("1m", 300).refused("commit.signed: claims to be made at … after it was received");
    pushed_with("10m", 3600).refused("commit.signed: claims to be made at … after it was received");
}

#[test]
fn distance_of_a_date_from_receipt_is_for_rules_to_judge() {
    let rules = "[[rule]]\nuse = \"commit.dates\"\nrefs = [\"HEAD\"]\nparams = { future = \"10m\", past = \"30d\" }";
    let server = Server::with_rules(rules);
    let pushed = |seconds: i32| {
        let bob = server.developer(BOB);
        bob.on(&from_now(&server, seconds)).commit("add a door").push("main")
    };
    let day = 24 * 60 * 60;
    pushed(-31 * day).refused("\"add a door\" … commit.dates: committer date is … seconds before receipt");
    pushed(3600)
        .refused("\"add a door\" … commit.dates: author date … is after receipt … committer date is … after receipt");
    pushed(-29 * day).accepted();
    pushed(300).accepted();
}
