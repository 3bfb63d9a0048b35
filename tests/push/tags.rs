//! `tag.signed` and `tag.names_ref`: tag objects, wherever they arrive, and tags that have none.

use crate::stage::{ALICE, BOB, IVAN, MALLORY, Server};

const TAGS: &str = r#"
[[rule]]
use  = ["tag.signed", "tag.names_ref"]
refs = ["refs/tags/**"]

[[rule]]
use = ["update.namespaces", "commit.well_formed"]
"#;

fn with_release() -> Server {
    let server = Server::with_rules(TAGS);
    server.developer(BOB).commit_unsigned("add a door").plant("main");
    server
}

#[test]
fn signed_tag_is_accepted() {
    let server = with_release();
    server.developer(BOB).tag("v1").push("refs/tags/v1").accepted();
    server.developer(ALICE).tag("v2").push("refs/tags/v2").accepted();
}

#[test]
fn unsigned_tag_is_refused() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.git(&["tag", "--annotate", "--message=one", "v1"]);
    bob.push("refs/tags/v1").refused("refs/tags/v1 … tag.signed: not signed … hint");
}

#[test]
fn tag_signed_by_a_stranger_is_refused() {
    let server = with_release();
    server.developer(MALLORY).tag("v1").push("refs/tags/v1").refused("refs/tags/v1 … tag.signed");
}

#[test]
fn signature_of_the_tagged_commit_does_not_count_for_the_tag() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.commit("add a roof").git(&["tag", "light"]);
    bob.push("refs/tags/light").refused("refs/tags/light … tag.signed: lightweight");
    bob.git(&["tag", "--annotate", "--message=one", "v1"]);
    bob.push("refs/tags/v1").refused("tag.signed: not signed");
}

#[test]
fn signed_tag_cannot_be_shown_under_another_name() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.tag("v1").push("refs/tags/v1").accepted();
    bob.push("refs/tags/v1:refs/tags/v2").refused("refs/tags/v2 … tag.names_ref: tag object is named 'v1'");
}

#[test]
fn tag_around_a_signed_tag_needs_its_own_signature() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.tag("inner").git(&["tag", "--annotate", "--message=outer", "outer", "inner"]);
    bob.push("refs/tags/outer").refused("refs/tags/outer … tag.signed: not signed");
}

#[test]
fn tag_inside_a_signed_tag_needs_its_own_signature() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.git(&["tag", "--annotate", "--message=inner", "inner"]);
    bob.git(&["tag", "--sign", "--message=outer", "outer", "inner"]);
    bob.push("refs/tags/outer").refused("refs/tags/outer … tag.signed: not signed");
}

#[test]
fn signed_tag_of_a_tree_or_a_file_is_a_signed_tag() {
    let server = with_release();
    let bob = server.developer(BOB);
    for (name, target) in [("tree", "HEAD^{tree}"), ("file", "HEAD:add-a-door.txt")] {
        bob.git(&["tag", "--sign", "--message=odd", name, target]);
        bob.push(&format!("refs/tags/{name}")).accepted();
    }
}

#[test]
fn branch_does_not_point_to_a_tag() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.tag("v1");
    let zero = server.zero();
    let pack = bob.pack(&["refs/tags/v1"]);
    crate::wire::Wire::to(&server)
        .command(&zero, &bob.id("refs/tags/v1"), "refs/heads/v1")
        .pack(pack)
        .send()
        .refused("refs/heads/v1 … update.namespaces: branch does not point to a commit");
}

#[test]
fn commits_that_a_tag_brings_are_judged() {
    let server =
        Server::with_rules("[[rule]]\nuse = [\"commit.signed\", \"tag.signed\"]\nrefs = [\"refs/tags/**\", \"HEAD\"]");
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").tag("v1");
    bob.push("refs/tags/v1").refused("refs/tags/v1 … \"add a door\" … commit.signed: not signed");
}

#[test]
fn tag_object_is_judged_even_when_the_server_has_it() {
    let server = with_release();
    let bob = server.developer(BOB);
    bob.git(&["tag", "--annotate", "--message=one", "v1"]);
    bob.plant("refs/tags/v1:refs/tags/old");
    bob.push("refs/tags/v1").refused("refs/tags/v1 … tag.signed: not signed");
}

#[test]
fn tag_with_two_signatures_or_a_changed_message_is_refused() {
    let server = with_release();
    let bob = server.developer(BOB);
    let text = bob.tag("v1").git(&["cat-file", "tag", "v1"]) + "\n";
    let (payload, signature) = text.split_at(text.find("-----BEGIN").unwrap());
    for odd in [
        format!("{payload}{signature}{signature}"),
        format!("{payload}really\n{signature}"),
        format!("{text}after it\n"),
    ] {
        let id = bob.store("tag", odd);
        bob.git(&["update-ref", "refs/tags/v1", &id]);
        bob.push("refs/tags/v1").refused("refs/tags/v1");
    }
}

/// Nor does git verify such a tag.
#[test]
fn signed_tag_without_a_tagger_is_not_verified() {
    let server = with_release();
    let bob = server.developer(BOB);
    let tagger = "tagger Bob Example <bob@example.org> 1735689600 +0000\n";
    for (tagger, verifies) in [(tagger, true), ("", false)] {
        let payload = format!("object {}\ntype commit\ntag v1\n{tagger}\none\n", bob.head());
        let id = bob.store("tag", payload.clone() + &bob.sign(&payload, "git"));
        let outcome = bob.push(&format!("+{id}:refs/tags/v1"));
        match verifies {
            true => drop(outcome.accepted()),
            false => drop(outcome.refused("tag.signed: the tag is signed and names no tagger")),
        }
    }
}

#[test]
fn tag_signed_with_a_certificate_of_the_authority_is_accepted() {
    let server = with_release();
    server.developer(IVAN).tag("v1").push("refs/tags/v1").accepted();
}

#[test]
fn release_stays_while_a_floating_tag_moves() {
    let server = Server::build()
        .rules(TAGS)
        .and_rules("[[rule]]\nuse = \"update.immutable\"\nrefs = [\"refs/tags/**\"]\nparams = { exempt = [\"^v[0-9]+$\"] }")
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").tag("v1").tag("v1.2.3").push("main refs/tags/v1 refs/tags/v1.2.3").accepted();
    bob.commit("add a window");
    for name in ["v1", "v1.2.3"] {
        bob.git(&["tag", "--sign", "--force", "--message=again", name]);
    }
    bob.push("+refs/tags/v1.2.3").refused("refs/tags/v1.2.3 … update.immutable: may not move");
    bob.push(":refs/tags/v1.2.3").refused("refs/tags/v1.2.3 … update.immutable: may not be deleted");
    bob.push("+refs/tags/v1 +refs/tags/v1.2.3").refused("update.immutable").never_says("refs/tags/v1 ");
    bob.push("+refs/tags/v1").accepted();
    bob.push(":refs/tags/v1").accepted();
}

#[test]
fn tags_stay_where_a_binding_says_so() {
    let server = Server::build()
        .rules(TAGS)
        .and_rules("[[rule]]\nuse = [\"update.no_delete\", \"update.fixed\"]\nrefs = [\"refs/tags/**\"]")
        .own_rule(
            "update.fixed",
            "package refgate.update.fixed\n\ndeny contains \"tags stay\" if input.update.action == \"update\"\n",
        )
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").tag("v1").push("main refs/tags/v1").accepted();
    bob.push(":refs/tags/v1").refused("refs/tags/v1 … update.no_delete");
    bob.commit("add a window").git(&["tag", "--sign", "--force", "--message=again", "v1"]);
    bob.push("+refs/tags/v1").refused("refs/tags/v1 … update.fixed: tags stay");
}
