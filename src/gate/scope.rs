//! Which commits a question is about: reachable from the new value, and not already judged.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::config::{Binding, CommitScope, Mode};
use crate::ids::{ObjectId, RefName};
use crate::repository::Repository;
use crate::time::Time;
use crate::verdict::Scoped;

use super::question::Question;
use super::stop::{Stop, gate_violation};
use super::target::Target;

/// The commits of one update, and which question is about which.
pub struct Scope {
    /// Every commit that at least one question is about, newest first.
    pub commits: Vec<ObjectId>,
    /// By position in the questions that were given.
    sets: Vec<Arc<HashSet<ObjectId>>>,
    /// Those of `commits` that are on the first-parent chain of the new value; empty unless a question reads that or is
    /// bound to the chain.
    pub first_parent: HashSet<ObjectId>,
}

/// Commits, and their ids in order.
type Listed<'a> = (&'a Arc<HashSet<ObjectId>>, Arc<Vec<String>>);

impl Scope {
    pub fn concerns(&self, question: usize, commit: ObjectId) -> bool {
        self.sets[question].contains(&commit)
    }

    /// Which rule is about which commits, for the record; each list is there once.
    pub fn noted(&self, ref_name: &str, questions: &[&Question]) -> Vec<Scoped> {
        let mut lists: Vec<Listed<'_>> = Vec::new();
        let mut scopes: Vec<Scoped> = Vec::new();
        for (set, question) in self.sets.iter().zip(questions) {
            let commits = match lists.iter().find(|(known, _)| Arc::ptr_eq(known, set)) {
                Some((_, commits)) => commits.clone(),
                None => {
                    let ids = self.commits.iter().filter(|id| set.contains(*id)).map(ObjectId::to_string);
                    let commits = Arc::new(ids.collect::<Vec<_>>());
                    lists.push((set, commits.clone()));
                    commits
                }
            };
            scopes.push(Scoped {
                ref_name: ref_name.to_string(),
                entry: question.entry,
                code: question.rule.code.clone(),
                commits,
            });
        }
        scopes
    }
}

/// What is known before the push about history that was judged already.
pub struct Past<'a> {
    pub repository: &'a Repository,
    pub head: Option<&'a RefName>,
    pub path: &'a str,
    pub trusted: &'a [ObjectId],
    /// Refs that `[history] baseline` names, with their value before the push.
    pub baseline: Vec<(RefName, ObjectId)>,
    pub received: Time,
    /// Commits judged in one push.
    pub limit: usize,
}

/// More commits than one push may bring.
pub fn too_many(target: &Target, commits: usize, limit: usize) -> Stop {
    let message = format!("{commits} commits to judge, more than {limit} (limit 'commits')");
    let hint = "push the history in smaller steps, or ask your administrator to trust it";
    Stop::Refused(vec![gate_violation("limit", &target.place, message, hint)])
}

impl Past<'_> {
    /// The commits that `questions`, all of them about commits, are about in this update.
    pub fn scope(&self, target: &Target, tip: ObjectId, questions: &[&Question]) -> Result<Scope, Stop> {
        let mut known: HashMap<Vec<ObjectId>, Arc<HashSet<ObjectId>>> = HashMap::new();
        let mut commits = Vec::new();
        let mut all = HashSet::new();
        let mut sets = Vec::new();
        for question in questions {
            let hidden: Vec<ObjectId> = self.hidden(target, question).into_iter().collect();
            let set = match known.get(&hidden) {
                Some(set) => set.clone(),
                None => {
                    let range = self.repository.range(tip, &hidden).map_err(|error| Stop::at(error, &target.place))?;
                    // Before more is made of them than a list.
                    if range.len() > self.limit {
                        return Err(too_many(target, range.len(), self.limit));
                    }
                    commits.extend(range.iter().filter(|id| all.insert(**id)));
                    let set = Arc::new(range.into_iter().collect::<HashSet<_>>());
                    known.insert(hidden, set.clone());
                    set
                }
            };
            sets.push(set);
        }
        let asks = |question: &&Question| {
            question.reads("commit.first_parent") || question.binding.commits == CommitScope::FirstParent
        };
        let mut first_parent = HashSet::new();
        if questions.iter().any(asks) {
            let chain =
                self.repository.first_parent_chain(tip, &all).map_err(|error| Stop::at(error, &target.place))?;
            first_parent.extend(chain.commits);
        }
        for (set, question) in sets.iter_mut().zip(questions) {
            if question.binding.commits == CommitScope::FirstParent {
                *set = Arc::new(self.chain_only(target, tip, question, set, &first_parent)?);
            }
        }
        Ok(Scope { commits, sets, first_parent })
    }

    /// Values whose history the question takes as judged: the ref's own old value, trusted commits, and baseline refs
    /// on which the very same `[[rule]]` entry holds.
    fn hidden(&self, target: &Target, question: &Question) -> BTreeSet<ObjectId> {
        let format = self.repository.format();
        let mut hidden: BTreeSet<ObjectId> = self.trusted.iter().copied().filter(|id| id.format() == format).collect();
        hidden.extend(target.old_tip);
        // A side branch that entered a baseline ref was only vouched for there; `chain_only` hides what was judged.
        if question.binding.commits == CommitScope::All {
            hidden.extend(self.baseline_for(target, question).map(|(_, value)| *value));
        }
        hidden
    }

    fn baseline_for<'b>(
        &'b self,
        target: &'b Target,
        question: &'b Question,
    ) -> impl Iterator<Item = &'b (RefName, ObjectId)> {
        self.baseline.iter().filter(move |(name, _)| {
            let binding = question.binding;
            match binding.mode {
                Mode::Warn => true,
                Mode::Off => false,
                Mode::Enforce => {
                    binding.refs.matches(name, self.head)
                        && binding.repositories.matches(self.path)
                        && !question.depends_on_update()
                        && !self.could_have_let_through(binding, name, target)
                }
            }
        })
    }

    /// An override, or an exception that does not hold here and now, may have let a commit into that baseline ref.
    fn could_have_let_through(&self, binding: &Binding, baseline: &RefName, target: &Target) -> bool {
        let elsewhere = binding.exceptions.iter().any(|exception| {
            let there = exception.refs.as_ref().is_none_or(|refs| refs.matches(baseline, self.head));
            let here =
                exception.refs.as_ref().is_none_or(|refs| refs.matches_stored(&target.intended.stored, self.head));
            there && !(here && exception.holds_at(self.received))
        });
        binding.break_glass.is_some() || elsewhere
    }

    /// `commits = "first_parent"`: the chain, without what is on the first-parent chain of a baseline ref.
    fn chain_only(
        &self,
        target: &Target,
        tip: ObjectId,
        question: &Question,
        set: &HashSet<ObjectId>,
        chain: &HashSet<ObjectId>,
    ) -> Result<HashSet<ObjectId>, Stop> {
        let stop = |error| Stop::at(error, &target.place);
        let mut judged: HashSet<ObjectId> = HashSet::new();
        let mut remaining: HashSet<ObjectId> = chain.intersection(set).copied().collect();
        for (_, value) in self.baseline_for(target, question) {
            let mut next = self.repository.tip(*value).map_err(stop)?;
            while let Some(id) = next.filter(|id| !remaining.is_empty() && judged.insert(*id)) {
                remaining.remove(&id);
                next = self.repository.first_parent(id).map_err(stop)?;
            }
        }
        // What is older than the first commit that a baseline chain shares is on that chain as well.
        let mut kept = HashSet::new();
        let mut next = Some(tip);
        while let Some(id) = next.filter(|id| remaining.contains(id) && kept.insert(*id)) {
            next = self.repository.first_parent(id).map_err(stop)?;
        }
        Ok(kept)
    }
}
