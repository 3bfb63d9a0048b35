//! What one tip reaches and others do not: the commits to be judged.
//!
//! Errs to one side only. A commit that is reachable from `new` alone is always in the range; one that is reachable from
//! a hidden tip too may be, where dates lie so badly that the walk ends before it learns of it.

use std::collections::{BinaryHeap, HashMap, HashSet};

use crate::ids::ObjectId;

use super::super::objects::ObjectError;
use super::{Marks, Place, Queue, Walker};

const VISIBLE: u8 = 1;
const HIDDEN: u8 = 2;
const SEEN: u8 = 4;
const DONE: u8 = 8;

/// Hidden commits that are walked, however old, once nothing else is left.
const FURTHER_ALWAYS: usize = 500;
/// Hidden commits that are walked while they are not older than the range.
const FURTHER_BY_DATE: usize = 10_000;
/// How much older than the range they may be: clocks of people who work together agree within a day.
const DAY: i64 = 86_400;

/// The beginning of a first-parent chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstParents {
    /// From the tip on, as far as the set that was given holds them.
    pub commits: Vec<ObjectId>,
    /// The first one that the set does not hold; `None` when the chain ends.
    pub next: Option<ObjectId>,
}

impl Walker<'_> {
    /// Commits reachable from `new` and not from any of `hidden`, children before parents, the youngest first.
    ///
    /// Tags are followed. What does not lead to a commit, or is not stored, hides nothing.
    pub fn range(&mut self, new: ObjectId, hidden: &[ObjectId]) -> Result<Vec<ObjectId>, ObjectError> {
        let Some(new) = self.peel(new)? else { return Ok(Vec::new()) };
        let mut walk = Walk { oldest: i64::MAX, ..Walk::default() };
        let tip = self.enter(new)?;
        walk.mark(tip, VISIBLE, self);
        for id in hidden {
            if let Some(id) = self.peel(*id)? {
                let place = self.enter(id)?;
                walk.mark(place, HIDDEN, self);
            }
        }
        let mut further = 0;
        loop {
            if walk.visible == 0 {
                further += 1;
                if walk.is_settled(further) {
                    break;
                }
            }
            let Some(place) = walk.next(self) else { break };
            let marks = walk.marks.get(place) & (VISIBLE | HIDDEN);
            for parent in self.parents(place) {
                self.read(parent)?;
                walk.mark(parent, marks, self);
            }
        }
        let kept: HashSet<Place> = walk.found.into_iter().filter(|&place| !walk.marks.has(place, HIDDEN)).collect();
        Ok(self.children_first(&kept))
    }

    fn children_first(&self, kept: &HashSet<Place>) -> Vec<ObjectId> {
        let mut children: HashMap<Place, usize> = kept.iter().map(|&place| (place, 0)).collect();
        for &place in kept {
            for parent in self.parents(place) {
                if let Some(count) = children.get_mut(&parent) {
                    *count += 1;
                }
            }
        }
        let entry = |place: Place| (self.time(place), self.id(place), place);
        let mut ready: BinaryHeap<_> =
            children.iter().filter(|(_, count)| **count == 0).map(|(&place, _)| entry(place)).collect();
        let mut ordered = Vec::with_capacity(kept.len());
        while let Some((_, id, place)) = ready.pop() {
            ordered.push(id);
            for parent in self.parents(place) {
                if let Some(count) = children.get_mut(&parent) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(entry(parent));
                    }
                }
            }
        }
        ordered
    }

    /// Follows first parents from `new` as long as `inside` holds them.
    ///
    /// With a range for `inside`, `next` is the hidden tip itself exactly if that is on the chain.
    pub fn first_parents(&mut self, new: ObjectId, inside: &HashSet<ObjectId>) -> Result<FirstParents, ObjectError> {
        let mut chain = FirstParents { commits: Vec::new(), next: self.peel(new)? };
        while let Some(id) = chain.next.filter(|id| inside.contains(id)) {
            chain.commits.push(id);
            let place = self.enter(id)?;
            chain.next = self.parents(place).first().map(|&parent| self.id(parent));
        }
        Ok(chain)
    }
}

#[derive(Default)]
struct Walk {
    marks: Marks,
    queue: Queue,
    /// Visited when they were not known to be hidden.
    found: Vec<Place>,
    /// Commits in the queue that are not known to be hidden.
    visible: usize,
    /// Commits in the queue that are hidden and not known to be reachable from the new tip.
    foreign: usize,
    /// The oldest date found.
    oldest: i64,
    /// Whether a merge was found.
    merges: bool,
}

impl Walk {
    /// Adds marks to a commit, and to what was visited before it.
    fn mark(&mut self, place: Place, marks: u8, walker: &Walker<'_>) {
        let mut stack = vec![(place, marks)];
        while let Some((place, marks)) = stack.pop() {
            let before = self.marks.get(place);
            if !self.marks.add(place, marks) {
                continue;
            }
            if self.marks.has(place, DONE) {
                let marks = self.marks.get(place) & (VISIBLE | HIDDEN);
                stack.extend(walker.parents(place).into_iter().map(|parent| (parent, marks)));
                continue;
            }
            if self.marks.add(place, SEEN) {
                self.queue.push(place, walker);
            }
            let after = self.marks.get(place);
            self.visible = self.visible + usize::from(is_visible(after)) - usize::from(is_visible(before));
            self.foreign = self.foreign + usize::from(is_foreign(after)) - usize::from(is_foreign(before));
        }
    }

    fn next(&mut self, walker: &Walker<'_>) -> Option<Place> {
        let place = self.queue.pop()?;
        let marks = self.marks.get(place);
        self.marks.add(place, DONE);
        self.visible -= usize::from(is_visible(marks));
        self.foreign -= usize::from(is_foreign(marks));
        if is_visible(marks) {
            self.oldest = self.oldest.min(walker.time(place));
            self.merges |= walker.parents(place).len() > 1;
            self.found.push(place);
        }
        Some(place)
    }

    /// Whether nothing in the queue needs to be visited, `further` commits after the last that was not hidden.
    ///
    /// Without merges, what was found is one line of descent; if then everything in the queue is reachable from the new
    /// tip, it lies before that line and cannot lead back into it.
    fn is_settled(&self, further: usize) -> bool {
        let in_line = !self.merges && self.foreign == 0;
        let young = self.queue.youngest().is_some_and(|time| time >= self.oldest.saturating_sub(DAY));
        let allowed = if young { FURTHER_BY_DATE } else { FURTHER_ALWAYS };
        self.found.is_empty() || in_line || further > allowed
    }
}

fn is_visible(marks: u8) -> bool {
    marks & SEEN != 0 && marks & HIDDEN == 0
}

fn is_foreign(marks: u8) -> bool {
    marks & SEEN != 0 && marks & (VISIBLE | HIDDEN) == HIDDEN
}
