//! Table 2.F, its second half: refs that are not what they are called, and tags.

use crate::pack::{Content, Pack};
use crate::scales::weigh;
use crate::scene::{between, nothing, quarantine, send, take_in, with_infra, with_main};
use crate::stage::{BOB, Server, line};

const MAIN: &[u8] = b"refs/heads/main";
const UNSIGNED: &str = "\"add a tunnel\" … commit.signed: not signed";

/// The starter rules, and tags that stay and say what they are called.
fn with_tag_rules() -> Server {
    let server = Server::build()
        .and_rules(
            "[[rule]]\nuse = [\"update.immutable\", \"tag.names_ref\", \"tag.signed\"]\nrefs = [\"refs/tags/**\"]",
        )
        .start();
    server.developer(BOB).commit("add a door").commit("add a window").plant("main");
    server
}

/// The starter rules, and names that mean one thing.
fn with_naming() -> Server {
    let server = Server::build().and_rules("[[rule]]\nuse = \"update.naming\"").start();
    server.developer(BOB).commit("add a door").plant("main");
    server
}

#[test]
fn f24_namespaces_that_nobody_opened_are_closed() {
    let server = with_main();
    let bob = server.developer(BOB);
    let head = bob.head();
    for namespace in [
        "notes/x",
        "meta/config",
        "gittuf/policy",
        "for/main",
        "changes/01/1/1",
        "pull/1/head",
        "merge-requests/1/head",
        "stash/x",
        "bisect/bad",
        "worktree/x",
        "rewritten/x",
        "remotes/origin/main",
        "replace/x",
        "original/x",
        "heads2/x",
        "tag/x",
        "keep-around/x",
        "environments/x",
        "internal/x",
        "namespaces/x/refs/meta/y",
    ] {
        let name = format!("refs/{namespace}");
        send(&server, &[(&server.zero(), &head, name.as_bytes())], nothing(&bob))
            .send()
            .refused("update.namespaces: namespace");
    }
    for name in ["refs/namespaces/x", "refs/stash", "refs/bisect"] {
        send(&server, &[(&server.zero(), &head, name.as_bytes())], nothing(&bob)).send().refused(name);
    }
}

#[test]
fn f25_tag_does_not_move() {
    let server = with_tag_rules();
    let bob = server.developer(BOB);
    bob.tag("v1.0").push("refs/tags/v1.0").accepted();
    bob.commit("add a roof").git(&["tag", "-s", "-f", "-m", "again", "v1.0"]);
    bob.push("+refs/tags/v1.0").refused("update.immutable: may not move");
}

#[test]
fn f26_tag_is_not_made_anew_in_two_pushes_or_one() {
    let server = with_tag_rules();
    let bob = server.developer(BOB);
    bob.tag("v1.0").push("refs/tags/v1.0").accepted();
    let old = bob.id("refs/tags/v1.0");
    bob.push(":refs/tags/v1.0").refused("update.immutable: may not be deleted");
    bob.commit("add a roof").git(&["tag", "-s", "-f", "-m", "again", "v1.0"]);
    let (new, zero) = (bob.id("refs/tags/v1.0"), server.zero());
    let lines =
        [(old.as_str(), zero.as_str(), &b"refs/tags/v1.0"[..]), (zero.as_str(), new.as_str(), b"refs/tags/v1.0")];
    send(&server, &lines, bob.pack(&["refs/tags/v1.0"])).send().refused("gate.twice");
}

#[test]
fn f28_a_hundred_thousand_tags_in_each_other_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let mut below = (bob.head(), "commit");
    for number in 0..100_000 {
        let text = format!(
            "object {}\ntype {}\ntag t{number}\ntagger Bob <bob@example.org> 1735689600 +0000\n\nm\n",
            below.0, below.1
        );
        below = (pack.add("tag", text), "tag");
    }
    let pack = pack.finish();
    let zero = server.zero();
    take_in(&bob, &pack);
    let lines = line(&zero, &below.0, "refs/tags/deep");
    let weighed = weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob));
    weighed.refuses_lightly("limit 'tag_depth' (4)");
    send(&server, &[(&zero, &below.0, b"refs/tags/deep")], pack).send().refused("limit 'tag_depth' (4)");
}

#[test]
#[ignore = "hundreds of megabytes take a minute in a debug build"]
fn f28_many_large_tags_are_judged_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (head, zero) = (bob.head(), server.zero());
    let mut pack = Pack::new();
    let mut lines = String::new();
    for number in 0..400 {
        let text =
            format!("object {head}\ntype commit\ntag t{number}\ntagger Bob <bob@example.org> 1735689600 +0000\n\n");
        let id = pack.add_long("tag", Content { start: text.as_bytes(), byte: b'm', times: 1_000_000 });
        lines += &line(&zero, &id, &format!("refs/tags/t{number}"));
    }
    take_in(&bob, &pack.finish());
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).accepts_lightly();
}

#[test]
fn f28_tag_that_leads_deep_below_from_before_is_no_way_around() {
    let server = Server::build().limit("tag_depth = 200").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    let mut below = ("HEAD".to_string(), String::new());
    for number in 0..70 {
        bob.git(&["tag", "-a", "-m", "m", &format!("t{number}"), &below.0]);
        below = (format!("t{number}"), below.0);
    }
    bob.plant(&format!("refs/tags/{}", below.0));
    bob.push(&format!("+main:refs/tags/{}", below.0)).declined();
}

#[test]
fn f29_tag_object_is_named_like_its_ref() {
    let server = with_tag_rules();
    let bob = server.developer(BOB);
    bob.tag("v1.0").push("refs/tags/v1.0:refs/tags/v3.0").refused("tag.names_ref: tag object is named 'v1.0'");
}

#[test]
fn f30_branch_points_to_a_commit() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.tag("v1");
    for (object, name) in [
        ("refs/tags/v1", "refs/heads/v1"),
        ("HEAD^{tree}", "refs/heads/tree"),
        ("HEAD:add-a-door.txt", "refs/heads/file"),
        ("HEAD^{tree}", "refs/heads/release/1"),
    ] {
        let id = bob.id(object);
        let pack = bob.pack(&[&id]);
        let told = send(&server, &[(&server.zero(), &id, name.as_bytes())], pack).send().refused(name);
        drop(told.says("update.namespaces: branch does not point to a commit"));
    }
}

#[test]
fn f32_ref_that_is_called_like_another_is_neither_it_nor_let_in() {
    let server = with_naming();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel");
    bob.push("main:refs/heads/refs/heads/main").refused("update.naming: name begins like a full name");
    bob.push("main:refs/tags/refs/heads/main").refused("update.naming: name begins like a full name");
    // Where nobody asks for such names to be refused, they stand for nothing but themselves.
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    bob.plant(
        "main:refs/heads/refs/heads/main main:refs/tags/refs/heads/main main:refs/tags/main main:refs/heads/HEAD",
    );
    send(&server, &[(&old, &new, MAIN)], nothing(&bob)).send().refused(UNSIGNED);
    send(&server, &[(&new, &new, MAIN)], nothing(&bob)).send().refused("gate.stale");
}

#[test]
fn f34_branch_is_not_called_like_an_object() {
    let server = with_naming();
    let bob = server.developer(BOB);
    let head = bob.head();
    for name in [head.clone(), "a".repeat(64), head.to_uppercase()] {
        bob.push(&format!("main:refs/heads/{name}")).refused("update.naming: name is an object id to git");
    }
}

#[test]
fn f36_branch_below_a_branch_does_not_take_its_place() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (head, zero) = (bob.head(), server.zero());
    bob.push(":main").refused("update.no_delete");
    let lines = [(head.as_str(), zero.as_str(), MAIN), (zero.as_str(), head.as_str(), &b"refs/heads/main/x"[..])];
    send(&server, &lines, nothing(&bob)).send().refused("update.no_delete");
    let _ = bob.push("main:refs/heads/main/x").failed();
    assert_eq!(server.refs(), [format!("{head} refs/heads/main")]);
}

#[test]
fn f38_patterns_mean_what_they_say_whatever_is_in_a_name() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel");
    for name in ["release/a", "release/a/b", "release/a/b/c", "release/\u{2028}", "release/**", "release/{a,b}"] {
        let id = bob.head();
        let name = format!("refs/heads/{name}");
        if !name.contains('*') {
            send(&server, &[(&server.zero(), &id, name.as_bytes())], between(&bob, "HEAD~1", &id))
                .send()
                .refused("commit.signed");
        }
    }
    bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    for path in ["infra/a\nb", "infra/\u{85}", "infra/a/b/c/d", "infra/.hidden", "infra/\u{202e}x"] {
        bob.write(path, "x\n").commit("odd").push("main").refused("commit.protected_paths");
        bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
    bob.write("x\ninfra/a", "x\n").commit("odd");
    bob.push("main").refused("commit.well_formed: path holds control characters").never_says("commit.protected_paths");
}

#[test]
fn f39_alias_is_judged_as_what_it_stands_for() {
    let server = with_main();
    server.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a tunnel");
    bob.push("main:refs/heads/alias").refused(UNSIGNED);
    bob.push("+main~2:refs/heads/alias").refused("update.fast_forward: goes back");
    bob.push(":refs/heads/alias").refused("update.no_delete");
    let (old, new) = (bob.id("main~1"), bob.head());
    let lines = [(old.as_str(), new.as_str(), MAIN), (old.as_str(), new.as_str(), &b"refs/heads/alias"[..])];
    send(&server, &lines, between(&bob, &old, &new)).send().refused("gate.twice");
}

#[test]
fn f40_default_branch_is_not_deleted_from_nothing_to_nothing() {
    let server = Server::build().git_config("receive.denyDeleteCurrent", "ignore").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    let zero = server.zero();
    for old in [zero.as_str(), &bob.head(), &"d".repeat(40)] {
        send(&server, &[(old, &zero, MAIN)], Vec::new()).send().refused("refs/heads/main");
    }
    for name in [&b"HEAD"[..], b"refs/heads/../heads/main"] {
        send(&server, &[(&zero, &zero, name)], Vec::new()).send().refused("gate.ref_name");
    }
}

#[test]
fn f41_namespace_is_not_entered_from_outside() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.commit("add a roof")
        .push("main:refs/namespaces/team/refs/heads/main")
        .refused("update.namespaces: namespace 'refs/namespaces/' is closed");
    bob.plant("main:refs/namespaces/team/refs/heads/main");
    bob.push(":refs/namespaces/team/refs/heads/main").refused("update.namespaces").says("update.no_delete");
}
