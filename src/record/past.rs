//! A line of the decision log, read again: what was judged then, and what rules were shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::ids::RefName;

/// One judged push.
#[derive(Clone, Debug, Deserialize)]
pub struct Past {
    pub decision_id: String,
    pub timestamp: String,
    #[serde(default)]
    pub requested_by: String,
    pub input: Input,
    pub result: Outcome,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The document of the push; null when it could not be read that far.
    #[serde(default)]
    pub push: Value,
    #[serde(default)]
    pub updates: Vec<PastUpdate>,
    #[serde(default)]
    pub read: Read,
    /// `None`: the log was written without `input = true`.
    #[serde(default)]
    pub shown: Option<Shown>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Read {
    /// Values of the refs whose history counted as judged, by name.
    #[serde(default)]
    pub refs: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PastUpdate {
    #[serde(rename = "ref")]
    pub ref_name: String,
    pub old: String,
    pub new: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Outcome {
    pub verdict: String,
    #[serde(default)]
    pub violations: Vec<PastViolation>,
    /// Let through by an exception or an override.
    #[serde(default)]
    pub exempted: Vec<PastViolation>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PastViolation {
    pub code: String,
    #[serde(default)]
    pub message: String,
    #[serde(default, rename = "ref")]
    pub ref_name: String,
    #[serde(default)]
    pub commit: String,
    #[serde(default)]
    pub tag: String,
}

/// What rules were shown.
#[derive(Clone, Debug, Deserialize)]
pub struct Shown {
    pub config: PastConfig,
    pub asked: Vec<PastQuestion>,
    pub unkept: usize,
    documents: Vec<Value>,
    scopes: Vec<PastScope>,
    commits: Vec<Vec<String>>,
}

/// The config then, as far as it says what was asked about what.
#[derive(Clone, Debug, Deserialize)]
pub struct PastConfig {
    #[serde(deserialize_with = "entries")]
    pub entries: Vec<PastEntry>,
    pub baseline: Vec<String>,
    pub trusted: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PastEntry {
    /// The entry as it was recorded.
    #[serde(skip)]
    pub whole: Value,
    pub refs: Vec<String>,
    pub paths: Vec<String>,
    pub commits: String,
    pub mode: String,
    pub except: Value,
    #[serde(rename = "override")]
    pub break_glass: Value,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PastQuestion {
    pub rule: String,
    pub entry: usize,
    #[serde(rename = "ref")]
    pub ref_name: String,
    pub commit: String,
    pub subject: String,
    pub tag: String,
    document: usize,
}

#[derive(Clone, Debug, Deserialize)]
struct PastScope {
    #[serde(rename = "ref")]
    ref_name: String,
    entry: usize,
    rule: String,
    commits: usize,
}

/// Each beside what it was read from.
fn entries<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PastEntry>, D::Error> {
    let read = |whole: Value| PastEntry::deserialize(&whole).map(|entry| PastEntry { whole: whole.clone(), ..entry });
    Vec::<Value>::deserialize(from)?.into_iter().map(read).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
}

impl Past {
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }

    pub fn repository(&self) -> &str {
        self.input.push["repository"]["path"].as_str().unwrap_or_default()
    }
}

impl PastUpdate {
    /// Deleting what did not exist.
    pub fn is_nothing(&self) -> bool {
        is_null(&self.old) && is_null(&self.new)
    }

    /// A deletion, or no move at all.
    pub fn brings_nothing(&self) -> bool {
        is_null(&self.new) || self.old == self.new
    }

    /// Neither a creation nor a deletion.
    pub fn moves(&self) -> bool {
        !is_null(&self.old) && !is_null(&self.new)
    }

    pub fn name(&self) -> Option<RefName> {
        RefName::parse(self.ref_name.as_bytes(), false).ok()
    }
}

fn is_null(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

impl Shown {
    /// What a question showed; null where the log holds no such document.
    pub fn document(&self, question: &PastQuestion) -> &Value {
        self.documents.get(question.document).unwrap_or(&Value::Null)
    }

    pub fn entry(&self, question: &PastQuestion) -> Option<&PastEntry> {
        self.config.entries.get(question.entry)
    }

    /// For each rule that was to be asked about commits of a ref: its entry, its code and those commits.
    pub fn scopes(&self, ref_name: &str) -> impl Iterator<Item = (usize, &str, &[String])> {
        self.scopes.iter().filter(move |scope| scope.ref_name == ref_name).map(|scope| {
            let commits = self.commits.get(scope.commits).map(Vec::as_slice).unwrap_or_default();
            (scope.entry, scope.rule.as_str(), commits)
        })
    }
}
