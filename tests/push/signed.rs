//! `commit.signed`: whose signature counts, made with the tools that people sign with.

use std::os::unix::fs::DirBuilderExt;

use crate::stage::{
    ALICE, BOB, CAROL, DAVE, Developer, ERIN, GRACE, HEIDI, IVAN, Key, MALLORY, OSCAR, Server, program, run,
};

/// `commit.signed` alone, on the branch that matters.
fn signed_with(more: &str) -> Server {
    Server::with_rules(&format!("[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\n{more}"))
}

#[test]
fn commit_signed_with_ssh_is_accepted() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").accepted();
    assert_eq!(server.tip("refs/heads/main"), bob.head());
}

#[test]
fn commit_signed_with_openpgp_is_accepted() {
    let server = Server::new();
    server.developer(ALICE).commit("add a door").push("main").accepted();
}

#[test]
fn commit_signed_with_either_of_two_keys_is_accepted() {
    let server = Server::new();
    let erin = server.developer(ERIN);
    erin.commit("add a door").sign_with(Key::Ssh("erin-at-home")).commit("add a window").push("main").accepted();
}

#[test]
fn commit_signed_with_a_certificate_of_the_authority_is_accepted() {
    let server = Server::new();
    server.developer(IVAN).commit("add a door").push("main").accepted();
}

#[test]
fn commit_signed_with_a_certified_key_but_without_its_certificate_is_refused() {
    let server = Server::new();
    let ivan = server.developer(IVAN);
    ivan.sign_with(Key::Ssh("ivan")).commit("add a door").push("main").refused("commit.signed");
}

#[test]
fn unsigned_commit_is_refused_with_the_remedy() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door");
    bob.push("main").refused("refs/heads/main … <a> \"add a door\" … commit.signed: not signed … hint: sign it with");
}

#[test]
fn commit_signed_by_a_stranger_is_refused() {
    let server = Server::new();
    server.developer(MALLORY).commit("add a door").push("main").refused("\"add a door\" … commit.signed");
}

#[test]
fn commit_signed_by_a_stranger_who_claims_a_known_name_is_refused() {
    let server = Server::new();
    let mallory = server.developer(MALLORY);
    mallory.claim_to_be(ALICE).commit("add a door").push("main").refused("commit.signed").never_says("alice signed");
}

#[test]
fn openpgp_key_in_a_known_name_is_still_a_stranger_s() {
    let server = Server::new();
    let mallory = server.developer(MALLORY);
    let gnupg = mallory.home().join("gnupg");
    std::fs::DirBuilder::new().mode(0o700).create(gnupg).unwrap();
    let mut command = program("gpg", mallory.home());
    command.args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key"]);
    let made = run(command.args(["Alice Example <alice@example.org>", "ed25519", "sign", "never"]), b"");
    assert!(made.status.success(), "{}", made.stderr_text());
    mallory.claim_to_be(ALICE).sign_with(Key::OpenPgp("alice")).commit("add a door");
    mallory.push("main").refused("commit.signed: the key openpgp:");
    let _ = run(program("gpgconf", mallory.home()).args(["--kill", "gpg-agent"]), b"");
}

#[test]
fn commit_signed_with_a_key_past_its_end_is_refused() {
    let server = Server::new();
    server.developer(CAROL).commit("add a door").push("main").refused("commit.signed");
}

#[test]
fn backdating_does_not_help_a_key_past_its_end() {
    let server = Server::new();
    let carol = server.developer(CAROL);
    carol.on("2024-03-01T12:00:00Z").commit("add a door").push("main").refused("commit.signed");
}

#[test]
fn binding_that_takes_the_signer_s_word_for_the_time_accepts_an_ended_key() {
    let server = signed_with("params = { judge_at = \"signing\" }");
    let carol = server.developer(CAROL);
    carol.commit("add a door").push("main").refused("commit.signed: when it was signed");
    carol.on("2024-03-01T12:00:00Z").git(&["commit", "--quiet", "--amend", "--no-edit", "-S", "--reset-author"]);
    carol.push("main").accepted();
}

#[test]
fn commit_signed_with_a_key_on_the_revocation_list_is_refused() {
    let server = Server::new();
    let dave = server.developer(DAVE);
    dave.commit("add a door").push("main").refused("commit.signed");
    dave.on("2024-03-01T12:00:00Z").commit("add a window").push("main").refused("commit.signed");
}

#[test]
fn commit_signed_with_an_expired_certificate_is_refused() {
    let server = Server::new();
    server.developer(GRACE).commit("add a door").push("main").refused("commit.signed");
}

#[test]
fn commit_signed_with_a_revoked_certificate_is_refused() {
    let server = Server::new();
    server.developer(HEIDI).commit("add a door").push("main").refused("commit.signed");
}

#[test]
fn commit_signed_with_a_weak_key_is_refused() {
    let server = Server::new();
    server.developer(OSCAR).commit("add a door").push("main").refused("commit.signed");
}

/// Puts an end, long past, to the operator's word for Erin's first key; her other one goes on.
fn retire_erins_first_key(server: &Server) {
    let path = server.operator().join("allowed_signers");
    let text = std::fs::read_to_string(&path).unwrap();
    let key = String::from_utf8(crate::stage::read_fixture("erin.pub")).unwrap();
    let (before, after) = (format!("namespaces=\"git\" {key}"), format!("namespaces=\"git\",valid-before=\"20250601Z\" {key}"));
    assert!(text.contains(&before));
    std::fs::write(&path, text.replace(&before, &after)).unwrap();
}

#[test]
fn retired_key_stays_good_for_what_the_baseline_holds_and_for_nothing_new() {
    let server = Server::new();
    let erin = server.developer(ERIN);
    erin.commit("add a door").push("main").accepted();
    retire_erins_first_key(&server);
    erin.commit("add a window").push("main").refused("\"add a window\" … commit.signed: the key is not trusted after 2025")
        .never_says("add a door");
    erin.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    erin.sign_with(Key::Ssh("erin-at-home")).commit("add a roof").push("main").accepted();
    erin.push("main:refs/heads/release/1").accepted();
}

/// What Alice's own gpg writes to revoke her key for one of the reasons that it numbers: 1 compromised, 3 retired.
fn revocation(alice: &Developer<'_>, reason: u8) -> Vec<u8> {
    let mut command = program("gpg", alice.home());
    command.args(["--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--command-fd", "0"]);
    let finished = run(command.args(["--gen-revoke", "alice@example.org"]), format!("y\n{reason}\n\ny\n").as_bytes());
    assert!(finished.status.success(), "{}", finished.stderr_text());
    finished.stdout
}

#[test]
fn openpgp_key_that_a_file_beside_it_revokes_stays_good_for_what_the_baseline_holds_and_for_nothing_new() {
    for (reason, words) in [(1, "commit.signed: the key is revoked"), (3, "commit.signed: the key is superseded or retired")] {
        let server = Server::new();
        let alice = server.developer(ALICE);
        alice.commit("add a door").push("main").accepted();
        let path = server.operator().join("openpgp/alice.rev");
        std::fs::write(&path, revocation(&alice, reason)).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let told = alice.commit("add a window").push("main").refused(words);
        told.never_says("add a door");
        let bob = server.developer(BOB);
        bob.commit("add a roof").push("main main:refs/heads/release/1").accepted();
    }
}

#[test]
fn one_unsigned_commit_among_signed_ones_is_named() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit_unsigned("add a window").commit("add a roof");
    let told = bob.push("main").refused("\"add a window\" … commit.signed: not signed");
    told.never_says("add a door").never_says("add a roof");
}

#[test]
fn empty_commit_needs_a_signature_too() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("add a door").git(&["commit", "--quiet", "--allow-empty", "--no-gpg-sign", "-m", "nothing"]);
    bob.push("main").refused("\"nothing\" … commit.signed: not signed");
}

#[test]
fn signature_moved_to_another_message_is_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let mut commit = bob.commit("add a door").take_apart("HEAD");
    commit.message = "open the vault\n".to_string();
    bob.place("main", &bob.store("commit", commit.commit()));
    bob.push("main").refused("\"open the vault\" … commit.signed");
}

#[test]
fn signature_made_for_files_is_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let mut commit = bob.commit("add a door").take_apart("HEAD");
    commit.signature = bob.sign(&commit.payload(), "file");
    bob.place("main", &bob.store("commit", commit.commit()));
    bob.push("main").refused("commit.signed");
}

#[test]
fn commit_with_two_signatures_is_refused_whichever_is_good() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let commit = bob.commit("add a door").take_apart("HEAD");
    let mut strange = commit.clone();
    strange.signature = server.developer(MALLORY).sign(&commit.payload(), "git");
    for (first, second) in [(&commit, &strange), (&strange, &commit), (&commit, &commit)] {
        let headers =
            format!("{}{}{}", commit.headers, first.signature_header("gpgsig"), second.signature_header("gpgsig"));
        bob.place("main", &bob.store("commit", format!("{headers}\n{}", commit.message)));
        bob.push("main").refused("gate.");
    }
}

#[test]
fn header_that_hides_from_the_signature_is_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let commit = bob.commit("add a door").take_apart("HEAD");
    for name in ["gpgsig-sha256", "gpgsigx"] {
        let headers = format!("{}{}{name} smuggled\n", commit.headers, commit.signature_header("gpgsig"));
        bob.place("main", &bob.store("commit", format!("{headers}\n{}", commit.message)));
        bob.push("main").refused("gate.");
    }
}

#[test]
fn signature_before_the_author_is_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let commit = bob.commit("add a door").take_apart("HEAD");
    let headers = commit.headers.replacen("author ", &format!("{}author ", commit.signature_header("gpgsig")), 1);
    bob.place("main", &bob.store("commit", format!("{headers}\n{}", commit.message)));
    bob.push("main").refused("gate.");
}

#[test]
fn bytes_beside_the_signature_are_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let commit = bob.commit("add a door").take_apart("HEAD");
    for signature in [
        format!("{}beside it\n", commit.signature),
        format!("before it\n{}", commit.signature),
        commit.signature.repeat(2),
    ] {
        let odd = crate::stage::Signed { signature, ..commit.clone() };
        bob.place("main", &bob.store("commit", odd.commit()));
        bob.push("main").refused("refs/heads/main");
    }
}

#[test]
fn signature_that_cannot_be_read_is_not_an_unsigned_commit_and_does_not_stop_the_judging() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let mut commit = bob.commit("add a door").take_apart("HEAD");
    commit.signature = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n".to_string();
    bob.place("main", &bob.store("commit", commit.commit()));
    bob.git(&["reset", "--quiet", "--hard"]);
    bob.commit_unsigned("add a window");
    let told = bob.push("main").refused("commit.signed").says("\"add a window\"").says("\"add a door\"");
    assert_eq!(told.count("commit.signed: not signed"), 1, "{}", told.plain);
}

#[test]
fn signed_tag_inside_a_merge_is_not_its_signature() {
    let server = Server::new();
    let alice = server.developer(ALICE);
    alice.commit("add a door").branch("side").commit("add a window").tag("v1").switch("main").commit("add a roof");
    alice.git(&["merge", "--quiet", "--no-ff", "--no-gpg-sign", "-m", "merge v1", "v1"]);
    assert!(alice.git(&["cat-file", "commit", "HEAD"]).contains("\nmergetag object "));
    alice.push("main").refused("\"merge v1\" … commit.signed: not signed");
    alice.git(&["commit", "--quiet", "--amend", "--no-edit", "-S"]);
    alice.push("main").accepted();
}

#[test]
fn binding_for_one_group_refuses_a_good_signature_of_another() {
    let server = signed_with("params = { groups = [\"maintainers\"] }");
    server.developer(BOB).commit("add a door").push("main").refused("commit.signed: signed by 'bob' … 'maintainers'");
    server.developer(ALICE).commit("add a door").push("main").accepted();
}

#[test]
fn binding_that_asks_for_a_touched_hardware_key_refuses_a_key_in_a_file() {
    let server = signed_with("params = { require_presence = true }");
    server
        .developer(BOB)
        .commit("add a door")
        .push("main")
        .refused("commit.signed: signed with a key that nobody had to touch");
}

#[test]
fn other_branches_may_hold_what_this_binding_would_refuse() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/wip").accepted();
    bob.push("main").refused("commit.signed");
}
