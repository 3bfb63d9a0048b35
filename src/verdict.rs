//! What a push comes to: violations in, verdict out. Says yes in one line of the whole program.
//!
//! Complaints are data here; words are made in [`crate::report`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::facts;
use crate::ids::{ObjectId, RefName};
use crate::input::Document;
use crate::time::Time;

/// Bytes of all that is told and logged about one push: paths, names and messages are the pusher's, and long ones are
/// many.
const KEPT_TEXT_BYTES: usize = 16 << 20;

/// Everything there is to tell about one judged push.
#[derive(Clone, Debug)]
pub struct Decision {
    /// A ULID, for people to quote.
    pub id: String,
    pub received: Time,
    /// What rules saw of the push; `None` when it could not be read that far.
    pub push: Option<facts::Push>,
    pub updates: Vec<JudgedUpdate>,
    pub findings: Findings,
    /// Why the push could not be judged, if so.
    pub failure: Option<Failure>,
    pub inputs: Inputs,
    pub metrics: Metrics,
}

/// One ref update as the gate understood it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgedUpdate {
    /// The stored ref that git would move.
    #[serde(rename = "ref")]
    pub ref_name: RefName,
    pub requested: RefName,
    pub old: ObjectId,
    pub new: ObjectId,
}

/// What rules and gate had to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// These refuse the push.
    pub violations: Vec<Violation>,
    /// These are told and logged.
    pub warnings: Vec<Violation>,
    /// Violations that an exception or an override let through.
    pub exempted: Vec<Exempted>,
    /// How many were found beyond the limit on kept ones. Any refuses the push all the same.
    pub omitted: usize,
    /// Why rules that only warn could not be evaluated; for the operator.
    pub errors: Vec<String>,
    /// Every question that was put, in order; kept only when `[log] input` says so.
    pub asked: Vec<Asked>,
    /// Questions that found no room there.
    pub unkept: usize,
    /// Which commits each rule was about; kept like `asked`.
    pub scopes: Vec<Scoped>,
    /// Bytes of text in violations, warnings and what was let through.
    pub text_bytes: usize,
}

/// One question: a rule of one entry, about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub code: String,
    /// Position of the `[[rule]]` entry in the config.
    pub entry: usize,
    pub place: Place,
    /// What the rule was shown.
    pub document: Arc<Document>,
    /// What it said: this refuses, if the entry enforces.
    pub denied: Vec<String>,
    /// And this warns.
    pub warned: Vec<String>,
}

/// The commits of one update that one rule of one entry was about, before the entry's `paths`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoped {
    pub ref_name: String,
    pub entry: usize,
    pub code: String,
    pub commits: Arc<Vec<String>>,
}

/// One breach of one rule, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// `commit.signed`, or `gate.<reason>` for the gate's own.
    pub code: String,
    #[serde(flatten)]
    pub place: Place,
    pub message: String,
    /// What the pusher can do; `""` when there is nothing to add.
    pub hint: String,
    /// The path meant, `""` when none is.
    pub path: String,
}

impl Violation {
    fn text_bytes(&self) -> usize {
        let Self { code, place, message, hint, path } = self;
        let Place { ref_name, commit, subject, tag, update: _ } = place;
        [code, message, hint, path, ref_name, commit, subject, tag].map(String::len).iter().sum()
    }
}

/// Where in the push something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Index into [`Decision::updates`]; `None` when the push as a whole is meant.
    #[serde(skip)]
    pub update: Option<usize>,
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// `""` unless a commit is meant.
    pub commit: String,
    /// First line of that commit's message.
    pub subject: String,
    /// Id of the tag object, `""` unless one is meant.
    pub tag: String,
}

/// A violation and why it did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exempted {
    #[serde(flatten)]
    pub violation: Violation,
    pub by: Exemption,
    /// In the operator's words (exception) or the pusher's (override).
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exemption {
    Exception,
    Override,
}

/// Why the push could not be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A few words for the pusher: what kind of thing failed, nothing about the server's insides.
    pub cause: &'static str,
    /// Everything, for the operator.
    pub detail: String,
}

impl Failure {
    pub fn new(cause: &'static str, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }
}

/// What a decision was based on, so that it can be understood later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// SHA-256 of every file of the operator's that was read, by path.
    pub files: BTreeMap<String, String>,
    /// Values of the refs that were read besides the pushed ones.
    pub refs: BTreeMap<String, String>,
    /// The entries and what counted as judged, as written; kept like [`Findings::asked`].
    #[serde(skip)]
    pub config: Option<serde_json::Value>,
}

/// How much work it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Commits that at least one rule was asked about.
    pub commits: u64,
    /// Questions put to rules.
    pub asked: u64,
    /// Of these, how many were evaluated; the rest repeated a value already asked about.
    pub evaluated: u64,
    /// Violations that an exception let through.
    pub excepted: u64,
    /// Violations that somebody pushed through with an override.
    pub overridden: u64,
    pub elapsed_ns: u64,
}

/// The outcome of a push, for git and for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    /// A rule, or the gate for something the pusher can act on, says no.
    Refused,
    /// It could not be judged, and so is refused.
    Unjudged,
}

impl Verdict {
    /// The exit code of the hook: 0 lets git go on, anything else refuses every ref (githooks(5)).
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Refused => 1,
            Self::Unjudged => 2,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unjudged => "unjudged",
        }
    }
}

impl Decision {
    pub fn verdict(&self) -> Verdict {
        if self.failure.is_some() || self.updates.is_empty() && self.findings.violations.is_empty() {
            return Verdict::Unjudged;
        }
        if !self.findings.violations.is_empty() || self.findings.omitted > 0 {
            return Verdict::Refused;
        }
        Verdict::Accepted
    }
}

impl Findings {
    /// Takes over what another part of the push came to, keeping at most `limit` of each kind.
    pub fn extend(&mut self, other: Self, limit: usize) {
        let text = &mut self.text_bytes;
        self.omitted += other.omitted;
        self.omitted += keep_texts(&mut self.violations, other.violations, limit, text, Violation::text_bytes);
        keep_texts(&mut self.warnings, other.warnings, limit, text, Violation::text_bytes);
        keep_texts(&mut self.exempted, other.exempted, limit, text, |one| {
            one.violation.text_bytes() + one.reason.len()
        });
        self.asked.extend(other.asked);
        self.unkept += other.unkept;
        self.scopes.extend(other.scopes);
        keep(&mut self.errors, other.errors, limit);
    }
}

/// Appends while there is room, for texts too; returns how many did not fit.
fn keep_texts<T>(
    list: &mut Vec<T>,
    more: Vec<T>,
    limit: usize,
    text: &mut usize,
    bytes: impl Fn(&T) -> usize,
) -> usize {
    let mut left = 0;
    for one in more {
        let needed = text.saturating_add(bytes(&one));
        if list.len() >= limit || needed > KEPT_TEXT_BYTES {
            left += 1;
            continue;
        }
        *text = needed;
        list.push(one);
    }
    left
}

/// Appends while there is room; returns how many did not fit.
fn keep<T>(list: &mut Vec<T>, more: Vec<T>, limit: usize) -> usize {
    let room = limit.saturating_sub(list.len()).min(more.len());
    let left = more.len() - room;
    list.extend(more.into_iter().take(room));
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ObjectFormat;

    fn decision() -> Decision {
        let id = ObjectId::empty_tree(ObjectFormat::Sha1);
        let name = RefName::parse(b"refs/heads/main", false).unwrap();
        Decision {
            id: String::new(),
            received: Time(0),
            push: None,
            updates: vec![JudgedUpdate { ref_name: name.clone(), requested: name, old: id, new: id }],
            findings: Findings::default(),
            failure: None,
            inputs: Inputs::default(),
            metrics: Metrics::default(),
        }
    }

    fn violation() -> Violation {
        Violation {
            code: "gate.test".into(),
            place: Place::default(),
            message: String::new(),
            hint: String::new(),
            path: String::new(),
        }
    }

    #[test]
    fn only_a_judged_push_without_violations_is_accepted() {
        assert_eq!(decision().verdict(), Verdict::Accepted);
        let refused =
            Decision { findings: Findings { violations: vec![violation()], ..Findings::default() }, ..decision() };
        assert_eq!(refused.verdict(), Verdict::Refused);
        let omitted = Decision { findings: Findings { omitted: 1, ..Findings::default() }, ..decision() };
        assert_eq!(omitted.verdict(), Verdict::Refused);
        let nothing = Decision { updates: Vec::new(), ..decision() };
        assert_eq!(nothing.verdict(), Verdict::Unjudged);
    }

    #[test]
    fn a_failure_outweighs_every_violation() {
        let failed = Decision {
            failure: Some(Failure::new("disk", "")),
            findings: Findings { violations: vec![violation()], ..Findings::default() },
            ..decision()
        };
        assert_eq!(failed.verdict(), Verdict::Unjudged);
    }

    #[test]
    fn violations_beyond_the_limit_are_counted() {
        let three = Findings { violations: vec![violation(), violation(), violation()], ..Findings::default() };
        let mut kept = Findings::default();
        kept.extend(three, 2);
        assert_eq!((kept.violations.len(), kept.omitted), (2, 1));
    }
}
