//! `commit.identity`, and who refgate takes for the pusher.

use crate::stage::{ALICE, BOB, Developer, FORGE, IVAN, JUDY, Key, MALLORY, Outcome, ROBOT, Server, ServerBuilder, program, run};

const IDENTITY: &str = "[[rule]]\nuse = \"commit.identity\"\nrefs = [\"HEAD\"]\n";

/// Whoever pushes must be Bob.
const PUSHED_BY_BOB: &str = r#"package refgate.push.bob

allow if input.push.pusher.person.id == "bob"
"#;

fn identity_with(params: &str) -> ServerBuilder {
    Server::build().rules(&format!("{IDENTITY}params = {{ {params} }}"))
}

/// The two words of a public key, as sshd writes it.
fn two_words(file: &str) -> String {
    let line = String::from_utf8(crate::stage::read_fixture(file)).unwrap();
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// Bob's push as somebody whom sshd let in by this.
fn seen(bob: &Developer<'_>, authentication: &str) -> Outcome {
    let file = bob.server().folder().join("authentication");
    std::fs::write(&file, authentication).unwrap();
    let push = bob.pushing("main").server_variable("SSH_CONNECTION", "192.0.2.7 50322 192.0.2.1 22");
    push.server_variable("SSH_USER_AUTH", &file.display().to_string()).go()
}

fn pushed_by_bob() -> ServerBuilder {
    Server::build().rules("[[rule]]\nuse = \"push.bob\"").own_rule("push.bob", PUSHED_BY_BOB)
}

#[test]
fn signer_who_claims_another_committer_is_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.claim_to_be(ALICE).commit("add a door");
    let told = bob.push("main").refused("commit.identity: committer 'alice@example.org' belongs to 'alice', but 'bob' signed");
    told.never_says("commit.signed");
}

#[test]
fn committer_whom_nobody_knows_is_refused() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.claim("Bob", "bob@elsewhere.example").commit("add a door").push("main").refused("commit.identity … 'bob@elsewhere.example'");
}

#[test]
fn e_mail_may_differ_in_case() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.claim("Bob", "Bob@Example.ORG").commit("add a door").push("main").accepted();
}

#[test]
fn address_that_a_forge_gives_out_is_known_by_its_pattern() {
    let people = "[bob]\nemails = [\"bob@example.org\", \"*+bob@users.noreply.forge.example\"]\nkeys = [\"ssh/bob.pub\"]\n";
    let rules = "[[rule]]\nuse = [\"commit.signed\", \"commit.identity\"]\nrefs = [\"HEAD\"]";
    let server = Server::build().rules(rules).file("people.toml", people).start();
    let bob = server.developer(BOB);
    bob.claim("Bob", "7+bob@users.noreply.forge.example").commit("add a door").push("main").accepted();
    for foreign in ["7+alice@users.noreply.forge.example", "7+bob@elsewhere.example", "bob@users.noreply.forge.example"] {
        bob.claim("Bob", foreign).commit("add a window");
        bob.push("main").refused(&format!("commit.identity: committer '{foreign}' belongs to nobody known"));
    }
}

#[test]
fn name_is_not_an_identity() {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.claim("Alice Example", "bob@example.org").commit("add a door").push("main").accepted();
}

#[test]
fn another_author_passes_unless_the_binding_asks() {
    let by_alice = ["--gpg-sign", "--author=Alice Example <alice@example.org>"];
    let server = Server::new();
    server.developer(BOB).commit_with("add a door", &by_alice).push("main").accepted();
    let server = identity_with("author = true").start();
    server.developer(BOB).commit_with("add a door", &by_alice).push("main").refused("commit.identity: author 'alice@example.org'");
}

#[test]
fn binding_may_ask_that_the_signer_pushes() {
    let server = identity_with("pusher = true").start();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let pushed_by = |account: &str| bob.pushing("main").logged_in_as(account).go();
    pushed_by("alice").refused("commit.identity: pushed by 'alice', but signed by 'bob'");
    pushed_by("nobody_we_know").refused("commit.identity: pushed by nobody known, but signed by 'bob'");
    pushed_by("bob").accepted();
}

#[test]
fn pusher_is_whom_the_web_server_names() {
    let server = pushed_by_bob().start();
    let mallory = server.developer(MALLORY);
    mallory.commit("add a door");
    mallory.pushing("main").logged_in_as("mallory").go().refused("push.bob");
    mallory.push("main").refused("push.bob");
    mallory.pushing("main").logged_in_as("bob").go().accepted();
}

#[test]
fn words_of_a_server_that_is_not_configured_do_not_make_a_pusher() {
    let server = pushed_by_bob().start();
    let mallory = server.developer(MALLORY);
    mallory.commit("add a door");
    for name in ["GITEA_PUSHER_NAME", "GL_USERNAME", "GL_USER", "GITHUB_USER_LOGIN", "USER", "LOGNAME", "GIT_COMMITTER_NAME"] {
        mallory.pushing("main").server_variable(name, "bob").go().refused("push.bob");
    }
}

#[test]
fn each_configured_server_is_believed_about_its_own_variables_only() {
    let gitea = [("GITEA_REPO_NAME", "castle"), ("GITEA_REPO_USER_NAME", "keep"), ("GITEA_PUSHER_NAME", "bob")];
    let gitlab = [("GL_PROJECT_PATH", "keep/castle"), ("GL_REPOSITORY", "project-3"), ("GL_ID", "user-7"), ("GL_USERNAME", "bob")];
    let gitolite = [("GL_REPO", "castle"), ("GL_USER", "bob")];
    let github = [("GITHUB_REPO_NAME", "keep/castle"), ("GITHUB_USER_LOGIN", "bob")];
    let plain = [("GATEWAY_INTERFACE", "CGI/1.1"), ("REMOTE_USER", "bob")];
    let servers = [("gitea", &gitea[..]), ("gitlab", &gitlab), ("gitolite", &gitolite), ("github", &github), ("plain", &plain)];
    for (forge, _) in servers {
        let server = pushed_by_bob().forge(forge).start();
        let mallory = server.developer(MALLORY);
        mallory.commit("add a door");
        // Its own word last: by then the refused ones have left nothing.
        for (other, variables) in servers.iter().filter(|(other, _)| *other != forge).chain(servers.iter().filter(|(other, _)| *other == forge)) {
            let push = variables.iter().fold(mallory.pushing("main"), |push, (name, value)| push.server_variable(name, value));
            match *other == forge {
                true => drop(push.go().accepted()),
                false => drop(push.go().declined()),
            }
        }
    }
}

#[test]
fn people_who_share_an_account_are_told_apart_by_the_key_that_sshd_saw() {
    let server = pushed_by_bob().start();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let (bobs, carols, mallorys) = (two_words("bob.pub"), two_words("carol.pub"), two_words("mallory.pub"));
    drop(seen(&bob, &format!("publickey {mallorys}\n")).refused("push.bob"));
    drop(seen(&bob, &format!("publickey {carols}\n")).refused("push.bob"));
    drop(seen(&bob, &format!("publickey {bobs}\npublickey {carols}\n")).refused("push.bob"));
    drop(seen(&bob, "publickey not-a-key\n").refused("push.bob"));
    drop(seen(&bob, &format!("publickey {bobs}\n")).accepted());
}

#[test]
fn revoked_key_makes_nobody_a_pusher_even_where_sshd_lets_it_in() {
    let server = pushed_by_bob().start();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let login = format!("publickey {}\n", two_words("bob.pub"));
    std::fs::write(server.operator().join("revoked.krl"), two_words("bob.pub") + "\n").unwrap();
    drop(seen(&bob, &login).refused("push.bob"));
    // A password is another matter.
    drop(bob.pushing("main").logged_in_as("bob").go().accepted());
    bob.commit("add a window");
    std::fs::write(server.operator().join("revoked.krl"), "# nothing is revoked\n").unwrap();
    drop(seen(&bob, &login).accepted());
}

#[test]
fn revoked_key_makes_nobody_of_an_account_s_owner_either() {
    let account = run(program("id", std::path::Path::new("/")).arg("-un"), b"").stdout;
    let account = String::from_utf8(account).unwrap().trim().to_string();
    let people = format!("[bob]\nemails = [\"bob@example.org\"]\naccounts = [{account:?}]\n");
    let server = pushed_by_bob().file("people.toml", people).start();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    // Dave's is on the list.
    drop(seen(&bob, &format!("publickey {}\n", two_words("dave.pub"))).refused("push.bob"));
    drop(seen(&bob, &format!("publickey {}\n", two_words("bob.pub"))).accepted());
}

#[test]
fn server_that_signs_for_its_users_vouches_for_known_committers_who_push() {
    // FORGE is the one of whom people.toml says `signs_for = "committers"`.
    let server = Server::build().rules(IDENTITY).and_person(FORGE).start();
    let forge = server.developer(FORGE);
    forge.claim_to_be(BOB).commit("edited on the web");
    let pushed_by = |account: &str| forge.pushing("main").logged_in_as(account).go();
    pushed_by("alice").refused("commit.identity: pushed by 'alice', but the committer is 'bob@example.org'");
    pushed_by("bob").accepted();
    forge.claim_to_be(MALLORY).commit("edited by nobody");
    pushed_by("bob").refused("commit.identity: committer 'mallory@example.net' belongs to nobody known");
}

#[test]
fn binding_may_name_another_server_signer_than_people_toml() {
    let signed_by_robot = |params: &str| {
        let server = identity_with(params).and_person(FORGE).start();
        let robot = server.developer(ROBOT);
        robot.claim_to_be(BOB).commit("edited on the web");
        robot.pushing("main").logged_in_as("bob").go()
    };
    signed_by_robot("server_signers = [\"robot\"]").accepted();
    signed_by_robot("server_signers = [\"forge\"]").refused("commit.identity: committer 'bob@example.org'");
    let server = identity_with("server_signers = []").and_person(FORGE).start();
    let forge = server.developer(FORGE);
    forge.claim_to_be(BOB).commit("edited on the web");
    let push = forge.pushing("main").logged_in_as("bob").go();
    push.refused("commit.identity: committer 'bob@example.org' belongs to 'bob', but 'forge' signed");
}

#[test]
fn key_that_signs_for_nobody_else_does_not_become_a_server_s() {
    let server = Server::build().rules(IDENTITY).and_person(FORGE).start();
    let robot = server.developer(ROBOT);
    robot.claim_to_be(BOB).commit("edited on the web");
    let push = robot.pushing("main").logged_in_as("bob").go();
    push.refused("commit.identity: committer 'bob@example.org' belongs to 'bob', but 'robot' signed");
}

#[test]
fn certificate_of_an_authority_makes_a_person_of_whom_it_names() {
    let server = Server::new();
    let judy = server.developer(JUDY);
    judy.commit("add a door").push("main").accepted();
    judy.claim_to_be(BOB).commit("add a window");
    let told = judy.push("main").refused("committer 'bob@example.org' belongs to 'bob', but 'judy@example.org' signed");
    told.never_says("commit.signed");
    judy.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    judy.claim("Judy", "judy@elsewhere.example").commit("add a roof");
    judy.push("main").refused("commit.identity: committer 'judy@elsewhere.example' belongs to nobody known");
    // Without her certificate her key is a stranger's, and her e-mail nobody's.
    judy.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    judy.claim_to_be(JUDY).sign_with(Key::Ssh("judy")).commit("add a tower").push("main").refused("commit.signed");
    let bob = server.developer(BOB);
    bob.claim_to_be(JUDY).commit("add a moat");
    bob.push("main").refused("commit.identity: committer 'judy@example.org' belongs to nobody known");
}

#[test]
fn rule_sees_which_authority_vouches_for_a_key() {
    let line = two_words("authority.pub");
    let file = refgate::signature::KeyFile { path: "authority.pub".into(), bytes: line.into_bytes() };
    let authority = refgate::signature::fingerprints(&file).unwrap().remove(0);
    let rego = "package refgate.commit.certified\n\nallow if input.commit.signature.key.authority == input.params.authority\n";
    let metadata = "# METADATA\n# title: Certified\n# custom:\n#   params:\n#     authority: {type: string, description: whose word counts}\n";
    let server = Server::build()
        .rules(&format!("[[rule]]\nuse = \"commit.certified\"\nparams = {{ authority = \"{authority}\" }}"))
        .own_rule("commit.certified", &format!("{metadata}{rego}"))
        .start();
    server.developer(BOB).commit("add a door").push("main").refused("commit.certified");
    server.developer(IVAN).commit("add a door").push("main").accepted();
}

#[test]
fn certificate_does_not_make_another_person_of_somebody_s_key() {
    let people = "[dora]\nemails = [\"dora@example.org\"]\nkeys = [\"ssh/judy.pub\"]\n";
    let rules = "[[rule]]\nuse = [\"commit.signed\", \"commit.identity\"]\nrefs = [\"HEAD\"]";
    let server = Server::build().rules(rules).file("people.toml", people).and_person(JUDY).start();
    let judy = server.developer(JUDY);
    judy.commit("add a door").push("main").refused("commit.signed: signed by 'ssh:");
    judy.sign_with(Key::Ssh("judy")).claim("Dora", "dora@example.org");
    judy.git(&["commit", "--quiet", "--amend", "--no-edit", "-S", "--reset-author"]);
    judy.push("main").accepted();
}

#[test]
fn certificate_whose_number_is_revoked_counts_no_more() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).display().to_string();
    std::fs::write(path("authority.pub"), crate::stage::read_fixture("authority.pub")).unwrap();
    std::fs::write(path("numbers"), "serial: 1\n").unwrap();
    let mut command = program("ssh-keygen", scratch.path());
    command.args(["-q", "-k", "-f", &path("krl"), "-s", &path("authority.pub"), &path("numbers")]);
    assert!(run(&mut command, b"").status.success());
    let server = Server::build().file("revoked.krl", std::fs::read(path("krl")).unwrap()).start();
    server.developer(IVAN).commit("add a door").push("main").refused("commit.signed: the key, its certificate");
    server.developer(JUDY).commit("add a door").push("main").accepted();
}

#[test]
fn unsigned_merge_by_the_server_passes_only_where_the_binding_lets_it() {
    let merges = |params: &str| {
        let rules = format!("[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\nparams = {{ {params} }}");
        let server = Server::build().rules(&rules).and_rules("[[rule]]\nuse = \"update.namespaces\"").forge("gitea").start();
        let bob = server.developer(BOB);
        bob.commit("add a door").branch("side").commit("add a window").plant("main side");
        bob.switch("main").sign_nothing().merge("side");
        let push = bob.pushing("main").server_variable("GITEA_PUSHER_NAME", "bob").server_variable("GITEA_PUSHER_ID", "7");
        let push = push.server_variable("GITEA_PUSH_TRIGGER", "pr-merge-to-base").server_variable("GITEA_PR_ID", "4");
        let push = push.server_variable("GITEA_REPO_NAME", "castle").server_variable("GITEA_REPO_USER_NAME", "keep");
        push.server_variable("SSH_ORIGINAL_COMMAND", "gitea-internal").go()
    };
    merges("server_merges = false").refused("commit.signed: not signed");
    merges("server_merges = true").accepted();
}

#[test]
fn allowed_signers_alone_is_enough_for_a_small_set_up() {
    let server = Server::build()
        .identity("allowed_signers = [\"allowed_signers\"]")
        .rules("[[rule]]\nuse = [\"commit.signed\", \"commit.identity\"]\nrefs = [\"HEAD\"]")
        .start();
    server.developer(MALLORY).claim_to_be(BOB).commit("add a door").push("main").refused("commit.signed");
    server.developer(BOB).commit("add a door").push("main").accepted();
}

#[test]
fn keys_may_be_written_as_fingerprints() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/push/fixtures/keys");
    let here = std::path::Path::new(fixtures);
    let told = |tool: &str, arguments: &[&str]| {
        let scratch = tempfile::tempdir().unwrap();
        let finished = run(program(tool, scratch.path()).current_dir(here).arg("--homedir").arg(scratch.path()).args(arguments), b"");
        String::from_utf8(finished.stdout).unwrap()
    };
    let openpgp = told("gpg", &["--batch", "--with-colons", "--show-keys", "alice.asc"]);
    let openpgp = openpgp.lines().find_map(|line| line.strip_prefix("fpr:::::::::")).unwrap().trim_end_matches(':').to_string();
    let ssh = run(program("ssh-keygen", here).args(["-l", "-f", "bob.pub"]).current_dir(here), b"").stdout;
    let ssh = String::from_utf8(ssh).unwrap().split(' ').nth(1).unwrap().to_string();
    let people = format!(
        "[alice]\nname = \"A\"\nemails = [\"alice@example.org\"]\nkeys = [\"openpgp:{openpgp}\"]\n\
         [bob]\nname = \"B\"\nemails = [\"bob@example.org\"]\nkeys = [\"ssh:{ssh}\"]\n"
    );
    let server = Server::build()
        .identity("people = \"people.toml\"\nopenpgp = [\"openpgp/alice.asc\"]")
        .rules("[[rule]]\nuse = [\"commit.signed\", \"commit.identity\"]\nrefs = [\"HEAD\"]")
        .file("people.toml", people)
        .start();
    server.developer(MALLORY).commit("add a door").push("main").refused("commit.signed");
    server.developer(ALICE).commit("add a door").push("main").accepted();
    server.developer(BOB).commit("add a window").push("main").accepted();
}
