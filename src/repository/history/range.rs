//! What one tip reaches and others do not: the commits to be judged.
//!
//! Errs to one side only. A commit that is reachable from `new` alone is always in the range; one that is reachable from
//! a hidden tip too may be, where dates lie so badly that the walk ends before it learns of it. A later walk with the
//! same hidden tips knows what this one learnt.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

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
/// Beginnings of lines of descent, up to which a proof that nothing is left is tried.
const PROVEN_STARTS: usize = 8;
/// Commits that all proofs over the same hidden tips may visit. Beyond, the walk ends by date only.
const PROOF_STEPS: usize = 1_000_000;
/// Sets of hidden tips whose walks are continued.
const CONTINUED: usize = 16;
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
    /// Commits reachable from any of `new` and not from any of `hidden`, children before parents, the youngest first.
    ///
    /// Tags are followed; a new tip that does not lead to a commit brings nothing. A hidden tip that does not, or that is
    /// not stored, hides nothing.
    pub fn range(&mut self, new: &[ObjectId], hidden: &[ObjectId]) -> Result<Vec<ObjectId>, ObjectError> {
        let mut tips = Vec::new();
        for id in new {
            if let Some(id) = self.peel(*id)? {
                tips.push(self.enter(id)?);
            }
        }
        let mut walk = match self.graph.continued.take(hidden) {
            Some(walk) => walk,
            None => self.hide(hidden)?,
        };
        tips.into_iter().for_each(|tip| walk.mark(tip, VISIBLE, self));
        let mut further = None;
        loop {
            if walk.visible == 0 {
                let further = further.get_or_insert_with(|| walk.further_before());
                *further += 1;
                if walk.is_settled(*further, self) {
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
        let kept = walk.end();
        self.graph.continued.put(hidden, walk);
        Ok(self.children_first(&kept))
    }

    /// A walk that has the hidden tips before it.
    fn hide(&mut self, hidden: &[ObjectId]) -> Result<Walk, ObjectError> {
        let mut walk = Walk { oldest: i64::MAX, ..Walk::default() };
        for id in hidden {
            if let Some(id) = self.tip(*id)? {
                let place = self.enter(id)?;
                walk.mark(place, HIDDEN, self);
            }
        }
        Ok(walk)
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

/// Walks that went on from hidden tips, with what they learnt of hidden history: a push of many new refs has the same
/// tips hidden for each. The last one used comes last.
#[derive(Default)]
pub(super) struct Continued(VecDeque<(Vec<ObjectId>, Walk)>);

impl Continued {
    fn take(&mut self, hidden: &[ObjectId]) -> Option<Walk> {
        let place = self.0.iter().position(|(tips, _)| tips == hidden)?;
        self.0.remove(place).map(|(_, walk)| walk)
    }

    fn put(&mut self, hidden: &[ObjectId], walk: Walk) {
        if self.0.len() == CONTINUED {
            self.0.pop_front();
        }
        self.0.push_back((hidden.to_vec(), walk));
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
    /// The oldest date found.
    oldest: i64,
    /// Commits visited by proofs.
    proof_steps: usize,
    /// Dates of hidden commits visited in this range.
    hidden_times: Vec<i64>,
    /// The same of ranges before, as many as may be walked further.
    hidden_before: VecDeque<i64>,
}

impl Walk {
    /// Adds marks to a commit, and to what was visited before it.
    fn mark(&mut self, place: Place, marks: u8, walker: &Walker<'_>) {
        let mut stack = vec![(place, marks)];
        while let Some((place, marks)) = stack.pop() {
            let before = self.marks.get(place);
            // Who else reaches a hidden commit makes no difference.
            if before & HIDDEN != 0 || !self.marks.add(place, marks) {
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
        }
    }

    fn next(&mut self, walker: &Walker<'_>) -> Option<Place> {
        let place = self.queue.pop()?;
        let marks = self.marks.get(place);
        self.marks.add(place, DONE);
        self.visible -= usize::from(is_visible(marks));
        if is_visible(marks) {
            self.oldest = self.oldest.min(walker.time(place));
            self.found.push(place);
        } else {
            self.hidden_times.push(walker.time(place));
        }
        Some(place)
    }

    /// What was found and is not hidden, of which nothing is left here: what is known of hidden history stays.
    fn end(&mut self) -> HashSet<Place> {
        self.oldest = i64::MAX;
        self.hidden_before.extend(self.hidden_times.drain(..));
        self.hidden_before.drain(..self.hidden_before.len().saturating_sub(FURTHER_BY_DATE));
        let found = std::mem::take(&mut self.found);
        let kept: HashSet<Place> = found.into_iter().filter(|&place| !self.marks.has(place, HIDDEN)).collect();
        kept.iter().for_each(|&place| self.marks.remove(place, u8::MAX));
        kept
    }

    /// How far earlier ranges walked beyond what was found now: this one need not do it again.
    fn further_before(&self) -> usize {
        self.hidden_before.iter().filter(|time| **time < self.oldest).count()
    }

    /// Whether nothing in the queue needs to be visited, `further` commits after the last that was not hidden.
    fn is_settled(&mut self, further: usize, walker: &Walker<'_>) -> bool {
        let young = self.queue.youngest().is_some_and(|time| time >= self.oldest.saturating_sub(DAY));
        let allowed = if young { FURTHER_BY_DATE } else { FURTHER_ALWAYS };
        // The proof takes as long as the walk so far, so it is not tried at every step.
        self.found.is_empty() || further > allowed || (further.is_power_of_two() && self.is_proven(walker))
    }

    /// Whether everything in the queue lies before everything that was found, and so cannot lead back to it.
    ///
    /// Whatever was found descends from a commit all of whose parents are hidden. It is enough that the queue lies
    /// before each of those.
    fn is_proven(&mut self, walker: &Walker<'_>) -> bool {
        let kept = self.found.iter().filter(|&&place| !self.marks.has(place, HIDDEN));
        let starts = kept.filter_map(|&place| {
            let parents = walker.parents(place);
            parents.iter().all(|&parent| self.marks.has(parent, HIDDEN)).then_some(parents)
        });
        let starts: Vec<_> = starts.take(PROVEN_STARTS + 1).collect();
        let queued = self.queue.len();
        starts.len() <= PROVEN_STARTS && starts.into_iter().all(|parents| self.queued_before(parents, walker) == queued)
    }

    /// How many commits in the queue are reachable from any of these, through commits that were visited.
    fn queued_before(&mut self, places: Vec<Place>, walker: &Walker<'_>) -> usize {
        let mut reached = HashSet::new();
        let mut stack = places;
        let mut queued = 0;
        while let Some(place) = stack.pop().filter(|_| self.proof_steps < PROOF_STEPS) {
            self.proof_steps += 1;
            if !reached.insert(place) {
                continue;
            }
            match self.marks.has(place, DONE) {
                true => stack.extend(walker.parents(place)),
                false => queued += 1,
            }
        }
        queued
    }
}

fn is_visible(marks: u8) -> bool {
    marks & SEEN != 0 && marks & HIDDEN == 0
}
