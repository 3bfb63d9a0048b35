//! The document of a recorded thing, put together from everything that any rule was shown of it.

use serde_json::{Map, Value, json};

use crate::facts::INPUT_VERSION;
use crate::input::{Reads, Shape, Subject};
use crate::pattern::PathPatterns;
use crate::record::{Past, PastEntry, PastQuestion, PastUpdate, Shown};

use super::super::kept;
use super::super::question::Question;
use super::About;

/// What depends on the paths of an entry.
const CHANGES: [&str; 2] = ["changes", "odd_changes"];

/// What was not recorded.
pub struct Missing(pub String);

#[derive(Clone, Copy)]
pub struct Assembly<'a> {
    pub past: &'a Past,
    pub shown: &'a Shown,
}

impl<'a> Assembly<'a> {
    /// `None`: the entry's paths leave it out, so the rule would not be asked.
    pub fn document(&self, question: &Question, about: About) -> Result<Option<Value>, Missing> {
        let subject = question.rule.subject;
        let mut document = json!({ "version": INPUT_VERSION, "params": question.rule.params, "push": self.push() });
        if about.update.is_some() {
            let mut update = self.merged("update", |asked| self.concerns_update(asked, about));
            let narrowed = question.binding.paths.as_ref().filter(|_| subject == Subject::Update);
            self.put_changes(&mut update, "update", question, narrowed, |asked| self.concerns_update(asked, about));
            document["update"] = update;
        }
        let object = match subject {
            Subject::Commit => Some("commit"),
            Subject::Tag => Some("tag"),
            Subject::Push | Subject::Update => None,
        };
        if let Some(object) = object {
            let mut fact = self.merged(object, |asked| concerns(asked, about));
            if subject == Subject::Commit {
                let narrowed = question.binding.paths.as_ref();
                self.put_changes(&mut fact, object, question, narrowed, |asked| concerns(asked, about));
            }
            document[object] = fact;
        }
        if self.is_left_out(question, about, &document)? {
            return Ok(None);
        }
        match missing("", &document, &question.rule.reads, &shape(question)) {
            Some(path) => Err(Missing(format!("it reads '{path}', which was not recorded"))),
            None => Ok(Some(document)),
        }
    }

    /// The first line of a commit's message.
    pub fn subject(&self, about: About) -> String {
        let asked = self.shown.asked.iter().find(|asked| !about.commit.is_empty() && concerns(asked, about));
        asked.map(|asked| asked.subject.clone()).unwrap_or_default()
    }

    /// What is recorded of the signature of the commit that a branch was to become.
    pub fn tip_signature(&self, update: &PastUpdate) -> Value {
        let about = About { update: Some(update), commit: &update.new, tag: None };
        self.merged("commit", |asked| concerns(asked, about))["signature"].clone()
    }

    /// The push is recorded whole, but for what is only worked out when a rule reads it.
    fn push(&self) -> Value {
        let mut push = self.past.input.push.clone();
        if let Some(fields) = push.as_object_mut() {
            fields.remove("updates");
        }
        for asked in &self.shown.asked {
            merge(&mut push, &self.shown.document(asked)["push"]);
        }
        push
    }

    /// Everything shown of one part, without its changes: those depend on the entry.
    fn merged(&self, part: &str, concerned: impl Fn(&PastQuestion) -> bool) -> Value {
        let mut merged = Value::Object(Map::new());
        for asked in self.shown.asked.iter().filter(|asked| concerned(asked)) {
            let mut shown = self.shown.document(asked)[part].clone();
            if let Some(fields) = shown.as_object_mut() {
                CHANGES.iter().for_each(|field| drop(fields.remove(*field)));
            }
            merge(&mut merged, &shown);
        }
        merged
    }

    /// Changes as an entry with these paths sees them: shown so then, or cut down from what an entry without paths was
    /// shown.
    fn put_changes(
        &self,
        fact: &mut Value,
        part: &str,
        question: &Question,
        narrowed: Option<&PathPatterns>,
        concerned: impl Fn(&PastQuestion) -> bool,
    ) {
        let wanted: &[String] = narrowed.map(PathPatterns::as_written).unwrap_or_default();
        let scope = if part == "commit" {
            kept::entry(question.binding)["commits"].as_str().unwrap_or_default().to_string()
        } else {
            String::new()
        };
        let alike = |entry: &PastEntry| part != "commit" || entry.commits == scope;
        // Only rules about updates see an update's changes cut down.
        let seen = |asked: &PastQuestion| match self.shown.entry(asked) {
            Some(entry) if alike(entry) && (part == "commit" || asked.rule.starts_with("update.")) => {
                Some(entry.paths.clone())
            }
            Some(entry) if alike(entry) => Some(Vec::new()),
            _ => None,
        };
        let changes = |field: &str, paths: &[String]| {
            let mut changes = Value::Null;
            for asked in
                self.shown.asked.iter().filter(|asked| concerned(asked) && seen(asked).as_deref() == Some(paths))
            {
                merge(&mut changes, &self.shown.document(asked)[part][field]);
            }
            changes
        };
        for field in CHANGES {
            let exact = changes(field, wanted);
            let found = match (exact.is_null(), narrowed) {
                (true, Some(paths)) => cut_down(changes(field, &[]), paths),
                _ => exact,
            };
            if let (false, Some(fields)) = (found.is_null(), fact.as_object_mut()) {
                fields.insert(field.to_string(), found);
            }
        }
    }

    /// Whether an entry with paths would pass over it, because nothing there changes.
    fn is_left_out(&self, question: &Question, about: About, document: &Value) -> Result<bool, Missing> {
        if question.binding.paths.is_none() {
            return Ok(false);
        }
        let changes = match question.rule.subject {
            Subject::Commit => &document["commit"]["changes"],
            Subject::Update if about.update.is_some_and(|update| update.moves()) => &document["update"]["changes"],
            Subject::Push | Subject::Tag | Subject::Update => return Ok(false),
        };
        match changes.as_array() {
            Some(changes) => Ok(changes.is_empty()),
            None if self.was_asked(question, about) => Ok(false),
            None if self.was_left_out(question, about) => Ok(true),
            None => Err(Missing("it cannot be told whether anything under its paths changes".to_string())),
        }
    }

    /// A rule of the same kind in an entry with the same paths was asked about this.
    fn was_asked(&self, question: &Question, about: About) -> bool {
        let mine = kept::entry(question.binding);
        let alike = |asked: &PastQuestion| {
            asked.rule.starts_with(question.rule.subject.name())
                && self.shown.entry(asked).is_some_and(|entry| is_alike(&mine, entry))
        };
        self.shown.asked.iter().any(|asked| concerns(asked, about) && alike(asked))
    }

    /// An entry with the same paths was about this commit, and its rules were not asked.
    fn was_left_out(&self, question: &Question, about: About) -> bool {
        let mine = kept::entry(question.binding);
        let Some(update) = about.update.filter(|_| !about.commit.is_empty()) else { return false };
        self.shown.scopes(&update.ref_name).any(|(entry, code, commits)| {
            let alike = self.shown.config.entries.get(entry).is_some_and(|entry| is_alike(&mine, entry));
            let asked = self
                .shown
                .asked
                .iter()
                .any(|asked| asked.entry == entry && asked.rule == code && concerns(asked, about));
            alike && !asked && commits.iter().any(|commit| commit == about.commit)
        })
    }

    fn concerns_update(&self, asked: &PastQuestion, about: About) -> bool {
        about.update.is_some_and(|update| asked.ref_name == update.ref_name)
    }
}

/// Whether a recorded entry lets through the same changes.
fn is_alike(mine: &Value, entry: &PastEntry) -> bool {
    mine["paths"] == json!(entry.paths) && mine["commits"] == entry.commits.as_str()
}

/// A question about exactly this.
fn concerns(asked: &PastQuestion, about: About) -> bool {
    let is_tag = asked.rule.starts_with("tag.");
    about.update.is_some_and(|update| asked.ref_name == update.ref_name)
        && asked.commit == about.commit
        && about.tag.map_or(!is_tag, |tag| is_tag && asked.tag == tag)
}

/// Adds what `from` knows: members of lists are the same things in the same order.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (_, Value::Null) => {}
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) if into.len() == from.len() => {
            into.iter_mut().zip(from).for_each(|(into, from)| merge(into, from))
        }
        (into, from) => into.clone_from(from),
    }
}

/// The changes at these paths; null when a path is not known.
fn cut_down(changes: Value, paths: &PathPatterns) -> Value {
    let Value::Array(changes) = changes else { return Value::Null };
    let mut kept = Vec::new();
    for change in changes {
        match change["path"].as_str().map(bytes) {
            Some(path) if paths.matches(&path) => kept.push(change),
            Some(_) => {}
            None => return Value::Null,
        }
    }
    Value::Array(kept)
}

/// A path as it is stored: `\xNN` and `\\` are bytes that documents write so.
fn bytes(path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => Some((b'\\', after)),
            (b'\\', [b'x', high, low, after @ ..]) => hexadecimal(*high, *low).map(|byte| (byte, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The document's shape with the rule's parameters.
fn shape(question: &Question) -> Shape {
    let mut shape = Shape::of(question.rule.subject);
    if let Shape::Object(fields) = &mut shape {
        fields.insert("params".to_string(), Shape::Map(Box::new(Shape::plain("string"))));
    }
    shape
}

/// The first path that is read and is not in the document.
fn missing(path: &str, document: &Value, reads: &Reads, shape: &Shape) -> Option<String> {
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match (document, shape, reads) {
        (Value::Array(members), Shape::List(inner), _) => {
            members.iter().find_map(|member| missing(path, member, reads, inner))
        }
        (Value::Object(fields), Shape::Object(shapes), _) => shapes.iter().find_map(|(name, shape)| {
            let reads = reads.field(name)?;
            match fields.get(name) {
                Some(value) => missing(&below(name), value, reads, shape),
                None => Some(below(name)),
            }
        }),
        // Touched and nothing more, or a value without parts.
        _ => None,
    }
}
