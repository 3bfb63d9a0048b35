use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::desk::Desk;

#[test]
fn a_fresh_start_is_good_and_its_test_passes() {
    let desk = Desk::started();
    let words = desk.run(&["check", "--config", "refgate.toml"]).answer();
    assert!(words.contains("refgate.toml: good, 0 warnings"), "{words}");
    assert!(words.contains("commit.ticket"), "{words}");
    let words = desk.run(&["test"]).answer();
    assert_eq!(words, "6 passed\n");
}

#[test]
fn init_tells_the_next_three_commands() {
    let words = Desk::empty().run(&["init", "rules"]).answer();
    for command in
        ["refgate test --config rules/refgate.toml", "refgate check --config rules/refgate.toml", "refgate install "]
    {
        assert!(words.contains(command), "{words}");
    }
}

#[test]
fn init_never_touches_what_is_there() {
    let desk = Desk::empty();
    desk.write("people.toml", "[me]\n");
    let words = desk.run(&["init"]).ends(2);
    assert!(words.contains("nothing was written") && words.contains("people.toml"), "{words}");
    assert_eq!(desk.read("people.toml"), "[me]\n");
    assert!(!desk.path("refgate.toml").exists());
}

#[test]
fn init_does_not_write_through_a_dangling_link() {
    let desk = Desk::empty();
    symlink(desk.path("elsewhere"), desk.path("refgate.toml")).unwrap();
    let _ = desk.run(&["init"]).ends(2);
    assert!(!desk.path("elsewhere").exists());
}

#[test]
fn init_writes_files_that_only_their_owner_may_change() {
    let desk = Desk::started();
    for name in ["refgate.toml", "people.toml", "policies/commit/ticket/ticket.rego"] {
        let mode = fs::metadata(desk.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o022, 0, "{name}");
    }
}
