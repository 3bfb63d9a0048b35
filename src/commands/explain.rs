//! Why a decision came out as it did: which rules were asked about what, what each was shown, and what it said.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::config::{Config, Mode};
use crate::report::clean;
use crate::verdict::{Asked, Decision, Place};

/// Members of a list that are shown.
const MEMBERS: usize = 5;

/// Characters of a value that are shown.
const CHARACTERS: usize = 120;

/// Every question in the order in which it was put, under what it was about.
pub fn explain(decision: &Decision, config: &Config) -> String {
    let mut words = String::new();
    let mut standing: Option<&Place> = None;
    for asked in &decision.findings.asked {
        if standing != Some(&asked.place) {
            let _ = writeln!(words, "\n{}", heading(decision, &asked.place));
            standing = Some(&asked.place);
        }
        words += &one(asked, decision, config);
    }
    if words.is_empty() {
        return "\nNo rule was asked about anything.\n".to_string();
    }
    if decision.findings.unkept > 0 {
        let _ = writeln!(
            words,
            "\n{} questions more were put than are kept (limit 'kept_bytes')",
            decision.findings.unkept
        );
    }
    format!("\nWhat was asked:\n{words}")
}

fn heading(decision: &Decision, place: &Place) -> String {
    let short = |id: &str| id.chars().take(7).collect::<String>();
    let on = if place.ref_name.is_empty() { "the push".to_string() } else { clean(&place.ref_name) };
    let update = place.update.and_then(|index| decision.updates.get(index));
    match (place.commit.is_empty(), place.tag.is_empty(), update) {
        (false, _, _) => format!("{on}  commit {} \"{}\"", short(&place.commit), clean(&place.subject)),
        (true, false, _) => format!("{on}  tag {}", short(&place.tag)),
        (true, true, Some(update)) => format!("{on}  {}..{}", update.old.short(), update.new.short()),
        (true, true, None) => on,
    }
}

fn one(asked: &Asked, decision: &Decision, config: &Config) -> String {
    let binding = config.bindings.get(asked.entry);
    let line = binding
        .map_or(0, |binding| config.text.get(..binding.span.start).unwrap_or_default().matches('\n').count() + 1);
    let mode = if binding.is_some_and(|binding| binding.mode == Mode::Warn) { ", warns only" } else { "" };
    let verb = if mode.is_empty() { "refuses" } else { "warns" };
    let said = match (asked.denied.is_empty(), asked.warned.is_empty()) {
        (true, true) => "lets pass".to_string(),
        (false, _) => format!("{verb}: {}", list(&asked.denied)),
        (true, false) => format!("warns: {}", list(&asked.warned)),
    };
    let exempted = decision
        .findings
        .exempted
        .iter()
        .any(|one| one.violation.code == asked.code && one.violation.place == asked.place);
    let through = if exempted { ", let through" } else { "" };
    let mut words = format!("  {}  {said}  ({}:{line}{mode}{through})\n", asked.code, config.file.display());
    let mut fields = BTreeMap::new();
    flatten("", &asked.document.value(), &mut fields);
    for (path, value) in fields.iter().filter(|(path, _)| *path != "version") {
        let _ = writeln!(words, "    {path} = {value}");
    }
    words
}

fn list(messages: &[String]) -> String {
    let more = messages.len().saturating_sub(MEMBERS);
    let shown: Vec<String> = messages.iter().take(MEMBERS).map(|message| clean(message)).collect();
    if more > 0 { format!("{}; and {more} more", shown.join("; ")) } else { shown.join("; ") }
}

/// The values of a document by their dotted path.
fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, member)| flatten(&below(&clean(name)), member, fields))
        }
        Value::Array(members) if members.iter().any(Value::is_object) => {
            // A rule that reads nothing of the members still sees how many there are.
            let seen = members.iter().any(|member| member.as_object().is_some_and(|fields| !fields.is_empty()));
            if !seen || members.len() > MEMBERS {
                fields.insert(path.to_string(), format!("{} in all", members.len()));
            }
            for (index, member) in members.iter().take(MEMBERS).enumerate().filter(|_| seen) {
                flatten(&format!("{path}[{index}]"), member, fields);
            }
        }
        Value::Object(_) if path == "params" => {}
        other => {
            let text = clean(&other.to_string());
            let cut = text.char_indices().nth(CHARACTERS).map_or(text.clone(), |(at, _)| format!("{}…", &text[..at]));
            fields.insert(path.to_string(), cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_told_by_paths() {
        let mut fields = BTreeMap::new();
        let changes: Vec<Value> = (0..7).map(|n| json!({ "path": format!("a/{n}") })).collect();
        let document = json!({ "params": {}, "commit": { "subject": "a\nb", "parents": ["1"], "changes": changes, "touched": [{}, {}] } });
        flatten("", &document, &mut fields);
        let told: Vec<String> = fields.into_iter().map(|(path, value)| format!("{path} = {value}")).collect();
        assert_eq!(
            told,
            [
                "commit.changes = 7 in all",
                "commit.changes[0].path = \"a/0\"",
                "commit.changes[1].path = \"a/1\"",
                "commit.changes[2].path = \"a/2\"",
                "commit.changes[3].path = \"a/3\"",
                "commit.changes[4].path = \"a/4\"",
                "commit.parents = [\"1\"]",
                "commit.subject = \"a\\nb\"",
                "commit.touched = 2 in all",
            ]
        );
    }
}
