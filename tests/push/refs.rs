//! Names: which ref git will really move, and names that no rule should ever see.

use crate::stage::{ALICE, BOB, Server};
use crate::wire::Wire;

fn with_main() -> Server {
    let server = Server::new();
    server.developer(BOB).commit("add a door").commit("add a window").plant("main");
    server
}

#[test]
fn symbolic_ref_is_judged_as_what_it_points_to() {
    let server = with_main();
    server.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a roof")
        .push("main:refs/heads/alias")
        .refused("refs/heads/main … commit.signed: not signed");
    bob.push("+main~2:refs/heads/alias").refused("refs/heads/main … update.fast_forward");
    bob.push(":refs/heads/alias").refused("refs/heads/main … update.no_delete");
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    bob.push("main:refs/heads/alias").accepted();
    assert_eq!(server.tip("refs/heads/main"), bob.head());
}

#[test]
fn symbolic_ref_to_a_branch_that_is_not_there_is_judged_as_that_branch() {
    let server = Server::new();
    server.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/alias").refused("commit.signed: not signed");
}

#[test]
fn ref_and_its_alias_in_one_push_are_the_same_ref_twice() {
    let server = with_main();
    server.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    let bob = server.developer(BOB);
    bob.commit("add a roof").push("main main:refs/heads/alias").refused("gate.");
}

#[test]
fn namespaced_main_is_judged_like_main() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a roof");
    let outcome = bob.pushing("main").server_variable("GIT_NAMESPACE", "team").go();
    outcome.refused("refs/namespaces/team/refs/heads/main … commit.signed: not signed");
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    bob.pushing("main").server_variable("GIT_NAMESPACE", "team").go().accepted();
    assert_eq!(server.tip("refs/namespaces/team/refs/heads/main"), bob.head());
}

#[test]
fn old_value_in_a_namespace_is_the_namespace_s_own() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.plant("main:refs/namespaces/team/refs/heads/main");
    bob.pushing("+main~1:main").server_variable("GIT_NAMESPACE", "team").go().refused("update.fast_forward: goes back");
    bob.pushing(":main").server_variable("GIT_NAMESPACE", "team").go().refused("update.no_delete");
}

#[test]
fn namespace_is_not_entered_from_outside() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a roof")
        .push("main:refs/namespaces/team/refs/heads/main")
        .refused("commit.signed")
        .says("update.namespaces");
}

#[test]
fn namespaces_that_nobody_opened_are_closed() {
    let server = with_main();
    let bob = server.developer(BOB);
    let replaced = format!("refs/replace/{}", bob.id("main~1"));
    for name in [
        &replaced,
        "refs/meta/config",
        "refs/pull/1/head",
        "refs/for/main",
        "refs/remotes/origin/main",
        "refs/notes/commits",
    ] {
        bob.push(&format!("main:{name}")).refused(&format!(
            "update.namespaces: namespace '{}' is closed",
            &name[..name[5..].find('/').unwrap() + 6]
        ));
    }
}

#[test]
fn namespace_is_opened_by_its_prefix() {
    let open = "[[rule]]\nuse = \"update.namespaces\"\nparams = { prefixes = [\"refs/notes/\"] }";
    let server = Server::with_rules(open);
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main main:refs/notes/review").accepted();
    bob.push("main:refs/meta/config").refused("namespace 'refs/meta/' is closed");
}

#[test]
fn hidden_ref_is_judged_like_any_other() {
    let server = Server::build().git_config("receive.hideRefs", "refs/heads/release").start();
    let bob = server.developer(BOB);
    let outcome = bob.commit_unsigned("add a door").push("main:refs/heads/release/1 main:refs/heads/wip");
    outcome.refused("refs/heads/release/1 … commit.signed").never_says("refs/heads/wip");
}

#[test]
fn same_ref_twice_is_refused_in_any_order() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, parent, zero) = (bob.id("main"), bob.id("main~1"), server.zero());
    let new = bob.commit("add a roof").head();
    for [first, second] in [
        [(&old, &new), (&new, &parent)],
        [(&old, &zero), (&zero, &parent)],
        [(&old, &zero), (&old, &new)],
        [(&zero, &zero), (&zero, &parent)],
        [(&old, &new), (&old, &new)],
    ] {
        for capability in ["atomic", "ofs-delta"] {
            let wire = Wire::to(&server).command(first.0, first.1, "refs/heads/main").command(
                second.0,
                second.1,
                "refs/heads/main",
            );
            wire.capability(capability)
                .pack(bob.pack(&[&new, &format!("^{old}")]))
                .send()
                .refused("refs/heads/main")
                .says("gate.");
        }
    }
}

#[test]
fn line_feed_in_a_name_does_not_make_a_second_line() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a roof").head();
    let pack = || bob.pack(&[&new, &format!("^{old}")]);
    let name = format!("refs/heads/zz\n{old} {old} refs/heads/main");
    Wire::to(&server)
        .command(&old, &new, "refs/heads/main")
        .command(&old, &old, &name)
        .pack(pack())
        .send()
        .refused("gate.");
    Wire::to(&server)
        .command(&old, &old, &name)
        .command(&old, &new, "refs/heads/main")
        .pack(pack())
        .send()
        .refused("gate.");
    let other = format!("refs/heads/zz\n{old} {new} refs/heads/other");
    Wire::to(&server).command(&server.zero(), &new, &other).pack(pack()).send().left_nothing();
}

#[test]
fn names_that_git_would_refuse_are_refused_for_the_whole_push() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, zero) = (bob.head(), server.zero());
    let new = bob.commit("add a roof").head();
    let names: [&[u8]; 14] = [
        b"HEAD",
        b"main",
        b"",
        b"refs/x",
        b"refs/heads/../../config",
        b"refs/heads/a b",
        b"refs/heads/.x",
        b"refs/heads/x.lock",
        b"refs/heads/@{x",
        b"refs/heads/\x1b[2J",
        b"refs/heads/\r",
        b"refs/heads/x\\c",
        b"refs/heads//x",
        b"objects/x",
    ];
    for name in names {
        let wire = Wire::to(&server).command(&old, &new, "refs/heads/main").command(&zero, &new, name);
        let told = wire.pack(bob.pack(&[&new, &format!("^{old}")])).send().refused("gate.");
        assert!(!told.raw.contains(&0x1b) && !told.raw.contains(&b'\r'), "{:?}", told.plain);
    }
}

#[test]
fn name_that_is_not_utf_8_is_refused_for_the_whole_push() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit("add a roof").head();
    for name in [b"refs/heads/\xff".as_slice(), b"refs/heads/release/\xff"] {
        let first = Wire::to(&server).command(&server.zero(), &new, name).command(&old, &new, "refs/heads/main");
        first.pack(bob.pack(&[&new, &format!("^{old}")])).send().refused("gate.");
    }
}

#[test]
fn odd_name_that_git_accepts_is_judged_and_told_escaped() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a roof").push("main:refs/heads/-x").accepted();
    let told = bob.push("main:refs/heads/release/\u{202e}niam").refused("commit.signed: not signed");
    assert!(!told.by_server.contains('\u{202e}'), "{}", told.plain);
}

#[test]
fn branch_called_like_a_ref_is_not_that_ref() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a roof").push("main:refs/heads/refs/heads/main").accepted();
    bob.push("main:refs/tags/refs/heads/main").accepted();
    bob.push("main:refs/heads/HEAD").accepted();
    // A real client no longer knows which of them `main` is.
    let (old, new) = (bob.id("main~1"), bob.head());
    let nothing = bob.pack(&[&new, &format!("^{new}")]);
    Wire::to(&server)
        .command(&old, &new, "refs/heads/main")
        .pack(nothing)
        .send()
        .refused("refs/heads/main … commit.signed");
}

#[test]
fn head_is_the_branch_that_the_server_says() {
    let server = with_main();
    server.git(&["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a roof").push("main").accepted();
    bob.push("main:trunk").refused("refs/heads/trunk … commit.signed");
}

#[test]
fn replaced_commit_is_judged_as_it_is() {
    let server = with_main();
    let bob = server.developer(BOB);
    let good = bob.commit("add a roof").head();
    bob.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    let evil = bob.commit_unsigned("add a tunnel").head();
    bob.git(&[
        "push",
        "--quiet",
        "--receive-pack=git -c core.hooksPath=/dev/null receive-pack",
        "server",
        &format!("{good}:refs/replace/{evil}"),
    ]);
    bob.push("main").refused("\"add a tunnel\" … commit.signed: not signed");
}

#[test]
fn server_with_grafted_history_is_not_judged() {
    let server = with_main();
    let alice = server.developer(ALICE);
    alice.commit_unsigned("add a tunnel");
    let tip = alice.commit("add a roof").head();
    std::fs::create_dir_all(server.repository().join("info")).unwrap();
    std::fs::write(server.repository().join("info/grafts"), format!("{tip} {}\n", alice.id("main~2"))).unwrap();
    alice.push("main").could_not_judge("");
}

#[test]
fn names_that_the_file_system_takes_for_one_are_refused() {
    let server = with_main();
    server.git(&["config", "core.ignoreCase", "true"]);
    let bob = server.developer(BOB);
    for packed in [false, true] {
        if packed {
            server.git(&["pack-refs", "--all"]);
        }
        bob.push("main:refs/heads/Main")
            .refused("gate.ref_name: this server's file system takes 'refs/heads/Main' and 'refs/heads/main' for one");
        bob.push("main:refs/Heads/side").refused("gate.ref_name");
    }
    bob.push("main:refs/heads/Side main:refs/heads/side").refused("gate.ref_name");
    bob.push("main:refs/heads/main-2").accepted();
    server.git(&["update-ref", "-d", "refs/heads/main"]);
    bob.push("main:refs/heads/Main").refused("'refs/heads/Main' and 'refs/heads/main' for one");
}

#[test]
fn rules_hold_for_every_spelling_where_the_file_system_folds_names() {
    let exact = "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"refs/heads/release/**\", \"refs/heads/caf\u{e9}\", \"!refs/heads/release/wip\"]\n\
                 [[rule]]\nuse = \"update.namespaces\"";
    for folds in ["true", "false"] {
        let server = Server::build().rules(exact).git_config("core.ignoreCase", folds).start();
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a tunnel");
        bob.push("main:refs/heads/release/1").refused("commit.signed: not signed");
        for name in ["Release/1", "RELEASE/1/2", "release/WIP", "CAFE\u{301}"] {
            let outcome = bob.push(&format!("main:refs/heads/{name}"));
            match folds == "true" || name.starts_with('r') {
                true => drop(outcome.refused("commit.signed: not signed")),
                false => drop(outcome.accepted()),
            }
        }
        bob.push("main:refs/heads/wip").accepted();
    }
}
