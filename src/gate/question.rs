//! A question: one rule, as one `[[rule]]` entry binds it. Which updates it is about, what it reads, and what becomes
//! of its answer under exceptions, overrides and modes.

use crate::config::{Binding, Mode};
use crate::facts;
use crate::ids::RefName;
use crate::input::{Reads, Subject};
use crate::policy::{BoundRule, Finding, HintValues, fill_hint};
use crate::report::clean;
use crate::setup::Setup;
use crate::time::Time;
use crate::verdict::{Exempted, Exemption, Findings, Place, Violation};

/// One rule under one binding.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Position of the entry in the config.
    pub entry: usize,
    /// Position of the rule in the entry.
    pub position: usize,
    pub binding: &'a Binding,
    pub rule: &'a BoundRule,
}

/// Every question that the config has for a repository.
pub fn of<'a>(setup: &'a Setup, repository: &str) -> Vec<Question<'a>> {
    let entries = setup.config.bindings.iter().zip(setup.policy.bound()).enumerate();
    entries
        .filter(|(_, (binding, _))| binding.mode != Mode::Off && binding.repositories.matches(repository))
        .flat_map(|(entry, (binding, rules))| {
            rules.iter().enumerate().map(move |(position, rule)| Question { entry, position, binding, rule })
        })
        .collect()
}

/// Who stands behind what is being asked about, for exceptions and overrides.
pub struct Circumstances<'a> {
    /// The good signer of a commit or tag; for an update or the push, the pusher.
    pub person: &'a facts::Person,
    /// Who provably wants this push.
    pub proven: Option<&'a facts::Person>,
    /// The reason in `-o refgate.override=<reason>`, if given.
    pub override_reason: Option<&'a str>,
    pub stored: Option<&'a RefName>,
    pub head: Option<&'a RefName>,
    pub received: Time,
    pub hint: HintValues<'a>,
}

impl Question<'_> {
    pub fn is_about(&self, subject: Subject) -> bool {
        self.rule.subject == subject
    }

    /// Whether the rule can see anything that differs from one update of the same commit to another: then having
    /// been asked on a baseline ref says nothing about this one.
    pub fn depends_on_update(&self) -> bool {
        ["update", "push.updates", "push.options", "commit.first_parent"].iter().any(|path| self.reads(path))
    }

    pub fn reads(&self, path: &str) -> bool {
        self.rule.reads.wants(path)
    }

    /// Sorts answers into violations, warnings and what is let through.
    pub fn sort(&self, denied: Vec<Finding>, warned: Vec<Finding>, place: &Place, about: &Circumstances) -> Findings {
        let mut findings = Findings::default();
        for finding in denied {
            let violation = self.violation(finding, place, about);
            match self.exemption(&violation, about) {
                _ if self.binding.mode != Mode::Enforce => findings.warnings.push(violation),
                Some((by, reason)) => findings.exempted.push(Exempted { violation, by, reason }),
                None => findings.violations.push(violation),
            }
        }
        findings.warnings.extend(warned.into_iter().map(|finding| self.violation(finding, place, about)));
        findings
    }

    fn violation(&self, finding: Finding, place: &Place, about: &Circumstances) -> Violation {
        let hint = if finding.hint.is_empty() {
            let (path, ref_name) = (within_quotes(&finding.path), within_quotes(about.hint.ref_name));
            fill_hint(&self.rule.hint, &HintValues { path: &path, ref_name: &ref_name, ..about.hint })
        } else {
            finding.hint
        };
        Violation {
            code: self.rule.code.clone(),
            place: place.clone(),
            message: finding.message,
            hint,
            path: finding.path,
        }
    }

    fn exemption(&self, violation: &Violation, about: &Circumstances) -> Option<(Exemption, String)> {
        let exception = self.binding.exceptions.iter().find(|exception| {
            exception.holds_at(about.received)
                && exception.person.as_ref().is_none_or(|person| about.person.known && about.person.id == person.name)
                && exception
                    .refs
                    .as_ref()
                    .is_none_or(|refs| about.stored.is_some_and(|name| refs.matches_stored(name, about.head)))
                && exception
                    .paths
                    .as_ref()
                    .is_none_or(|paths| !violation.path.is_empty() && paths.matches_exactly(violation.path.as_bytes()))
                && exception.commit.is_none_or(|commit| commit.to_string() == violation.place.commit)
        });
        if let Some(exception) = exception {
            return Some((Exemption::Exception, exception.reason.clone()));
        }
        let reason = about.override_reason?;
        let groups = &self.binding.break_glass.as_ref()?.groups;
        let person = about.proven.filter(|person| person.known)?;
        let member = groups.iter().any(|group| person.groups.contains(&group.name));
        member.then(|| (Exemption::Override, format!("{} ({})", clean(reason), person.id)))
    }
}

/// A name from the push as it may stand between the single quotes of a command that somebody will type (sh(1)).
fn within_quotes(name: &str) -> String {
    name.replace('\'', r"'\''")
}

/// Everything that any of the questions can read.
pub fn union<'a>(questions: impl IntoIterator<Item = &'a Question<'a>>) -> Reads {
    let mut all = Reads::default();
    for question in questions {
        all.add(&question.rule.reads);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_quotes_of_a_hint() {
        assert_eq!(within_quotes("a'; reboot; '"), r"a'\''; reboot; '\''");
    }
}
