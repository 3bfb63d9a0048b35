//! What a merge changes by itself: the paths whose result is not the mechanical outcome of its parents.
//!
//! The outcome is worked out parent by parent, from the merge bases, without looking at the result. So whatever a merge
//! does beyond bringing its parents together is its own change: conflicts resolved, sides taken, lines added.

mod lines;
mod three_way;

use std::collections::BTreeMap;

use crate::config::Limits;
use crate::ids::ObjectId;

use super::changes::{Comparison, Difference, Differences, MergedContent, PathFilter};
use super::history::{Bases, Walker};
use super::objects::ObjectError;
use super::trees::{Node, Side, Trees};
use lines::Steps;
use three_way::{Outcome, Sides, ThreeWay};

/// Merge bases of merge bases, and so on: far more than people's histories have, and no danger to a stack.
const BASE_DEPTH: usize = 32;

/// A merge commit.
pub(super) struct Merge<'a> {
    /// The parents, and what their trees are.
    pub parents: &'a [(ObjectId, Node)],
    pub result: &'a Node,
    /// The id of the result's tree, named when a limit is exceeded.
    pub root: ObjectId,
}

/// Works out merges.
pub(super) struct Merger<'a, 'b, F> {
    pub walker: &'a mut Walker<'b>,
    pub trees: &'a mut Trees<'b>,
    pub filter: &'a F,
    pub limits: &'a Limits,
    /// Content that outcomes hold and nobody stored.
    pub content: MergedContent,
}

/// How much may go into working out one merge.
struct Budget {
    /// Merge bases that have to be merged themselves.
    bases: usize,
    commits: usize,
    /// Merge bases of merge bases.
    depth: usize,
    steps: Steps,
}

impl<F: PathFilter> Merger<'_, '_, F> {
    /// The merge's own changes, in no order. Where the outcome takes more than the limits allow to work out, every path
    /// that differs from any parent.
    pub fn own_changes(&mut self, merge: &Merge<'_>) -> Result<Vec<Difference>, ObjectError> {
        let Limits { merge_bases: bases, merge_base_commits: commits, merge_steps, .. } = *self.limits;
        let mut budget = Budget { bases, commits, depth: BASE_DEPTH, steps: Steps::new(merge_steps) };
        let Some(outcome) = self.fold(merge.parents, merge.root, &mut budget)? else {
            return self.differing_from_any_parent(merge);
        };
        let mut found = Differences::default();
        let (trees, filter) = (&mut *self.trees, self.filter);
        Comparison { trees, filter, root: merge.root }.compare(b"", outcome, merge.result.clone(), &mut found)?;
        let mut list = found.list;
        for conflict in found.conflicts {
            list.extend(self.against_parents(conflict, merge)?);
        }
        Ok(list)
    }

    /// A difference without an outcome: `old` becomes the first parent's differing entry. None if all parents have what
    /// the result has.
    fn against_parents(
        &mut self,
        mut difference: Difference,
        merge: &Merge<'_>,
    ) -> Result<Option<Difference>, ObjectError> {
        for (_, tree) in merge.parents {
            difference.old = self.trees.find(tree, &difference.path, Side::Old)?.here.leaf();
            if difference.old != difference.new {
                return Ok(Some(difference));
            }
        }
        Ok(None)
    }

    /// Merges from left to right; `None` when that takes too much.
    fn fold(
        &mut self,
        sides: &[(ObjectId, Node)],
        root: ObjectId,
        budget: &mut Budget,
    ) -> Result<Option<Node>, ObjectError> {
        let Some(((first, tree), rest)) = sides.split_first() else { return Ok(Some(Node::default())) };
        let (mut merged, mut left) = (tree.clone(), vec![*first]);
        for (id, theirs) in rest {
            let Some(base) = self.base(&left, *id, root, budget)? else { return Ok(None) };
            let sides = Sides { base, ours: merged, theirs: theirs.clone() };
            let (trees, filter, content) = (&mut *self.trees, self.filter, &mut self.content);
            let held = content.values().map(Vec::len).sum();
            let steps = &mut budget.steps;
            merged = match (ThreeWay { trees, filter, content, held, steps, root }).merge(sides)? {
                Outcome::Made(node) => node,
                Outcome::TooMuch => return Ok(None),
            };
            left.push(*id);
        }
        Ok(Some(merged))
    }

    /// The tree of the merge base. Several are merged by the same rule first, the oldest first; none is the empty tree.
    ///
    /// Calls itself by way of [`Self::fold`], as deep as the budget lets it.
    fn base(
        &mut self,
        left: &[ObjectId],
        right: ObjectId,
        root: ObjectId,
        budget: &mut Budget,
    ) -> Result<Option<Node>, ObjectError> {
        let Bases::Found(mut bases) = self.walker.merge_bases(left, right, &mut budget.commits)? else {
            return Ok(None);
        };
        if bases.len() > 1 {
            let (Some(left), Some(depth)) = (budget.bases.checked_sub(bases.len()), budget.depth.checked_sub(1)) else {
                return Ok(None);
            };
            (budget.bases, budget.depth) = (left, depth);
        }
        bases.reverse();
        let mut sides = Vec::with_capacity(bases.len());
        for id in bases {
            sides.push((id, Node::tree(super::tree_of(self.trees.objects, id)?.0)));
        }
        let nested = sides.len() > 1;
        let base = self.fold(&sides, root, budget)?;
        budget.depth += usize::from(nested);
        Ok(base)
    }

    /// Every path where the result differs from any parent. `old` is the first such parent's entry.
    fn differing_from_any_parent(&mut self, merge: &Merge<'_>) -> Result<Vec<Difference>, ObjectError> {
        let mut first: BTreeMap<Vec<u8>, Difference> = BTreeMap::new();
        for (_, tree) in merge.parents {
            let mut found = Differences::default();
            let (trees, filter) = (&mut *self.trees, self.filter);
            Comparison { trees, filter, root: merge.root }.compare(
                b"",
                tree.clone(),
                merge.result.clone(),
                &mut found,
            )?;
            for difference in found.list {
                first.entry(difference.path.clone()).or_insert(difference);
            }
            if first.len() > self.limits.changes {
                return Err(ObjectError::limit("changes", self.limits.changes, merge.root));
            }
        }
        Ok(first.into_values().collect())
    }
}
