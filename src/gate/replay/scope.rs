//! Which commits and tags of a recorded update a question would have been about.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::Config;
use crate::record::{Past, PastEntry, PastUpdate, Shown};

use super::super::kept;
use super::super::question::Question;

/// The tag objects of an update, and `""` for a ref without one. `None`: nobody looked.
pub fn tags<'s>(shown: &'s Shown, update: &PastUpdate) -> Option<BTreeSet<&'s str>> {
    // Git keeps tag objects out of branches.
    if update.ref_name.starts_with("refs/heads/") {
        return Some(BTreeSet::new());
    }
    let about = shown.asked.iter().filter(|one| one.ref_name == update.ref_name && one.rule.starts_with("tag."));
    let tags: BTreeSet<&str> = about.map(|one| one.tag.as_str()).collect();
    (!tags.is_empty()).then_some(tags)
}

/// The commits of an update that a question would have been about: those that the same entry was about then; or where
/// no baseline can make a difference, those that any entry was about.
pub fn commits<'s>(
    past: &Past,
    shown: &'s Shown,
    config: &Config,
    question: &Question,
    update: &PastUpdate,
) -> Result<&'s [String], String> {
    let scopes: Vec<(usize, &str, &[String])> = shown.scopes(&update.ref_name).collect();
    if scopes.is_empty() {
        return Err(format!("no rule was asked about commits of {}", update.ref_name));
    }
    let baseline: &[String] = config.history.baseline.as_written();
    let trusted: Vec<String> = config.history.trusted.iter().map(ToString::to_string).collect();
    if shown.config.baseline != baseline || shown.config.trusted != trusted {
        return Err("[history] is another, so it cannot be told which commits it would be asked about".to_string());
    }
    let mine = kept::entry(question.binding);
    let same = |entry: &PastEntry| {
        [
            ("refs", Value::from(entry.refs.clone())),
            ("commits", Value::from(entry.commits.as_str())),
            ("mode", Value::from(entry.mode.as_str())),
            ("except", entry.except.clone()),
            ("override", entry.break_glass.clone()),
        ]
        .iter()
        .all(|(field, value)| mine[*field] == *value)
    };
    // The old value hides its own history whatever the entry.
    if past.input.read.refs.iter().all(|(name, value)| *name == update.ref_name || *value == update.old) {
        let same_chain = scopes.iter().find(|(entry, ..)| {
            shown.config.entries.get(*entry).is_some_and(|entry| mine["commits"] == entry.commits.as_str())
        });
        if let Some((_, _, commits)) = same_chain {
            return Ok(commits);
        }
    }
    let other = || format!("entries were about different commits of {}, and none was like this one", update.ref_name);
    let alike: Vec<&(usize, &str, &[String])> =
        scopes.iter().filter(|(entry, ..)| shown.config.entries.get(*entry).is_some_and(same)).collect();
    let by_the_same = alike.iter().find(|(_, code, _)| *code == question.rule.code);
    // A baseline hides nothing from a rule that can see the update.
    if question.depends_on_update() && !baseline.is_empty() {
        let saw = by_the_same.filter(|(entry, code, _)| saw_update(shown, *entry, code));
        return saw.map(|(_, _, commits)| *commits).ok_or_else(other);
    }
    match (by_the_same, alike.first()) {
        (Some((_, _, commits)), _) => Ok(commits),
        (None, Some((_, _, commits))) if alike.iter().all(|(_, _, other)| other == commits) => Ok(commits),
        (None, _) => Err(other()),
    }
}

/// Whether a rule was shown anything that differs from one update of a commit to another.
fn saw_update(shown: &Shown, entry: usize, code: &str) -> bool {
    let mut asked = shown.asked.iter().filter(|asked| asked.entry == entry && asked.rule == code);
    asked.any(|asked| {
        let document = shown.document(asked);
        let saw = |part: &str, field: &str| !document[part][field].is_null();
        !document["update"].is_null()
            || saw("push", "updates")
            || saw("push", "options")
            || saw("commit", "first_parent")
    })
}
