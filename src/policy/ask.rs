//! Asking a rule: one document in, findings out. Whatever the engine cannot answer is an error, never a yes.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;

use super::BoundRule;
use super::engine::Complaint;
use crate::config::Limits;
use crate::input::Document;

/// What a rule says about one document, in the order of the findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Each refuses.
    pub deny: Vec<Finding>,
    /// Told and logged.
    pub warn: Vec<Finding>,
}

impl Answer {
    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        let finding = |one: &Finding| size_of::<Finding>() + one.message.len() + one.path.len() + one.hint.len();
        size_of::<Self>() + self.deny.iter().chain(&self.warn).map(finding).sum::<usize>()
    }
}

/// One member of `deny` or `warn`. Its words may hold anything that the push holds: escape them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub message: String,
    /// `""` when the rule gave the path no thought.
    pub path: String,
    /// Goes before the rule's own hint; `""` when there is none. Holds no placeholders.
    pub hint: String,
}

/// How much a rule may say about one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskLimits {
    /// Findings kept of `deny` and of `warn`; the next one tells how many more there were.
    pub findings: usize,
    /// Bytes kept of a message, hint or path.
    pub text_bytes: usize,
}

impl AskLimits {
    pub fn of(limits: &Limits) -> Self {
        Self { findings: limits.answer_violations, text_bytes: limits.answer_text_bytes }
    }
}

/// A rule could not be evaluated, so nothing is allowed. For the operator: the words may show parts of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskError {
    pub code: String,
    /// `file:line`; the rule's file alone where the engine names no place.
    pub at: String,
    pub reason: String,
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.reason, self.at)
    }
}

impl std::error::Error for AskError {}

/// Longest texts for which one answer has room; of short ones it holds as many as [`AskLimits::findings`] says.
const ANSWER_TEXTS: usize = 64;

/// Bytes of an engine complaint that are kept.
const REASON_BYTES: usize = 500;

/// Statements between two looks at the clock.
const CLOCK_INTERVAL: NonZeroU32 = NonZeroU32::new(64).unwrap();

/// A rule engine of one thread's own.
pub struct Asker {
    engine: regorus::Engine,
    limits: AskLimits,
}

impl Asker {
    pub(super) fn new(mut engine: regorus::Engine, time: Duration, limits: AskLimits) -> Self {
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: time, check_interval: CLOCK_INTERVAL });
        Self { engine, limits }
    }

    /// Asks `rule` about `input`, a document cut down by nothing more than the rule's read set.
    pub fn ask(&mut self, rule: &BoundRule, input: &Document) -> Result<Answer, AskError> {
        let shown = regorus::Value::from_json_str(input.text());
        let shown = shown.map_err(|_| failed(rule, "the document cannot be shown to the engine"))?;
        self.engine.set_input(shown);
        let mut answer = Answer::default();
        if rule.defines.deny {
            answer.deny = self.findings(rule, "deny")?;
        }
        if rule.defines.allow && self.evaluate(rule, "allow")? != regorus::Value::Bool(true) {
            answer.deny.push(Finding {
                message: format!("not allowed by {}", rule.code),
                path: String::new(),
                hint: String::new(),
            });
        }
        if rule.defines.warn {
            answer.warn = self.findings(rule, "warn")?;
        }
        if !(rule.defines.deny || rule.defines.allow || rule.defines.warn) {
            return Err(failed(rule, "it decides nothing"));
        }
        Ok(answer)
    }

    /// The members of a partial set, sorted.
    fn findings(&mut self, rule: &BoundRule, decision: &str) -> Result<Vec<Finding>, AskError> {
        let members = match self.evaluate(rule, decision)? {
            regorus::Value::Set(members) => members,
            other => return Err(failed(rule, format!("'{decision}' is {}, not a set", kind(&other)))),
        };
        let mut findings = Vec::with_capacity(members.len().min(self.limits.findings));
        for member in members.iter() {
            let finding =
                finding(member).map_err(|reason| failed(rule, format!("a member of '{decision}' {reason}")))?;
            findings.push(finding.cut(self.limits.text_bytes));
        }
        findings.sort();
        let kept = self.room_for(&findings);
        if findings.len() > kept {
            let more = findings.len() - kept;
            findings.truncate(kept);
            findings.push(Finding { message: format!("and {more} more"), path: String::new(), hint: String::new() });
        }
        Ok(findings)
    }

    /// How many of the findings are kept.
    fn room_for(&self, findings: &[Finding]) -> usize {
        let mut left = self.limits.text_bytes.saturating_mul(ANSWER_TEXTS);
        let fits = findings.iter().take(self.limits.findings).take_while(|finding| {
            let needed = finding.message.len() + finding.path.len() + finding.hint.len();
            let fits = needed <= left;
            left = left.saturating_sub(needed);
            fits
        });
        fits.count()
    }

    fn evaluate(&mut self, rule: &BoundRule, decision: &str) -> Result<regorus::Value, AskError> {
        let answer = self.engine.eval_rule(format!("data.refgate.{}.{decision}", rule.code));
        // Nobody reads what rules print, and it may not pile up.
        let _ = self.engine.take_prints();
        answer.map_err(|error| {
            let complaint = Complaint::parse(&format!("{error:#}"));
            let at = if complaint.line == 0 {
                rule.file.display().to_string()
            } else {
                format!("{}:{}", complaint.file, complaint.line)
            };
            AskError { at, ..failed(rule, complaint.words) }
        })
    }
}

fn failed(rule: &BoundRule, reason: impl Into<String>) -> AskError {
    AskError { code: rule.code.clone(), at: rule.file.display().to_string(), reason: cut(reason.into(), REASON_BYTES) }
}

impl Finding {
    fn cut(self, bytes: usize) -> Self {
        Self { message: cut(self.message, bytes), path: cut(self.path, bytes), hint: cut(self.hint, bytes) }
    }
}

/// A string, or an object with `message` and perhaps `hint` and `path`, all strings.
pub(super) fn finding(member: &regorus::Value) -> Result<Finding, String> {
    let fields = match member {
        regorus::Value::String(message) => {
            return Ok(Finding { message: message.to_string(), path: String::new(), hint: String::new() });
        }
        regorus::Value::Object(fields) => fields,
        other => return Err(format!("is {}, neither a string nor an object with 'message'", kind(other))),
    };
    let mut texts = BTreeMap::new();
    for (key, value) in fields.iter() {
        match (key, value) {
            (regorus::Value::String(key), regorus::Value::String(text))
                if ["message", "hint", "path"].contains(&&**key) =>
            {
                texts.insert(key.to_string(), text.to_string());
            }
            (regorus::Value::String(key), other) if ["message", "hint", "path"].contains(&&**key) => {
                return Err(format!("has {} as '{key}', not a string", kind(other)));
            }
            (key, _) => return Err(format!("has a field {key}; only 'message', 'hint' and 'path' are known")),
        }
    }
    let message = texts.remove("message").ok_or("has no 'message'")?;
    Ok(Finding {
        message,
        path: texts.remove("path").unwrap_or_default(),
        hint: texts.remove("hint").unwrap_or_default(),
    })
}

fn kind(value: &regorus::Value) -> &'static str {
    match value {
        regorus::Value::Null => "null",
        regorus::Value::Bool(_) => "a boolean",
        regorus::Value::Number(_) => "a number",
        regorus::Value::String(_) => "a string",
        regorus::Value::Array(_) => "an array",
        regorus::Value::Set(_) => "a set",
        regorus::Value::Object(_) => "an object",
        regorus::Value::Undefined => "undefined",
    }
}

/// At most this many bytes, whole characters, with a mark where something is missing.
pub fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let mark = "…";
        let mut end = bytes.saturating_sub(mark.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(mark);
    }
    text
}
