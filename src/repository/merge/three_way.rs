//! The mechanical merge of three trees: path by path, from what stands there in the base and on both sides.
//!
//! A path has an entry, or none, or a conflict where the sides cannot be brought together. That a file and something below
//! it may both come out is no concern of the rule; no result can agree with both.

use std::sync::Arc;

use crate::facts::ObjectKind;
use crate::ids::ObjectId;

use super::super::changes::{MergedContent, PathFilter, join};
use super::super::objects::ObjectError;
use super::super::raw::{Mode, ModeKind};
use super::super::trees::{Abreast, Folder, Here, Leaf, Merged, Node, Opened, Side, Trees, same_folders};
use super::lines::{Steps, merge_lines};

/// Steps of matching lines that take as long as visiting a tree entry, several times over.
const STEPS_PER_ENTRY: usize = 100;

/// What a mechanical merge comes to.
pub(super) enum Outcome {
    Made(Node),
    /// Working it out takes more memory than `Limits::tree_bytes`, or more steps than `Limits::merge_steps` allows.
    TooMuch,
}

/// The three trees of a merge.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub base: Node,
    pub ours: Node,
    pub theirs: Node,
}

/// Merges trees, and keeps the content that nobody stored.
pub(super) struct ThreeWay<'a, 'b, F> {
    pub trees: &'a mut Trees<'b>,
    /// Paths that are not asked for come out as on our side.
    pub filter: &'a F,
    pub content: &'a mut MergedContent,
    /// Bytes held at this moment, and those made for good.
    pub held: usize,
    /// For matching lines.
    pub steps: &'a mut Steps,
    /// Named when a limit is exceeded.
    pub root: ObjectId,
}

/// A folder being merged.
struct Frame {
    path: Vec<u8>,
    /// Under which name it goes into the folder around it, and what comes out at the name itself.
    name: Vec<u8>,
    here: Here,
    sides: Sides,
    opened: [Opened; 3],
    abreast: Abreast<3>,
    merged: Merged,
    /// Whether every outcome so far is what stands on our, or their, side.
    is_ours: bool,
    is_theirs: bool,
}

/// What is known of a path before its folders are opened.
enum Decision {
    /// What comes out here; below, the folders must be merged.
    Descend(Here),
    Done(Node),
}

impl<F: PathFilter> ThreeWay<'_, '_, F> {
    /// Merges whole trees, from a stack of folders, never by recursion.
    pub fn merge(&mut self, sides: Sides) -> Result<Outcome, ObjectError> {
        let mut stack = Vec::new();
        match self.decide(b"", &sides)? {
            Decision::Done(node) => return Ok(Outcome::Made(node)),
            Decision::Descend(here) => stack.push(self.open(Vec::new(), Vec::new(), here, sides)?),
        }
        while let Some(frame) = stack.last_mut() {
            if self.held > self.trees.limits.tree_bytes || self.steps.are_spent() {
                return Ok(Outcome::TooMuch);
            }
            let Frame { opened: [base, ours, theirs], abreast, path, .. } = frame;
            if let Some((name, [at_base, at_ours, at_theirs])) = abreast.step([base, ours, theirs]) {
                let sides = Sides { base: base.at(at_base), ours: ours.at(at_ours), theirs: theirs.at(at_theirs) };
                let (path, name) = (join(path, name), name.to_vec());
                match self.decide(&path, &sides)? {
                    Decision::Done(node) => self.held += frame.add(name, node, &sides),
                    Decision::Descend(here) => stack.push(self.open(path, name, here, sides)?),
                }
                continue;
            }
            let Some(frame) = stack.pop() else { break };
            self.held = self.held.saturating_sub(frame.weight());
            let (name, sides) = (frame.name.clone(), frame.sides.clone());
            let node = frame.into_node();
            match stack.last_mut() {
                Some(around) => self.held += around.add(name, node, &sides),
                None => return Ok(Outcome::Made(node)),
            }
        }
        Ok(Outcome::TooMuch)
    }

    fn open(&mut self, path: Vec<u8>, name: Vec<u8>, here: Here, sides: Sides) -> Result<Frame, ObjectError> {
        let limits = self.trees.limits;
        let folders = [&sides.base, &sides.ours, &sides.theirs].map(|node| node.below.as_ref());
        if path.len() > limits.path_bytes || path.iter().filter(|&&b| b == b'/').count() > limits.path_depth {
            return Err(ObjectError::limit("path_depth", limits.path_depth, self.root));
        }
        let [base, ours, theirs] = folders;
        let opened =
            [self.trees.open(base, Side::Old)?, self.trees.open(ours, Side::Old)?, self.trees.open(theirs, Side::Old)?];
        let (abreast, merged) = (Abreast::new(), Vec::new());
        let frame = Frame { path, name, here, sides, opened, abreast, merged, is_ours: true, is_theirs: true };
        self.held += frame.weight();
        Ok(frame)
    }

    fn decide(&mut self, path: &[u8], sides: &Sides) -> Result<Decision, ObjectError> {
        let Sides { base, ours, theirs } = sides;
        if let Some(node) = trivial(base, ours, theirs, Node::is) {
            return Ok(Decision::Done(node.clone()));
        }
        let here = self.merge_here(path, base.here, ours.here, theirs.here)?;
        let asked = path.is_empty() || self.filter.may_match_below(path);
        let below =
            if asked { trivial(&base.below, &ours.below, &theirs.below, same_folders) } else { Some(&ours.below) };
        Ok(match below {
            Some(below) => Decision::Done(Node { here, below: below.clone() }),
            None => Decision::Descend(here),
        })
    }

    /// The outcome at a path itself.
    fn merge_here(&mut self, path: &[u8], base: Here, ours: Here, theirs: Here) -> Result<Here, ObjectError> {
        if let Some(here) = trivial(&base, &ours, &theirs, Here::is) {
            return Ok(*here);
        }
        let (Here::Leaf(base), Here::Leaf(ours), Here::Leaf(theirs)) = (base, ours, theirs) else {
            return Ok(Here::Conflict);
        };
        let is_file = |leaf: Leaf| matches!(leaf.mode.kind(), ModeKind::File | ModeKind::Executable);
        let mode = trivial(&base.mode, &ours.mode, &theirs.mode, Mode::eq).copied();
        let (Some(mode), true) = (mode, [base, ours, theirs].into_iter().all(is_file)) else {
            return Ok(Here::Conflict);
        };
        let id = match trivial(&base.id, &ours.id, &theirs.id, ObjectId::eq) {
            Some(id) => Some(*id),
            // Nobody asks; any outcome does.
            None if !self.filter.matches(path) => Some(ours.id),
            None => self.merge_content(base.id, ours.id, theirs.id)?,
        };
        Ok(id.map_or(Here::Conflict, |id| Here::Leaf(Leaf { mode, id })))
    }

    fn merge_content(
        &mut self,
        base: ObjectId,
        ours: ObjectId,
        theirs: ObjectId,
    ) -> Result<Option<ObjectId>, ObjectError> {
        let (Some(base), Some(ours), Some(theirs)) = (self.content(base)?, self.content(ours)?, self.content(theirs)?)
        else {
            return Ok(None);
        };
        let before = self.steps.taken();
        let merged = merge_lines(&base, &ours, &theirs, self.steps);
        // However many merges there are, all of them together end at the limit on entries.
        self.trees.count((self.steps.taken() - before) / STEPS_PER_ENTRY, self.root)?;
        let Some(merged) = merged else { return Ok(None) };
        let Some(id) = self.trees.objects.hash_blob(&merged) else { return Ok(None) };
        self.held += merged.len();
        self.content.insert(id, merged);
        Ok(Some(id))
    }

    /// A file's content; `None` where it is too large for a line merge, or no file.
    fn content(&self, id: ObjectId) -> Result<Option<Vec<u8>>, ObjectError> {
        let limit = self.trees.limits.merge_file_bytes;
        if let Some(content) = self.content.get(&id) {
            return Ok((content.len() <= limit).then(|| content.clone()));
        }
        if self.trees.objects.header(id)?.kind != ObjectKind::Blob {
            return Ok(None);
        }
        match self.trees.objects.read(id, "merge_file_bytes", limit) {
            Ok((_, content)) => Ok(Some(content)),
            Err(ObjectError::Limit { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The outcome when only one side changed something, or both changed it alike.
fn trivial<'a, T>(base: &'a T, ours: &'a T, theirs: &'a T, is: impl Fn(&T, &T) -> bool) -> Option<&'a T> {
    if is(ours, theirs) || is(base, theirs) {
        Some(ours)
    } else if is(base, ours) {
        Some(theirs)
    } else {
        None
    }
}

impl Frame {
    /// Adds the outcome for a name; returns the bytes it takes.
    fn add(&mut self, name: Vec<u8>, node: Node, sides: &Sides) -> usize {
        self.is_ours &= node.is(&sides.ours);
        self.is_theirs &= node.is(&sides.theirs);
        if node.is_nothing() {
            return 0;
        }
        let bytes = name.len() + size_of::<(Vec<u8>, Node)>();
        self.merged.push((name, node));
        bytes
    }

    fn weight(&self) -> usize {
        self.opened.iter().map(Opened::weight).sum()
    }

    /// A folder that came out as one side has it stays that side's, so that later comparisons need not open it.
    fn into_node(self) -> Node {
        let below = match self.merged.is_empty() {
            true => None,
            false if self.is_ours => self.sides.ours.below,
            false if self.is_theirs => self.sides.theirs.below,
            false => Some(Folder::Merged(Arc::new(self.merged))),
        };
        Node { here: self.here, below }
    }
}
