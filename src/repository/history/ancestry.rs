//! Whether one commit is an ancestor of another, and how two tips relate. Exact, whatever the dates say.

use crate::facts::History;
use crate::ids::ObjectId;

use super::super::objects::ObjectError;
use super::{Marks, Place, Queue, Walker};

/// Reachable from the commit that is looked for: itself and all that came before it.
const BEFORE: u8 = 1;
/// Reachable from the commit that is looked from.
const FROM: u8 = 2;
const QUEUED: u8 = 4;

impl Walker<'_> {
    /// How `new` relates to `old`; both may be tags of commits.
    pub fn history(&mut self, old: Option<ObjectId>, new: Option<ObjectId>) -> Result<History, ObjectError> {
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) if old == new => return Ok(History::Unchanged),
            (Some(old), Some(new)) => (self.peel(old)?, self.peel(new)?),
            (None, Some(_)) => return Ok(History::Created),
            (Some(_), None) => return Ok(History::Deleted),
            (None, None) => return Ok(History::Unchanged),
        };
        let (Some(old), Some(new)) = (old, new) else { return Ok(History::Unrelated) };
        if self.is_ancestor(old, new)? {
            return Ok(History::FastForward);
        }
        if self.is_ancestor(new, old)? {
            return Ok(History::Rewind);
        }
        match self.share_history(old, new)? {
            true => Ok(History::Diverged),
            false => Ok(History::Unrelated),
        }
    }

    /// Whether `ancestor` is reachable from `descendant`; a commit is its own ancestor.
    ///
    /// What lies before `ancestor` cannot lead to it, so both sides are walked at once, and from `descendant` only what
    /// is not known to lie before. The walk ends when nothing else is left, which proves the answer without any date.
    pub fn is_ancestor(&mut self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, ObjectError> {
        if ancestor == descendant {
            return Ok(true);
        }
        let sought = self.enter(ancestor)?;
        let start = self.enter(descendant)?;
        let mut walk = Walk::default();
        walk.mark(sought, BEFORE, self);
        walk.mark(start, FROM, self);
        while walk.open > 0 {
            let Some(place) = walk.next() else { return Ok(false) };
            let marks = walk.marks.get(place) & (BEFORE | FROM);
            for parent in self.parents(place) {
                self.read(parent)?;
                walk.mark(parent, marks, self);
            }
            if walk.marks.has(sought, FROM) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether any commit is reachable from both.
    fn share_history(&mut self, one: ObjectId, other: ObjectId) -> Result<bool, ObjectError> {
        let (one, other) = (self.enter(one)?, self.enter(other)?);
        let mut walk = Walk::default();
        walk.mark(one, BEFORE, self);
        walk.mark(other, FROM, self);
        while let Some(place) = walk.next() {
            let marks = walk.marks.get(place) & (BEFORE | FROM);
            if marks == BEFORE | FROM {
                return Ok(true);
            }
            for parent in self.parents(place) {
                self.read(parent)?;
                walk.mark(parent, marks, self);
            }
        }
        Ok(false)
    }
}

/// A walk from two sides.
#[derive(Default)]
struct Walk {
    marks: Marks,
    queue: Queue,
    /// Commits in the queue that are not known to lie before the one that is looked for.
    open: usize,
}

impl Walk {
    fn mark(&mut self, place: Place, marks: u8, walker: &Walker<'_>) {
        let was_open = self.is_open(place);
        if !self.marks.add(place, marks) {
            return;
        }
        if self.marks.add(place, QUEUED) {
            self.queue.push(place, walker);
        }
        match (was_open, self.is_open(place)) {
            (false, true) => self.open += 1,
            (true, false) => self.open -= 1,
            (true, true) | (false, false) => {}
        }
    }

    fn next(&mut self) -> Option<Place> {
        let place = self.queue.pop()?;
        self.open -= usize::from(self.is_open(place));
        self.marks.remove(place, QUEUED);
        Some(place)
    }

    fn is_open(&self, place: Place) -> bool {
        self.marks.has(place, QUEUED) && !self.marks.has(place, BEFORE)
    }
}
