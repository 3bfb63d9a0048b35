//! Judging a recorded push by another config, from what rules were shown then.
//!
//! Opens no repository: people, keys and facts are as they were recorded. What the record does not hold cannot be told,
//! and is said to be unknown; it is never taken for a yes.

use crate::config::{Mode, Uncovered};
use crate::ids::RefName;
use crate::input::{self, Subject};
use crate::policy::{AskLimits, Asker, HintValues};
use crate::record::{Past, PastUpdate, PastViolation, Shown};
use crate::setup::Setup;
use crate::time::Time;
use crate::verdict::{Place, Violation};

use super::kept;
use super::question::{self, Circumstances, Question};
use super::stop::gate_violation;

mod behind;
mod document;
mod scope;

use behind::Behind;
use document::{Assembly, Missing};

/// What a recorded push would come to. It is about the past: nothing is let in by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// No rule refuses.
    Clean,
    Refused,
    /// It cannot be told.
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Replayed {
    pub prospect: Prospect,
    pub violations: Vec<Violation>,
    /// Why some rule could not be asked.
    pub unknown: Vec<String>,
}

/// Judges a recorded push by `setup`.
pub fn replay(setup: &Setup, past: &Past) -> Replayed {
    let mut replayed = Replayed { prospect: Prospect::Unknown, violations: Vec::new(), unknown: Vec::new() };
    let Some(shown) = &past.input.shown else {
        replayed.unknown.push("it was logged without 'input = true'".to_string());
        return replayed;
    };
    // What the gate itself refused, it refuses whatever the rules.
    let gate = past.result.violations.iter().find(|one| one.code.starts_with("gate.") && one.code != "gate.uncovered");
    if let Some(own) = gate {
        let reason = own.code.trim_start_matches("gate.");
        replayed.violations.push(gate_violation(reason, &Place::default(), own.message.clone(), ""));
    } else {
        let asker = setup.policy.asker(setup.config.limits.deadline, AskLimits::of(&setup.config.limits));
        Replay { setup, past, shown, asker, replayed: &mut replayed }.run();
        if shown.unkept > 0 {
            replayed.unknown.push(format!("{} questions were not kept (limit 'kept_bytes')", shown.unkept));
        }
    }
    replayed.unknown.sort();
    replayed.unknown.dedup();
    replayed.prospect = match (replayed.violations.is_empty(), replayed.unknown.is_empty()) {
        (false, _) => Prospect::Refused,
        (true, true) => Prospect::Clean,
        (true, false) => Prospect::Unknown,
    };
    replayed
}

struct Replay<'a> {
    setup: &'a Setup,
    past: &'a Past,
    shown: &'a Shown,
    asker: Asker,
    replayed: &'a mut Replayed,
}

/// What a question is about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub update: Option<&'a PastUpdate>,
    /// `""` unless a commit is meant.
    pub commit: &'a str,
    /// The id of a tag object, which can be `""`; `None` unless a tag is meant.
    pub tag: Option<&'a str>,
}

impl<'a> Replay<'a> {
    fn run(&mut self) {
        let (past, head) = (self.past, self.head());
        let moved: Vec<(usize, &PastUpdate)> =
            past.input.updates.iter().enumerate().filter(|(_, update)| !update.is_nothing()).collect();
        let questions = question::of(self.setup, past.repository());
        for (index, update) in &moved {
            let Some(name) = update.name() else { continue };
            let covers = |question: &&Question| {
                question.binding.mode == Mode::Enforce && question.binding.refs.matches(&name, head.as_ref())
            };
            if self.setup.config.uncovered == Uncovered::Refuse && !questions.iter().any(|question| covers(&question)) {
                let place = Place { update: Some(*index), ref_name: update.ref_name.clone(), ..Place::default() };
                self.replayed.violations.push(gate_violation("uncovered", &place, "no rule covers this ref", ""));
            }
        }
        for question in &questions {
            let matches = |update: &&(usize, &PastUpdate)| {
                update.1.name().is_some_and(|name| question.binding.refs.matches(&name, head.as_ref()))
            };
            let concerned: Vec<&(usize, &PastUpdate)> = moved.iter().filter(matches).collect();
            if question.rule.subject == Subject::Push && !concerned.is_empty() {
                self.put(question, None, About { update: None, commit: "", tag: None });
            }
            for (index, update) in concerned {
                self.put_about_update(question, *index, update);
            }
        }
    }

    fn put_about_update(&mut self, question: &Question, index: usize, update: &PastUpdate) {
        let about = About { update: Some(update), commit: "", tag: None };
        match question.rule.subject {
            Subject::Push => {}
            Subject::Update => self.put(question, Some(index), about),
            Subject::Tag if update.brings_nothing() => {}
            Subject::Tag => match scope::tags(self.shown, update) {
                Some(tags) => {
                    tags.into_iter().for_each(|tag| self.put(question, Some(index), About { tag: Some(tag), ..about }))
                }
                None => self.unknown(question, format!("no rule was asked about tags of {}", update.ref_name)),
            },
            Subject::Commit if update.brings_nothing() => {}
            Subject::Commit => match scope::commits(self.past, self.shown, &self.setup.config, question, update) {
                Ok(commits) => {
                    commits.iter().for_each(|commit| self.put(question, Some(index), About { commit, ..about }))
                }
                Err(reason) => self.unknown(question, reason),
            },
        }
    }

    fn put(&mut self, question: &Question, index: Option<usize>, about: About) {
        let assembly = Assembly { past: self.past, shown: self.shown };
        let document = match assembly.document(question, about) {
            Ok(Some(document)) => document,
            Ok(None) => return,
            Err(Missing(what)) => return self.unknown(question, what),
        };
        let shown = input::project(&document, &question.rule.reads);
        let answer = match self.asker.ask(question.rule, &shown) {
            Ok(answer) => answer,
            Err(_) if question.binding.mode == Mode::Warn => return,
            Err(error) => return self.unknown(question, format!("it could not be evaluated: {error}")),
        };
        if answer.deny.is_empty() {
            return;
        }
        let place = Place {
            update: index,
            ref_name: about.update.map(|update| update.ref_name.clone()).unwrap_or_default(),
            commit: about.commit.to_string(),
            subject: assembly.subject(about),
            tag: about.tag.unwrap_or_default().to_string(),
        };
        if answer.deny.iter().all(|finding| self.was_let_through(question, &place, &finding.message)) {
            return;
        }
        let behind = Behind { past: self.past, about, document: &document };
        let Some(person) = behind.person(question) else {
            return self.unknown(question, "whom its exceptions are about was not recorded".to_string());
        };
        let Some(proven) = behind.proven(question, &assembly) else {
            return self.unknown(question, "whether who pushed could override it was not recorded".to_string());
        };
        let (stored, head) = (about.update.and_then(PastUpdate::name), self.head());
        let short = |id: &str| id.get(..7).unwrap_or(id).to_string();
        let (old, new) = about.update.map(|update| (short(&update.old), short(&update.new))).unwrap_or_default();
        let commit = short(about.commit);
        let hint = HintValues {
            commit: &commit,
            old: &old,
            new: &new,
            ref_name: stored.as_ref().map_or("", |name| name.short()),
            path: "",
        };
        let circumstances = Circumstances {
            person: &person,
            proven: proven.as_ref(),
            override_reason: behind.override_reason(),
            stored: stored.as_ref(),
            head: head.as_ref(),
            received: self.received(),
            hint,
        };
        let findings = question.sort(answer.deny, answer.warn, &place, &circumstances);
        self.replayed.violations.extend(findings.violations);
    }

    /// The very same entry let the very same thing through then: by a person or an override that the record knows of.
    fn was_let_through(&self, question: &Question, place: &Place, message: &str) -> bool {
        let mine = kept::entry(question.binding);
        let same_entry = self.shown.config.entries.iter().any(|entry| entry.whole == mine);
        let is_it = |one: &PastViolation| {
            one.code == question.rule.code
                && one.message == message
                && (&one.ref_name, &one.commit, &one.tag) == (&place.ref_name, &place.commit, &place.tag)
        };
        same_entry && self.past.result.exempted.iter().any(is_it)
    }

    fn unknown(&mut self, question: &Question, why: String) {
        // What only warns changes no verdict.
        if question.binding.mode == Mode::Enforce {
            self.replayed.unknown.push(format!("{}: {why}", question.rule.code));
        }
    }

    fn head(&self) -> Option<RefName> {
        let head = self.past.input.push["repository"]["head"].as_str()?;
        RefName::parse(head.as_bytes(), false).ok()
    }

    fn received(&self) -> Time {
        Time(self.past.input.push["received_at_ns"].as_i64().unwrap_or_default() / 1_000_000_000)
    }
}
