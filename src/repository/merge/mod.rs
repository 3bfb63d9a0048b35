//! What a merge changes by itself: the paths whose result is not the mechanical outcome of its parents.

use std::collections::BTreeMap;

use crate::ids::ObjectId;

use super::changes::{Comparison, Difference, Differences, PathFilter};
use super::objects::ObjectError;
use super::trees::{Node, Trees};

/// Every path at and below `path` where the result differs from any parent. `old` is the first parent's differing entry.
pub(super) fn differing_from_any_parent<F: PathFilter>(
    path: &[u8],
    parents: &[Node],
    result: &Node,
    root: ObjectId,
    filter: &F,
    trees: &mut Trees<'_>,
) -> Result<Vec<Difference>, ObjectError> {
    let mut first: BTreeMap<Vec<u8>, Difference> = BTreeMap::new();
    for parent in parents {
        let mut found = Differences::default();
        Comparison { trees, filter, root }.compare(path, parent.clone(), result.clone(), &mut found)?;
        for difference in found.list {
            first.entry(difference.path.clone()).or_insert(difference);
        }
    }
    Ok(first.into_values().collect())
}
