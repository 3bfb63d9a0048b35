//! Refs by exact name: what git will move, and nothing that it would guess.

use std::fs;
use std::os::unix::fs::symlink;

use refgate::config::Limits;
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::repository::{Location, RefError, Repository, RepositoryError, Resolved};

use crate::support::{Stage, name};

fn stage_with_commits() -> (Stage, ObjectId, ObjectId) {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let (one, two) = (stage.commit(tree, &[], 1000), stage.commit(tree, &[], 2000));
    (stage, one, two)
}

fn set(stage: &Stage, name: &str, id: ObjectId) {
    stage.git(&["update-ref", name, &id.to_string()]);
}

#[test]
fn a_loose_ref_wins_over_a_packed_one_and_both_are_found_by_exact_name_only() {
    let (stage, one, two) = stage_with_commits();
    set(&stage, "refs/heads/main", one);
    set(&stage, "refs/heads/packed", one);
    set(&stage, "refs/tags/packed", two);
    stage.git(&["pack-refs", "--all", "--prune"]);
    set(&stage, "refs/heads/main", two);
    let repository = stage.open();
    let value = |ref_name: &str| repository.value(&name(ref_name)).unwrap();
    assert_eq!(value("refs/heads/main"), Some(two));
    assert_eq!(value("refs/heads/packed"), Some(one));
    assert_eq!(value("refs/tags/packed"), Some(two));
    for absent in [
        "refs/packed",
        "refs/heads",
        "refs/heads/mai",
        "refs/heads/main/x",
        "refs/heads/packed/x",
        "refs/remotes/packed",
    ] {
        assert_eq!(value(absent), None, "{absent}");
    }
}

#[test]
fn every_one_of_many_packed_refs_is_found_sorted_or_not() {
    let (stage, one, _) = stage_with_commits();
    let names: Vec<_> = (0..500).map(|n| format!("refs/heads/{}/{}", n % 7, n * 7919 % 1000)).collect();
    for sorted in [true, false] {
        let mut lines: Vec<_> = names.iter().map(|name| format!("{one} {name}\n")).collect();
        if sorted {
            lines.sort();
        }
        let text = format!("# pack-refs with: peeled fully-peeled sorted \n{}", lines.concat());
        fs::write(stage.path().join("packed-refs"), text).unwrap();
        let repository = stage.open();
        for ref_name in &names {
            assert_eq!(repository.value(&name(ref_name)).unwrap(), Some(one));
        }
        let below: Vec<_> = repository.refs_below("refs/heads/3/").unwrap();
        assert_eq!(below.len(), names.iter().filter(|name| name.starts_with("refs/heads/3/")).count());
        assert!(below.is_sorted());
    }
}

#[test]
fn packed_refs_are_read_again_when_they_change() {
    let (stage, one, two) = stage_with_commits();
    set(&stage, "refs/heads/a", one);
    stage.git(&["pack-refs", "--all"]);
    let repository = stage.open();
    assert_eq!(repository.value(&name("refs/heads/a")).unwrap(), Some(one));
    set(&stage, "refs/heads/a", two);
    set(&stage, "refs/heads/b", two);
    stage.git(&["pack-refs", "--all"]);
    assert_eq!(repository.value(&name("refs/heads/a")).unwrap(), Some(two));
    assert_eq!(repository.value(&name("refs/heads/b")).unwrap(), Some(two));
}

#[test]
fn symbolic_refs_are_followed_to_what_git_will_move() {
    let (stage, one, _) = stage_with_commits();
    set(&stage, "refs/heads/main", one);
    stage.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    stage.git(&["symbolic-ref", "refs/heads/second", "refs/heads/alias"]);
    stage.git(&["symbolic-ref", "refs/heads/unborn", "refs/heads/nothing"]);
    symlink("refs/heads/main", stage.path().join("refs/heads/link")).unwrap();
    let repository = stage.open();
    let resolve = |ref_name: &str| repository.resolve(&name(ref_name)).unwrap();
    for alias in ["refs/heads/main", "refs/heads/alias", "refs/heads/second", "refs/heads/link"] {
        assert_eq!(resolve(alias), Resolved { stored: name("refs/heads/main"), current: Some(one) }, "{alias}");
    }
    assert_eq!(resolve("refs/heads/unborn"), Resolved { stored: name("refs/heads/nothing"), current: None });
}

#[test]
fn a_ring_of_symbolic_refs_is_an_error() {
    let (stage, ..) = stage_with_commits();
    fs::write(stage.path().join("refs/heads/a"), "ref: refs/heads/b\n").unwrap();
    fs::write(stage.path().join("refs/heads/b"), "ref: refs/heads/a\n").unwrap();
    assert!(matches!(stage.open().resolve(&name("refs/heads/a")), Err(RefError::Cycle { .. })));
}

#[test]
fn a_broken_ref_is_an_error_and_not_absent() {
    let (stage, one, _) = stage_with_commits();
    let texts = [
        String::new(),
        "\n".to_string(),
        "nonsense\n".to_string(),
        one.to_string()[..39].to_string(),
        format!("{one}0\n"),
        format!("{}\n", "0".repeat(40)),
        format!("{}\n", "1".repeat(64)),
        "ref: ../config\n".to_string(),
        "ref: \n".to_string(),
        format!("ref: refs/heads/{}\n", "x".repeat(9000)),
    ];
    for text in texts {
        fs::write(stage.path().join("refs/heads/broken"), &text).unwrap();
        let result = stage.open().resolve(&name("refs/heads/broken"));
        assert!(matches!(result, Err(RefError::Broken { .. })), "{text:?}: {result:?}");
    }
    fs::write(stage.path().join("refs/heads/broken"), format!("{one} and more\n")).unwrap();
    assert_eq!(stage.open().value(&name("refs/heads/broken")).unwrap(), Some(one));
}

#[test]
fn a_broken_packed_refs_file_is_an_error() {
    let (stage, one, _) = stage_with_commits();
    // HEAD is read when the repository is opened; a detached one leads to no other ref.
    fs::write(stage.path().join("HEAD"), one.to_string()).unwrap();
    for text in [
        format!("{one} refs/heads/x"),
        format!("{one}\n"),
        "\n".to_string(),
        format!("^{one}\n"),
        format!("x{one} refs/heads/x\n"),
    ] {
        fs::write(stage.path().join("packed-refs"), &text).unwrap();
        let result = stage.open().value(&name("refs/heads/x"));
        assert!(matches!(result, Err(RefError::Packed { .. })), "{text:?}: {result:?}");
    }
    fs::write(stage.path().join("packed-refs"), format!("{} refs/heads/x\n", "z".repeat(40))).unwrap();
    assert!(matches!(stage.open().value(&name("refs/heads/x")), Err(RefError::Broken { .. })));
}

#[test]
fn head_is_the_branch_it_points_to_existing_or_not() {
    let (stage, one, _) = stage_with_commits();
    assert_eq!(stage.open().head(), Some(&name("refs/heads/main")));
    set(&stage, "refs/heads/other", one);
    stage.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/other"]);
    stage.git(&["symbolic-ref", "HEAD", "refs/heads/alias"]);
    assert_eq!(stage.open().head(), Some(&name("refs/heads/other")));
    stage.git(&["update-ref", "--no-deref", "HEAD", &one.to_string()]);
    assert_eq!(stage.open().head(), None);
    fs::write(stage.path().join("HEAD"), "nonsense").unwrap();
    let result = Repository::open(&stage.location(), &Limits::default());
    assert!(matches!(result.err(), Some(RepositoryError::Refs(RefError::Broken { .. }))));
}

#[test]
fn a_namespace_has_refs_a_head_and_an_emptiness_of_its_own() {
    let (stage, one, two) = stage_with_commits();
    set(&stage, "refs/heads/main", one);
    let location = stage.location().within(Some("team/x".to_string()));
    let open = || Repository::open(&location, &Limits::default()).unwrap();
    let main = "refs/namespaces/team/refs/namespaces/x/refs/heads/main";
    assert!(open().is_empty().unwrap());
    assert_eq!(open().head(), Some(&name("refs/heads/main")));
    assert_eq!(open().resolve(&name("refs/heads/main")).unwrap(), Resolved { stored: name(main), current: None });
    set(&stage, main, two);
    stage.git(&["symbolic-ref", "refs/namespaces/team/refs/namespaces/x/HEAD", main]);
    assert!(!open().is_empty().unwrap());
    assert_eq!(open().head(), Some(&name(main)));
    assert_eq!(open().resolve(&name("refs/heads/main")).unwrap(), Resolved { stored: name(main), current: Some(two) });
    assert_eq!(open().refs_below("refs/heads/").unwrap(), [(name(main), two)]);
    let location = Location { namespace: Some("a..b".to_string()), ..stage.location() };
    assert!(matches!(Repository::open(&location, &Limits::default()).err(), Some(RepositoryError::Namespace(_))));
}

#[test]
fn a_repository_is_empty_until_any_ref_has_a_value() {
    let (stage, one, _) = stage_with_commits();
    assert!(stage.open().is_empty().unwrap());
    stage.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    assert!(stage.open().is_empty().unwrap());
    set(&stage, "refs/notes/x/y", one);
    assert!(!stage.open().is_empty().unwrap());
    stage.git(&["pack-refs", "--all", "--prune"]);
    assert!(!stage.open().is_empty().unwrap());
}

#[test]
fn refs_below_a_prefix_are_all_of_them_and_only_them_up_to_the_limit() {
    let (stage, one, two) = stage_with_commits();
    for ref_name in ["refs/approvals/a/x", "refs/approvals/a/y", "refs/approvals/ab/z", "refs/heads/main"] {
        set(&stage, ref_name, one);
    }
    stage.git(&["pack-refs", "--all", "--prune"]);
    set(&stage, "refs/approvals/a/y", two);
    set(&stage, "refs/approvals/a/w", two);
    let expected =
        [(name("refs/approvals/a/w"), two), (name("refs/approvals/a/x"), one), (name("refs/approvals/a/y"), two)];
    assert_eq!(stage.open().refs_below("refs/approvals/a/").unwrap(), expected);
    let with =
        |listed_refs| stage.open_with(&Limits { listed_refs, ..Limits::default() }).refs_below("refs/approvals/a/");
    assert!(with(3).is_ok());
    assert!(matches!(with(2), Err(RefError::TooMany { limit: 2, .. })));
    assert_eq!(stage.open().refs_below("refs/nothing/").unwrap(), []);
}

#[test]
fn refs_of_a_sha256_repository_are_read() {
    let stage = Stage::with_format(ObjectFormat::Sha256);
    let commit = stage.commit(stage.empty_tree(), &[], 1000);
    set(&stage, "refs/heads/main", commit);
    assert_eq!(stage.open().value(&name("refs/heads/main")).unwrap(), Some(commit));
    stage.git(&["pack-refs", "--all", "--prune"]);
    assert_eq!(stage.open().value(&name("refs/heads/main")).unwrap(), Some(commit));
}
