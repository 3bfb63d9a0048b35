//! `people.toml`: who is who. Names, e-mails, groups, accounts and keys, all written down by the operator.
//!
//! An identity is a fingerprint here, never an e-mail inside a key, a key id, or what another program printed. Opens no
//! file and verifies nothing.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Named, document};
use crate::facts;
use crate::people::email::EmailPattern;
use crate::problem::Problem;

mod email;
mod entry;
mod fingerprint;
mod group;

/// Everyone the operator knows.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// To be read; people and their keys are added by the methods alone, which keep the look-ups true.
    pub persons: Vec<Person>,
    file: PathBuf,
    text: Arc<str>,
    /// Every group that exists, with or without members.
    groups: BTreeSet<String>,
    by_fingerprint: HashMap<String, usize>,
    /// By the address in ASCII lower case.
    by_email: HashMap<String, usize>,
    by_email_pattern: Vec<(EmailPattern, usize)>,
    by_account: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
}

/// One entry of `people.toml`, or one person that an `allowed_signers` line introduced.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub id: String,
    pub name: String,
    /// As written: an address, or a pattern with one `*` for addresses that a forge makes up.
    pub emails: Vec<String>,
    /// Those of the entry in its order, then those that contain them, by name.
    pub groups: Vec<String>,
    pub accounts: Vec<String>,
    /// Full fingerprints as in [`facts::Key::fingerprint`]; those of `key_files` are added when the files are read.
    pub fingerprints: Vec<String>,
    /// Key files whose primary keys are this person's.
    pub key_files: Vec<PathBuf>,
    /// `signs_for = "committers"`: a forge's own signing key.
    pub signs_for_committers: bool,
    /// Where the entry stands.
    pub at: Option<Named>,
}

impl People {
    /// Reads the text of `people.toml`; key files are named relative to `file`'s folder and not opened.
    ///
    /// Either everyone, with the warnings that came up, or every problem, errors first.
    pub fn parse(file: &Path, text: &Arc<str>) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        document::read(file, text, entry::people)
    }

    /// The one person who has this key.
    pub fn by_fingerprint(&self, fingerprint: &str) -> Option<&Person> {
        self.by_fingerprint.get(fingerprint).and_then(|&index| self.persons.get(index))
    }

    /// The one person who has this e-mail, compared as the operator wrote it, ASCII case aside.
    pub fn by_email(&self, email: &str) -> Option<&Person> {
        self.index_by_email(email).and_then(|index| self.persons.get(index))
    }

    /// The one person whom the server calls this, to the letter.
    pub fn by_account(&self, account: &str) -> Option<&Person> {
        self.by_account.get(account).and_then(|&index| self.persons.get(index))
    }

    pub fn by_id(&self, id: &str) -> Option<&Person> {
        self.by_id.get(id).and_then(|&index| self.persons.get(index))
    }

    /// Every person's id.
    pub fn ids(&self) -> BTreeSet<String> {
        self.persons.iter().map(|person| person.id.clone()).collect()
    }

    /// The ids of those whose key signs for committers.
    pub fn sign_for_committers(&self) -> BTreeSet<String> {
        self.persons.iter().filter(|person| person.signs_for_committers).map(|person| person.id.clone()).collect()
    }

    /// Every group that exists, with or without members.
    pub fn groups(&self) -> BTreeSet<String> {
        self.groups.clone()
    }

    /// Whose e-mail an identity line shows; `place` names whose it would be, as in [`facts::Person::unknown`].
    pub fn claimed(&self, email: &str, place: &str) -> facts::Claimed {
        match self.by_email(email) {
            Some(person) => facts::Claimed { id: person.id.clone(), known: true },
            None => facts::Claimed { id: format!("?{place}"), known: false },
        }
    }

    /// A warning where a person's entry stands; `None` for one that has no entry.
    pub fn warning(&self, person: &Person, message: &str) -> Option<Problem> {
        person.at.as_ref().map(|at| Problem::warning(&self.file, message).at(&self.text, at.span.clone()))
    }

    /// Gives the person at this index of `persons` a key that one of the person's key files holds.
    ///
    /// A problem when the key is another person's, or there is no such person.
    pub fn add_fingerprint(&mut self, person: usize, fingerprint: &str) -> Result<(), Problem> {
        let id = match self.persons.get(person) {
            Some(owner) => owner.id.clone(),
            None => return Err(Problem::error(&self.file, format!("there is no person number {person}"))),
        };
        match self.by_fingerprint.get(fingerprint) {
            Some(&owner) if owner == person => Ok(()),
            Some(&owner) => {
                let message =
                    format!("'{fingerprint}', from a key file of '{id}', is a key of '{}' already", self.id_of(owner));
                Err(self.conflict(person, owner, message).help("a key belongs to one person"))
            }
            None => {
                self.give(person, fingerprint);
                Ok(())
            }
        }
    }

    /// Takes the word of an `allowed_signers` line with one literal principal: it names the person who has that
    /// e-mail; if nobody has, it makes a person of it.
    ///
    /// A problem when the key is another person's, or the principal cannot be a person.
    pub fn introduce(&mut self, principal: &str, fingerprint: &str) -> Result<(), Problem> {
        let named = self.index_by_email(principal);
        if let Some(&owner) = self.by_fingerprint.get(fingerprint) {
            if named == Some(owner) {
                return Ok(());
            }
            let message = format!(
                "an allowed_signers line names '{principal}' for '{fingerprint}', which is a key of '{}'",
                self.id_of(owner)
            );
            let help = format!(
                "write '{principal}' among the e-mails of '{}' in people.toml, or correct the line",
                self.id_of(owner)
            );
            return Err(self.conflict(owner, owner, message).help(help));
        }
        let person = match named {
            Some(person) => person,
            None => self.newcomer(principal)?,
        };
        self.give(person, fingerprint);
        Ok(())
    }

    /// Takes the word of a `cert-authority` line for a certificate's one principal, as [`Self::introduce`] takes that of
    /// a line for a key: the person who has that e-mail, or a person made of it.
    ///
    /// `None` when the operator wrote down that the key is somebody else's, or the principal cannot be a person.
    pub fn certified(&self, principal: &str, fingerprint: &str) -> Option<facts::Person> {
        let person = match self.by_email(principal) {
            Some(person) => person.fact(),
            None if self.by_id.contains_key(principal) || !can_be_a_person(principal) => return None,
            None => {
                // One spelling, or one principal in two could be two people.
                let email = principal.to_ascii_lowercase();
                Person { id: email.clone(), emails: vec![email], ..Person::default() }.fact()
            }
        };
        let is_somebody_elses = self.by_fingerprint(fingerprint).is_some_and(|owner| owner.id != person.id);
        (!is_somebody_elses).then_some(person)
    }

    fn newcomer(&mut self, principal: &str) -> Result<usize, Problem> {
        if let Some(&namesake) = self.by_id.get(principal) {
            let message = format!(
                "an allowed_signers line names '{principal}', which is a person's id but not the person's e-mail"
            );
            let help = format!("write '{principal}' among the e-mails of '{principal}', if they are the same");
            return Err(self.conflict(namesake, namesake, message).help(help));
        }
        if !can_be_a_person(principal) {
            let message =
                format!("an allowed_signers line names '{}', which cannot be a person", principal.escape_debug());
            return Err(Problem::error(&self.file, message));
        }
        Ok(self.push(Person { id: principal.to_string(), emails: vec![principal.to_string()], ..Person::default() }))
    }

    fn index_by_email(&self, email: &str) -> Option<usize> {
        let email = email.to_ascii_lowercase();
        let by_pattern =
            || self.by_email_pattern.iter().find(|(pattern, _)| pattern.matches(&email)).map(|(_, index)| *index);
        self.by_email.get(&email).copied().or_else(by_pattern)
    }

    /// Adds a person whose e-mails, accounts and keys nobody else has; the caller has seen to that.
    fn push(&mut self, person: Person) -> usize {
        let index = self.persons.len();
        for email in &person.emails {
            let email = email.to_ascii_lowercase();
            match EmailPattern::parse(&email) {
                Some(pattern) => self.by_email_pattern.push((pattern, index)),
                None => {
                    self.by_email.insert(email, index);
                }
            }
        }
        self.by_account.extend(person.accounts.iter().map(|account| (account.clone(), index)));
        self.by_fingerprint.extend(person.fingerprints.iter().map(|fingerprint| (fingerprint.clone(), index)));
        self.by_id.insert(person.id.clone(), index);
        self.groups.extend(person.groups.iter().cloned());
        self.persons.push(person);
        index
    }

    fn give(&mut self, person: usize, fingerprint: &str) {
        if let Some(owner) = self.persons.get_mut(person) {
            owner.fingerprints.push(fingerprint.to_string());
            self.by_fingerprint.insert(fingerprint.to_string(), person);
        }
    }

    fn id_of(&self, person: usize) -> &str {
        self.persons.get(person).map_or("", |person| &person.id)
    }

    fn place_of(&self, person: usize) -> Option<&Named> {
        self.persons.get(person).and_then(|person| person.at.as_ref())
    }

    fn conflict(&self, here: usize, there: usize, message: String) -> Problem {
        let mut problem = Problem::error(&self.file, message);
        if let Some(place) = self.place_of(here) {
            problem = problem.at(&self.text, place.span.clone());
        }
        match self.place_of(there) {
            Some(place) if here != there => problem.also(&self.file, &self.text, place.span.clone(), "whose key it is"),
            Some(_) | None => problem,
        }
    }
}

/// What an `allowed_signers` line or a certificate names may stand for one person: nobody's id is like it, and no
/// pattern.
fn can_be_a_person(principal: &str) -> bool {
    email::is_address(principal) && !principal.contains(['*', '?', '!'])
}

impl Person {
    /// The document that rules see. Its e-mails are addresses: patterns are left out.
    pub fn fact(&self) -> facts::Person {
        facts::Person {
            id: self.id.clone(),
            known: true,
            name: self.name.clone(),
            emails: self.emails.iter().filter(|email| !email.contains('*')).cloned().collect(),
            groups: self.groups.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
