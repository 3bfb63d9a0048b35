//! Who is who: what an entry gives, what two entries may not share, what `allowed_signers` adds.

use std::path::Path;
use std::sync::Arc;

use super::{People, Person};
use crate::problem::{Problem, render_all};

const KEY: &str = "ssh:SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
const OTHER_KEY: &str = "openpgp:D1A66E1A23B182C9980F788CFBFCC82A015E7330";

const FILE: &str = r#"
[groups]
staff = ["maintainers", "security"]
security = "oncall"

[alice]
name     = "Alice Example"
emails   = ["alice@example.org", "*+alice@users.noreply.github.com"]
groups   = ["maintainers"]
accounts = ["alice", "root"]
keys     = ["ssh:SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "openpgp:d1a6 6e1a 23b1 82c9 980f 788c fbfc c82a 015e 7330", "keys/alice.asc"]

[bob]
emails   = ["Bob@Example.org"]
groups   = ["oncall"]

[forge]
signs_for = "committers"
"#;

fn parse(text: &str) -> Result<People, Vec<Problem>> {
    People::parse(Path::new("/etc/refgate/people.toml"), &Arc::from(text)).map(|(people, _)| people)
}

fn words(text: &str) -> String {
    render_all(&parse(text).unwrap_err())
}

fn id(person: Option<&Person>) -> &str {
    person.map_or("-", |person| &person.id)
}

#[test]
fn an_entry_is_found_by_key_email_account_and_id() {
    let people = parse(FILE).unwrap();
    assert_eq!(id(people.by_fingerprint(KEY)), "alice");
    assert_eq!(id(people.by_fingerprint(OTHER_KEY)), "alice");
    assert_eq!(id(people.by_email("Alice@Example.ORG")), "alice");
    assert_eq!(id(people.by_email("77+Alice@users.noreply.github.com")), "alice");
    assert_eq!(id(people.by_email("bob@example.org")), "bob");
    assert_eq!(id(people.by_account("root")), "alice");
    assert_eq!(id(people.by_id("forge")), "forge");
    for nobody in [
        people.by_fingerprint(&KEY[4..]),
        people.by_email(""),
        people.by_email("x@y"),
        people.by_account("Alice"),
        people.by_id("?signer"),
    ] {
        assert_eq!(id(nobody), "-");
    }
    assert_eq!(people.sign_for_committers().into_iter().collect::<Vec<_>>(), ["forge"]);
    let alice = &people.persons[0];
    assert_eq!(alice.key_files, [Path::new("/etc/refgate/keys/alice.asc")]);
    assert_eq!(alice.fact().emails, ["alice@example.org"]);
    assert!(people.persons[2].signs_for_committers && !alice.signs_for_committers);
    assert_eq!(people.ids().into_iter().collect::<Vec<_>>(), ["alice", "bob", "forge"]);
}

#[test]
fn groups_hold_the_members_of_the_groups_in_them() {
    let people = parse(FILE).unwrap();
    assert_eq!(people.persons[0].groups, ["maintainers", "staff"]);
    assert_eq!(people.persons[1].groups, ["oncall", "security", "staff"]);
    assert!(people.persons[2].groups.is_empty());
    assert_eq!(people.groups().into_iter().collect::<Vec<_>>(), ["maintainers", "oncall", "security", "staff"]);
}

#[test]
fn a_claimed_email_names_a_person_or_the_place() {
    let people = parse(FILE).unwrap();
    let claimed = people.claimed("BOB@example.org", "author");
    assert_eq!((claimed.id.as_str(), claimed.known), ("bob", true));
    let claimed = people.claimed("mallory@example.org", "author");
    assert_eq!((claimed.id.as_str(), claimed.known), ("?author", false));
}

#[test]
fn nothing_belongs_to_two_people_and_both_places_are_shown() {
    let text = format!(
        r#"
[alice]
emails = ["a@example.org", "*+alice@forge"]
accounts = ["alice"]
keys = ["{KEY}", "keys/a"]
[bob]
emails = ["A@example.org", "1+alice@forge", "2*alice@forge"]
accounts = ["alice"]
keys = ["{KEY}", "keys/a"]
"#
    );
    let words = words(&text);
    for sentence in [
        "e-mail 'A@example.org' is claimed by 'alice' and by 'bob'",
        "account 'alice' is claimed by 'alice' and by 'bob'",
        "key 'ssh:SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' is claimed by 'alice' and by 'bob'",
        "key file 'keys/a' is claimed by 'alice' and by 'bob'",
        "3 | emails = [\"a@example.org\", \"*+alice@forge\"]\n  |           --------------- claimed by 'alice' here",
    ] {
        assert!(words.contains(sentence), "{sentence}\n{words}");
    }
    assert_eq!(words.matches("one e-mail could be that of 'alice' and of 'bob'").count(), 2, "{words}");
    assert!(words.ends_with("6 errors"), "{words}");
}

#[test]
fn the_same_thing_twice_in_one_entry_is_a_mistake() {
    let words = words(
        "[alice]\nemails = [\"a@x\", \"A@x\"]\naccounts = [\"a\", \"a\"]\ngroups = [\"g\", \"g\"]\nkeys = [\"k\", \"k\"]\n",
    );
    for sentence in [
        "e-mail 'A@x' is written twice",
        "account 'a' is written twice",
        "group 'g' is written twice",
        "key file 'k' is written twice",
    ] {
        assert!(words.contains(sentence), "{words}");
    }
}

#[test]
fn every_mistake_is_told_with_what_to_write_instead() {
    let words = words(
        r#"
["?signer"]
[Bob]
[carol]
email = "carol@example.org"
emails = ["Carol <carol@example.org>", "*@example.org"]
signs_for = "commiters"
keys = ["openpgp:FBFCC82A015E7330"]
groups = ["on call"]
[groups]
security = ["securty"]
on-call = ["on-call"]
"#,
    );
    for sentence in [
        "'?signer' cannot be the name of a person",
        "'Bob' cannot be the name of a person",
        "unknown key 'email'",
        "did you mean 'emails'?",
        "'Carol <carol@example.org>' cannot be an e-mail",
        "'*@example.org' is not a pattern for one person's e-mails",
        "did you mean 'committers'?",
        "'openpgp:FBFCC82A015E7330' is a key id, which anyone can make a key for",
        "'on call' cannot be the name of a group",
        "nobody is in group 'securty'",
        "did you mean 'security'?",
        "group 'on-call' holds itself through 'on-call'",
    ] {
        assert!(words.contains(sentence), "{sentence}\n{words}");
    }
}

#[test]
fn a_group_that_nobody_is_in_is_a_mistake() {
    let words = words("[groups]\nstaff = [\"empty\"]\nempty = []\n[alice]\ngroups = [\"staff\"]\n");
    assert!(words.contains("nobody is in group 'empty'") && words.ends_with("1 error"), "{words}");
}

#[test]
fn a_certificate_names_who_has_the_email_or_makes_a_person() {
    let people = parse(FILE).unwrap();
    let certified = |principal: &str, key: &str| people.certified(principal, key).map(|person| person.id);
    assert_eq!(certified("BOB@example.org", "ssh:SHA256:x").as_deref(), Some("bob"));
    assert_eq!(certified("Judy@Example.org", "ssh:SHA256:x").as_deref(), Some("judy@example.org"));
    assert_eq!(certified("alice@example.org", KEY).as_deref(), Some("alice"));
    for (principal, key) in [("bob@example.org", KEY), ("judy@example.org", KEY), ("alice", "ssh:SHA256:x")] {
        assert_eq!(certified(principal, key), None, "{principal}");
    }
    for principal in ["", "*@example.org", "a b", "?signer", "!x", "a\nb"] {
        assert_eq!(certified(principal, "ssh:SHA256:x"), None, "{principal:?}");
    }
}

#[test]
fn groups_that_hold_each_other_are_a_mistake() {
    let words = words("[groups]\na = \"b\"\nb = \"c\"\nc = \"a\"\nd = \"a\"\n");
    for sentence in [
        "group 'a' holds itself through 'b'",
        "group 'b' holds itself through 'c'",
        "group 'c' holds itself through 'a'",
    ] {
        assert!(words.contains(sentence), "{words}");
    }
    assert!(!words.contains("group 'd'"), "{words}");
}

#[test]
fn an_allowed_signers_line_names_who_has_the_email() {
    let mut people = parse(FILE).unwrap();
    people.introduce("bob@example.org", "ssh:SHA256:x").unwrap();
    assert_eq!(id(people.by_fingerprint("ssh:SHA256:x")), "bob");
    people.introduce("alice@example.org", KEY).unwrap();
    assert_eq!(people.persons.len(), 3);
}

#[test]
fn an_allowed_signers_line_can_make_a_person() {
    let mut people = People::default();
    people.introduce("solo@example.org", KEY).unwrap();
    people.introduce("solo@example.org", OTHER_KEY).unwrap();
    assert_eq!(people.persons.len(), 1);
    assert_eq!(id(people.by_fingerprint(KEY)), "solo@example.org");
    assert_eq!(id(people.by_email("Solo@example.org")), "solo@example.org");
    assert_eq!(people.claimed("solo@example.org", "author").id, "solo@example.org");
    for principal in ["", "*@example.org", "a b", "?signer", "!x", "a\nb"] {
        assert!(people.introduce(principal, "ssh:SHA256:y").is_err(), "{principal:?}");
    }
    assert_eq!(id(people.by_fingerprint("ssh:SHA256:y")), "-");
}

#[test]
fn an_allowed_signers_line_cannot_give_away_a_key_or_an_id() {
    let mut people = parse(FILE).unwrap();
    let problem = people.introduce("bob@example.org", KEY).unwrap_err();
    assert!(problem.message.ends_with("which is a key of 'alice'"), "{}", problem.render());
    assert_eq!(problem.line(), Some(6));
    assert!(people.introduce("new@example.org", KEY).is_err());
    assert!(people.introduce("alice", "ssh:SHA256:x").unwrap_err().message.contains("which is a person's id"));
    assert_eq!(people.persons.len(), 3);
}

#[test]
fn a_key_from_a_file_belongs_to_one_person() {
    let mut people = parse(FILE).unwrap();
    people.add_fingerprint(1, "openpgp:1111").unwrap();
    people.add_fingerprint(1, "openpgp:1111").unwrap();
    assert_eq!(people.persons[1].fingerprints, ["openpgp:1111"]);
    assert_eq!(id(people.by_fingerprint("openpgp:1111")), "bob");
    let problem = people.add_fingerprint(0, "openpgp:1111").unwrap_err();
    let words = problem.render();
    assert!(
        words.contains("from a key file of 'alice', is a key of 'bob' already") && words.contains("whose key it is"),
        "{words}"
    );
    assert!(people.add_fingerprint(9, "openpgp:2222").is_err());
}

#[test]
fn an_empty_file_knows_nobody() {
    let people = parse("").unwrap();
    assert!(people.persons.is_empty() && people.groups().is_empty());
}
