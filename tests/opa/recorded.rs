use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// One thing that a rule was asked about, and the messages of its answer.
#[derive(Clone, Debug)]
pub struct Question {
    pub document: Value,
    pub denied: Vec<String>,
    pub warned: Vec<String>,
}

/// By code of the rule; each document once.
#[derive(Default)]
pub struct Recorded {
    pub questions: BTreeMap<String, Vec<Question>>,
    seen: BTreeSet<(String, String)>,
}

impl Recorded {
    /// What the push tests left in the folder that `REFGATE_DECISIONS` names, if it names one.
    pub fn of_push_tests() -> Self {
        let mut recorded = Self::default();
        let Some(folder) = std::env::var_os("REFGATE_DECISIONS").map(PathBuf::from) else { return recorded };
        for entry in fs::read_dir(folder).expect("the folder of REFGATE_DECISIONS can be read") {
            let path = entry.expect("the folder can be read").path();
            let text = fs::read_to_string(&path).expect("a log can be read");
            let decisions: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            recorded.add(&decisions);
        }
        recorded
    }

    pub fn add(&mut self, decisions: &[Value]) {
        for decision in decisions {
            let shown = &decision["input"]["shown"];
            for asked in shown["asked"].as_array().into_iter().flatten() {
                let at = usize::try_from(asked["document"].as_u64().expect("a position")).expect("a position");
                let (rule, document) = (asked["rule"].as_str().expect("a rule"), &shown["documents"][at]);
                if self.seen.insert((rule.to_string(), document.to_string())) {
                    let (denied, warned) = (messages(&asked["denied"]), messages(&asked["warned"]));
                    let question = Question { document: document.clone(), denied, warned };
                    self.questions.entry(rule.to_string()).or_default().push(question);
                }
            }
        }
    }
}

fn messages(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|one| one.as_str().expect("a message").to_string()).collect()
}
