//! `[groups]`: groups within groups. `security = ["oncall"]` says that members of `oncall` are members of `security`.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Named;
use crate::config::document::{Findings, Table};
use crate::people::entry;
use crate::problem::nearest;

/// The groups of `[groups]`, each with the groups whose members it also has.
#[derive(Debug, Default)]
pub struct Nesting {
    members: BTreeMap<String, Vec<Named>>,
}

impl Nesting {
    pub fn parse(table: Table<'_>, findings: &mut Findings) -> Self {
        let mut members = BTreeMap::new();
        for field in table.rest() {
            entry::check_id(&field.key, "group", findings);
            let groups = field.string_or_strings(findings);
            entry::check_repeated(&groups, "group", findings);
            if groups.is_empty() {
                let help = "name the groups whose members it has, or write the group among a person's groups";
                findings.error(&field.key.span, format!("nobody is in group '{}'", field.key.name), help);
            }
            members.insert(field.key.name.clone(), groups);
        }
        let nesting = Self { members };
        nesting.check_circles(findings);
        nesting
    }

    /// Every group that is written here with something in it.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.members.keys()
    }

    /// Groups that contain one of these, directly or through others, and are not among them.
    pub fn containing(&self, groups: &[String]) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = groups.iter().cloned().collect();
        loop {
            let before = found.len();
            let holds_one = |members: &Vec<Named>| members.iter().any(|member| found.contains(&member.name));
            let more: Vec<String> =
                self.members.iter().filter(|(_, members)| holds_one(members)).map(|(name, _)| name.clone()).collect();
            found.extend(more);
            if found.len() == before {
                break;
            }
        }
        found.into_iter().filter(|name| !groups.contains(name)).collect()
    }

    /// Reports every member that is no group at all; `known` are the groups that people have.
    pub fn check_members(&self, known: &BTreeSet<String>, findings: &mut Findings) {
        let exists = |name: &str| known.contains(name) || self.members.contains_key(name);
        for member in self.members.values().flatten().filter(|member| !exists(&member.name)) {
            let near = nearest(&member.name, known.iter().chain(self.members.keys()).map(String::as_str));
            let help = near.map(|near| format!("did you mean '{near}'?")).unwrap_or_default();
            findings.error(&member.span, format!("nobody is in group '{}'", member.name), help);
        }
    }

    fn check_circles(&self, findings: &mut Findings) {
        for (name, members) in &self.members {
            for member in members {
                let through = std::slice::from_ref(name);
                if member.name == *name || self.containing(through).contains(&member.name) {
                    findings.error(&member.span, format!("group '{name}' holds itself through '{}'", member.name), "");
                }
            }
        }
    }
}
