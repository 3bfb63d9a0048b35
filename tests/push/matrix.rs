//! The signature matrix: for everything that may stand in a signature's place, the judgement at receipt, the one at the
//! time of signing, and the person, as rules see them in one real push.

use crate::stage::{
    ALICE, BOB, CAROL, DAVE, Developer, ERIN, GRACE, HEIDI, IVAN, JUDY, Key, MALLORY, OSCAR, Person, Server,
};

/// Refuses every commit with what there is to know.
const TOLD: &str = r#"package refgate.commit.told

deny contains sprintf("%s | %s | %s | %s", [input.commit.subject, signature.status, signature.at_signing, signature.person.id]) if {
	signature := input.commit.signature
}
"#;

/// How a row's commit is made; the next commit of a developer is a root of its own branch.
type Making = fn(&Developer<'_>);

const ROWS: &[(&str, &Person, Making, &str)] = &[
    ("no signature", BOB, |bob| drop(bob.sign_nothing()), "unsigned | unsigned | ?signer"),
    ("an SSH key", BOB, |_| (), "good | good | bob"),
    ("an OpenPGP key", ALICE, |_| (), "good | good | alice"),
    ("a second key", ERIN, |erin| drop(erin.sign_with(Key::Ssh("erin-at-home"))), "good | good | erin"),
    ("another committer than the signer", BOB, |bob| drop(bob.claim_to_be(ALICE)), "good | good | bob"),
    ("a stranger's key", MALLORY, |_| (), "unknown_key | unknown_key | ?signer"),
    ("a stranger's key and a known e-mail", MALLORY, |mallory| drop(mallory.claim_to_be(BOB)), "unknown_key | unknown_key | ?signer"),
    ("an SSH key past its end", CAROL, |_| (), "expired | expired | carol"),
    ("an SSH key past its end, backdated", CAROL, |carol| drop(carol.on("2024-03-01T12:00:00Z")), "expired | good | carol"),
    ("an SSH key, dated after receipt", BOB, |bob| drop(bob.on("2099-01-01T00:00:00Z")), "not_yet_valid | not_yet_valid | bob"),
    ("an SSH key on the revocation list", DAVE, |_| (), "revoked | revoked | dave"),
    ("an SSH key on the revocation list, backdated", DAVE, |dave| drop(dave.on("2024-03-01T12:00:00Z")), "revoked | revoked | dave"),
    ("an OpenPGP key past its end", GRACE, |_| (), "expired | expired | grace"),
    ("a revoked OpenPGP key", HEIDI, |_| (), "revoked | revoked | heidi"),
    ("a weak RSA key", OSCAR, |_| (), "weak | weak | oscar"),
    ("a certificate for a known e-mail", IVAN, |_| (), "good | good | ivan"),
    ("a certificate for an e-mail that nobody has", JUDY, |_| (), "good | good | judy@example.org"),
    ("a certified key without its certificate", IVAN, |ivan| drop(ivan.sign_with(Key::Ssh("ivan"))), "unknown_key | unknown_key | ?signer"),
];

/// Rows whose signature is put in the place of Bob's own.
const BENT: &[(&str, fn(&Developer<'_>, &str) -> String, &str)] = &[
    ("a signature for files", |bob, payload| bob.sign(payload, "file"), "bad | bad | ?signer"),
    ("a signature of something else", |bob, _| bob.sign("something else", "git"), "bad | bad | ?signer"),
    ("an X.509 signature", |_, _| armor("SIGNED MESSAGE"), "unsupported | unsupported | ?signer"),
    ("a whole OpenPGP message", |_, _| armor("PGP MESSAGE"), "unsupported | unsupported | ?signer"),
    ("an OpenPGP signature of nothing", |_, _| armor("PGP SIGNATURE"), "malformed | malformed | ?signer"),
    ("an SSH signature cut short", |_, _| armor("SSH SIGNATURE"), "malformed | malformed | ?signer"),
    ("an armor nobody knows", |_, _| armor("LETTER"), "malformed | malformed | ?signer"),
    ("a signature twice", |bob, payload| bob.sign(payload, "git").repeat(2), "malformed | malformed | ?signer"),
    ("a signature and a word", |bob, payload| bob.sign(payload, "git") + "word\n", "malformed | malformed | ?signer"),
];

fn armor(label: &str) -> String {
    format!("-----BEGIN {label}-----\nU1NIU0lH\n-----END {label}-----\n")
}

#[test]
fn every_kind_of_signature_has_its_judgements_and_its_person() {
    let server = Server::build().rules("[[rule]]\nuse = \"commit.told\"").own_rule("commit.told", TOLD).start();
    let collector = server.developer(BOB);
    let mut wanted = Vec::new();
    for (number, (name, person, make, judged)) in ROWS.iter().enumerate() {
        let developer = server.developer(person);
        make(&developer);
        developer.commit(name);
        collector.git(&["fetch", "--quiet", &developer.work().display().to_string(), &format!("main:refs/heads/row/{number}")]);
        wanted.push(format!("{name} | {judged}"));
    }
    for (number, (name, bend, judged)) in BENT.iter().enumerate() {
        let bob = server.developer(BOB);
        let mut commit = bob.commit(name).take_apart("HEAD");
        commit.signature = bend(&bob, &commit.payload());
        bob.place("main", &bob.store("commit", commit.commit()));
        collector.git(&["fetch", "--quiet", &bob.work().display().to_string(), &format!("main:refs/heads/bent/{number}")]);
        wanted.push(format!("{name} | {judged}"));
    }
    collector.push("refs/heads/row/*:refs/heads/row/* refs/heads/bent/*:refs/heads/bent/*").refused("commit.told");
    let decision = server.decision();
    let violations = decision["result"]["violations"].as_array().expect("the log lists violations");
    let mut told: Vec<String> =
        violations.iter().map(|violation| violation["message"].as_str().unwrap_or_default().to_string()).collect();
    told.sort();
    wanted.sort();
    assert_eq!(told, wanted);
}
