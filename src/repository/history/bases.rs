//! Merge bases: the common ancestors of two sides that are no ancestors of another one. Exact, whatever the dates say.

use crate::ids::ObjectId;

use super::super::objects::ObjectError;
use super::{Marks, Place, Queue, Walker};

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
/// An ancestor of a common ancestor.
const STALE: u8 = 4;
const QUEUED: u8 = 8;
const FOUND: u8 = 16;

/// More candidates than any history made by people has.
const CANDIDATES: usize = 64;

/// What looking for merge bases comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::repository) enum Bases {
    /// All of them, the youngest by date first; empty when the sides share no history.
    Found(Vec<ObjectId>),
    /// Finding them takes more than the limit.
    TooMany,
}

impl Walker<'_> {
    /// Merge bases of `right` and a merge of all of `left`. Takes the commits it visits from `budget`.
    ///
    /// The walk goes on until only ancestors of common ancestors are left. Every merge base is found by then: no commit
    /// between it and a tip lies before a common ancestor, so all of those have been visited. What may be found besides
    /// lies before another one, and is taken out by asking for each pair.
    pub fn merge_bases(
        &mut self,
        left: &[ObjectId],
        right: ObjectId,
        budget: &mut usize,
    ) -> Result<Bases, ObjectError> {
        let mut walk = Walk::default();
        for id in left {
            let place = self.enter(*id)?;
            walk.mark(place, LEFT, self);
        }
        let place = self.enter(right)?;
        walk.mark(place, RIGHT, self);
        while walk.fresh > 0 {
            let Some(place) = walk.next() else { break };
            match budget.checked_sub(1) {
                Some(left) => *budget = left,
                None => return Ok(Bases::TooMany),
            }
            let mut marks = walk.marks.get(place) & (LEFT | RIGHT | STALE);
            if marks == LEFT | RIGHT {
                if walk.marks.add(place, FOUND) {
                    walk.found.push(place);
                }
                marks |= STALE;
            }
            for parent in self.parents(place) {
                self.read(parent)?;
                walk.mark(parent, marks, self);
            }
        }
        walk.found.retain(|&place| !walk.marks.has(place, STALE));
        match walk.found.len() {
            0..=CANDIDATES => self.without_ancestors(walk.found).map(Bases::Found),
            _ => Ok(Bases::TooMany),
        }
    }

    fn without_ancestors(&mut self, found: Vec<Place>) -> Result<Vec<ObjectId>, ObjectError> {
        let mut bases: Vec<_> = found.into_iter().map(|place| (self.time(place), self.id(place))).collect();
        bases.sort_unstable_by(|one, other| other.cmp(one));
        let mut independent = Vec::new();
        for (index, (_, id)) in bases.iter().enumerate() {
            let mut is_older = false;
            for (_, other) in bases.iter().enumerate().filter(|(place, _)| *place != index).map(|(_, base)| base) {
                is_older = is_older || self.is_ancestor(*id, *other)?;
            }
            if !is_older {
                independent.push(*id);
            }
        }
        Ok(independent)
    }
}

#[derive(Default)]
struct Walk {
    marks: Marks,
    queue: Queue,
    found: Vec<Place>,
    /// Commits in the queue that are not stale.
    fresh: usize,
}

impl Walk {
    fn mark(&mut self, place: Place, marks: u8, walker: &Walker<'_>) {
        let was_fresh = self.is_fresh(place);
        if !self.marks.add(place, marks) {
            return;
        }
        if self.marks.add(place, QUEUED) {
            self.queue.push(place, walker);
        }
        match (was_fresh, self.is_fresh(place)) {
            (false, true) => self.fresh += 1,
            (true, false) => self.fresh -= 1,
            (true, true) | (false, false) => {}
        }
    }

    fn next(&mut self) -> Option<Place> {
        let place = self.queue.pop()?;
        self.fresh -= usize::from(self.is_fresh(place));
        self.marks.remove(place, QUEUED);
        Some(place)
    }

    fn is_fresh(&self, place: Place) -> bool {
        self.marks.has(place, QUEUED) && !self.marks.has(place, STALE)
    }
}
