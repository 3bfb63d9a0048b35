//! Rule files: every text loads in time, or is told what is wrong with it; what loads can be bound.

#![no_main]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use refgate::config::Config;
use refgate::policy::{Bindings, Catalogue, Policy, RuleFile, Sources};
use refgate::problem::Problem;
use refgate::setup::shipped_rules;
use refgate_fuzz::told;

static LIBRARIES: LazyLock<Vec<RuleFile>> = LazyLock::new(|| {
    let is_library = |file: &RuleFile| file.path.starts_with("policies/lib");
    shipped_rules().into_iter().filter(is_library).collect()
});

fuzz_target!(|text: &str| {
    let shipped = libraries(text);
    let own = vec![RuleFile { path: "rules/rule.rego".into(), text: text.into() }];
    let sources =
        Sources { shipped, own, proven: false, data: serde_json::json!({"list": [1, "x"], "table": {"key": true}}) };
    match load(&sources, &[], Policy::check) {
        Ok((policy, warnings)) => {
            told::check_warnings(&warnings);
            let codes: Vec<&str> = policy.rules().iter().map(|rule| rule.code.as_str()).collect();
            assert!(codes.iter().all(|code| code.split_once('.').is_some_and(|(_, name)| text.contains(name))));
            assert!(codes.len() <= 1 && policy.bound().is_empty());
            check_bound(&sources, &codes);
        }
        Err(problems) => {
            told::check_failed(&problems);
        }
    }
});

/// The shipped libraries that the text names, and those that they name: reading them all takes longer than all the rest.
fn libraries(text: &str) -> Vec<RuleFile> {
    let mut wanted: Vec<RuleFile> = Vec::new();
    let mut texts = vec![text.to_string()];
    while let Some(text) = texts.pop() {
        for library in LIBRARIES.iter() {
            let package = library.text.lines().find_map(|line| line.strip_prefix("package ")).unwrap_or_default();
            if text.contains(package) && !wanted.iter().any(|other| other.path == library.path) {
                wanted.push(library.clone());
                texts.push(library.text.to_string());
            }
        }
    }
    wanted
}

/// Binding a rule only asks for its parameters.
fn check_bound(sources: &Sources, codes: &[&str]) {
    if codes.is_empty() {
        return;
    }
    match load(sources, codes, Policy::load) {
        Ok((policy, warnings)) => {
            told::check_warnings(&warnings);
            let bound: Vec<&str> = policy.bound().iter().flatten().map(|rule| rule.code.as_str()).collect();
            assert_eq!(bound, codes);
        }
        Err(problems) => told::check_failed(&problems),
    }
}

type Loaded = Result<(Policy, Vec<Problem>), Vec<Problem>>;

fn load(sources: &Sources, codes: &[&str], by: fn(&Sources, Bindings<'_>, &Catalogue<'_>) -> Loaded) -> Loaded {
    let uses: String = codes.iter().map(|code| format!("[[rule]]\nuse = \"{code}\"\n")).collect();
    let file = Path::new("refgate.toml");
    let text: Arc<str> = format!("version = 1\n{uses}").into();
    let entries = match codes {
        [] => Vec::new(),
        _ => Config::parse(file, &text).expect("a config").0.bindings,
    };
    let bindings = Bindings { file, text: &text, entries: &entries };
    let (groups, people) = (BTreeSet::from(["group".to_string()]), BTreeSet::from(["person".to_string()]));
    by(
        sources,
        bindings,
        &Catalogue { groups: &groups, people: &people, sign_for_committers: &BTreeSet::new(), all_known: true },
    )
}
