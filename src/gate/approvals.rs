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

/// What stands in the place of an approval of `commit`, by name: in the repository and in this push, without what it
/// deletes.
pub fn standing(
    repository: &Repository,
    commit: ObjectId,
    push: &Moves,
) -> Result<BTreeMap<String, ObjectId>, Stop> {
    let folder = reference(&commit.to_string(), "");
    let mut standing: BTreeMap<String, ObjectId> = BTreeMap::new();
    let name_below = |name: &RefName| name.without_namespaces().strip_prefix(&folder).map(str::to_string);
    for (name, id) in repository.refs_below(&folder)? {
        standing.extend(name_below(&name).map(|name| (name, id)));
    }
    for intended in push.approvals() {
        if let Some(name) = name_below(&intended.stored) {
            match intended.new {
                Some(new) => standing.insert(name, new),
                None => standing.remove(&name),
            };
        }
    }
    Ok(standing)
}

/// Those of them that make `statement` about `commit`.
pub fn read(
    repository: &Repository,
    authority: &Authority,
    standing: BTreeMap<String, ObjectId>,
    commit: ObjectId,
    statement: &str,
) -> Vec<facts::Approval> {
    let mut approvals = Vec::new();
    for (name, id) in standing {
        // Whatever is not a readable tag there approves nothing.
        let Ok(raw) = repository.tag(id) else { continue };
        if approves(&raw, &name, commit, statement) {
            let signature = authority.tag_signature(&raw, &format!("approver {id}"));
            approvals.push(facts::Approval { id: id.to_string(), name, signature });
        }
    }
    approvals
}

fn approves(raw: &RawTag, name: &str, commit: ObjectId, statement: &str) -> bool {
    raw.target == commit
        && text(&raw.name) == name
        && text(&raw.message).lines().any(|line| line.trim_end() == statement)
}
