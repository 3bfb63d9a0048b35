//! One rule, asked with everything and by its read set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use refgate::config::Limits;
use refgate::config::{Binding, CommitScope, Mode, Named};
use refgate::input::{Document, Memo, MemoKey, Params, Shape, Subject, project};
use refgate::pattern::{RefPatterns, RepositoryPatterns};
use refgate::policy::{Answer, AskLimits, Bindings, Catalogue, Policy, RuleFile, Sources};
use serde_json::Value;

use crate::dice::{Dice, made_up};

pub struct Question {
    pub policy: Policy,
    shape: Shape,
}

impl Question {
    #[track_caller]
    pub fn load(text: &str) -> Self {
        let shipped = vec![RuleFile { path: PathBuf::from("x.rego"), text: text.into() }];
        let entry = Binding {
            span: 0..0,
            rules: vec![Named { name: "commit.x".to_string(), span: 0..0 }],
            refs: RefPatterns::default(),
            repositories: RepositoryPatterns::default(),
            paths: None,
            params: Params::new(),
            param_spans: Vec::new(),
            mode: Mode::Enforce,
            commits: CommitScope::All,
            exceptions: Vec::new(),
            break_glass: None,
        };
        let nobody = BTreeSet::new();
        let catalogue = Catalogue { groups: &nobody, people: &nobody, sign_for_committers: &nobody, all_known: true };
        let config: Arc<str> = "".into();
        let bindings = Bindings { file: Path::new("refgate.toml"), text: &config, entries: &[entry] };
        match Policy::load(&Sources { shipped, ..Sources::default() }, bindings, &catalogue) {
            Ok((policy, _)) => Self { policy, shape: Shape::of(Subject::Commit) },
            Err(problems) => {
                panic!("{}\n{text}", problems.iter().map(|problem| problem.render() + "\n").collect::<String>())
            }
        }
    }

    /// A made-up document, with the binding's parameters.
    pub fn document(&self, bytes: &[u8]) -> Value {
        let mut document = made_up(&self.shape, &mut Dice::new(bytes));
        document["params"] = Value::Object(self.policy.bound()[0][0].params.clone());
        document
    }

    /// What is denied; that there was an error and not which.
    pub fn ask(&self, document: Value) -> Result<Vec<String>, ()> {
        let mut asker = self.policy.asker(Duration::from_secs(60), AskLimits::of(&Limits::default()));
        asker.ask(&self.policy.bound()[0][0], &Document::from(&document)).map(|answer| words(&answer)).map_err(drop)
    }

    pub fn ask_by_read_set(&self, memo: &Memo<Answer>, document: &Value) -> Result<Vec<String>, ()> {
        let rule = &self.policy.bound()[0][0];
        let document = project(document, &rule.reads);
        let key = MemoKey::new(0, rule.rule, &document);
        if let Some(answer) = memo.recall(&key) {
            return Ok(words(&answer));
        }
        let mut asker = self.policy.asker(Duration::from_secs(60), AskLimits::of(&Limits::default()));
        let answer = Arc::new(asker.ask(rule, &document).map_err(drop)?);
        memo.remember(key, answer.clone(), answer.bytes());
        Ok(words(&answer))
    }
}

fn words(answer: &Answer) -> Vec<String> {
    answer.deny.iter().chain(&answer.warn).map(|finding| finding.message.clone()).collect()
}
