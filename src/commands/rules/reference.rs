//! The reference of all shipped rules as a page in Markdown: checked in as `policies/README.md`, compared by a test.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::input::Subject;
use crate::policy::testing;
use crate::policy::{Finding, Origin, Rule, builtins};
use crate::problem::Problem;
use crate::setup::Workshop;

use super::page;

/// What comes before the rules, and after them.
const OPENING: &str = include_str!("opening.md");
const CLOSING: &str = include_str!("closing.md");

pub fn reference() -> Result<String, Vec<Problem>> {
    let workshop = Workshop::shipped();
    let policy = testing::everything(&workshop.sources)?;
    let refusals = super::refusals(&workshop, Origin::Shipped, None)?;
    Ok(render(policy.rules(), &refusals))
}

fn render(rules: &[Rule], refusals: &BTreeMap<String, Vec<Finding>>) -> String {
    let mut words = OPENING.to_string();
    words += "\n| rule | what it asks for |\n| --- | --- |\n";
    for rule in in_order(rules) {
        let _ = writeln!(words, "| [`{}`](#{}) | {} |", rule.code, anchor(&rule.code), rule.title);
    }
    for subject in Subject::ALL {
        let _ = write!(words, "\n## {}\n", page::asked_about(subject));
        for rule in rules.iter().filter(|rule| rule.subject == subject) {
            words += &section(rule, refusals.get(&rule.code).map(Vec::as_slice).unwrap_or_default());
        }
    }
    let names: Vec<String> = builtins().map(|name| format!("`{name}`")).collect();
    let _ = write!(words, "\n{}", CLOSING.replace("@BUILTINS@", &names.join(" ")));
    words
}

fn in_order(rules: &[Rule]) -> impl Iterator<Item = &Rule> {
    Subject::ALL.into_iter().flat_map(|subject| rules.iter().filter(move |rule| rule.subject == subject))
}

/// What a Markdown viewer makes of a heading that is a code.
fn anchor(code: &str) -> String {
    code.replace('.', "")
}

fn section(rule: &Rule, refusal: &[Finding]) -> String {
    let mut words = format!("\n### `{}`\n\n**{}.**", rule.code, rule.title);
    for (index, paragraph) in page::paragraphs(&rule.description).iter().enumerate() {
        let _ = write!(words, "{}{paragraph}", if index == 0 { " " } else { "\n\n" });
    }
    words += "\n";
    if !rule.not_for.is_empty() {
        let _ = write!(words, "\nNot for: {}\n", page::paragraphs(&rule.not_for).join(" "));
    }
    if !rule.params.is_empty() {
        words += "\n| parameter | type | default | |\n| --- | --- | --- | --- |\n";
        for param in &rule.params {
            let default = param.default.as_ref().map_or("required".to_string(), |default| format!("`{default}`"));
            let _ = writeln!(
                words,
                "| `{}` | `{}` | {} | {} |",
                param.name,
                param.kind.written(),
                cell(&default),
                cell(&param.description)
            );
        }
    }
    let _ = write!(words, "\n```toml\n{}```\n", page::binding(rule));
    if let Some(example) = page::example(rule, refusal) {
        let _ = write!(words, "\n```\n{example}```\n");
    }
    if !rule.related.is_empty() {
        let links: Vec<String> = rule.related.iter().map(|link| format!("<{link}>")).collect();
        let _ = write!(words, "\nSee {}\n", links.join(", "));
    }
    words
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
