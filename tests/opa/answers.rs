use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use refgate::config::{Config, Limits};
use refgate::input::Document;
use refgate::policy::testing::everything;
use refgate::policy::{AskLimits, Bindings, BoundRule, Catalogue, Finding, ParamType, Policy, Rule, Sources};
use refgate::setup::shipped_rules;
use serde_json::{Value, json};

use crate::played;
use crate::program::{Opa, POLICIES};
use crate::recorded::{Question, Recorded};

/// The shipped rules, bound so that they can be asked. Parameters come with each recorded document.
fn shipped() -> (Policy, Vec<String>) {
    let sources = Sources { shipped: shipped_rules(), ..Sources::default() };
    let all = everything(&sources).unwrap_or_else(|problems| panic!("{problems:?}"));
    let text: String = all.rules().iter().map(entry).collect();
    let (config, _) = Config::parse(Path::new("refgate.toml"), &format!("version = 1\n{text}")).expect("a config");
    let (group, nobody) = (BTreeSet::from(["any".to_string()]), BTreeSet::new());
    let catalogue = Catalogue { groups: &group, people: &nobody, sign_for_committers: &nobody, all_known: true };
    let bindings = Bindings { file: &config.file, text: &config.text, entries: &config.bindings };
    let (policy, _) = Policy::load(&sources, bindings, &catalogue).unwrap_or_else(|problems| panic!("{problems:?}"));
    let codes = all.rules().iter().map(|rule| rule.code.clone()).collect();
    (policy, codes)
}

/// An entry with any value for each parameter that has no default.
fn entry(rule: &Rule) -> String {
    let mut text = format!("[[rule]]\nuse = \"{}\"\n", rule.code);
    for spec in rule.params.iter().filter(|spec| spec.default.is_none()) {
        let value = match &spec.kind {
            ParamType::List(_) => "[]",
            other => panic!("give {} a value of type {}", spec.name, other.written()),
        };
        let _ = writeln!(text, "params.{} = {value}", spec.name);
    }
    text
}

/// A module that asks a rule about each of its documents, in order.
fn module(rules: &[&BoundRule]) -> String {
    let mut text = "package answers\n".to_string();
    for rule in rules {
        let code = &rule.code;
        let _ = writeln!(
            text,
            "\nall[\"{code}\"] := [deny |\n\tsome document in data.documents[\"{code}\"]\n\tdeny := data.refgate.{code}.deny with input as document\n]"
        );
    }
    text
}

/// The members of a set in OPA's answer, as refgate puts them.
fn findings(set: &Value) -> Vec<Finding> {
    let text = |member: &Value, field: &str| member[field].as_str().unwrap_or_default().to_string();
    let finding = |member: &Value| match member.as_str() {
        Some(message) => Finding { message: message.to_string(), path: String::new(), hint: String::new() },
        None => Finding { message: text(member, "message"), path: text(member, "path"), hint: text(member, "hint") },
    };
    let mut findings: Vec<Finding> = set.as_array().expect("a set").iter().map(finding).collect();
    findings.sort();
    findings
}

#[test]
fn every_shipped_rule_says_in_opa_what_it_said_in_refgate() {
    let Some(opa) = Opa::find() else { return };
    let (policy, codes) = shipped();
    let mut recorded = Recorded::of_push_tests();
    recorded.add(&played::decisions());
    let rules: Vec<&BoundRule> = policy.bound().iter().flatten().collect();
    let none = Vec::new();
    let questions = |code: &str| recorded.questions.get(code).unwrap_or(&none);

    let (asked, documents) = (opa.home().join("answers.rego"), opa.home().join("documents.json"));
    let lists: serde_json::Map<String, Value> = codes
        .iter()
        .map(|code| (code.clone(), questions(code).iter().map(|question| question.document.clone()).collect()))
        .collect();
    fs::write(&asked, module(&rules)).expect("the stage can write files");
    fs::write(&documents, json!({ "documents": lists }).to_string()).expect("the stage can write files");
    let answers = opa.evaluate("data.answers.all", &[&asked, &documents, Path::new(POLICIES)]);

    // Nothing but 'deny' is compared: a rule that begins to say more has to be asked for more.
    for file in shipped_rules().iter().filter(|file| !file.path.to_string_lossy().ends_with("_test.rego")) {
        let says_more = file.text.lines().any(|line| line.starts_with("allow") || line.starts_with("warn"));
        assert!(!says_more, "{} defines more than 'deny'", file.path.display());
    }
    let mut asker = policy.asker(Duration::from_secs(60), AskLimits::of(&Limits::default()));
    let mut lacking = Vec::new();
    println!("{:>8} {:>8}", "refusing", "passing");
    for rule in rules {
        let questions = questions(&rule.code);
        let theirs = answers[&rule.code].as_array().expect("a list of answers");
        assert_eq!(questions.len(), theirs.len(), "{}: some documents have no answer in OPA", rule.code);
        for (question, theirs) in questions.iter().zip(theirs) {
            let ours = asker.ask(rule, &Document::from(&question.document)).unwrap_or_else(|error| panic!("{error}"));
            compare(&rule.code, question, &ours.deny, &findings(theirs));
            assert!(ours.warn.is_empty() && question.warned.is_empty(), "{}", rule.code);
        }
        let refusing = questions.iter().filter(|question| !question.denied.is_empty()).count();
        let passing = questions.len() - refusing;
        println!("{refusing:8} {passing:8}  {}", rule.code);
        if refusing == 0 || passing == 0 {
            lacking.push(rule.code.clone());
        }
    }
    assert!(lacking.is_empty(), "not seen both refusing and letting pass: {lacking:?}");
}

#[track_caller]
fn compare(code: &str, question: &Question, ours: &[Finding], theirs: &[Finding]) {
    let document = &question.document;
    assert_eq!(ours, theirs, "{code} says other things in refgate (left) than in OPA (right) of {document:#}");
    let messages: Vec<&str> = ours.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, question.denied, "{code} said other things when it was pushed (right) of {document:#}");
}
