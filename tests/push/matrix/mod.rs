//! The signature matrix: for everything that may stand in a signature's place, the judgement at receipt, the one at the
//! time of signing, the person, and who refuses it; all rows in one real push of real objects.
//!
//! A row that begins with a number (`C10`) is a case of the catalogue that refgate was designed against.

mod bench;
mod bent;
mod keyring;
mod openpgp;
mod real;
mod ssh;
mod tags;

use std::collections::BTreeMap;

use crate::matrix::bench::{Bench, Row, Task};
use crate::matrix::keyring::Keyring;
use crate::stage::Server;

/// Refuses every commit and tag with what there is to know.
const TOLD: &str = r#"package refgate.SUBJECT.told

deny contains sprintf("%s | %s | %s", [signature.status, signature.at_signing, signature.person.id]) if {
	signature := input.SUBJECT.signature
}
"#;

const RULES: &str = r#"
[[rule]]
use = ["commit.told", "commit.signed", "commit.identity", "tag.told", "tag.signed", "tag.names_ref"]

[[rule]]
use    = "commit.protected_paths"
paths  = ["infra/**"]
params = { groups = ["security"] }
"#;

/// Every case of the catalogue about signatures of commits and tags.
const CATALOGUE: [u8; 42] = [
    1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 31, 32, 33, 34, 35, 36, 37, 38,
    39, 40, 42, 43, 44, 46, 47, 49, 50, 51, 52,
];

fn rows() -> Vec<&'static Row> {
    [real::ROWS, bent::ROWS, ssh::ROWS, openpgp::ROWS, tags::ROWS].into_iter().flatten().collect()
}

/// The server that all rows are pushed to, in one push.
fn server(keyring: &Keyring) -> Server {
    let identity = "people = \"people.toml\"\nallowed_signers = [\"allowed_signers\"]\n\
                    revoked_keys = [\"revoked.krl\", \"more.krl\"]\nopenpgp = [\"openpgp/\"]";
    let build = Server::build().identity(identity).rules(RULES).file("more.krl", &keyring.revoked);
    let build = build.own_rule("commit.told", &TOLD.replace("SUBJECT", "commit"));
    let build = build.own_rule("tag.told", &TOLD.replace("SUBJECT", "tag"));
    let build = build.and_people(&keyring.people).and_signers(&keyring.signers);
    keyring.files.iter().fold(build, |build, (name, bytes)| build.file(name, bytes)).start()
}

/// `status | at_signing | person | who refuses`, from the log's violations of one commit or tag.
fn judged(violations: &[serde_json::Value], name: &str, id: &str) -> String {
    let text = |violation: &serde_json::Value, key: &str| violation[key].as_str().unwrap_or_default().to_string();
    let of_tag = name.starts_with("refs/tags/");
    let here = violations.iter().filter(|violation| {
        let (commit, tag) = (text(violation, "commit"), text(violation, "tag"));
        let (meant, other) = if of_tag { (tag, commit) } else { (commit, tag) };
        // A lightweight tag has no object, and neither has what cannot be read.
        text(violation, "ref") == name && other.is_empty() && (meant == id || meant.is_empty())
    });
    let (mut told, mut codes) = ("- | - | -".to_string(), Vec::new());
    for violation in here {
        match text(violation, "code").as_str() {
            "commit.told" | "tag.told" => told = text(violation, "message"),
            code => codes.push(code.to_string()),
        }
    }
    codes.sort();
    codes.dedup();
    // Without a good signature nobody vouches for the committer either.
    if codes.iter().any(|code| code.ends_with(".signed")) {
        codes.retain(|code| code != "commit.identity");
    }
    let refused_by = if codes.is_empty() { "nobody".to_string() } else { codes.join(", ") };
    format!("{told} | {refused_by}")
}

#[test]
fn every_kind_of_signature_has_its_judgements_and_its_person() {
    let keyring = Keyring::new();
    let server = server(&keyring);
    let bench = Bench::new(&server, &keyring);
    let mut made = BTreeMap::new();
    for (number, row) in rows().into_iter().enumerate() {
        let object = (row.make)(&Task::new(&bench, number, row.name));
        made.insert(row.name, bench.place(number, &object));
    }
    assert_eq!(made.len(), rows().len(), "each row has a name of its own");
    bench.collector.push("refs/heads/row/*:refs/heads/row/* refs/tags/*:refs/tags/*").refused("commit.told");
    let decision = server.decision();
    let violations = decision["result"]["violations"].as_array().expect("the log lists violations");
    let (mut table, mut wrong) = (String::new(), Vec::new());
    for row in rows() {
        let (name, id) = &made[row.name];
        let judged = judged(violations, name, id);
        table += &format!("{:70} {judged}\n", row.name);
        if judged != row.judged {
            wrong.push(format!("{}\n  is    {judged}\n  not   {}", row.name, row.judged));
        }
    }
    println!("{table}{} rows", made.len());
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), made.len(), wrong.join("\n"));
}

#[test]
fn table_has_a_row_for_every_case_of_the_catalogue() {
    let situations = bench::SITUATIONS.iter().map(|situation| situation.name);
    let names: Vec<&str> = rows().into_iter().map(|row| row.name).chain(situations).collect();
    let is_there = |number: &&u8| names.iter().any(|name| name.starts_with(&format!("C{number:02} ")));
    let missing: Vec<&u8> = CATALOGUE.iter().filter(|number| !is_there(number)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn situations_of_a_whole_server_have_their_answers() {
    let mut wrong = Vec::new();
    for situation in bench::SITUATIONS {
        let answer = (situation.play)();
        println!("{:70} {answer}", situation.name);
        if answer != situation.answer {
            wrong.push(format!("{}: {answer}, not {}", situation.name, situation.answer));
        }
    }
    println!("{} rows", bench::SITUATIONS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
