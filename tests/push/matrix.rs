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
    (
        "no signature",
        BOB,
        |bob| {
            bob.sign_nothing();
        },
        "unsigned | unsigned | ?signer",
    ),
    ("an SSH key", BOB, |_| (), "good | good | bob"),
    ("an OpenPGP key", ALICE, |_| (), "good | good | alice"),
    (
        "a second key",
        ERIN,
        |erin| {
            erin.sign_with(Key::Ssh("erin-at-home"));
        },
        "good | good | erin",
    ),
    (
        "another committer than the signer",
        BOB,
        |bob| {
            bob.claim_to_be(ALICE);
        },
        "good | good | bob",
    ),
    ("a stranger's key", MALLORY, |_| (), "unknown_key | unknown_key | ?signer"),
    (
        "a stranger's key and a known e-mail",
        MALLORY,
        |mallory| {
            mallory.claim_to_be(BOB);
        },
        "unknown_key | unknown_key | ?signer",
    ),
    ("an SSH key past its end", CAROL, |_| (), "expired | expired | carol"),
    (
        "an SSH key past its end, backdated",
        CAROL,
        |carol| {
            carol.on("2024-03-01T12:00:00Z");
        },
        "expired | good | carol",
    ),
    (
        "an SSH key, dated after receipt",
        BOB,
        |bob| {
            bob.on("2099-01-01T00:00:00Z");
        },
        "not_yet_valid | not_yet_valid | bob",
    ),
    ("an SSH key on the revocation list", DAVE, |_| (), "revoked | revoked | dave"),
    (
        "an SSH key on the revocation list, backdated",
        DAVE,
        |dave| {
            dave.on("2024-03-01T12:00:00Z");
        },
        "revoked | revoked | dave",
    ),
    ("an OpenPGP key past its end", GRACE, |_| (), "expired | expired | grace"),
    ("a revoked OpenPGP key", HEIDI, |_| (), "revoked | revoked | heidi"),
    ("a weak RSA key", OSCAR, |_| (), "weak | weak | oscar"),
    ("a certificate for a known e-mail", IVAN, |_| (), "good | good | ivan"),
    ("a certificate for an e-mail that nobody has", JUDY, |_| (), "good | good | judy@example.org"),
    (
        "a certified key without its certificate",
        IVAN,
        |ivan| {
            ivan.sign_with(Key::Ssh("ivan"));
        },
        "unknown_key | unknown_key | ?signer",
    ),
];

/// Rows whose signature is put in the place of Bob's own.
const BENT: &[(&str, fn(&Developer<'_>, &str) -> String, &str)] = &[
    ("a signature for files", |bob, payload| bob.sign(payload, "file"), "bad | bad | ?signer"),
    ("a signature of something else", |bob, _| bob.sign("something else", "git"), "bad | bad | ?signer"),
    ("an X.509 signature", |_, _| armor("SIGNED MESSAGE"), "unsupported | unsupported | ?signer"),
    ("a whole OpenPGP message", |_, _| armor("PGP MESSAGE"), "unsupported | unsupported | ?signer"),
    ("an OpenPGP signature of nothing", |_, _| armor("PGP SIGNATURE"), "malformed | malformed | ?signer"),
    ("an SSH signature cut short", |_, _| armor("SSH SIGNATURE"), "malformed | malformed | ?signer"),
];

/// Rows that programs read differently: no rule is asked about them.
const AMBIGUOUS: &[(fn(&Developer<'_>, &str) -> String, &str)] = &[
    (|_, _| armor("LETTER"), "its signature does not begin like one"),
    (|bob, payload| "word\n".to_string() + &bob.sign(payload, "git"), "its signature does not begin like one"),
    (|bob, payload| bob.sign(payload, "git").repeat(2), "something follows its signature"),
    (|bob, payload| bob.sign(payload, "git") + "word\n", "something follows its signature"),
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
        collector.git(&[
            "fetch",
            "--quiet",
            &developer.work().display().to_string(),
            &format!("main:refs/heads/row/{number}"),
        ]);
        wanted.push(format!("{name} | {judged}"));
    }
    let bent = BENT.iter().map(|(name, bend, judged)| (*name, bend, format!("{name} | {judged}")));
    let ambiguous = AMBIGUOUS.iter().map(|(bend, why)| ("ambiguous", bend, format!("ambiguous: {why}")));
    for (number, (name, bend, judged)) in bent.chain(ambiguous).enumerate() {
        let mut commit = collector.commit(name).take_apart("HEAD");
        commit.signature = bend(&collector, &commit.payload());
        collector.place(&format!("bent/{number}"), &collector.store("commit", commit.commit()));
        collector.git(&["update-ref", "-d", "HEAD"]);
        wanted.push(judged);
    }
    collector.push("refs/heads/row/*:refs/heads/row/* refs/heads/bent/*:refs/heads/bent/*").refused("commit.told");
    let decision = server.decision();
    let violations = decision["result"]["violations"].as_array().expect("the log lists violations");
    let message = |violation: &serde_json::Value| violation["message"].as_str().unwrap_or_default().to_string();
    // `object <id> is read differently by different programs: why`
    let ambiguous = |message: String| match message.strip_prefix("object ").and_then(|rest| rest.split_once(": ")) {
        Some((_, why)) => format!("ambiguous: {why}"),
        None => message,
    };
    let mut told: Vec<String> = violations.iter().map(message).map(ambiguous).collect();
    told.sort();
    wanted.sort();
    assert_eq!(told, wanted);
}
