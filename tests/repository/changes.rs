//! Changes of trees and commits: against `git diff-tree` on random trees, and against known answers.

use proptest::collection::{btree_map, vec};
use proptest::prelude::{Strategy, prop_assert_eq, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use refgate::config::{CommitScope, Limits};
use refgate::facts::{Change, ChangeAction, EntryKind};
use refgate::ids::ObjectId;
use refgate::pattern::PathPatterns;
use refgate::repository::ObjectError;

use crate::support::{Files, Stage};

/// Where one limit stands.
type Field = fn(&mut Limits) -> &mut usize;

fn leaf() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        8 => (select(vec!["100644", "100755"]), select(vec!["a", "b", "c"])),
        1 => (select(vec!["120000"]), select(vec!["a", "b"])),
        1 => (select(vec!["160000"]), select(vec!["a", "b"])),
    ]
}

/// Files under names that sort differently as files and as folders.
fn files() -> impl Strategy<Value = Files> {
    let names = ["a", "a.b", "a-b", "a/b", "a/c/d", "a/c.d", "a0", "b", "b/a", "b/b/b", "c", "c/x", "c=x", "ü", "ü/ä"];
    btree_map(select(names.to_vec()), leaf(), 0..10).prop_map(|map| {
        let map: Files =
            map.into_iter().map(|(path, (mode, content))| (path.into(), (mode.into(), content.into()))).collect();
        // A file where others have a folder is left out.
        let is_folder = |path: &str| map.keys().any(|other| other.starts_with(&format!("{path}/")));
        map.iter().filter(|(path, _)| !is_folder(path)).map(|(path, entry)| (path.clone(), entry.clone())).collect()
    })
}

/// What git says, in the words of a change: old mode, new mode, old id, new id, path.
fn diff_tree(stage: &Stage, old: ObjectId, new: ObjectId) -> Vec<String> {
    let text = stage.git(&[
        "-c",
        "core.quotePath=false",
        "diff-tree",
        "-r",
        "--no-renames",
        "--raw",
        &old.to_string(),
        &new.to_string(),
    ]);
    let mut lines: Vec<_> = text
        .lines()
        .map(|line| {
            let (entry, path) = line[1..].split_once('\t').unwrap();
            format!("{} {path}", &entry[..entry.len() - 2])
        })
        .collect();
    lines.sort();
    lines
}

fn in_git_s_words(stage: &Stage, changes: &[Change]) -> Vec<String> {
    let none = ObjectId::null(stage.format).to_string();
    let mode = |mode: &str| if mode.is_empty() { "000000".to_string() } else { mode.to_string() };
    let id = |id: &str| if id.is_empty() { none.clone() } else { id.to_string() };
    let mut lines: Vec<_> = changes
        .iter()
        .map(|c| format!("{} {} {} {} {}", mode(&c.old.mode), mode(&c.new.mode), id(&c.old.id), id(&c.new.id), c.path))
        .collect();
    lines.sort();
    lines
}

#[test]
fn tree_changes_are_those_of_git_diff_tree_without_renames() {
    let stage = Stage::new();
    let config = Config { failure_persistence: None, ..Config::with_cases(96) };
    let result = TestRunner::new(config).run(&(files(), files()), |(old, new)| {
        let (old, new) = (stage.files(&old), stage.files(&new));
        let changes = stage.open().tree_changes(Some(old), Some(new), None).unwrap();
        prop_assert_eq!(in_git_s_words(&stage, &changes), diff_tree(&stage, old, new));
        prop_assert_eq!(changes.is_sorted_by(|one, other| one.path < other.path), true);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn paths_that_are_not_asked_for_are_left_out_and_nothing_else() {
    let stage = Stage::new();
    let config = Config { failure_persistence: None, ..Config::with_cases(128) };
    let pattern = || select(vec!["a", "a/**", "a/*", "*", "**", "b/b", "**/b", "**/*.d", "c/x", "a*", "ü/**", "B/**"]);
    let lists = (vec(pattern(), 1..3), vec(pattern(), 0..2));
    let result = TestRunner::new(config).run(&(files(), files(), lists), |(old, new, (wanted, excluded))| {
        let (old, new) = (stage.files(&old), stage.files(&new));
        let excluded = excluded.into_iter().map(|pattern| format!("!{pattern}"));
        let list: Vec<_> = wanted.into_iter().map(str::to_string).chain(excluded).collect();
        let patterns = PathPatterns::parse(&list).unwrap();
        let repository = stage.open();
        let mut expected = repository.tree_changes(Some(old), Some(new), None).unwrap();
        expected.retain(|change| patterns.matches(change.path.as_bytes()));
        prop_assert_eq!(repository.tree_changes(Some(old), Some(new), Some(&patterns)).unwrap(), expected);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn what_lies_where_nothing_is_asked_for_is_not_even_opened() {
    let stage = Stage::new();
    let broken = stage.write("tree", b"broken");
    let new =
        stage.tree(&[("40000", b"a", broken), ("40000", b"b", stage.tree(&[("100644", b"x", stage.blob(b"x"))]))]);
    let asked = |pattern: &str| {
        let patterns = PathPatterns::parse(&[pattern.to_string()]).unwrap();
        stage.open().tree_changes(None, Some(new), Some(&patterns))
    };
    assert_eq!(paths(&asked("b/**").unwrap()), ["b/x"]);
    assert!(matches!(asked("a/**"), Err(ObjectError::Ambiguous { .. })));
}

fn paths(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.path.as_str()).collect()
}

fn actions(changes: &[Change]) -> Vec<(&str, ChangeAction)> {
    changes.iter().map(|change| (change.path.as_str(), change.action)).collect()
}

#[test]
fn actions_tell_what_happened_to_an_entry() {
    let stage = Stage::new();
    let old = stage.files(&Files::of(&[
        ("content", "100644", "1"),
        ("gone", "100644", "1"),
        ("link", "100644", "1"),
        ("mode", "100644", "1"),
        ("both", "100644", "1"),
        ("module", "120000", "x"),
        ("moved", "160000", "1"),
    ]));
    let new = stage.files(&Files::of(&[
        ("content", "100644", "22"),
        ("added", "100755", "333"),
        ("link", "120000", "1"),
        ("mode", "100755", "1"),
        ("both", "100755", "2"),
        ("module", "160000", "x"),
        ("moved", "160000", "2"),
    ]));
    let changes = stage.open().tree_changes(Some(old), Some(new), None).unwrap();
    use ChangeAction::{Add, Delete, Mode, Modify, Type};
    let expected = [
        ("added", Add),
        ("both", Modify),
        ("content", Modify),
        ("gone", Delete),
        ("link", Type),
        ("mode", Mode),
        ("module", Type),
        ("moved", Modify),
    ];
    assert_eq!(actions(&changes), expected);
    let added = &changes[0];
    assert_eq!((added.new.size, added.new.kind, added.new.mode.as_str()), (3, EntryKind::Executable, "100755"));
    assert_eq!((added.old.size, added.old.kind, added.old.mode.as_str()), (0, EntryKind::None, ""));
    assert_eq!((changes[7].new.kind, changes[7].new.size), (EntryKind::Submodule, 0));
    assert_eq!((changes[4].new.kind, changes[4].new.size), (EntryKind::Symlink, 1));
}

#[test]
fn a_folder_replaced_by_something_else_is_that_entry_and_a_delete_of_each_file_below() {
    let stage = Stage::new();
    let folder =
        stage.files(&Files::of(&[("infra/a", "100644", "1"), ("infra/b/c", "100644", "1"), ("x", "100644", "1")]));
    use ChangeAction::{Add, Delete};
    for mode in ["100644", "120000", "160000"] {
        let other = stage.files(&Files::of(&[("infra", mode, "1"), ("x", "100644", "1")]));
        let there = stage.open().tree_changes(Some(folder), Some(other), None).unwrap();
        assert_eq!(actions(&there), [("infra", Add), ("infra/a", Delete), ("infra/b/c", Delete)]);
        let back = stage.open().tree_changes(Some(other), Some(folder), None).unwrap();
        assert_eq!(actions(&back), [("infra", Delete), ("infra/a", Add), ("infra/b/c", Add)]);
    }
}

#[test]
fn names_that_parsers_read_differently_are_ambiguous_on_the_new_side_only() {
    let stage = Stage::new();
    let blob = stage.blob(b"x");
    let sub = stage.tree(&[("100644", b"x", blob)]);
    let file = |name: &'static [u8]| ("100644", name, blob);
    let good = stage.tree(&[file(b"a"), file(b"b")]);
    let bad = [
        stage.tree(&[file(b".")]),
        stage.tree(&[file(b"..")]),
        stage.tree(&[file(b".git")]),
        stage.tree(&[("40000", b".git", sub)]),
        stage.tree(&[file(b"")]),
        stage.tree(&[file(b"a/b")]),
        stage.tree(&[file(b"a"), file(b"a")]),
        stage.tree(&[file(b"b"), file(b"a")]),
        stage.tree(&[file(b"a"), file(b"a.b"), ("40000", b"a", sub)]),
        stage.tree(&[("40000", b"a", sub), file(b"a.b")]),
        stage.tree(&[("777", b"a", blob)]),
        stage.tree(&[("0", b"a", blob)]),
        stage.tree(&[("1000644", b"a", blob)]),
        stage.tree(&[("0100644", b"a", blob)]),
        stage.write("tree", b"100648 a\0xxxxxxxxxxxxxxxxxxxx"),
        stage.write("tree", b"100644 a\0xxx"),
        stage.write("tree", b"100644 a"),
        stage.write("tree", b" a\0xxxxxxxxxxxxxxxxxxxx"),
        stage.write("tree", b"x"),
    ];
    let repository = stage.open();
    for (number, tree) in bad.into_iter().enumerate() {
        let nested = stage.tree(&[("40000", b"folder", tree)]);
        for new in [tree, nested] {
            let result = repository.tree_changes(Some(good), Some(new), None);
            assert!(matches!(result, Err(ObjectError::Ambiguous { .. })), "{number}: {result:?}");
            // What is not opened is not looked at.
            assert_eq!(repository.tree_changes(Some(new), Some(new), None).unwrap(), []);
        }
        match repository.tree_changes(Some(tree), Some(good), None) {
            Ok(_) => assert!(number < 14),
            Err(error) => {
                assert!(number >= 14 && matches!(error, ObjectError::Unreadable { .. }), "{number}: {error:?}")
            }
        }
    }
}

#[test]
fn odd_paths_are_told_on_what_is_new() {
    let stage = Stage::new();
    let blob = |content: &str| stage.blob(content.as_bytes());
    let folder = stage.tree(&[("100644", b"x", blob("x"))]);
    let entries: [(&str, &[u8], ObjectId); 14] = [
        ("100664", b"0", blob("x")),
        ("040000", b"1", folder),
        ("40000", b".GIT", folder),
        ("120000", b"Out", blob("../x")),
        ("100644", b"README", blob("x")),
        ("40000", b"SRC", folder),
        ("100644", "a\u{202e}".as_bytes(), blob("x")),
        ("100644", b"b\x1b", blob("x")),
        ("100644", "e\u{301}".as_bytes(), blob("x")),
        ("120000", b"in", blob("src/x")),
        ("100644", b"readme", blob("x")),
        ("40000", b"src", folder),
        ("100644", "é".as_bytes(), blob("x")),
        ("100644", b"\xff", blob("x")),
    ];
    let sorted = stage.sorted_tree(&entries);
    let changes = stage.open().tree_changes(None, Some(sorted), None).unwrap();
    let anomalies: Vec<_> = changes.iter().map(|c| (c.path.as_str(), c.anomalies.join(" "))).collect();
    let expected = [
        (".GIT/x", "dot_git_lookalike"),
        ("0", "mode"),
        ("1/x", "mode"),
        ("Out", "symlink_escapes"),
        ("README", "folds_together"),
        ("SRC/x", "folds_together"),
        ("a\u{202e}", "bidi_characters"),
        ("b\x1b", "control_characters"),
        ("e\u{301}", "folds_together"),
        ("in", ""),
        ("readme", "folds_together"),
        ("src/x", "folds_together"),
        ("é", "folds_together"),
        ("\\xff", "not_utf8"),
    ];
    assert_eq!(anomalies, expected.map(|(path, anomaly)| (path, anomaly.to_string())));
    let away = stage.open().tree_changes(Some(sorted), None, None).unwrap();
    assert!(away.iter().all(|change| change.anomalies.is_empty() || change.anomalies == ["not_utf8"]));
}

#[test]
fn a_tree_of_endlessly_many_paths_ends_at_a_limit() {
    let stage = Stage::new();
    let mut tree = stage.tree(&[("100644", b"x", stage.blob(b"x"))]);
    let names: Vec<_> = (0..10).map(|n| n.to_string()).collect();
    for _ in 0..10 {
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_bytes(), tree)).collect();
        tree = stage.tree(&entries);
    }
    let result = stage.open().tree_changes(None, Some(tree), None);
    assert!(matches!(result, Err(ObjectError::Limit { name: "changes", .. })), "{result:?}");
    let limits = Limits { tree_entries: 1000, ..Limits::default() };
    let result = stage.open_with(&limits).tree_changes(None, Some(tree), None);
    assert!(matches!(result, Err(ObjectError::Limit { name: "tree_entries", limit: 1000, .. })), "{result:?}");
}

#[test]
fn each_limit_on_trees_holds_exactly() {
    let stage = Stage::new();
    let tree = stage.files(&Files::of(&[("a/b/c/name", "100644", "1"), ("x", "100644", "1"), ("y", "100644", "1")]));
    let size = usize::try_from(stage.open().header(tree).unwrap().size).unwrap();
    let with = |limits: Limits| stage.open_with(&limits).tree_changes(None, Some(tree), None);
    let base = Limits::default;
    let checks: [(&str, usize, Field); 5] = [
        ("changes", 3, |limits| &mut limits.changes),
        ("path_depth", 3, |limits| &mut limits.path_depth),
        ("path_bytes", 10, |limits| &mut limits.path_bytes),
        // Six entries and four trees, the last of them without the one for itself.
        ("tree_entries", 9, |limits| &mut limits.tree_entries),
        ("input_bytes", 12, |limits| &mut limits.input_bytes),
    ];
    for (name, limit, field) in checks {
        let mut limits = base();
        *field(&mut limits) = limit;
        assert!(with(limits.clone()).is_ok(), "{name}");
        *field(&mut limits) = limit - 1;
        let result = with(limits);
        assert!(matches!(&result, Err(ObjectError::Limit { name: found, .. }) if *found == name), "{name}: {result:?}");
    }
    assert!(with(Limits { tree_bytes: size - 1, ..base() }).is_err());
}

#[test]
fn a_deep_tree_is_walked_without_recursion() {
    let stage = Stage::new();
    let mut tree = stage.tree(&[("100644", b"x", stage.blob(b"x"))]);
    for _ in 0..1900 {
        tree = stage.tree(&[("40000", b"d", tree)]);
    }
    let limits = Limits { path_depth: 2000, ..Limits::default() };
    let changes = stage.open_with(&limits).tree_changes(None, Some(tree), None).unwrap();
    assert_eq!(changes.len(), 1);
    let result = stage.open().tree_changes(None, Some(tree), None);
    assert!(matches!(result, Err(ObjectError::Limit { name: "path_depth", .. })), "{result:?}");
}

#[test]
fn a_commit_is_compared_with_nothing_with_its_parent_or_with_its_first_parent() {
    let stage = Stage::new();
    let tree = |files: &[(&str, &str, &str)]| stage.files(&Files::of(files));
    let root = stage.commit(tree(&[("a", "100644", "1")]), &[], 1000);
    let ours = stage.commit(tree(&[("a", "100644", "1"), ("b", "100644", "1")]), &[root], 2000);
    let theirs = stage.commit(tree(&[("a", "100644", "1"), ("c", "100644", "1")]), &[root], 2000);
    let merge =
        stage.commit(tree(&[("a", "100644", "1"), ("b", "100644", "1"), ("c", "100644", "1")]), &[ours, theirs], 3000);
    let repository = stage.open();
    let changed = |id: ObjectId, scope: CommitScope| {
        let commit = repository.commit(id).unwrap();
        paths(&repository.commit_changes(&commit, scope, None).unwrap()).join(" ")
    };
    assert_eq!(changed(root, CommitScope::All), "a");
    assert_eq!(changed(ours, CommitScope::All), "b");
    assert_eq!(changed(merge, CommitScope::All), "");
    assert_eq!(changed(merge, CommitScope::FirstParent), "c");
    assert_eq!(changed(root, CommitScope::FirstParent), "a");
}

#[test]
fn an_entry_that_is_missing_or_no_blob_is_an_error() {
    let stage = Stage::new();
    let absent = stage.id(&"1".repeat(40));
    let tree = stage.tree(&[("100644", b"a", absent)]);
    assert_eq!(stage.open().tree_changes(None, Some(tree), None), Err(ObjectError::Missing(absent)));
    let empty = stage.empty_tree();
    let tree = stage.tree(&[("100644", b"a", empty)]);
    assert!(matches!(stage.open().tree_changes(None, Some(tree), None), Err(ObjectError::Ambiguous { .. })));
    let tree = stage.tree(&[("40000", b"a", stage.blob(b"x"))]);
    assert!(matches!(stage.open().tree_changes(None, Some(tree), None), Err(ObjectError::Ambiguous { .. })));
    // A submodule's commit lives elsewhere.
    let tree = stage.tree(&[("160000", b"a", absent)]);
    assert_eq!(stage.open().tree_changes(None, Some(tree), None).unwrap().len(), 1);
}
