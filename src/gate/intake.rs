//! Commands from stdin against the repository: what git would really move, and the gate's own refusals about it.

use std::collections::HashMap;

use crate::ids::{ObjectId, RefName};
use crate::push::{Command, PushError};
use crate::repository::Repository;
use crate::server::OptionsError;
use crate::verdict::{Failure, JudgedUpdate, Place, Violation};

use super::stop::{Stop, gate_violation};

/// Bytes of a line of stdin that are told: a client may send lines of any length.
const SHOWN_BYTES: usize = 500;

/// One command, with the ref as it is now.
#[derive(Clone, Debug)]
pub struct Intended {
    pub stored: RefName,
    pub requested: RefName,
    /// The ref's value now; `None` when there is no such ref.
    pub old: Option<ObjectId>,
    /// `None`: it shall be deleted.
    pub new: Option<ObjectId>,
}

impl Intended {
    /// Deleting what does not exist: stock git sends this for `git push origin :gone`, and nothing happens.
    pub fn is_nothing(&self) -> bool {
        self.old.is_none() && self.new.is_none()
    }

    /// Whether it creates the repository's only ref, perhaps one that is there by now.
    pub fn is_first(&self, repository: &Repository) -> Result<bool, Stop> {
        if self.old.is_some() {
            return Ok(false);
        }
        let refs = repository.refs_below("refs/")?;
        Ok(refs.iter().all(|(name, _)| *name == self.stored))
    }

    pub fn judged(&self, null: ObjectId) -> JudgedUpdate {
        JudgedUpdate {
            ref_name: self.stored.clone(),
            requested: self.requested.clone(),
            old: self.old.unwrap_or(null),
            new: self.new.unwrap_or(null),
        }
    }
}

/// What came of stdin as a whole, when it could not be read as commands.
pub fn refuse_stdin(error: PushError) -> Stop {
    let refuse = |reason: &str, message: String, hint: &str| {
        Stop::Refused(vec![gate_violation(reason, &Place::default(), message, hint)])
    };
    match error {
        PushError::Empty => Stop::Failed(Failure::new("git's list of updates arrived empty", "stdin is empty")),
        PushError::Truncated => {
            Stop::Failed(Failure::new("git's list of updates arrived cut off", "stdin does not end in a line feed"))
        }
        PushError::Malformed { line } => refuse(
            "malformed",
            format!("'{}' is not an update in git's form", shown(&line)),
            "push with a current git client",
        ),
        PushError::Name { name, .. } => refuse(
            "ref_name",
            format!("'{}' is not a ref name that can be judged", shown(&name)),
            "choose a name that `git check-ref-format` accepts, in UTF-8",
        ),
        PushError::Twice { name } => refuse("twice", format!("'{name}' is updated twice in one push"), "push it once"),
        PushError::TooMany { limit } => refuse(
            "limit",
            format!("more than {limit} refs in one push (limit 'updates')"),
            "push fewer refs at a time",
        ),
    }
}

/// All commands of one push, and where each ref stands among them.
pub struct Moves<'a> {
    list: &'a [Intended],
    places: HashMap<&'a RefName, usize>,
    approvals: Vec<&'a Intended>,
}

impl<'a> Moves<'a> {
    pub fn of(list: &'a [Intended]) -> Self {
        let places = list.iter().enumerate().map(|(place, one)| (&one.stored, place)).collect();
        let approves = |one: &&Intended| one.stored.without_namespaces().starts_with("refs/approvals/");
        Self { list, places, approvals: list.iter().filter(approves).collect() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a Intended> {
        self.list.iter()
    }

    /// Those of refs below `refs/approvals/`.
    pub fn approvals(&self) -> impl Iterator<Item = &'a Intended> {
        self.approvals.iter().copied()
    }

    pub fn touch(&self, name: &RefName) -> bool {
        self.places.contains_key(name)
    }

    /// A ref's value before the push. An update that is only supposed starts where it says, not where the ref is now.
    pub fn before(&self, name: &RefName, now: Option<ObjectId>) -> Option<ObjectId> {
        self.places.get(name).and_then(|&place| self.list.get(place)).map_or(now, |one| one.old)
    }
}

/// As much of a line as anybody wants to read, with other bytes than ASCII written out.
fn shown(line: &[u8]) -> String {
    match line.get(..SHOWN_BYTES) {
        Some(start) => format!("{}…", start.escape_ascii()),
        None => line.escape_ascii().to_string(),
    }
}

/// What came of the push options, when they are not such that rules can see them.
pub fn refuse_options(error: OptionsError) -> Stop {
    let (reason, hint) = match error {
        OptionsError::Incomplete { .. } => {
            return Stop::Failed(Failure::new("its push options arrived incomplete", error.to_string()));
        }
        OptionsError::NotUtf8 { .. } => ("option", "write it in UTF-8"),
        OptionsError::TooLarge { .. } | OptionsError::TooMany { .. } => ("limit", "push with fewer options"),
    };
    Stop::Refused(vec![gate_violation(reason, &Place::default(), error.to_string(), hint)])
}

/// Re-reads every ref: what is stored, what it is now, and whether the client's word about that is true.
///
/// What is refused comes beside what was meant, so that both can be told.
pub fn resolve(repository: &Repository, commands: Vec<Command>) -> Result<(Vec<Intended>, Vec<Violation>), Stop> {
    let mut intended = Vec::with_capacity(commands.len());
    let mut violations = Vec::new();
    let mut seen: HashMap<RefName, usize> = HashMap::new();
    for (index, command) in commands.into_iter().enumerate() {
        let resolved = repository.resolve(&command.requested).map_err(Failure::from)?;
        let place = Place { update: Some(index), ref_name: resolved.stored.to_string(), ..Place::default() };
        let beside = intended.iter().map(|other: &Intended| &other.stored);
        if let Some(twin) = repository.twin(&resolved.stored, beside).map_err(Failure::from)? {
            let message = format!("this server's file system takes '{}' and '{twin}' for one", resolved.stored);
            violations.push(gate_violation(
                "ref_name",
                &place,
                message,
                "choose a name that differs in more than case",
            ));
        }
        if seen.insert(resolved.stored.clone(), index).is_some() {
            let message = format!("'{}' and another ref of this push are the same stored ref", command.requested);
            violations.push(gate_violation("twice", &place, message, "push it once"));
        }
        let deletes = command.new.is_null();
        let claimed = (!command.old.is_null()).then_some(command.old);
        let deletes_unseen = deletes && claimed.is_none();
        if claimed != resolved.current && !deletes_unseen {
            let is = resolved.current.map_or("no ref".to_string(), |id| id.short());
            let said = claimed.map_or("no ref".to_string(), |id| id.short());
            let message = format!("the push starts from {said}, but the server has {is}");
            violations.push(gate_violation(
                "stale",
                &place,
                message,
                "run `git fetch`, look at what changed, then push again",
            ));
        }
        if let Some(new) = (!deletes).then_some(command.new)
            && !repository.exists(new).map_err(Failure::from)?
        {
            let detail = format!("object {new} for {} is not there", resolved.stored);
            return Err(Stop::Failed(Failure::new("an object that the push needs is missing", detail)));
        }
        intended.push(Intended {
            stored: resolved.stored,
            requested: command.requested,
            old: resolved.current,
            new: (!deletes).then_some(command.new),
        });
    }
    Ok((intended, violations))
}
