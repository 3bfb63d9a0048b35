//! The entries of `people.toml`, read and checked against each other: nothing may belong to two people.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use crate::config::Named;
use crate::config::document::{Findings, Table, Value};
use crate::people::email::{self, EmailPattern};
use crate::people::fingerprint::WrittenKey;
use crate::people::group::Nesting;
use crate::people::{People, Person};

/// Where everything that belongs to one person stands, to find what two claim.
#[derive(Default)]
struct Claims {
    addresses: BTreeMap<String, Named>,
    address_patterns: Vec<(EmailPattern, Named)>,
    accounts: BTreeMap<String, Named>,
    keys: BTreeMap<String, Named>,
    files: BTreeMap<PathBuf, Named>,
}

pub fn people(mut top: Table<'_>, findings: &mut Findings) -> People {
    let nesting = top.take("groups").and_then(|value| value.table(findings));
    let nesting = nesting.map(|table| Nesting::parse(table, findings)).unwrap_or_default();
    let mut claims = Claims::default();
    let mut people = People { file: findings.file.clone(), text: findings.text.clone(), ..People::default() };
    for entry in top.rest() {
        if let Some(person) = person(&entry, &mut claims, findings) {
            people.push(person);
        }
    }
    claims.check_patterns(findings);
    nesting.check_members(&people.groups, findings);
    for person in &mut people.persons {
        let more = nesting.containing(&person.groups);
        person.groups.extend(more);
    }
    people.groups.extend(nesting.names().cloned());
    people
}

/// Ids of people and groups: what a rule or a report can show without quoting. `?` marks those who are not known.
pub fn check_id(id: &Named, noun: &str, findings: &mut Findings) {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let begins_well = id.name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !begins_well || !id.name.chars().all(legal) {
        let help = "begin with a lower-case letter or digit; then '.', '_' and '-' are allowed too";
        findings.error(&id.span, format!("'{}' cannot be the name of a {noun}", id.name.escape_debug()), help);
    }
}

/// Reports every word that stands twice in a list.
pub fn check_repeated(words: &[Named], noun: &str, findings: &mut Findings) {
    if words.len() < 2 {
        return;
    }
    let mut first_places = HashMap::new();
    for word in words {
        if let Some(first) = first_places.insert(&word.name, &word.span) {
            findings.twice(&word.span, first, format!("{noun} '{}' is written twice", word.name), "first here");
        }
    }
}

fn person(entry: &Value<'_>, claims: &mut Claims, findings: &mut Findings) -> Option<Person> {
    check_id(&entry.key, "person", findings);
    let mut table = entry.table(findings)?;
    let id = &entry.key;
    let groups = words(table.take("groups"), findings);
    groups.iter().for_each(|group| check_id(group, "group", findings));
    check_repeated(&groups, "group", findings);
    let accounts = words(table.take("accounts"), findings);
    accounts.iter().for_each(|account| claims.account(account, id, findings));
    let emails = words(table.take("emails"), findings);
    emails.iter().for_each(|email| claims.email(email, id, findings));
    let mut person = Person {
        id: id.name.clone(),
        name: table.take("name").and_then(|value| value.string(findings)).map(|name| name.name).unwrap_or_default(),
        emails: names(emails),
        groups: names(groups),
        accounts: names(accounts),
        at: Some(id.clone()),
        ..Person::default()
    };
    for key in words(table.take("keys"), findings) {
        add_key(&mut person, &key, claims, findings);
    }
    let signs_for = table.take("signs_for").and_then(|value| value.choice(findings, &[("committers", true)]));
    person.signs_for_committers = signs_for.unwrap_or_default();
    table.finish(findings);
    Some(person)
}

fn words(value: Option<Value<'_>>, findings: &mut Findings) -> Vec<Named> {
    value.map(|value| value.string_or_strings(findings)).unwrap_or_default()
}

fn names(words: Vec<Named>) -> Vec<String> {
    words.into_iter().map(|word| word.name).collect()
}

fn add_key(person: &mut Person, key: &Named, claims: &mut Claims, findings: &mut Findings) {
    let owner = Named { name: person.id.clone(), span: key.span.clone() };
    match WrittenKey::parse(&key.name) {
        WrittenKey::Broken { message, help } => findings.error(&key.span, message, help),
        WrittenKey::Fingerprint(fingerprint) => {
            claim(&mut claims.keys, fingerprint.clone(), owner, || format!("key '{fingerprint}'"), findings);
            person.fingerprints.push(fingerprint);
        }
        WrittenKey::File => {
            let file = findings.path(key);
            claim(&mut claims.files, file.clone(), owner, || format!("key file '{}'", key.name), findings);
            person.key_files.push(file);
        }
    }
}

/// Notes whose `what` is, or reports both places when it is someone's already.
fn claim<K: Ord>(
    claims: &mut BTreeMap<K, Named>,
    key: K,
    owner: Named,
    what: impl FnOnce() -> String,
    findings: &mut Findings,
) {
    match claims.entry(key) {
        Entry::Occupied(first) if first.get().name == owner.name => {
            findings.twice(&owner.span, &first.get().span, format!("{} is written twice", what()), "first here");
        }
        Entry::Occupied(first) => {
            let first = first.get();
            let message = format!("{} is claimed by '{}' and by '{}'", what(), first.name, owner.name);
            findings.twice(&owner.span, &first.span, message, &format!("claimed by '{}' here", first.name));
        }
        Entry::Vacant(place) => {
            place.insert(owner);
        }
    }
}

impl Claims {
    fn account(&mut self, account: &Named, id: &Named, findings: &mut Findings) {
        if account.name.contains(|c: char| c.is_whitespace() || c.is_control()) {
            findings.error(&account.span, format!("'{}' cannot be an account", account.name.escape_debug()), "");
        }
        let owner = Named { name: id.name.clone(), span: account.span.clone() };
        claim(&mut self.accounts, account.name.clone(), owner, || format!("account '{}'", account.name), findings);
    }

    fn email(&mut self, email: &Named, id: &Named, findings: &mut Findings) {
        let owner = Named { name: id.name.clone(), span: email.span.clone() };
        match EmailPattern::parse(&email.name) {
            _ if !email::is_address(&email.name) => {
                findings.error(
                    &email.span,
                    format!("'{}' cannot be an e-mail", email.name.escape_debug()),
                    "write the address alone, without '<' and '>'",
                );
            }
            Some(pattern) => self.address_patterns.push((pattern, owner)),
            None if email.name.contains('*') => {
                let help =
                    "one '*' before the '@', beside something that says who it is: '*+alice@users.noreply.github.com'";
                findings.error(
                    &email.span,
                    format!("'{}' is not a pattern for one person's e-mails", email.name),
                    help,
                );
            }
            None => claim(
                &mut self.addresses,
                email.name.to_ascii_lowercase(),
                owner,
                || format!("e-mail '{}'", email.name),
                findings,
            ),
        }
    }

    /// No address may be one person's by pattern and another's as well.
    fn check_patterns(&self, findings: &mut Findings) {
        let mut told = BTreeSet::new();
        for (index, (pattern, owner)) in self.address_patterns.iter().enumerate() {
            let addresses =
                self.addresses.iter().filter(|(address, _)| pattern.matches(address)).map(|(_, other)| other);
            let patterns = self
                .address_patterns
                .iter()
                .skip(index + 1)
                .filter(|(other, _)| pattern.overlaps(other))
                .map(|(_, other)| other);
            for other in addresses.chain(patterns).filter(|other| other.name != owner.name) {
                if told.insert((owner.span.start, other.span.start)) {
                    let message = format!("one e-mail could be that of '{}' and of '{}'", owner.name, other.name);
                    findings.twice(&owner.span, &other.span, message, &format!("claimed by '{}' here", other.name));
                }
            }
        }
    }
}
