//! Walks: against a simple reference on random histories with clocks that lie, and against git where clocks are right.

use std::collections::{BTreeSet, HashSet};

use proptest::array::uniform;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use refgate::config::Limits;
use refgate::facts::History;
use refgate::ids::ObjectId;
use refgate::repository::{ObjectError, Repository};

use crate::support::Stage;

/// A history to be built: for each commit its parents, as earlier commits, and its date.
#[derive(Clone, Debug)]
struct Plan {
    parents: Vec<Vec<usize>>,
    times: Vec<i64>,
}

/// How wrong the clocks are.
#[derive(Clone, Copy, Debug)]
enum Clocks {
    Right,
    /// Some commits carry any date at all.
    Lying,
}

fn plans(clocks: Clocks) -> impl Strategy<Value = Plan> {
    let commit = (vec(any::<u16>(), 0..4), any::<u16>(), 0..8u8);
    vec(commit, 2..40).prop_map(move |commits| {
        let mut plan = Plan { parents: Vec::new(), times: Vec::new() };
        for (index, (parents, time, luck)) in commits.into_iter().enumerate() {
            // Mostly near neighbours, so that lines of descent are long; sometimes anything earlier.
            let near = |raw: u16| index - 1 - usize::from(raw) % index.min(if luck == 0 { index } else { 4 });
            let parents: BTreeSet<usize> =
                if index == 0 { BTreeSet::new() } else { parents.into_iter().map(near).collect() };
            plan.parents.push(parents.into_iter().collect());
            plan.times.push(match clocks {
                Clocks::Lying if luck < 4 => i64::from(time) * 50_000,
                _ => 1_000_000_000 + index as i64 * 3600,
            });
        }
        plan
    })
}

/// A plan carried out.
struct Built<'a> {
    stage: &'a Stage,
    plan: Plan,
    ids: Vec<ObjectId>,
}

impl<'a> Built<'a> {
    fn new(stage: &'a Stage, plan: Plan) -> Self {
        let tree = stage.empty_tree();
        let mut ids = Vec::new();
        for (index, parents) in plan.parents.iter().enumerate() {
            let parents: Vec<_> = parents.iter().map(|&parent| ids[parent]).collect();
            ids.push(commit_numbered(stage, tree, &parents, plan.times[index], index));
        }
        Self { stage, plan, ids }
    }

    /// Everything reachable, itself included: the reference for all else.
    fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([of]);
        let mut queue = vec![of];
        while let Some(next) = queue.pop() {
            queue.extend(self.plan.parents[next].iter().filter(|&&parent| found.insert(parent)));
        }
        found
    }

    fn bases(&self, one: &BTreeSet<usize>, other: usize) -> HashSet<ObjectId> {
        let common: BTreeSet<_> = one.intersection(&self.ancestors(other)).copied().collect();
        let is_best = |base: &usize| !common.iter().any(|other| other != base && self.ancestors(*other).contains(base));
        common.iter().filter(|base| is_best(base)).map(|&base| self.ids[base]).collect()
    }

    fn open(&self) -> Repository {
        self.stage.open()
    }
}

fn commit_numbered(stage: &Stage, tree: ObjectId, parents: &[ObjectId], time: i64, number: usize) -> ObjectId {
    let mut content = format!("tree {tree}\n");
    for parent in parents {
        content.push_str(&format!("parent {parent}\n"));
    }
    content.push_str(&format!("author A <a@x> {time} +0000\ncommitter A <a@x> {time} +0000\n\ncommit {number}\n"));
    stage.write("commit", content.as_bytes())
}

/// Tries a property on many plans and picks, all in one stage: objects of different plans do not get in each other's way.
#[track_caller]
fn hold<const PICKS: usize>(
    cases: u32,
    clocks: Clocks,
    property: impl Fn(&Built<'_>, [usize; PICKS]) -> Result<(), TestCaseError>,
) {
    let stage = Stage::new();
    let config = Config { failure_persistence: None, ..Config::with_cases(cases) };
    let inputs = (plans(clocks), uniform(any::<u16>()));
    let result = TestRunner::new(config).run(&inputs, |(plan, picks): (_, [u16; PICKS])| {
        let built = Built::new(&stage, plan);
        property(&built, picks.map(|pick| usize::from(pick) % built.ids.len()))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn a_range_is_what_the_tip_reaches_and_hidden_tips_do_not_whatever_the_dates() {
    hold(128, Clocks::Lying, |built, [new, first, second, third]| {
        // One, two or three hidden tips.
        let hidden: BTreeSet<_> = [first, second, third].into_iter().take(1 + third % 3).collect();
        let mut expected = built.ancestors(new);
        for &tip in &hidden {
            expected = expected.difference(&built.ancestors(tip)).copied().collect();
        }
        let hidden_ids: Vec<_> = hidden.iter().map(|&tip| built.ids[tip]).collect();
        let range = built.open().range(built.ids[new], &hidden_ids).unwrap();
        let found: HashSet<_> = range.iter().copied().collect();
        prop_assert_eq!(found.len(), range.len());
        prop_assert_eq!(&found, &expected.iter().map(|&index| built.ids[index]).collect::<HashSet<_>>());
        let place = |id: ObjectId| range.iter().position(|other| *other == id);
        for &index in &expected {
            for &parent in &built.plan.parents[index] {
                prop_assert!(place(built.ids[parent]).is_none_or(|parent| place(built.ids[index]).unwrap() < parent));
            }
        }
        prop_assert_eq!(&range, &built.open().range(built.ids[new], &hidden_ids).unwrap());
        Ok(())
    });
}

#[test]
fn one_range_after_another_is_what_each_would_be_alone() {
    hold(128, Clocks::Lying, |built, picks: [usize; 12]| {
        let repository = built.open();
        let (hidden, new) = picks.split_at(4);
        let sets = [&hidden[..1], &hidden[1..2], &hidden[..2], &hidden[2..4], &hidden[..4], &[]];
        for (number, &tip) in new.iter().chain(new).enumerate() {
            let hidden = sets[(number + tip) % sets.len()];
            let mut expected = built.ancestors(tip);
            for &tip in hidden {
                expected = expected.difference(&built.ancestors(tip)).copied().collect();
            }
            let hidden: Vec<_> = hidden.iter().map(|&tip| built.ids[tip]).collect();
            let found = repository.range(built.ids[tip], &hidden).unwrap();
            prop_assert_eq!(found.len(), expected.len());
            let found: HashSet<_> = found.into_iter().collect();
            prop_assert_eq!(&found, &expected.iter().map(|&index| built.ids[index]).collect::<HashSet<_>>());
        }
        Ok(())
    });
}

#[test]
fn how_tips_relate_is_a_matter_of_reachability_alone() {
    hold(128, Clocks::Lying, |built, picks: [usize; 8]| {
        let repository = built.open();
        for pair in picks.chunks(2) {
            let (old, new) = (pair[0], pair[1]);
            let (before, after) = (built.ancestors(old), built.ancestors(new));
            let expected = match (after.contains(&old), before.contains(&new)) {
                (true, true) => History::Unchanged,
                (true, false) => History::FastForward,
                (false, true) => History::Rewind,
                (false, false) if before.is_disjoint(&after) => History::Unrelated,
                (false, false) => History::Diverged,
            };
            prop_assert_eq!(repository.history(Some(built.ids[old]), Some(built.ids[new])).unwrap(), expected);
            prop_assert_eq!(repository.is_ancestor(built.ids[old], built.ids[new]).unwrap(), after.contains(&old));
        }
        Ok(())
    });
}

#[test]
fn merge_bases_are_the_best_common_ancestors_whatever_the_dates() {
    hold(128, Clocks::Lying, |built, picks: [usize; 6]| {
        let repository = built.open();
        for pair in picks.chunks(2) {
            let (one, other) = (pair[0], pair[1]);
            let bases = repository.merge_bases(built.ids[one], built.ids[other]).unwrap();
            prop_assert_eq!(bases.iter().copied().collect::<HashSet<_>>(), built.bases(&built.ancestors(one), other));
            prop_assert_eq!(bases, built.open().merge_bases(built.ids[one], built.ids[other]).unwrap());
        }
        Ok(())
    });
}

#[test]
fn first_parent_chains_end_where_the_range_ends() {
    hold(128, Clocks::Lying, |built, [old, new]| {
        let mut chain = vec![new];
        while let Some(&parent) = built.plan.parents[chain[chain.len() - 1]].first() {
            chain.push(parent);
        }
        let repository = built.open();
        let inside: HashSet<_> = repository.range(built.ids[new], &[built.ids[old]]).unwrap().into_iter().collect();
        let found = repository.first_parent_chain(built.ids[new], &inside).unwrap();
        let before_old: Vec<_> =
            chain.iter().map(|&index| built.ids[index]).take_while(|id| inside.contains(id)).collect();
        prop_assert_eq!(&found.commits, &before_old);
        prop_assert_eq!(found.next == Some(built.ids[old]), chain.contains(&old));
        Ok(())
    });
}

#[test]
fn git_agrees_where_clocks_are_right() {
    hold(24, Clocks::Right, |built, picks: [usize; 3]| {
        let [new, old, third] = picks.map(|pick| built.ids[pick]);
        let repository = built.open();
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(str::to_string).collect();
            lines.sort();
            lines
        };
        let text = |ids: &[ObjectId]| ids.iter().map(|id| format!("{id}\n")).collect::<String>();
        let listed = built.stage.git(&["rev-list", &new.to_string(), "--not", &old.to_string(), &third.to_string()]);
        prop_assert_eq!(sorted(&text(&repository.range(new, &[old, third]).unwrap())), sorted(&listed));
        let bases = built.stage.try_git(&["merge-base", "--all", &new.to_string(), &old.to_string()], b"");
        let bases = String::from_utf8(bases.stdout).unwrap();
        prop_assert_eq!(sorted(&text(&repository.merge_bases(new, old).unwrap())), sorted(&bases));
        let ancestor = built.stage.try_git(&["merge-base", "--is-ancestor", &old.to_string(), &new.to_string()], b"");
        prop_assert_eq!(repository.is_ancestor(old, new).unwrap(), ancestor.status.success());
        Ok(())
    });
}

#[test]
fn a_range_misses_nothing_where_dates_hide_a_long_way_and_is_exact_where_they_do_not() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let chain = |tip: ObjectId, from: usize, length: usize, time: i64| {
        (from..from + length).fold(tip, |tip, n| commit_numbered(&stage, tree, &[tip], time + n as i64, n))
    };
    let root = commit_numbered(&stage, tree, &[], 2_000_000, 0);
    let trunk = chain(root, 1, 10, 2_000_000);
    let merge = |hidden: ObjectId, number: usize| commit_numbered(&stage, tree, &[hidden, trunk], 9_000_000, number);
    let repository = stage.open();
    // Hidden history that claims to be much older than what it was built on: too long to follow, so all is judged.
    let hidden = chain(trunk, 1000, 700, 0);
    let new = merge(hidden, 5000);
    assert_eq!(repository.range(new, &[hidden]).unwrap().len(), 12);
    // Short enough to follow: exact.
    let hidden = chain(trunk, 3000, 400, 0);
    let new = merge(hidden, 5001);
    assert_eq!(repository.range(new, &[hidden]).unwrap(), [new]);
    // Long, but with dates that do not hide anything.
    let hidden = chain(trunk, 4000, 3000, 2_000_000);
    let new = merge(hidden, 5002);
    assert_eq!(repository.range(new, &[hidden]).unwrap(), [new]);
}

#[test]
fn tags_lead_to_their_commits_and_other_objects_to_nothing() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let root = stage.commit(tree, &[], 1000);
    let child = stage.commit(tree, &[root], 2000);
    let tag = |target: ObjectId, kind: &str| {
        stage.write("tag", format!("object {target}\ntype {kind}\ntag x\ntagger A <a@x> 1 +0000\n\nx\n").as_bytes())
    };
    let (root_tag, child_tag) = (tag(root, "commit"), tag(tag(child, "commit"), "tag"));
    let blob_tag = tag(stage.blob(b""), "blob");
    let repository = stage.open();
    let history = |old, new| repository.history(Some(old), Some(new)).unwrap();
    assert_eq!(history(root_tag, child_tag), History::FastForward);
    assert_eq!(history(root_tag, root), History::FastForward);
    assert_eq!(history(root_tag, root_tag), History::Unchanged);
    assert_eq!(history(blob_tag, child), History::Unrelated);
    assert_eq!(history(root, tree), History::Unrelated);
    assert_eq!(repository.history(None, Some(tree)).unwrap(), History::Created);
    assert_eq!(repository.history(Some(root), None).unwrap(), History::Deleted);
    assert_eq!(repository.range(child_tag, &[root_tag, blob_tag]).unwrap(), [child]);
    assert_eq!(repository.range(blob_tag, &[]).unwrap(), []);
    let absent = stage.id(&"1".repeat(40));
    assert_eq!(repository.range(child, &[absent]).unwrap(), [child, root]);
    let dangling = tag(absent, "commit");
    assert_eq!(repository.range(child, &[dangling]).unwrap(), [child, root]);
    for new in [absent, dangling] {
        assert_eq!(repository.range(new, &[]), Err(ObjectError::Missing(absent)));
        assert_eq!(repository.history(Some(root), Some(new)), Err(ObjectError::Missing(absent)));
        assert_eq!(repository.is_ancestor(root, new), Err(ObjectError::Missing(absent)));
    }
    assert_eq!(repository.merge_bases(child_tag, root_tag).unwrap(), [root]);
}

#[test]
fn as_many_commits_are_walked_as_the_limit_says_and_no_more() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let mut tip = stage.commit(tree, &[], 0);
    for time in 1..10 {
        tip = stage.commit(tree, &[tip], time);
    }
    let with = |walked_commits| stage.open_with(&Limits { walked_commits, ..Limits::default() }).range(tip, &[]);
    assert_eq!(with(10).unwrap().len(), 10);
    assert!(matches!(with(9), Err(ObjectError::Limit { name: "walked_commits", limit: 9, .. })));
}

#[test]
fn one_range_after_another_does_not_walk_further_each_time() {
    const DAYS: i64 = 86_400;
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let commit = |parent: ObjectId, day: usize| commit_numbered(&stage, tree, &[parent], day as i64 * DAYS, day);
    let root = commit_numbered(&stage, tree, &[], 0, 0);
    // A release that was never merged, so that nothing proves that all of it lies before what is new.
    let release = commit_numbered(&stage, tree, &[root], 1, 1);
    let trunk = (1..2000).fold(root, commit);
    let repository = stage.open_with(&Limits { walked_commits: 1000, ..Limits::default() });
    for day in 2000..2020 {
        let new = commit(trunk, day);
        assert_eq!(repository.range(new, &[release, trunk]).unwrap(), [new]);
    }
}

#[test]
fn a_parent_that_is_no_commit_is_ambiguous() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let tip = stage.commit(tree, &[tree], 1000);
    assert!(matches!(stage.open().range(tip, &[]), Err(ObjectError::Ambiguous { .. })));
}
