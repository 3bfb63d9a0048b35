//! Keys in hardware (`sk-ssh-ed25519`, `sk-ecdsa-sha2-nistp256`): trusted like others, and `commit.signed` may ask that
//! somebody touched them.

use crate::authenticator::{Authenticator, TOUCHED, VERIFIED};
use crate::stage::{BOB, Developer, Outcome, Server, program, run};

/// Whose secrets play the authenticators, one of each kind.
const KINDS: [&str; 2] = ["robot", "erin-at-home"];

/// A server where Bob's only key is the authenticator's, under `commit.signed` with these parameters.
fn server_for(authenticator: &Authenticator, params: &str) -> Server {
    let people = "[bob]\nname = \"Bob\"\nemails = [\"bob@example.org\"]\naccounts = [\"bob\"]\n";
    Server::build()
        .rules(&format!("[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\"]\nparams = {{ {params} }}"))
        .file("people.toml", people)
        .file("allowed_signers", format!("bob@example.org namespaces=\"git\" {}\n", authenticator.public_key()))
        .identity("people = \"people.toml\"\nallowed_signers = [\"allowed_signers\"]")
        .start()
}

/// Bob pushes a commit that the authenticator signed, saying this of it.
fn push<'a>(bob: &'a Developer<'a>, authenticator: &Authenticator, flags: u8) -> Outcome {
    let mut commit = bob.commit_unsigned("add a door").take_apart("HEAD");
    commit.signature = authenticator.sign(&commit.payload(), flags, 7);
    bob.place("main", &bob.store("commit", commit.commit()));
    bob.push("main")
}

#[test]
fn touched_key_is_accepted_where_a_touch_is_asked_for_and_an_untouched_one_is_refused() {
    for kind in KINDS {
        let authenticator = Authenticator::playing(kind, "ssh:");
        let server = server_for(&authenticator, "require_presence = true");
        let untouched = "commit.signed: signed with a key that nobody had to touch";
        push(&server.developer(BOB), &authenticator, 0).refused(untouched);
        // A PIN alone is no touch.
        push(&server.developer(BOB), &authenticator, VERIFIED).refused(untouched);
        push(&server.developer(BOB), &authenticator, TOUCHED).accepted();
        push(&server.developer(BOB), &authenticator, TOUCHED | VERIFIED).accepted();
    }
}

#[test]
fn untouched_key_is_accepted_where_no_touch_is_asked_for() {
    for kind in KINDS {
        let authenticator = Authenticator::playing(kind, "ssh:");
        let server = server_for(&authenticator, "");
        push(&server.developer(BOB), &authenticator, 0).accepted();
    }
}

#[test]
fn rule_sees_whether_a_device_was_touched_and_unlocked() {
    let rego = "package refgate.commit.unlocked\n\nallow if {\n\tinput.commit.signature.key.hardware\n\tinput.commit.signature.key.user_verification\n}\n";
    let authenticator = Authenticator::playing("robot", "ssh:");
    let server = Server::build()
        .rules("[[rule]]\nuse = \"commit.unlocked\"")
        .own_rule("commit.unlocked", rego)
        .and_signers(&format!("bob@example.org namespaces=\"git\" {}", authenticator.public_key()))
        .start();
    push(&server.developer(BOB), &authenticator, TOUCHED).refused("commit.unlocked");
    push(&server.developer(BOB), &authenticator, TOUCHED | VERIFIED).accepted();
}

#[test]
fn touch_that_is_claimed_afterwards_makes_the_signature_bad() {
    for kind in KINDS {
        let authenticator = Authenticator::playing(kind, "ssh:");
        let server = server_for(&authenticator, "require_presence = true");
        let bob = server.developer(BOB);
        let mut commit = bob.commit_unsigned("add a door").take_apart("HEAD");
        let honest = authenticator.sign(&commit.payload(), 0, 7);
        commit.signature = Authenticator::claiming(&honest, TOUCHED);
        bob.place("main", &bob.store("commit", commit.commit()));
        bob.push("main").refused("commit.signed: the signature does not belong to this content");
    }
}

#[test]
fn git_itself_finds_the_touched_signature_good() {
    for kind in KINDS {
        let authenticator = Authenticator::playing(kind, "ssh:");
        let server = server_for(&authenticator, "require_presence = true");
        let bob = server.developer(BOB);
        push(&bob, &authenticator, TOUCHED).accepted();
        let signers = server.operator().join("allowed_signers").display().to_string();
        let mut command = program("git", bob.home());
        command.current_dir(bob.work()).arg("-c").arg(format!("gpg.ssh.allowedSignersFile={signers}"));
        let verified = run(command.args(["verify-commit", "main"]), b"");
        assert!(verified.status.success(), "{}", verified.stderr_text());
    }
}
