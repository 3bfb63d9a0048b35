//! A merge's own changes: against a reference that follows the rule path by path on whole trees, and against real merges.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use refgate::config::{CommitScope, Limits};
use refgate::facts::Change;
use refgate::ids::ObjectId;
use refgate::pattern::PathPatterns;
use refgate::repository::{ObjectError, Repository};

use crate::support::{Files, Stage};

/// An entry in the reference: a mode, and content of three parts that lie too far apart to touch.
type Entry = (&'static str, [u8; 3]);
type Tree = BTreeMap<&'static str, Entry>;
/// What the rule comes to: by path an entry, or a conflict. Other paths have nothing.
type Merged = BTreeMap<&'static str, Result<Entry, ()>>;

const PATHS: [&str; 8] = ["d", "d/e", "d/e/f", "d/g", "d.x", "x", "y/z", "y/z/w"];

fn entry() -> impl Strategy<Value = Entry> {
    let mode = prop_oneof![6 => select(vec!["100644", "100755"]), 1 => select(vec!["120000", "160000"])];
    (mode, [0..2u8, 0..2u8, 0..2u8])
}

/// A step from one tree to the next: what some paths become.
type Edits = BTreeMap<&'static str, Option<Entry>>;

fn edits() -> impl Strategy<Value = Edits> {
    btree_map(select(PATHS.to_vec()), proptest::option::weighted(0.8, entry()), 0..4)
}

fn edited(tree: &Tree, edits: &Edits) -> Tree {
    let mut tree = tree.clone();
    for (path, entry) in edits {
        match entry {
            Some(entry) => {
                // What stands in the way goes: folders above, files below.
                tree.retain(|other, _| {
                    !other.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{other}/"))
                });
                tree.insert(path, *entry);
            }
            None => {
                tree.remove(path);
            }
        }
    }
    tree
}

fn content(parts: [u8; 3]) -> String {
    let [a, b, c] = parts;
    format!("a{a}\none\ntwo\nb{b}\nthree\nfour\nc{c}\n")
}

/// The rule for one path.
fn outcome(
    base: Option<Result<Entry, ()>>,
    ours: Option<Result<Entry, ()>>,
    theirs: Option<Result<Entry, ()>>,
) -> Option<Result<Entry, ()>> {
    let is = |one: Option<Result<Entry, ()>>, other: Option<Result<Entry, ()>>| one == other && one != Some(Err(()));
    if is(ours, theirs) || is(base, theirs) {
        return ours;
    }
    if is(base, ours) {
        return theirs;
    }
    let (Some(Ok(base)), Some(Ok(ours)), Some(Ok(theirs))) = (base, ours, theirs) else { return Some(Err(())) };
    let is_file = |entry: Entry| entry.0.starts_with("100");
    if !is_file(base) || !is_file(ours) || !is_file(theirs) {
        return Some(Err(()));
    }
    // Two modes cannot conflict; parts do where both sides changed one, and differ.
    let mode = if ours.0 == base.0 { theirs.0 } else { ours.0 };
    let mut parts = [0; 3];
    for (part, merged) in parts.iter_mut().enumerate() {
        *merged = match (base.1[part], ours.1[part], theirs.1[part]) {
            (base, ours, theirs) if ours == theirs || base == theirs => ours,
            (base, ours, theirs) if base == ours => theirs,
            _ => return Some(Err(())),
        };
    }
    Some(Ok((mode, parts)))
}

fn three_way(base: &Merged, ours: &Merged, theirs: &Merged) -> Merged {
    let paths: BTreeSet<_> = base.keys().chain(ours.keys()).chain(theirs.keys()).copied().collect();
    let at = |tree: &Merged, path: &str| tree.get(path).copied();
    paths
        .into_iter()
        .filter_map(|path| Some((path, outcome(at(base, path), at(ours, path), at(theirs, path))?)))
        .collect()
}

/// A history with all its trees, built twice: as objects, and in memory.
struct Built<'a> {
    stage: &'a Stage,
    parents: Vec<Vec<usize>>,
    trees: Vec<Tree>,
    ids: Vec<ObjectId>,
}

impl Built<'_> {
    fn add(&mut self, parents: Vec<usize>, tree: Tree) -> usize {
        let files: Files =
            tree.iter().map(|(path, (mode, parts))| (path.to_string(), (mode.to_string(), content(*parts)))).collect();
        let ids: Vec<_> = parents.iter().map(|&parent| self.ids[parent]).collect();
        self.ids.push(self.stage.commit(self.stage.files(&files), &ids, 1000 + self.ids.len() as i64 * 10));
        self.parents.push(parents);
        self.trees.push(tree);
        self.ids.len() - 1
    }

    fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([of]);
        let mut queue = vec![of];
        while let Some(next) = queue.pop() {
            queue.extend(self.parents[next].iter().filter(|&&parent| found.insert(parent)));
        }
        found
    }

    fn bases(&self, left: &[usize], right: usize) -> Vec<usize> {
        let left: BTreeSet<_> = left.iter().flat_map(|&tip| self.ancestors(tip)).collect();
        let common: BTreeSet<_> = left.intersection(&self.ancestors(right)).copied().collect();
        // Numbers grow with dates here, so this is the oldest first.
        common
            .iter()
            .copied()
            .filter(|base| !common.iter().any(|other| other != base && self.ancestors(*other).contains(base)))
            .collect()
    }

    fn fold(&self, tips: &[usize]) -> Merged {
        let tree = |tip: usize| self.trees[tip].iter().map(|(path, entry)| (*path, Ok(*entry))).collect::<Merged>();
        let Some((first, rest)) = tips.split_first() else { return Merged::new() };
        let mut merged = tree(*first);
        for (index, tip) in rest.iter().enumerate() {
            let base = self.fold(&self.bases(&tips[..=index], *tip));
            merged = three_way(&base, &merged, &tree(*tip));
        }
        merged
    }

    /// The merge's own changes by the rule: path, old and new entry.
    fn own_changes(&self, merge: usize) -> Vec<(String, Option<Entry>, Option<Entry>)> {
        let outcome = self.fold(&self.parents[merge]);
        let result = &self.trees[merge];
        PATHS
            .iter()
            .filter_map(|path| {
                let new = result.get(path).copied();
                let old = match outcome.get(path) {
                    Some(Err(())) => self.parents[merge]
                        .iter()
                        .map(|&parent| self.trees[parent].get(path).copied())
                        .find(|old| *old != new)?,
                    Some(Ok(entry)) => Some(*entry),
                    None => None,
                };
                (old != new).then(|| (path.to_string(), old, new))
            })
            .collect()
    }
}

/// Finds the entry that a change speaks of, by the id of its content.
fn read_entry(stage: &Stage, entry: &refgate::facts::Entry) -> Option<Entry> {
    let mode = ["100644", "100755", "120000", "160000"].into_iter().find(|mode| *mode == entry.mode)?;
    let all = (0..8u8).map(|n| [n & 1, n >> 1 & 1, n >> 2]);
    all.into_iter()
        .find(|parts| stage.blob(content(*parts).as_bytes()).to_string() == entry.id)
        .map(|parts| (mode, parts))
}

#[derive(Clone, Debug)]
struct Plan {
    /// For each commit where its parents lie, its edits, and in which way it is made.
    commits: Vec<(Vec<u16>, Edits, u8)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    vec((vec(any::<u16>(), 1..4), edits(), any::<u8>()), 6..18).prop_map(|commits| Plan { commits })
}

/// Commits with one to three recent parents; merges take the mechanical outcome or a parent's tree, and then some edits.
fn build<'a>(stage: &'a Stage, plan: &Plan) -> Built<'a> {
    let mut built = Built { stage, parents: Vec::new(), trees: Vec::new(), ids: Vec::new() };
    for (index, (parents, edits, way)) in plan.commits.iter().enumerate() {
        let parents: BTreeSet<_> = match index {
            0 => BTreeSet::new(),
            _ => parents.iter().map(|raw| index - 1 - usize::from(*raw) % index.min(4)).collect(),
        };
        // The order of parents matters; let it not always be that of their dates.
        let mut parents: Vec<_> = parents.into_iter().collect();
        if way & 8 != 0 {
            parents.reverse();
        }
        // Two people merge the same two tips: whoever merges their merges meets two merge bases.
        if way & 0x30 != 0 && built.parents.last().is_some_and(|before| before.len() > 1) {
            parents = built.parents[index - 1].iter().rev().copied().collect();
        }
        let start = match (parents.len(), way & 3) {
            (0, _) => Tree::new(),
            (_, 0) => built.trees[parents[0]].clone(),
            (_, 1) => built.trees[parents[parents.len() - 1]].clone(),
            _ => {
                let outcome = built.fold(&parents);
                let mut tree = Tree::new();
                for (path, entry) in outcome.iter().filter_map(|(path, entry)| Some((*path, (*entry).ok()?))) {
                    tree = edited(&tree, &BTreeMap::from([(path, Some(entry))]));
                }
                tree
            }
        };
        let tree = if parents.len() > 1 && way & 4 != 0 { start } else { edited(&start, edits) };
        built.add(parents, tree);
    }
    built
}

#[test]
fn own_changes_of_merges_follow_the_rule_on_random_histories() {
    let stage = Stage::new();
    let config = Config { failure_persistence: None, ..Config::with_cases(200) };
    let merges = std::cell::Cell::new([0usize; 3]);
    let result = TestRunner::new(config).run(&plans(), |plan| {
        let built = build(&stage, &plan);
        let repository = stage.open_with(&Limits { merge_bases: 1000, ..Limits::default() });
        for merge in (0..built.ids.len()).filter(|&index| built.parents[index].len() > 1) {
            let commit = repository.commit(built.ids[merge]).unwrap();
            let changes = repository.commit_changes(&commit, CommitScope::All, None).unwrap();
            let found: Vec<_> = changes
                .iter()
                .map(|change| (change.path.clone(), read_entry(&stage, &change.old), read_entry(&stage, &change.new)))
                .collect();
            let expected = built.own_changes(merge);
            let criss_cross = built.bases(&built.parents[merge][..1], built.parents[merge][1]).len() > 1;
            let [all, clean, crossed] = merges.get();
            merges.set([all + 1, clean + usize::from(expected.is_empty()), crossed + usize::from(criss_cross)]);
            let mut expected = expected;
            expected.sort();
            // Asked for some paths only, the same changes of those.
            let patterns = PathPatterns::parse(&["d/e/**".to_string(), "x".to_string()]).unwrap();
            let mut some = changes.clone();
            some.retain(|change| patterns.matches(change.path.as_bytes()));
            let asked = repository.commit_changes(&commit, CommitScope::All, Some(&patterns)).unwrap();
            prop_assert_eq!(asked, some);
            prop_assert_eq!(found, expected, "merge {} of {:?}", merge, &built.parents[merge]);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let [all, clean, crossed] = merges.get();
    // The histories must be worth the name.
    assert!(
        all > 300 && clean > all / 10 && clean < all && crossed > 50,
        "{all} merges, {clean} clean, {crossed} criss-cross"
    );
}

/// A repository with files whose lines are numbered, and real merges by git.
struct Story {
    stage: Stage,
    repository: Option<Repository>,
}

impl Story {
    fn new() -> Self {
        Self { stage: Stage::new(), repository: None }
    }

    fn commit(&self, files: &[(&str, &str)], parents: &[ObjectId]) -> ObjectId {
        let files: Files =
            files.iter().map(|(path, text)| (path.to_string(), ("100644".to_string(), text.to_string()))).collect();
        self.stage.commit(self.stage.files(&files), parents, 1000)
    }

    fn own_changes(&mut self, id: ObjectId) -> Vec<Change> {
        let repository = self.repository.get_or_insert_with(|| self.stage.open());
        let commit = repository.commit(id).unwrap();
        repository.commit_changes(&commit, CommitScope::All, None).unwrap()
    }

    fn own_paths(&mut self, id: ObjectId) -> String {
        self.own_changes(id).iter().map(|change| change.path.clone()).collect::<Vec<_>>().join(" ")
    }
}

fn lines(count: usize, changed: &[(usize, &str)]) -> String {
    (0..count)
        .map(|n| match changed.iter().find(|(line, _)| *line == n) {
            Some((_, text)) => format!("{text}\n"),
            None => format!("line {n}\n"),
        })
        .collect()
}

#[test]
fn taking_one_side_of_what_both_changed_is_the_merger_s_own_change() {
    let mut story = Story::new();
    let base = story.commit(&[("f", &lines(30, &[])), ("g", "1\n")], &[]);
    let ours = story.commit(&[("f", &lines(30, &[(2, "ours")])), ("g", "1\n")], &[base]);
    let theirs = story.commit(&[("f", &lines(30, &[(20, "theirs")])), ("g", "2\n")], &[base]);
    let both = lines(30, &[(2, "ours"), (20, "theirs")]);
    let clean = story.commit(&[("f", &both), ("g", "2\n")], &[ours, theirs]);
    assert_eq!(story.own_paths(clean), "");
    // As `git merge -s ours` has it: their changes are silently undone.
    let reverted = story.commit(&[("f", &lines(30, &[(2, "ours")])), ("g", "1\n")], &[ours, theirs]);
    let changes = story.own_changes(reverted);
    assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["f", "g"]);
    // What it should have been was never stored; it is told all the same.
    assert_eq!(changes[0].old.id, story.stage.blob(both.as_bytes()).to_string());
    assert_eq!(changes[0].old.size, both.len() as u64);
    assert_eq!(changes[1].old.id, story.stage.blob(b"2\n").to_string());
    // And as an evil merge has it: something that no parent has.
    let evil = story.commit(&[("f", &both), ("g", "2\n"), ("h", "new\n")], &[ours, theirs]);
    assert_eq!(story.own_paths(evil), "h");
}

#[test]
fn a_resolved_conflict_is_the_merger_s_own_change_whatever_the_resolution() {
    let mut story = Story::new();
    let base = story.commit(&[("f", &lines(9, &[]))], &[]);
    let (ours, theirs) = (lines(9, &[(4, "ours")]), lines(9, &[(4, "theirs")]));
    let one = story.commit(&[("f", &ours)], &[base]);
    let two = story.commit(&[("f", &theirs)], &[base]);
    for (resolution, old) in [(ours.clone(), &theirs), (theirs.clone(), &ours), (lines(9, &[(4, "both")]), &ours)] {
        let merge = story.commit(&[("f", &resolution)], &[one, two]);
        let changes = story.own_changes(merge);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].old.id, story.stage.blob(old.as_bytes()).to_string());
    }
    // Both made the same change: nothing to resolve.
    let same = story.commit(&[("f", &ours)], &[base, base]);
    assert_eq!(story.own_paths(same), "f");
    let again = story.commit(&[("f", &ours), ("g", "1\n")], &[base]);
    let merge = story.commit(&[("f", &ours), ("g", "1\n")], &[one, again]);
    assert_eq!(story.own_paths(merge), "");
}

#[test]
fn unrelated_histories_meet_over_the_empty_tree() {
    let mut story = Story::new();
    let one = story.commit(&[("a", "1\n"), ("both", "x\n")], &[]);
    let two = story.commit(&[("b", "1\n"), ("both", "y\n")], &[]);
    let merge = story.commit(&[("a", "1\n"), ("b", "1\n"), ("both", "x\n")], &[one, two]);
    assert_eq!(story.own_paths(merge), "both");
}

#[test]
fn what_takes_too_much_to_work_out_is_every_path_that_differs_from_any_parent() {
    let stage = Stage::new();
    let tree = |files: &[(&str, &str)]| {
        stage.files(
            &files.iter().map(|(path, text)| (path.to_string(), ("100644".to_string(), text.to_string()))).collect(),
        )
    };
    let root = stage.commit(tree(&[("a", "1")]), &[], 1000);
    let one = stage.commit(tree(&[("a", "1"), ("b", "1")]), &[root], 2000);
    let two = stage.commit(tree(&[("a", "1"), ("c", "1")]), &[root], 2001);
    // Each merges the other, and goes on: two merge bases from here on.
    let both = [("a", "1"), ("b", "1"), ("c", "1")];
    let left = stage.commit(tree(&[&both[..], &[("d", "1")]].concat()), &[one, two], 3000);
    let right = stage.commit(tree(&[&both[..], &[("e", "1")]].concat()), &[two, one], 3001);
    let merge = stage.commit(tree(&[&both[..], &[("d", "1"), ("e", "1")]].concat()), &[left, right], 5000);
    let told = |id: ObjectId, limits: Limits| {
        let repository = stage.open_with(&limits);
        let changes = repository.commit_changes(&repository.commit(id).unwrap(), CommitScope::All, None).unwrap();
        changes.iter().map(|change| change.path.clone()).collect::<Vec<_>>().join(" ")
    };
    let with_bases = |merge_bases| told(merge, Limits { merge_bases, ..Limits::default() });
    assert_eq!(with_bases(2), "");
    assert_eq!(with_bases(1), "d e");
    // From two tips to where they meet, three commits are visited.
    let with_commits = |merge_base_commits| told(left, Limits { merge_base_commits, ..Limits::default() });
    assert_eq!(with_commits(3), "d");
    assert_eq!(with_commits(2), "b c d");
}

#[test]
fn a_file_may_be_merged_up_to_the_limit_and_is_a_conflict_above_it() {
    let mut story = Story::new();
    let base = story.commit(&[("f", &lines(30, &[]))], &[]);
    let ours = story.commit(&[("f", &lines(30, &[(2, "ours and more")]))], &[base]);
    let theirs = story.commit(&[("f", &lines(30, &[(20, "theirs")]))], &[base]);
    let text = lines(30, &[(2, "ours and more"), (20, "theirs")]);
    let merge = story.commit(&[("f", &text)], &[ours, theirs]);
    assert_eq!(story.own_paths(merge), "");
    let largest = lines(30, &[(2, "ours and more")]).len();
    let with = |merge_file_bytes| {
        let repository = story.stage.open_with(&Limits { merge_file_bytes, ..Limits::default() });
        repository.commit_changes(&repository.commit(merge).unwrap(), CommitScope::All, None).unwrap().len()
    };
    assert_eq!((with(largest), with(largest - 1)), (0, 1));
}

#[test]
fn git_s_own_clean_merges_have_no_changes_of_their_own() {
    let stage = Stage::new();
    let config = Config { failure_persistence: None, ..Config::with_cases(60) };
    let edits = || vec((0..40usize, 0..3u8, 0..5u8), 0..6);
    let result = TestRunner::new(config).run(&(edits(), edits(), edits()), |(first, ours, theirs)| {
        // Lines that repeat, so that matching them is a matter of choice.
        let start: Vec<_> = (0..40)
            .map(|n| format!("{}\n", ["{", "}", "x", "y"].get(n % 6).copied().unwrap_or(&n.to_string())))
            .collect();
        let apply = |lines: &[String], edits: &[(usize, u8, u8)]| {
            let mut lines = lines.to_vec();
            for (place, kind, text) in edits {
                let place = place % lines.len().max(1);
                match kind {
                    0 if !lines.is_empty() => drop(lines.remove(place)),
                    1 => lines.insert(place, format!("new {text}\n")),
                    _ if !lines.is_empty() => lines[place] = format!("other {text}\n"),
                    _ => {}
                }
            }
            lines
        };
        let base = apply(&start, &first);
        let commit = |lines: &[String], parents: &[ObjectId], time: i64| {
            let files = Files::of(&[("folder/file", "100644", &lines.concat())]);
            stage.commit(stage.files(&files), parents, time)
        };
        let root = commit(&base, &[], 1000);
        let (ours, theirs) =
            (commit(&apply(&base, &ours), &[root], 2000), commit(&apply(&base, &theirs), &[root], 3000));
        let output = stage.try_git(&["merge-tree", "--write-tree", &ours.to_string(), &theirs.to_string()], b"");
        let text = String::from_utf8(output.stdout).unwrap();
        let tree = stage.id(text.lines().next().unwrap());
        let merge = stage.commit(tree, &[ours, theirs], 4000);
        let repository = stage.open();
        let changes = repository.commit_changes(&repository.commit(merge).unwrap(), CommitScope::All, None).unwrap();
        prop_assert_eq!(changes.is_empty(), output.status.success(), "{}", text);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn a_parent_that_is_missing_cannot_be_judged() {
    let stage = Stage::new();
    let absent = stage.id(&"1".repeat(40));
    let tree = stage.empty_tree();
    let merge = stage.commit(tree, &[stage.commit(tree, &[], 1000), absent], 2000);
    let repository = stage.open();
    let commit = repository.commit(merge).unwrap();
    assert_eq!(repository.commit_changes(&commit, CommitScope::All, None), Err(ObjectError::Missing(absent)));
}
