//! `refgate people`: who is known, which keys they have, what ends soon and what is taken back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::cli::{Format, People};
use crate::facts::Status;
use crate::people::Person;
use crate::problem::{Problem, render_all};
use crate::setup::Setup;
use crate::signature::ListedKey;
use crate::time::Time;

use super::{edge, judge};

pub fn run(options: &People) -> u8 {
    let git_dir = judge::git_dir_of(&options.repository);
    let loaded = edge::locate_config(options.config.config.as_deref(), &git_dir)
        .map_err(|problem| vec![problem])
        .and_then(|config| Setup::load(&config));
    let setup = match loaded {
        Ok(setup) => setup,
        Err(problems) => {
            edge::tell(&format!("{}\n", render_all(&problems)));
            return 2;
        }
    };
    let roster = Roster::new(&setup, edge::now(), options.expires_within);
    match options.format {
        Format::Json => match serde_json::to_string_pretty(&roster) {
            Ok(text) => edge::answer_json(&format!("{text}\n")),
            Err(error) => {
                edge::tell(&format!("refgate: {error}\n"));
                return 2;
            }
        },
        Format::Text => edge::answer(&roster.words()),
    }
    0
}

/// Warnings about keys that end within this time, and about those of which there is a fingerprint and no more, where
/// their owners stand.
pub fn warnings(setup: &Setup, now: Time, within: Duration) -> Vec<Problem> {
    let roster = Roster::new(setup, now, within);
    let ends =
        |entry: &KeyEntry, whose: &str| format!("key '{}'{whose} ends on {}", entry.fingerprint, entry.expires_at);
    let mut problems = Vec::new();
    for entry in &roster.people {
        for key in &entry.keys {
            let message = if key.expires_soon {
                ends(key, &format!(" of '{}'", entry.id))
            } else if key.status == Status::UnknownKey {
                format!("no signature by key '{}' of '{}' counts: {}", key.fingerprint, entry.id, key.reason)
            } else {
                continue;
            };
            let here = setup.people.by_id(&entry.id).and_then(|person| setup.people.warning(person, &message));
            problems.push(here.unwrap_or_else(|| Problem::warning(&setup.config.file, message)));
        }
    }
    for authority in roster.authorities.iter().filter(|authority| authority.expires_soon) {
        let message = ends(authority, &format!(", an authority for {},", authority.principals.join(", ")));
        problems.push(Problem::warning(&setup.config.file, message));
    }
    problems
}

/// Everyone the operator knows, with the operator's word on their keys.
#[derive(Serialize)]
struct Roster {
    people: Vec<Entry>,
    /// Who is in each group, nested groups included.
    groups: BTreeMap<String, Vec<String>>,
    /// Keys that certify those of others.
    authorities: Vec<KeyEntry>,
    /// Keys that the operator holds and nobody has: no signature by them counts.
    unclaimed: Vec<KeyEntry>,
    expires_within_seconds: u64,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    name: String,
    /// As written; those with `*` are patterns.
    emails: Vec<String>,
    groups: Vec<String>,
    accounts: Vec<String>,
    signs_for_committers: bool,
    keys: Vec<KeyEntry>,
    /// Fingerprints of authorities that may certify keys for one of the e-mails.
    authorities: Vec<String>,
}

#[derive(Clone, Serialize)]
struct KeyEntry {
    fingerprint: String,
    /// `""` and 0 where only the fingerprint is known.
    algorithm: String,
    bits: u32,
    hardware: bool,
    /// The judgement of a good signature received now.
    status: Status,
    reason: String,
    expires_at: String,
    expires_at_ns: i64,
    expires_soon: bool,
    /// Those of `allowed_signers`.
    principals: Vec<String>,
}

impl Roster {
    fn new(setup: &Setup, now: Time, within: Duration) -> Self {
        let soon = now.plus(within.as_secs());
        let listed = setup.keyring.list(now);
        let of = |person: &Person| -> Vec<KeyEntry> {
            let theirs = listed.iter().filter(|listed| !listed.certifies);
            theirs
                .filter(|listed| person.fingerprints.contains(&listed.key.fingerprint))
                .map(|listed| KeyEntry::new(listed, soon))
                .chain(unheld(person, &listed))
                .collect()
        };
        let people: Vec<Entry> =
            setup.people.persons.iter().map(|person| Entry::new(person, of(person), &listed)).collect();
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for person in &setup.people.persons {
            for group in &person.groups {
                groups.entry(group.clone()).or_default().push(person.id.clone());
            }
        }
        let whose = |listed: &&ListedKey| setup.people.by_fingerprint(&listed.key.fingerprint).is_none();
        let unclaimed = listed.iter().filter(|listed| !listed.certifies).filter(whose);
        Self {
            people,
            groups,
            unclaimed: unclaimed.map(|listed| KeyEntry::new(listed, soon)).collect(),
            authorities: listed.iter().filter(|key| key.certifies).map(|key| KeyEntry::new(key, soon)).collect(),
            expires_within_seconds: within.as_secs(),
        }
    }

    fn words(&self) -> String {
        let mut words = String::new();
        for entry in &self.people {
            entry.write(&mut words);
        }
        let section = |words: &mut String, title: &str, rows: Vec<String>| {
            if !rows.is_empty() {
                let _ = writeln!(words, "{title}:\n\n  {}\n", rows.join("\n  "));
            }
        };
        let members = self.groups.iter().map(|(name, people)| format!("{name:14} {}", people.join(", ")));
        section(&mut words, "Groups", members.collect());
        let certifies = |key: &KeyEntry| format!("{}  for {}", key.words(), key.principals.join(", "));
        section(&mut words, "Authorities", self.authorities.iter().map(certifies).collect());
        let title = "Keys that nobody has, so that no signature by them counts";
        section(&mut words, title, self.unclaimed.iter().map(KeyEntry::words).collect());
        let days = self.expires_within_seconds / (24 * 60 * 60);
        let soon = self.chosen(|key| key.expires_soon);
        section(&mut words, &format!("Ends within {days} days"), soon);
        section(&mut words, "Revoked", self.chosen(|key| key.status == Status::Revoked));
        words
    }

    /// These keys, with whose they are.
    fn chosen(&self, wanted: impl Fn(&KeyEntry) -> bool) -> Vec<String> {
        let with = |whose: &str, keys: &[KeyEntry]| -> Vec<String> {
            let chosen = keys.iter().filter(|key| wanted(key));
            chosen.map(|key| format!("{whose:14} {}", key.words())).collect()
        };
        let people = self.people.iter().flat_map(|entry| with(&entry.id, &entry.keys));
        people.chain(with("(authority)", &self.authorities)).chain(with("(nobody)", &self.unclaimed)).collect()
    }
}

/// Keys that a person lists and the operator holds no copy of: OpenPGP fingerprints without a certificate.
fn unheld(person: &Person, listed: &[ListedKey]) -> impl Iterator<Item = KeyEntry> {
    let held = |fingerprint: &&String| listed.iter().any(|listed| listed.key.fingerprint == **fingerprint);
    person.fingerprints.iter().filter(move |fingerprint| !held(fingerprint)).map(|fingerprint| KeyEntry {
        fingerprint: fingerprint.clone(),
        algorithm: String::new(),
        bits: 0,
        hardware: false,
        status: Status::UnknownKey,
        reason: "no certificate of it is held under 'openpgp'".to_string(),
        expires_at: String::new(),
        expires_at_ns: Time::NEVER_ENDS.nanoseconds(),
        expires_soon: false,
        principals: Vec::new(),
    })
}

impl Entry {
    fn new(person: &Person, keys: Vec<KeyEntry>, listed: &[ListedKey]) -> Self {
        let vouches = |key: &&ListedKey| person.emails.iter().any(|email| key.may_certify(email));
        Self {
            id: person.id.clone(),
            name: person.name.clone(),
            emails: person.emails.clone(),
            groups: person.groups.clone(),
            accounts: person.accounts.clone(),
            signs_for_committers: person.signs_for_committers,
            keys,
            authorities: listed.iter().filter(vouches).map(|listed| listed.key.fingerprint.clone()).collect(),
        }
    }

    fn write(&self, words: &mut String) {
        let _ = writeln!(
            words,
            "{}{}",
            self.id,
            if self.name.is_empty() { String::new() } else { format!("  {}", self.name) }
        );
        for (title, list) in [("e-mails", &self.emails), ("groups", &self.groups), ("accounts", &self.accounts)] {
            if !list.is_empty() {
                let _ = writeln!(words, "  {title:10} {}", list.join(", "));
            }
        }
        if self.signs_for_committers {
            let _ = writeln!(words, "  {:10} committers", "signs for");
        }
        for key in &self.keys {
            let _ = writeln!(words, "  {:10} {}", "key", key.words());
        }
        for authority in &self.authorities {
            let _ = writeln!(words, "  {:10} {authority}", "certified by");
        }
        words.push('\n');
    }
}

impl KeyEntry {
    fn new(listed: &ListedKey, soon: Time) -> Self {
        let key = &listed.key;
        let ends = key.expires_at_ns != Time::NEVER_ENDS.nanoseconds() && key.expires_at_ns < soon.nanoseconds();
        Self {
            fingerprint: key.fingerprint.clone(),
            algorithm: key.algorithm.clone(),
            bits: key.bits,
            hardware: key.hardware,
            status: listed.status,
            reason: listed.reason.clone(),
            expires_at: key.expires_at.clone(),
            expires_at_ns: key.expires_at_ns,
            expires_soon: ends && matches!(listed.status, Status::Good | Status::NotYetValid),
            principals: listed.principals(),
        }
    }

    fn words(&self) -> String {
        let mut words = self.fingerprint.clone();
        if !self.algorithm.is_empty() {
            let _ = write!(words, "  {} ({} bits)", self.algorithm, self.bits);
        }
        if self.hardware {
            words += "  hardware";
        }
        match (self.status, self.expires_at.is_empty()) {
            (Status::Good, true) => words += "  good",
            (Status::Good, false) => {
                let _ = write!(words, "  good until {}", self.expires_at);
            }
            (_, _) => {
                let status = serde_json::to_value(self.status).unwrap_or_default();
                let _ = write!(words, "  {}: {}", status.as_str().unwrap_or_default(), self.reason);
            }
        }
        words
    }
}
