//! What rules were shown, kept for the log and for whoever asks why. Bounded: what finds no room is said to be missing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::config::{Binding, BreakGlass, CommitScope, Exception, Mode};
use crate::input::{Document, Draft, MemoKey};
use crate::policy::{Answer, Finding};
use crate::setup::Setup;
use crate::verdict::{Asked, Place};

use super::question::Question;

/// About what a question takes in the log, its document aside.
const QUESTION_BYTES: usize = 256;

/// Documents by what makes questions the same, so that each is kept once.
pub struct Kept {
    documents: Mutex<Documents>,
    limit: usize,
}

#[derive(Default)]
struct Documents {
    by_question: HashMap<MemoKey, Arc<Document>>,
    bytes: usize,
}

impl Kept {
    /// Keeps documents of so many bytes in all, as JSON.
    pub fn new(limit: usize) -> Self {
        Self { documents: Mutex::default(), limit }
    }

    /// The document of a question, if there is room for both and the answer.
    pub fn keep(&self, key: MemoKey, draft: &Draft, answer: &Answer) -> Option<Arc<Document>> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let known = documents.by_question.get(&key).cloned();
        let told: usize = answer.deny.iter().chain(&answer.warn).map(|finding| finding.message.len()).sum();
        let document_bytes = if known.is_some() { 0 } else { draft.bytes() };
        let needed = QUESTION_BYTES.saturating_add(told).saturating_add(document_bytes);
        let bytes = documents.bytes.saturating_add(needed);
        if bytes > self.limit {
            return None;
        }
        documents.bytes = bytes;
        if known.is_some() {
            return known;
        }
        let document = Arc::new(draft.document());
        documents.by_question.insert(key, document.clone());
        Some(document)
    }
}

/// A question with its answer, for the record.
pub fn asked(question: &Question, place: &Place, document: Arc<Document>, answer: &Answer) -> Asked {
    let messages = |findings: &[Finding]| findings.iter().map(|finding| finding.message.clone()).collect();
    Asked {
        code: question.rule.code.clone(),
        entry: question.entry,
        place: place.clone(),
        document,
        denied: messages(&answer.deny),
        warned: messages(&answer.warn),
    }
}

/// The entries and `[history]`, as written, where what rules are shown is kept: it says what was asked about what.
pub fn config(setup: &Setup) -> Option<Value> {
    let config = &setup.config;
    config.log.input.then(|| {
        json!({
            "entries": config.bindings.iter().map(entry).collect::<Vec<_>>(),
            "baseline": config.history.baseline.as_written(),
            "trusted": config.history.trusted.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    })
}

/// One entry. Two that are the same here are about the same commits and show rules the same changes of them.
pub fn entry(binding: &Binding) -> Value {
    let exception = |exception: &Exception| {
        json!({
            "person": exception.person.as_ref().map_or("", |person| person.name.as_str()),
            "ref": exception.refs.as_ref().map(|refs| refs.as_written()).unwrap_or_default(),
            "path": exception.paths.as_ref().map(|paths| paths.as_written()).unwrap_or_default(),
            "commit": exception.commit.map(|commit| commit.to_string()).unwrap_or_default(),
            "until": exception.until.rfc3339(),
        })
    };
    json!({
        "use": binding.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
        "refs": binding.refs.as_written(),
        "repos": binding.repositories.as_written(),
        "paths": binding.paths.as_ref().map(|paths| paths.as_written()).unwrap_or_default(),
        "commits": match binding.commits {
            CommitScope::All => "all",
            CommitScope::FirstParent => "first_parent",
        },
        "mode": match binding.mode {
            Mode::Enforce => "enforce",
            Mode::Off => "off",
            Mode::Warn => "warn",
        },
        "except": binding.exceptions.iter().map(exception).collect::<Vec<_>>(),
        "override": binding.break_glass.as_ref().map(groups).unwrap_or_default(),
    })
}

fn groups(glass: &BreakGlass) -> Vec<&str> {
    glass.groups.iter().map(|group| group.name.as_str()).collect()
}
