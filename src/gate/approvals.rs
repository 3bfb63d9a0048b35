//! Approvals: signed tags at `refs/approvals/<commit>/<name>` that say in their own words what they approve.
//!
//! Only their form is judged here; whose approval counts is for rules to say.

use std::collections::BTreeMap;

use crate::facts;
use crate::ids::{ObjectId, RefName};
use crate::repository::{RawTag, Repository};

use super::assemble::{Authority, text};
use super::intake::Moves;
use super::stop::Stop;

/// What an approval has to state: `Refgate-Approve: <repository> <full ref> <commit>`.
const STATEMENT: &str = "Refgate-Approve:";

/// The line that approves `commit` as the value of `target`, a full name without namespaces, in the repository that
/// the server calls `path`.
pub fn statement(path: &str, target: &str, commit: &str) -> String {
    format!("{STATEMENT} {path} {target} {commit}")
}

/// Where an approval of this name stands.
pub fn reference(commit: &str, name: &str) -> String {
    format!("refs/approvals/{commit}/{name}")
}

/// Approvals of `commit` as the value of `target`: those in the repository and those this push brings, without those
/// it deletes.
pub fn read(
    repository: &Repository,
    authority: &Authority,
    path: &str,
    target: &RefName,
    commit: ObjectId,
    push: &Moves,
) -> Result<Vec<facts::Approval>, Stop> {
    let folder = reference(&commit.to_string(), "");
    let mut values: BTreeMap<String, ObjectId> = BTreeMap::new();
    for (name, id) in repository.refs_below(&folder)? {
        values.insert(name.without_namespaces().to_string(), id);
    }
    for intended in push.approvals() {
        let name = intended.stored.without_namespaces();
        if name.starts_with(&folder) {
            match intended.new {
                Some(new) => values.insert(name.to_string(), new),
                None => values.remove(name),
            };
        }
    }
    let statement = statement(path, target.without_namespaces(), &commit.to_string());
    let mut approvals = Vec::new();
    for (name, id) in values {
        // Whatever is not a readable tag there approves nothing.
        let Ok(raw) = repository.tag(id) else { continue };
        let name = name[folder.len()..].to_string();
        if approves(&raw, &name, commit, &statement) {
            let claimed = raw.tagger.as_ref().map_or(crate::time::Time::NEVER_WAS, |tagger| tagger.time);
            let signature = authority.signature(raw.signed.as_ref(), claimed, &format!("approver {id}"));
            approvals.push(facts::Approval { id: id.to_string(), name, signature });
        }
    }
    Ok(approvals)
}

fn approves(raw: &RawTag, name: &str, commit: ObjectId, statement: &str) -> bool {
    raw.target == commit
        && text(&raw.name) == name
        && text(&raw.message).lines().any(|line| line.trim_end() == statement)
}
