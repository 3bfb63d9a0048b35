//! Which paths differ between two trees. No renames: a rename is a delete and an add.
//!
//! Both trees are walked side by side, from a list of folders still to compare, never by recursion; folders with the
//! same id are never opened, nor those below which nothing is asked for.

use std::collections::HashMap;

use crate::facts::{self, ChangeAction, EntryKind, ObjectKind};
use crate::ids::ObjectId;
use crate::pattern::PathPatterns;

use super::Wanted;
use super::objects::ObjectError;
use super::paths::{fold, is_folded, is_gitmodules, is_read_by_git, look_at_path, path_text, symlink_escapes};
use super::raw::{Anomalies, Mode, ModeKind};
use super::submodules;
use super::trees::{Abreast, Folder, Here, Leaf, Node, Opened, Side, Trees, same_folders, wrong_kind};

/// Which paths are asked for.
pub(super) trait PathFilter {
    fn matches(&self, path: &[u8]) -> bool;
    fn may_match_below(&self, folder: &[u8]) -> bool;
}

impl PathFilter for Option<&PathPatterns> {
    fn matches(&self, path: &[u8]) -> bool {
        self.is_none_or(|patterns| patterns.matches(path))
    }

    fn may_match_below(&self, folder: &[u8]) -> bool {
        self.is_none_or(|patterns| patterns.may_match_below(folder))
    }
}

/// A path whose entry differs, before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub path: Vec<u8>,
    pub old: Option<Leaf>,
    pub new: Option<Leaf>,
    pub anomalies: Anomalies,
}

/// What a comparison finds.
#[derive(Debug, Default)]
pub(super) struct Differences {
    pub list: Vec<Difference>,
    /// Where the old side is a conflict, and so has no entry.
    pub conflicts: Vec<Difference>,
    path_bytes: usize,
}

/// Two folders still to compare.
struct Pending {
    path: Vec<u8>,
    old: Option<Folder>,
    new: Option<Folder>,
    inherited: Anomalies,
}

/// Compares what stands at `path` (empty: the root) on both sides.
pub(super) struct Comparison<'a, 'b, F> {
    pub trees: &'a mut Trees<'b>,
    pub filter: &'a F,
    /// Named when a limit is exceeded.
    pub root: ObjectId,
}

impl<F: PathFilter> Comparison<'_, '_, F> {
    /// Adds to `found`, in no order.
    pub fn compare(&mut self, path: &[u8], old: Node, new: Node, found: &mut Differences) -> Result<(), ObjectError> {
        let mut pending = Vec::new();
        let mut pending_bytes = 0;
        self.compare_nodes(path.to_vec(), [old, new], Anomalies::default(), &mut pending, found)?;
        while let Some(next) = pending.pop() {
            pending_bytes -= usize::min(pending_bytes, next.path.len());
            let before = pending.len();
            self.compare_folders(next, &mut pending, found)?;
            pending_bytes +=
                pending[before..].iter().map(|pending| pending.path.len() + size_of::<Pending>()).sum::<usize>();
            if pending_bytes > self.trees.limits.tree_bytes {
                return Err(ObjectError::limit("tree_bytes", self.trees.limits.tree_bytes, self.root));
            }
        }
        Ok(())
    }

    fn compare_folders(
        &mut self,
        pair: Pending,
        pending: &mut Vec<Pending>,
        found: &mut Differences,
    ) -> Result<(), ObjectError> {
        let old = self.trees.open(pair.old.as_ref(), Side::Old)?;
        let new = self.trees.open(pair.new.as_ref(), Side::New)?;
        let mut twins = Twins::default();
        let mut abreast = Abreast::new();
        loop {
            abreast.pass_alike([&old, &new]);
            let Some((name, [old_place, new_place])) = abreast.step([&old, &new]) else { return Ok(()) };
            let (old_node, new_node) = (old.at(old_place), new.at(new_place));
            if old_node.is(&new_node) {
                continue;
            }
            let path = join(&pair.path, name);
            let mut inherited = pair.inherited.clone();
            if let Some(mode) = new_place.and_then(|place| new.mode(place)) {
                inherited.add_if(!mode.is_canonical(), "mode");
                inherited.add_if(twins.has(name, &new), "folds_together");
            }
            self.compare_nodes(path, [old_node, new_node], inherited, pending, found)?;
        }
    }

    fn compare_nodes(
        &mut self,
        path: Vec<u8>,
        [old, new]: [Node; 2],
        inherited: Anomalies,
        pending: &mut Vec<Pending>,
        found: &mut Differences,
    ) -> Result<(), ObjectError> {
        if old.is(&new) {
            return Ok(());
        }
        self.check_path(&path)?;
        let asked = !path.is_empty() && self.filter.matches(&path);
        if asked && !old.here.is(&new.here) {
            self.count(&path, found)?;
            let new_leaf = new.here.leaf();
            let anomalies = if new_leaf.is_some() { inherited.clone() } else { Anomalies::default() };
            let difference = Difference { path: path.clone(), old: old.here.leaf(), new: new_leaf, anomalies };
            match old.here {
                Here::Conflict => found.conflicts.push(difference),
                Here::Leaf(_) | Here::Nothing => found.list.push(difference),
            }
        }
        let asked_below = path.is_empty() || self.filter.may_match_below(&path);
        if asked_below && !same_folders(&old.below, &new.below) {
            pending.push(Pending { path, old: old.below, new: new.below, inherited });
        }
        Ok(())
    }

    fn check_path(&self, path: &[u8]) -> Result<(), ObjectError> {
        let limits = self.trees.limits;
        if path.len() > limits.path_bytes {
            return Err(ObjectError::limit("path_bytes", limits.path_bytes, self.root));
        }
        if path.iter().filter(|&&b| b == b'/').count() > limits.path_depth {
            return Err(ObjectError::limit("path_depth", limits.path_depth, self.root));
        }
        Ok(())
    }

    fn count(&self, path: &[u8], found: &mut Differences) -> Result<(), ObjectError> {
        let limits = self.trees.limits;
        found.path_bytes += path.len();
        if found.list.len() + found.conflicts.len() >= limits.changes {
            return Err(ObjectError::limit("changes", limits.changes, self.root));
        }
        // They all go into one document.
        if found.path_bytes > limits.input_bytes {
            return Err(ObjectError::limit("input_bytes", limits.input_bytes, self.root));
        }
        Ok(())
    }
}

/// `folder/name`; the root has no name.
pub(super) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(folder.len() + name.len() + 1);
    if !folder.is_empty() {
        path.extend_from_slice(folder);
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// What is left after folding of those names in one folder that folding changes, worked out when first asked for. Two
/// names that it leaves alone cannot fold together.
#[derive(Default)]
struct Twins(Option<HashMap<Vec<u8>, usize>>);

impl Twins {
    fn has(&mut self, name: &[u8], folder: &Opened) -> bool {
        let counts = self.0.get_or_insert_with(|| {
            let mut counts = HashMap::new();
            for name in folder.names().filter(|name| !is_folded(name)) {
                *counts.entry(fold(name)).or_insert(0) += 1;
            }
            counts
        });
        if is_folded(name) {
            return counts.contains_key(name);
        }
        let folded = fold(name);
        counts.get(&folded).is_some_and(|&count| count > 1) || folded != name && !folder.find(&folded).is_nothing()
    }
}

/// Content that a mechanical merge made and nobody stored.
pub(super) type MergedContent = HashMap<ObjectId, Vec<u8>>;

/// Puts differences into words, in byte order of their paths.
pub(super) fn describe(
    mut list: Vec<Difference>,
    merged: &MergedContent,
    trees: &Trees<'_>,
) -> Result<Vec<facts::Change>, ObjectError> {
    list.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    list.into_iter().map(|difference| describe_one(difference, merged, trees)).collect()
}

fn describe_one(
    difference: Difference,
    merged: &MergedContent,
    trees: &Trees<'_>,
) -> Result<facts::Change, ObjectError> {
    let Difference { path, old, new, mut anomalies } = difference;
    match new {
        Some(leaf) => {
            look_at_path(&path, &mut anomalies);
            if leaf.mode.kind() == ModeKind::Symlink {
                anomalies.add_if(link_escapes(&path, leaf.id, trees)?, "symlink_escapes");
                anomalies.add_if(is_read_by_git(&path), "symlink_read_by_git");
            } else if is_gitmodules(&path) {
                anomalies.add_if(submodules_are_dangerous(leaf, trees)?, "gitmodules");
            }
        }
        // What goes away harms nobody; only the escapes in `path` must be understood.
        None => anomalies.add_if(std::str::from_utf8(&path).is_err(), "not_utf8"),
    }
    Ok(facts::Change {
        path: path_text(&path),
        action: action(old, new),
        old: describe_entry(old, Side::Old, merged, trees)?,
        new: describe_entry(new, Side::New, merged, trees)?,
        anomalies: anomalies.into_names(),
    })
}

/// A link too long to be a path is taken to escape.
fn link_escapes(path: &[u8], id: ObjectId, trees: &Trees<'_>) -> Result<bool, ObjectError> {
    if trees.objects.header(id)?.size > trees.limits.path_bytes as u64 {
        return Ok(true);
    }
    let (_, target) = trees.objects.read(id, "path_bytes", trees.limits.path_bytes)?;
    Ok(symlink_escapes(path, &target))
}

/// Only files are read: what else stands there is no list of submodules to git either.
fn submodules_are_dangerous(leaf: Leaf, trees: &Trees<'_>) -> Result<bool, ObjectError> {
    if !matches!(leaf.mode.kind(), ModeKind::File | ModeKind::Executable) {
        return Ok(false);
    }
    if trees.objects.header(leaf.id)?.size > submodules::LARGEST as u64 {
        return Ok(true);
    }
    let (_, text) = trees.objects.read(leaf.id, "path_bytes", submodules::LARGEST)?;
    Ok(submodules::is_dangerous(&text))
}

fn action(old: Option<Leaf>, new: Option<Leaf>) -> ChangeAction {
    let (Some(old), Some(new)) = (old, new) else {
        return if new.is_some() { ChangeAction::Add } else { ChangeAction::Delete };
    };
    let is_file = |mode: Mode| matches!(mode.kind(), ModeKind::File | ModeKind::Executable);
    match (is_file(old.mode) && is_file(new.mode)) || old.mode.kind() == new.mode.kind() {
        true if old.id == new.id => ChangeAction::Mode,
        true => ChangeAction::Modify,
        false => ChangeAction::Type,
    }
}

fn describe_entry(
    leaf: Option<Leaf>,
    side: Side,
    merged: &MergedContent,
    trees: &Trees<'_>,
) -> Result<facts::Entry, ObjectError> {
    let Some(leaf) = leaf else { return Ok(facts::Entry::default()) };
    let kind = match leaf.mode.kind() {
        ModeKind::Executable => EntryKind::Executable,
        ModeKind::File => EntryKind::File,
        ModeKind::Folder => EntryKind::None,
        ModeKind::Submodule => EntryKind::Submodule,
        ModeKind::Symlink => EntryKind::Symlink,
    };
    let size = match (kind, merged.get(&leaf.id)) {
        // The commit it names lives in another repository.
        (EntryKind::Submodule, _) => 0,
        (_, Some(content)) => content.len() as u64,
        // What it was before the push is not judged.
        (_, None) if side == Side::Old && trees.wanted != Wanted::Everything => 0,
        (_, None) => {
            let header = trees.objects.header(leaf.id)?;
            if header.kind != ObjectKind::Blob {
                return Err(wrong_kind(leaf.id, side, "a blob"));
            }
            header.size
        }
    };
    if trees.wanted == Wanted::Nothing {
        return Ok(facts::Entry::default());
    }
    Ok(facts::Entry { id: leaf.id.to_string(), mode: format!("{:06o}", leaf.mode.bits), kind, size })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use proptest::collection::btree_set;
    use proptest::prelude::proptest;
    use proptest::sample::select;

    use super::*;

    proptest! {
        #[test]
        fn twins_are_names_that_fold_alike(names in btree_set(select(NAMES.to_vec()), 0..8)) {
            let names: BTreeSet<&[u8]> = names.into_iter().map(str::as_bytes).collect();
            let leaf = Node::tree(ObjectId::null(crate::ids::ObjectFormat::Sha1));
            let folder = Opened::Merged(Arc::new(names.iter().map(|name| (name.to_vec(), leaf.clone())).collect()));
            let mut twins = Twins::default();
            for name in &names {
                let alike = names.iter().filter(|other| fold(other) == fold(name)).count();
                assert_eq!(twins.has(name, &folder), alike > 1, "{}", name.escape_ascii());
            }
        }
    }

    const NAMES: [&str; 12] =
        ["a", "A", "a.", "A ", "b", "B", "ü", "u\u{308}", "Ü", "U\u{308}", "\u{200c}a", "\u{200c}ü"];
}
