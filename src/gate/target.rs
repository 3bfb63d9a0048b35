//! One ref update opened up: what it points to, how it relates to what was there, and the document that rules see.

use crate::facts::{self, Action, Change, History, ObjectKind, RefKind};
use crate::ids::{ObjectId, RefName};
use crate::input::Reads;
use crate::pattern::PathPatterns;
use crate::policy::HintValues;
use crate::repository::Repository;
use crate::verdict::{Failure, Place};

use super::intake::Intended;
use super::stop::Stop;

/// How many discarded commits are listed by id.
const DISCARDED_LISTED: usize = 100;

pub struct Target<'a> {
    pub intended: &'a Intended,
    pub place: Place,
    pub action: Action,
    pub kind: RefKind,
    /// The commit that the old value leads to.
    pub old_tip: Option<ObjectId>,
    /// The commit that the new value leads to.
    pub new_tip: Option<ObjectId>,
    /// Annotated tags on the way to it, outermost first. By id: a push can hold many, and each may be large.
    pub tags: Vec<ObjectId>,
    pub object: facts::Target,
    /// What `tags`, or the ref itself, lead to in the end.
    pub peeled: facts::Target,
    /// Short ids, for hints.
    short_old: String,
    short_new: String,
}

impl<'a> Target<'a> {
    /// Opens what the update brings. Tag objects are read strictly, whatever ref they come on.
    pub fn open(repository: &Repository, index: usize, intended: &'a Intended) -> Result<Self, Stop> {
        let place = Place { update: Some(index), ref_name: intended.stored.to_string(), ..Place::default() };
        let action = match (intended.old, intended.new) {
            (_, None) => Action::Delete,
            (None, Some(_)) => Action::Create,
            (Some(_), Some(_)) => Action::Update,
        };
        let old_tip = intended.old.map(|id| repository.tip(id)).transpose();
        let none = || facts::Target { kind: ObjectKind::None, id: String::new() };
        let mut target = Self {
            intended,
            old_tip: old_tip.map_err(|error| Stop::at(error, &place))?.flatten(),
            place,
            action,
            kind: kind_of(&intended.stored),
            new_tip: None,
            tags: Vec::new(),
            object: none(),
            peeled: none(),
            short_old: intended.old.map(|id| id.short()).unwrap_or_default(),
            short_new: intended.new.map(|id| id.short()).unwrap_or_default(),
        };
        let moved = intended.new.filter(|new| intended.old != Some(*new));
        if let Some(new) = moved {
            let peeled = repository.peel(new).map_err(|error| Stop::at(error, &target.place))?;
            target.object = facts::Target {
                kind: peeled.tags.first().map_or(peeled.kind, |_| ObjectKind::Tag),
                id: new.to_string(),
            };
            target.peeled = facts::Target { kind: peeled.kind, id: peeled.target.to_string() };
            target.new_tip = (peeled.kind == ObjectKind::Commit).then_some(peeled.target);
            target.tags = peeled.tags.iter().map(|tag| tag.id).collect();
        } else if let Some(same) = intended.new {
            target.object =
                facts::Target { kind: repository.header(same).map_err(Failure::from)?.kind, id: same.to_string() };
            target.new_tip = target.old_tip;
        }
        Ok(target)
    }

    /// It is asked to become what it is already.
    pub fn is_unchanged(&self) -> bool {
        self.intended.old == self.intended.new
    }

    /// What a hint may speak of; `commit` is a full id, or `""`.
    pub fn hint<'h>(&'h self, commit: &'h str) -> HintValues<'h> {
        HintValues {
            commit: commit.get(..7).unwrap_or(commit),
            old: &self.short_old,
            new: &self.short_new,
            ref_name: self.intended.stored.short(),
            path: "",
        }
    }

    /// The document, with only those parts worked out that `reads` asks for; `changes` are not among them.
    pub fn fact(&self, repository: &Repository, head: Option<&RefName>, reads: &Reads) -> Result<facts::Update, Stop> {
        let null = ObjectId::null(repository.format());
        let history = self.history(repository, reads)?;
        let range = |from: Option<ObjectId>, to: Option<ObjectId>| match from {
            Some(from) => repository
                .range(from, &to.into_iter().collect::<Vec<_>>())
                .map_err(|error| Stop::at(error, &self.place)),
            None => Ok(Vec::new()),
        };
        let introduced = match reads.wants("update.introduced") || reads.wants("push.updates.introduced") {
            true => range(self.new_tip, self.old_tip)?.len() as u64,
            false => 0,
        };
        let discarded = match reads.wants("update.discarded") {
            true => range(self.old_tip, self.new_tip)?,
            false => Vec::new(),
        };
        let first_parent = match (self.old_tip, self.new_tip) {
            (Some(old), Some(new)) if reads.wants("update.first_parent") => {
                repository.on_first_parent_chain(old, new).map_err(|error| Stop::at(error, &self.place))?
            }
            _ => false,
        };
        Ok(facts::Update {
            ref_name: self.intended.stored.to_string(),
            requested: self.intended.requested.to_string(),
            name: self.intended.stored.short().to_string(),
            kind: self.kind,
            action: self.action,
            old: self.intended.old.unwrap_or(null).to_string(),
            new: self.intended.new.unwrap_or(null).to_string(),
            is_head: head == Some(&self.intended.stored),
            history,
            first_parent,
            introduced: facts::Introduced { count: introduced },
            discarded: facts::Discarded {
                count: discarded.len() as u64,
                commits: discarded.iter().take(DISCARDED_LISTED).map(ObjectId::to_string).collect(),
            },
            target: self.object.clone(),
            changes: Vec::new(),
            approvals: Vec::new(),
        })
    }

    fn history(&self, repository: &Repository, reads: &Reads) -> Result<History, Stop> {
        match (self.intended.old, self.intended.new) {
            (None, _) => Ok(History::Created),
            (_, None) => Ok(History::Deleted),
            (old, new) if old == new => Ok(History::Unchanged),
            _ => match (self.old_tip, self.new_tip) {
                (Some(old), Some(new)) if reads.wants("update.history") || reads.wants("push.updates.history") => {
                    repository.history(Some(old), Some(new)).map_err(|error| Stop::at(error, &self.place))
                }
                _ => Ok(History::Unrelated),
            },
        }
    }

    /// Old tip to new tip; for a creation from the merge base with the HEAD branch, or else the empty tree.
    pub fn changes(
        &self,
        repository: &Repository,
        head: Option<ObjectId>,
        paths: Option<&PathPatterns>,
    ) -> Result<Vec<Change>, Stop> {
        let Some(new) = self.new_tip.filter(|_| !self.is_unchanged()) else {
            return Ok(Vec::new());
        };
        let stop = |error| Stop::at(error, &self.place);
        let base = match (self.old_tip, head) {
            (Some(old), _) => Some(old),
            (None, Some(head)) => repository.merge_bases(head, new).map_err(stop)?.first().copied(),
            (None, None) => None,
        };
        let old = base.map(|base| repository.tree_of(base)).transpose().map_err(stop)?.flatten();
        let new = repository.tree_of(new).map_err(stop)?;
        repository.tree_changes(old, new, paths).map_err(stop)
    }
}

fn kind_of(name: &RefName) -> RefKind {
    let name = name.without_namespaces();
    if name.starts_with("refs/heads/") {
        RefKind::Branch
    } else if name.starts_with("refs/tags/") {
        RefKind::Tag
    } else if name.starts_with("refs/notes/") {
        RefKind::Note
    } else {
        RefKind::Other
    }
}
