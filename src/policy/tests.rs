//! The room from outside: rule files in, policies, problems and answers out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, AskError, AskLimits, Bindings, Catalogue, Policy, RuleFile, Sources};
use crate::config::{Binding, CommitScope, Mode, Named};
use crate::input::Document;
use crate::pattern::{RefPatterns, RepositoryPatterns};
use crate::problem::Problem;

mod asking;
mod describing;
mod files;
mod loading;
mod reading;

type Loaded = Result<(Policy, Vec<Problem>), Vec<Problem>>;

/// Rule files and bindings to load, with people and groups that exist.
struct Stage {
    sources: Sources,
    entries: Vec<Binding>,
    config: String,
}

impl Stage {
    fn new() -> Self {
        Self { sources: Sources::default(), entries: Vec::new(), config: String::new() }
    }

    /// One shipped rule, bound without parameters.
    fn with(code: &str, body: &str) -> Self {
        Self::new()
            .shipped(&format!("{}.rego", code.replace('.', "/")), &format!("package refgate.{code}\n\n{body}"))
            .bind(code, json!({}))
    }

    fn shipped(mut self, path: &str, text: &str) -> Self {
        self.sources.shipped.push(RuleFile { path: PathBuf::from(path), text: text.into() });
        self
    }

    fn own(mut self, path: &str, text: &str) -> Self {
        self.sources.own.push(RuleFile { path: PathBuf::from(path), text: text.into() });
        self
    }

    fn data(mut self, data: Value) -> Self {
        self.sources.data = data;
        self
    }

    /// An entry `use = "<code>"`, one line of config for each word.
    fn bind(mut self, code: &str, params: Value) -> Self {
        let start = self.config.len();
        let mut named = |word: &str| {
            let start = self.config.len();
            self.config.push_str(word);
            self.config.push('\n');
            Named { name: word.to_string(), span: start..start + word.len() }
        };
        let rules = vec![named(code)];
        let Value::Object(params) = params else { panic!("parameters are a table") };
        let param_spans = params.keys().map(|key| named(key)).collect();
        self.entries.push(Binding {
            span: start..self.config.len(),
            rules,
            refs: RefPatterns::default(),
            repositories: RepositoryPatterns::default(),
            paths: None,
            params,
            param_spans,
            mode: Mode::Enforce,
            commits: CommitScope::All,
            exceptions: Vec::new(),
            break_glass: None,
        });
        self
    }

    fn load(&self) -> Loaded {
        self.load_with(Policy::load)
    }

    fn load_with(&self, load: fn(&Sources, Bindings<'_>, &Catalogue<'_>) -> Loaded) -> Loaded {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<BTreeSet<_>>();
        let catalogue = Catalogue {
            groups: &names(&["maintainers", "security"]),
            people: &names(&["alice", "bob", "forge"]),
            sign_for_committers: &names(&["forge"]),
            all_known: true,
        };
        let text: Arc<str> = self.config.as_str().into();
        load(
            &self.sources,
            Bindings { file: Path::new("refgate.toml"), text: &text, entries: &self.entries },
            &catalogue,
        )
    }

    fn policy(&self) -> Policy {
        match self.load() {
            Ok((policy, _)) => policy,
            Err(problems) => panic!("{}", rendered(&problems)),
        }
    }

    /// Everything that is wrong, as people see it.
    #[track_caller]
    fn problems(&self) -> String {
        match self.load() {
            Ok((_, warnings)) => panic!("it loads, with warnings: {}", rendered(&warnings)),
            Err(problems) => rendered(&problems),
        }
    }

    /// The read set of the first rule of the first entry, without `params` and `version`.
    #[track_caller]
    fn reads(&self) -> Vec<String> {
        let mut paths = self.policy().bound()[0][0].reads.paths();
        paths.retain(|path| path != "params.*" && path != "version.*");
        paths
    }

    /// Asks the first rule of the first entry.
    fn ask(&self, mut input: Value) -> Result<Answer, AskError> {
        let policy = self.policy();
        let rule = &policy.bound()[0][0];
        input["params"] = Value::Object(rule.params.clone());
        policy.asker(Duration::from_secs(10), AskLimits { findings: 3, text_bytes: 40 }).ask(rule, &Document::from(&input))
    }
}

fn rendered(problems: &[Problem]) -> String {
    problems.iter().map(|problem| problem.render() + "\n").collect()
}

/// Every problem of one commit rule.
#[track_caller]
fn problems(body: &str) -> String {
    Stage::with("commit.x", body).problems()
}

#[track_caller]
fn assert_says(words: &str, expected: &[&str]) {
    for part in expected {
        assert!(words.contains(part), "no '{part}' in:\n{words}");
    }
}
