//! What the pusher is advised to do, typed with real git as it stands there: then the push is accepted.

use crate::stage::{ALICE, BOB, Developer, ERIN, Key, MALLORY, Server, Told};

/// Types the command that begins so, as it was told, with these words for what the pusher has to know himself; and
/// leaves editors alone, but for the list of a rebase, where the first commit is stopped at.
#[track_caller]
fn types(person: &Developer<'_>, told: &Told, beginning: &str, known: &[(&str, &str)]) {
    let found = told.by_server.split('`').skip(1).step_by(2).find(|command| command.starts_with(beginning));
    let mut command = found.unwrap_or_else(|| panic!("no `{beginning} …` is told in:\n{}", told.plain)).to_string();
    for (word, meant) in known {
        command = command.replace(word, meant);
    }
    let words: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches('\'')).collect();
    let editors = ["-c", "core.editor=true", "-c", "sequence.editor=sed -i '0,/^pick/s//edit/'"];
    person.git(&[&editors, &words[1..]].concat());
}

fn goes_on(person: &Developer<'_>) {
    person.git(&["-c", "core.editor=true", "rebase", "--continue"]);
}

fn bound_to_main(rule: &str) -> Server {
    let server = Server::with_rules(&format!("[[rule]]\nrefs = [\"HEAD\"]\n{rule}"));
    server.developer(ALICE).commit("begin").plant("main");
    server
}

fn started() -> Server {
    let server = Server::new();
    server.developer(ALICE).commit("begin").plant("main");
    server
}

#[test]
fn unsigned_tip_is_signed() {
    let server = started();
    let bob = server.developer(BOB);
    let told = bob.update().commit_unsigned("add a door").push("main").refused("commit.signed: not signed");
    types(&bob, &told, "git commit --amend", &[]);
    bob.push("main").accepted();
}

#[test]
fn unsigned_commits_below_the_tip_are_signed_at_once_and_merges_stay() {
    let server = started();
    let bob = server.developer(BOB);
    bob.update().commit_unsigned("add a door").branch("side").commit_unsigned("add a window").switch("main");
    bob.commit("add a roof").merge("side").commit("add a chimney");
    let told = bob.push("main").refused("commit.signed: not signed");
    assert_eq!(told.count("hint:"), 1, "{}", told.plain);
    types(&bob, &told, "git rebase -f", &[]);
    bob.push("main").accepted();
    assert_eq!(bob.git(&["rev-list", "--count", "--merges", "main"]), "1");
}

#[test]
fn key_that_does_not_count_is_not_used_again() {
    let server = started();
    let mallory = server.developer(MALLORY);
    let told = mallory.update().claim_to_be(ERIN).commit("add a door").push("main").refused("commit.signed");
    let told = told.never_says("--amend").never_says("user.email").says("hint: set a key … git config user.signingKey");
    assert_eq!(told.count("hint:"), 1, "{}", told.plain);

    let erin = server.developer(ERIN);
    erin.git(&["fetch", "--quiet", &mallory.work().display().to_string(), "main"]);
    erin.git(&["checkout", "--quiet", "-B", "main", "FETCH_HEAD"]);
    types(&erin, &told, "git rebase -f", &[("<commit>", "HEAD")]);
    erin.push("main").accepted();
}

#[test]
fn missing_signature_says_nothing_of_e_mails() {
    let server = bound_to_main("use = \"commit.identity\"");
    let bob = server.developer(BOB);
    let told = bob.update().commit_unsigned("add a door").commit("add a roof").push("main").refused("nobody vouches");
    let told = told.never_says("user.email").never_says("--reset-author");
    types(&bob, &told, "git rebase -f", &[]);
    bob.push("main").accepted();
}

#[test]
fn wrong_e_mail_is_set_right_at_the_tip_and_below() {
    for below in [false, true] {
        let server = started();
        let bob = server.developer(BOB);
        bob.update().claim("Bob", "bob@elsewhere.example").commit("add a door").claim_to_be(BOB);
        if below {
            bob.commit("add a roof");
        }
        let told = bob.push("main").refused("commit.identity … hint: set your own e-mail");
        if below {
            types(&bob, &told, "git rebase -i", &[("<commit>", "HEAD^")]);
        }
        types(&bob, &told, "git commit --amend", &[]);
        if below {
            goes_on(&bob);
        }
        bob.push("main").accepted();
    }
}

#[test]
fn path_below_the_tip_is_taken_out() {
    let rules = [
        ("use = \"commit.forbidden_paths\"\npaths = [\"keys/**\"]", "git rm"),
        ("use = \"commit.file_size\"\nparams = { bytes = 20 }", "git rm"),
        (
            "use = \"commit.protected_paths\"\npaths = [\"keys/**\"]\nparams = { groups = [\"security\"] }",
            "git restore",
        ),
    ];
    for (rule, command) in rules {
        let server = bound_to_main(rule);
        let bob = server.developer(BOB);
        bob.update().write("keys/one", "x".repeat(30)).write("door", "1").commit("add a door").commit("add a roof");
        let told = bob.push("main").refused("keys/one");
        types(&bob, &told, "git rebase -i", &[]);
        types(&bob, &told, command, &[]);
        types(&bob, &told, "git commit --amend", &[]);
        let _ = std::fs::remove_dir_all(bob.work().join("keys"));
        goes_on(&bob);
        bob.push("main").accepted();
    }
}

#[test]
fn names_and_e_mails_below_the_tip_are_set_right() {
    for rule in
        ["use = \"commit.author_name\"", "use = \"commit.email_domains\"\nparams = { domains = [\"example.org\"] }"]
    {
        let server = bound_to_main(rule);
        let bob = server.developer(BOB);
        bob.update().claim("Bobby", "bob@elsewhere.example").commit("add a door");
        bob.claim_to_be(BOB).commit("add a roof");
        let told = bob.push("main").refused("hint: set your");
        types(&bob, &told, "git rebase -i", &[]);
        types(&bob, &told, "git commit --amend", &[("--no-edit", "--no-edit --reset-author")]);
        goes_on(&bob);
        bob.push("main").accepted();
    }
}

#[test]
fn dates_below_the_tip_are_made_anew() {
    let server = bound_to_main("use = \"commit.dates\"");
    let bob = server.developer(BOB);
    bob.update().on("2099-01-01T00:00:00Z").commit("add a door").commit("add a roof");
    let told = bob.push("main").refused("commit.dates");
    types(bob.on("2024-01-01T00:00:00Z"), &told, "git rebase -r", &[]);
    bob.push("main").accepted();
}

#[test]
fn leftover_is_folded_into_what_it_belongs_to_and_a_commit_signed_off() {
    let server = bound_to_main("use = \"commit.message\"\nparams = { sign_off = true }");
    let bob = server.developer(BOB);
    bob.update().commit("add a door").write("add-a-door.txt", "a better one").commit("fixup! add a door");
    let told = bob.push("main").refused("leftover of fixup or squash");
    types(&bob, &told, "git rebase -i -r --autosquash", &[("<commit>", "HEAD^")]);
    goes_on(&bob);
    let told = bob.push("main").refused("no 'Signed-off-by: ");
    types(&bob, &told, "git rebase -r --signoff", &[]);
    bob.push("main").accepted();
}

#[test]
fn large_commit_below_the_tip_is_split() {
    let server = bound_to_main("use = \"commit.max_changes\"\nparams = { paths = 1 }");
    let bob = server.developer(BOB);
    bob.update().write("door", "1").write("window", "1").commit("add a house").commit("add a roof");
    let told = bob.push("main").refused("changes 2 paths");
    types(&bob, &told, "git rebase -i", &[]);
    types(&bob, &told, "git reset", &[]);
    for path in ["door", "window"] {
        bob.git(&["add", path]);
        bob.git(&["commit", "--quiet", "-m", path]);
    }
    goes_on(&bob);
    bob.push("main").accepted();
}

#[test]
fn merge_and_root_on_a_new_ref_get_whole_commands() {
    let server = Server::with_rules("[[rule]]\nuse = [\"commit.linear\", \"commit.no_new_roots\"]");
    server.developer(ALICE).commit("begin").plant("main");
    let bob = server.developer(BOB);
    bob.update().branch("side").commit("add a window").switch("main").commit("add a door").merge("side");
    let there = [("<remote>/<branch>", "server/main")];
    let told = bob.push("main:refs/heads/new").refused("is a merge");
    types(&bob, &told, "git rebase <remote>", &there);
    bob.push("main:refs/heads/new").accepted();

    bob.git(&["checkout", "--quiet", "--orphan", "other"]);
    let told = bob.write("tower", "1").commit("add a tower").push("other").refused("has no parent");
    types(&bob, &told, "git rebase --root", &[("<remote>/<branch>", "server/new")]);
    bob.push("other").accepted();
}

#[test]
fn rewrite_is_put_on_top_with_signatures() {
    let server = started();
    let bob = server.developer(BOB);
    bob.update().commit("add a door");
    server.developer(ALICE).update().commit("add a roof").push("main").accepted();
    bob.git(&["fetch", "--quiet", "server"]);
    let told = bob.push("+main").refused("update.fast_forward … git pull --rebase … -S");
    types(&bob, &told, "git pull --rebase", &[("--rebase", "--rebase -S server main")]);
    bob.push("main").accepted();
}

#[test]
fn tag_that_may_neither_move_nor_go_gets_a_successor() {
    let server = Server::with_rules(
        "[[rule]]\nuse = [\"update.immutable\", \"update.naming\", \"tag.names_ref\", \"tag.signed\"]\nrefs = [\"refs/tags/**\"]",
    );
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").tag("v1").push("refs/tags/v1").accepted();
    let told = bob.push(":refs/tags/v1").refused("may not be deleted … hint: leave it out of the push");
    let _ = told.never_says(":refs/tags");
    bob.commit("add a roof").git(&["tag", "-f", "-s", "-m", "v1", "v1"]);
    let told = bob.push("+refs/tags/v1").refused("may not move");
    let tip = bob.head();
    let meant =
        [("<new name>", "v2"), ("<name>", "v2"), ("<commit>", &*tip), ("-s", "-m two -s"), ("<remote>", "server")];
    types(&bob, &told, "git tag -s", &meant);
    types(&bob, &told, "git push <remote> tag", &meant);
    assert_eq!(server.tip("refs/tags/v2"), bob.id("refs/tags/v2"));

    let told = bob.tag("v1;x").push("refs/tags/v1;x").refused("update.naming");
    let meant = [("<name>", "v3"), ("<commit>", &*tip), ("-s", "-m three -s"), ("<remote>", "server")];
    types(&bob, &told, "git tag -s", &meant);
    types(&bob, &told, "git push <remote> tag", &meant);
    assert_eq!(server.tip("refs/tags/v3"), bob.id("refs/tags/v3"));
}

#[test]
fn branch_with_an_odd_name_is_pushed_under_another() {
    let server = Server::with_rules("[[rule]]\nuse = \"update.naming\"");
    let bob = server.developer(BOB);
    let told = bob.commit("add a door").push("main:refs/heads/a;b").refused("update.naming");
    types(&bob, &told, "git push <remote>", &[("<remote>", "server"), ("<name>", "a")]);
    assert_eq!(server.tip("refs/heads/a"), bob.head());
}

#[test]
fn tag_signed_with_a_strange_key_is_not_signed_with_it_again() {
    let server = Server::with_rules("[[rule]]\nuse = \"tag.signed\"");
    let erin = server.developer(ERIN);
    erin.commit("add a door").plant("main");
    let mallory = server.developer(MALLORY);
    let told = mallory.update().tag("v1").push("refs/tags/v1").refused("tag.signed");
    let _ = told.says("hint: set a key … git config user.signingKey … git tag -s -f");
    erin.sign_with(Key::Ssh("erin-at-home")).tag("v1").push("refs/tags/v1").accepted();
}
