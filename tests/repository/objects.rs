//! Where objects are found: loose, packed, in the quarantine, in alternates; and what is never honoured.

use std::ffi::OsStr;
use std::fs;

use refgate::config::Limits;
use refgate::facts::ObjectKind;
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::repository::{Location, ObjectError, Repository, RepositoryError};

use crate::support::{Stage, git, install_hook, run};

const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

/// A server whose hook keeps a copy of the quarantine, says where it was, and refuses.
struct Pushed {
    server: Stage,
    kept: tempfile::TempDir,
    /// The tip that was pushed and refused.
    tip: ObjectId,
    base: ObjectId,
}

/// Pushes one commit with a small change of a large file, onto a base the server has.
fn refused_push(format: ObjectFormat, unpack_limit: &str) -> Pushed {
    let (server, client) = (Stage::with_format(format), Stage::with_format(format));
    let lines: String = (0..5000).map(|n| format!("line {n} {}\n", n * 7919 % 10007)).collect();
    let base = client.commit(client.tree(&[("100644", b"file", client.blob(lines.as_bytes()))]), &[], 1000);
    let changed = lines.replace("line 77 ", "line seventy-seven ");
    let tip = client.commit(client.tree(&[("100644", b"file", client.blob(changed.as_bytes()))]), &[base], 2000);
    client.git(&["update-ref", "refs/heads/main", &base.to_string()]);
    let url = server.path().display().to_string();
    client.git(&["push", "-q", &url, "main"]);
    let kept = tempfile::tempdir().unwrap();
    let place = kept.path().display();
    server.git(&["config", "receive.unpackLimit", unpack_limit]);
    install_hook(
        server.path(),
        &format!(
            "cp -r \"$GIT_OBJECT_DIRECTORY\" {place}/quarantine
             printf %s \"$GIT_OBJECT_DIRECTORY\" > {place}/object_directory
             printf %s \"$GIT_ALTERNATE_OBJECT_DIRECTORIES\" > {place}/alternates
             exit 1"
        ),
    );
    client.git(&["update-ref", "refs/heads/main", &tip.to_string()]);
    let output = client.try_git(&["push", "-q", &url, "main"], b"");
    assert!(!output.status.success());
    Pushed { server, kept, tip, base }
}

impl Pushed {
    /// Git's own two variables, with the quarantine's copy in the place of what git has removed.
    fn location(&self) -> Location {
        let read = |name: &str| fs::read_to_string(self.kept.path().join(name)).unwrap();
        assert!(read("object_directory").contains("tmp_objdir-incoming-"));
        let quarantine = self.kept.path().join("./quarantine");
        let git_dir = self.server.path().join(".");
        Location::from_environment(&git_dir, Some(quarantine.as_os_str()), Some(OsStr::new(&read("alternates"))))
    }
}

#[test]
fn pushed_objects_are_seen_in_the_quarantine_and_nowhere_else() {
    for format in FORMATS {
        for unpack_limit in ["100", "1"] {
            let pushed = refused_push(format, unpack_limit);
            let packs = pushed.kept.path().join("quarantine/pack");
            assert_eq!(packs.is_dir() && packs.read_dir().unwrap().count() > 0, unpack_limit == "1");
            let outside = pushed.server.open();
            assert!(!outside.exists(pushed.tip).unwrap());
            assert_eq!(outside.commit(pushed.tip), Err(ObjectError::Missing(pushed.tip)));
            let inside = Repository::open(&pushed.location(), &Limits::default()).unwrap();
            assert_eq!(inside.commit(pushed.tip).unwrap().parents, [pushed.base]);
            assert_eq!(inside.range(pushed.tip, &[pushed.base]).unwrap(), [pushed.tip]);
            let commit = inside.commit(pushed.tip).unwrap();
            let changes = inside.commit_changes(&commit, Default::default(), None).unwrap();
            assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["file"]);
            assert_eq!(changes[0].new.size, changes[0].old.size + 11);
        }
    }
}

#[test]
fn objects_of_a_fork_are_found_in_its_alternates_loose_and_packed() {
    for format in FORMATS {
        let base = Stage::with_format(format);
        let parent = base.commit(base.empty_tree(), &[], 1000);
        base.git(&["update-ref", "refs/heads/main", &parent.to_string()]);
        let fork = Stage::with_format(format);
        let alternates = fork.path().join("objects/info/alternates");
        fs::write(&alternates, format!("{}\n", base.path().join("objects").display())).unwrap();
        let child = fork.commit(parent_tree(&base, parent), &[parent], 2000);
        let check = || {
            let repository = fork.open();
            assert_eq!(repository.range(child, &[]).unwrap(), [child, parent]);
        };
        check();
        base.git(&["repack", "-adq"]);
        base.git(&["prune-packed"]);
        check();
    }
}

#[test]
fn alternates_of_alternates_are_followed_at_least_as_far_as_git_does() {
    let stages: Vec<_> = (0..9).map(|_| Stage::new()).collect();
    for pair in stages.windows(2) {
        let next = pair[1].path().join("objects");
        fs::write(pair[0].path().join("objects/info/alternates"), format!("{}\n", next.display())).unwrap();
    }
    let repository = stages[0].open();
    let mut found = 0;
    for (number, stage) in stages.iter().enumerate() {
        let commit = stage.commit(stage.empty_tree(), &[], 1000 + number as i64);
        let git_finds = stages[0].try_git(&["cat-file", "-e", &commit.to_string()], b"").status.success();
        assert!(repository.exists(commit).unwrap() || !git_finds, "{number} alternates away");
        found += usize::from(git_finds);
    }
    assert!((2..stages.len()).contains(&found), "git finds {found}");
}

fn parent_tree(stage: &Stage, commit: ObjectId) -> ObjectId {
    stage.rev(&format!("{commit}^{{tree}}"))
}

#[test]
fn objects_that_are_packed_after_opening_are_still_found() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let ids: Vec<_> = (0..20).map(|n| stage.commit(tree, &[], n)).collect();
    for (n, id) in ids.iter().enumerate() {
        stage.git(&["update-ref", &format!("refs/heads/b{n}"), &id.to_string()]);
    }
    let repository = stage.open();
    assert!(repository.exists(ids[0]).unwrap());
    stage.git(&["repack", "-adq"]);
    for id in &ids {
        assert_eq!(repository.commit(*id).unwrap().tree, tree);
    }
}

#[test]
fn replace_refs_change_nothing() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let (real, other) = (stage.commit(tree, &[], 1000), stage.commit(tree, &[], 2000));
    stage.git(&["replace", &real.to_string(), &other.to_string()]);
    // Git itself would show the other one.
    assert!(stage.git(&["cat-file", "-p", &real.to_string()]).contains("2000"));
    assert_eq!(stage.open().commit(real).unwrap().committer.time.0, 1000);
}

#[test]
fn the_empty_tree_is_known_even_where_it_is_not_stored() {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        let empty = ObjectId::empty_tree(format);
        let commit = stage.commit(empty, &[], 1000);
        let repository = stage.open();
        assert!(repository.exists(empty).unwrap());
        assert_eq!(repository.header(empty).unwrap().kind, ObjectKind::Tree);
        assert_eq!(repository.tree_changes(None, Some(empty), None).unwrap(), []);
        assert_eq!(repository.commit(commit).unwrap().tree, empty);
    }
}

#[test]
fn an_object_may_be_as_large_as_its_limit_and_no_larger() {
    let stage = Stage::new();
    let commit = stage.commit(stage.empty_tree(), &[], 1000);
    let size = usize::try_from(stage.open().header(commit).unwrap().size).unwrap();
    let with = |object_bytes| stage.open_with(&Limits { object_bytes, ..Limits::default() }).commit(commit);
    assert!(with(size).is_ok());
    assert_eq!(with(size - 1), Err(ObjectError::Limit { name: "object_bytes", limit: size as u64 - 1, id: commit }));
}

#[test]
fn a_corrupt_object_is_an_error_and_not_missing() {
    let stage = Stage::new();
    let commit = stage.commit(stage.empty_tree(), &[], 1000);
    let hex = commit.to_string();
    let file = stage.path().join("objects").join(&hex[..2]).join(&hex[2..]);
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    fs::set_permissions(&file, permissions).unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&file, bytes).unwrap();
    assert!(matches!(stage.open().commit(commit), Err(ObjectError::Unreadable { .. })));
    fs::write(&file, b"").unwrap();
    assert!(matches!(stage.open().commit(commit), Err(ObjectError::Unreadable { .. })));
}

#[test]
fn a_shallow_clone_is_refused_by_name() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let tip = stage.commit(tree, &[stage.commit(tree, &[], 1000)], 2000);
    stage.git(&["update-ref", "refs/heads/main", &tip.to_string()]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", stage.path().display());
    let output = run(git(folder.path()).args(["clone", "-q", "--bare", "--depth=1", &url, "shallow"]), b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result = Repository::open(&Location::of(folder.path().join("shallow")), &Limits::default());
    assert!(matches!(result.err(), Some(RepositoryError::Shallow { .. })));
}

#[test]
fn a_hole_in_history_is_a_missing_object() {
    let stage = Stage::new();
    let absent = stage.id(&"1".repeat(40));
    let tree = stage.empty_tree();
    let child = stage.commit(tree, &[absent], 1000);
    let tip = stage.commit(tree, &[child], 2000);
    let repository = stage.open();
    assert_eq!(repository.range(tip, &[]), Err(ObjectError::Missing(absent)));
    assert_eq!(repository.is_ancestor(stage.commit(tree, &[], 1), tip), Err(ObjectError::Missing(absent)));
    let commit = repository.commit(child).unwrap();
    assert_eq!(repository.commit_changes(&commit, Default::default(), None), Err(ObjectError::Missing(absent)));
}
