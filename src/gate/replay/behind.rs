//! Who stood behind a recorded push, as far as the record says: for exceptions that name people, and for overrides.

use serde_json::Value;

use crate::facts::Person;
use crate::record::{Past, PastUpdate};

use super::super::question::Question;
use super::About;
use super::document::Assembly;

#[derive(Clone, Copy)]
pub struct Behind<'a> {
    pub past: &'a Past,
    pub about: About<'a>,
    /// What is recorded of what the question is about.
    pub document: &'a Value,
}

impl Behind<'_> {
    /// Whom an exception would have to name. `None` where that decides and is not recorded.
    pub fn person(&self, question: &Question) -> Option<Person> {
        if !question.binding.exceptions.iter().any(|exception| exception.person.is_some()) {
            return Some(Person::unknown("signer"));
        }
        match (self.about.commit.is_empty(), self.about.tag) {
            (true, None) => person(&self.past.input.push["pusher"]["person"]),
            (true, Some(_)) => person(&self.document["tag"]["signature"]["person"]),
            (false, _) => good_signer(&self.document["commit"]["signature"])
                .map(|signer| signer.unwrap_or_else(|| Person::unknown("signer"))),
        }
    }

    /// Why the pusher wanted to override what refuses.
    pub fn override_reason(&self) -> Option<&str> {
        let options = self.past.input.push["options"].as_array()?;
        let reasons = options.iter().filter_map(|option| option.as_str()?.strip_prefix("refgate.override="));
        reasons.into_iter().find(|reason| !reason.trim().is_empty())
    }

    /// Who provably wanted the push, if anybody: by certificate, or by having signed what was pushed. The outer `None`
    /// where that decides and is not recorded.
    pub fn proven(&self, question: &Question, assembly: &Assembly) -> Option<Option<Person>> {
        if self.override_reason().is_none() || question.binding.break_glass.is_none() {
            return Some(None);
        }
        let push = &self.past.input.push;
        let certificate = &push["certificate"];
        if certificate["status"] == "good" && certificate["nonce_status"] == "OK" {
            return Some(person(&certificate["person"]));
        }
        let tip =
            |update: &PastUpdate| update.ref_name.starts_with("refs/heads/").then(|| assembly.tip_signature(update));
        let signature = match (self.about.update, self.about.tag, self.about.commit.is_empty()) {
            // Nobody signs a push but by certificate.
            (None, ..) => return Some(None),
            (Some(_), Some(_), _) => self.document["tag"]["signature"].clone(),
            (Some(_), None, false) => self.document["commit"]["signature"].clone(),
            (Some(update), None, true) => tip(update)?,
        };
        let pusher = person(&push["pusher"]["person"])?;
        let signer = good_signer(&signature)?;
        Some(signer.filter(|signer| signer.known && signer.id == pusher.id).map(|_| pusher))
    }
}

/// The person of a good signature, if it is one; the outer `None` where that is not recorded.
fn good_signer(signature: &Value) -> Option<Option<Person>> {
    if signature["status"].as_str()? != "good" {
        return Some(None);
    }
    person(&signature["person"]).map(Some)
}

/// With groups as far as they are recorded.
fn person(recorded: &Value) -> Option<Person> {
    let (id, known) = (recorded["id"].as_str()?.to_string(), recorded["known"].as_bool()?);
    let groups = recorded["groups"].as_array().into_iter().flatten();
    let groups = groups.filter_map(|group| group.as_str().map(str::to_string)).collect();
    Some(Person { id, known, groups, ..Person::unknown("signer") })
}
