//! `commit.protected_paths`: who may change what lies under `infra/`, and every way of changing it without saying so.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::stage::{ALICE, BOB, ERIN, Server};

const REFUSED: &str = "commit.protected_paths";

/// A server whose `main` holds `infra/gate.tf` and `src/door.rs`.
fn with_infra() -> Server {
    let server = Server::new();
    let erin = server.developer(ERIN);
    erin.write("infra/gate.tf", "closed\n").write("infra/moat/depth", "3\n").write("src/door.rs", "fn open() {}\n");
    erin.commit("build").plant("main");
    server
}

#[test]
fn protected_path_changed_by_a_member_is_accepted() {
    let server = with_infra();
    server.developer(ALICE).write("infra/gate.tf", "open\n").commit("open the gate").push("main").accepted();
}

#[test]
fn protected_path_changed_by_another_is_refused_by_name() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.write("infra/gate.tf", "open\n").write("src/door.rs", "fn shut() {}\n").commit("open the gate");
    let told = bob.push("main").refused("\"open the gate\" … commit.protected_paths … 'bob' … 'security'");
    told.says("infra/gate.tf").never_says("door.rs");
}

#[test]
fn other_paths_may_be_changed_by_anyone_known() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.write("src/door.rs", "fn shut() {}\n").write("infrastructure/plan", "x\n").write("src/infra/plan", "x\n");
    bob.commit("shut the door").push("main").accepted();
}

#[test]
fn protected_path_cannot_be_added_or_deleted() {
    let server = with_infra();
    server
        .developer(BOB)
        .write("infra/new.tf", "open\n")
        .commit("add")
        .push("main")
        .refused("commit.protected_paths … infra/new.tf");
    let bob = server.developer(BOB);
    bob.git(&["rm", "--quiet", "infra/moat/depth"]);
    bob.commit("delete").push("main").refused("commit.protected_paths … infra/moat/depth");
}

#[test]
fn change_that_a_later_commit_takes_back_is_seen() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.write("infra/gate.tf", "open\n")
        .commit("open the gate")
        .write("infra/gate.tf", "closed\n")
        .commit("shut the gate");
    bob.push("main").refused("\"open the gate\"").says("\"shut the gate\"").says(REFUSED);
}

#[test]
fn protected_path_cannot_be_moved_away() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.git(&["mv", "infra/gate.tf", "src/gate.tf"]);
    bob.commit("tidy up").push("main").refused("commit.protected_paths … infra/gate.tf");
}

#[test]
fn permission_of_a_protected_path_is_protected() {
    let server = with_infra();
    let bob = server.developer(BOB);
    std::fs::set_permissions(bob.work().join("infra/gate.tf"), std::fs::Permissions::from_mode(0o755)).unwrap();
    bob.commit("make it run").push("main").refused("commit.protected_paths … infra/gate.tf");
}

#[test]
fn protected_folder_cannot_become_a_symlink() {
    let server = with_infra();
    let bob = server.developer(BOB);
    std::fs::remove_dir_all(bob.work().join("infra")).unwrap();
    symlink("src", bob.work().join("infra")).unwrap();
    bob.commit("link").push("main").refused(REFUSED).says("infra");
}

#[test]
fn protected_folder_cannot_become_a_submodule_or_a_file() {
    for mode in ["160000", "100644"] {
        let server = with_infra();
        let bob = server.developer(BOB);
        bob.git(&["rm", "-r", "--quiet", "infra"]);
        let id = if mode == "100644" { bob.store("blob", "x") } else { "1".repeat(40) };
        bob.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{id},infra")]);
        bob.git(&["commit", "--quiet", "--gpg-sign", "-m", "replace"]);
        bob.push("main").refused(REFUSED);
    }
}

#[test]
fn protected_folder_cannot_be_put_as_something_else_first() {
    let server = Server::new();
    server.developer(BOB).write("infra", "not a folder\n").commit("put a file").push("main").refused(REFUSED);
}

#[test]
fn another_case_of_a_protected_path_is_protected() {
    let server = with_infra();
    server
        .developer(BOB)
        .write("Infra/gate.tf", "open\n")
        .commit("add")
        .push("main")
        .refused("commit.protected_paths … Infra/gate.tf");
}

#[test]
fn protected_path_with_odd_bytes_is_protected_and_told_escaped() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.write("infra/new\nline\u{202e}\"quoted\".tf", "open\n").commit("add");
    let told = bob.push("main").refused(REFUSED);
    assert!(!told.by_server.contains("new\nline") && !told.by_server.contains('\u{202e}'), "{:?}", told.plain);
}

#[test]
fn first_push_is_judged_against_nothing() {
    let server = Server::new();
    server
        .developer(BOB)
        .write("infra/gate.tf", "open\n")
        .commit("build")
        .push("main")
        .refused("commit.protected_paths … infra/gate.tf");
    server.developer(ERIN).write("infra/gate.tf", "closed\n").commit("build").push("main").accepted();
}

#[test]
fn unsigned_change_of_a_protected_path_is_two_complaints() {
    let server = with_infra();
    let erin = server.developer(ERIN);
    erin.write("infra/gate.tf", "open\n").commit_unsigned("open the gate");
    erin.push("main").refused("commit.protected_paths").says("commit.signed: not signed");
}

#[test]
fn branches_outside_the_binding_may_change_anything() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.write("infra/gate.tf", "open\n").commit("open the gate").push("main:refs/heads/wip").accepted();
    bob.push("main").refused("commit.protected_paths … infra/gate.tf");
}
