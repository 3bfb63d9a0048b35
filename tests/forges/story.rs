//! The same pushes to every server: what may enter does, what may not does not, in words that name the rule.
//!
//! Alice is of the security group and signs with OpenPGP; Bob is known and signs with SSH.

use serde_json::Value;

use crate::machine::say;
use crate::stage::{Developer, Outcome, Server};

/// A server as people push to it.
pub struct Story<'a> {
    /// How it stands in the table of servers and pushes.
    pub name: &'static str,
    pub server: &'a Server,
    pub alice: &'a Developer<'a>,
    pub bob: &'a Developer<'a>,
}

impl Story<'_> {
    /// Plays all of them. `main` is not there yet, or was put there by the server with nothing in it that matters.
    pub fn play(&self) {
        let (alice, bob) = (self.alice, self.bob);
        alice.write("infra/door", "closed\n").commit("open the shop");
        self.accepted("signed, by a known person", alice.push("main"), "alice");
        bob.update().commit("paint the wall");
        self.accepted("signed, by another known person", bob.push("main"), "bob");
        bob.commit_unsigned("paint the door");
        self.refused("unsigned", bob.push("main"), "commit.signed: not signed");
        bob.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
        bob.commit("paint the wall again");
        self.refused("history rewritten, by force", bob.push("+main"), "update.fast_forward");
        bob.update().write("infra/door", "open\n").commit("open the door");
        self.refused("a protected path, by the wrong person", bob.push("main"), "commit.protected_paths");
        bob.update().tag("v1.0");
        self.accepted("a signed tag", bob.push("v1.0"), "bob");
        bob.git(&["tag", "--no-sign", "--annotate", "--message", "v1.1", "v1.1"]);
        self.refused("an unsigned tag", bob.push("v1.1"), "tag.signed");
        alice.update().write("infra/door", "locked\n").commit("lock the door");
        self.accepted("a protected path, by the right person", alice.push("main"), "alice");
        bob.update().git(&["push", "--quiet", "--dry-run", "server", "main"]);
    }

    /// A push that enters, and whom the log says it came from.
    #[track_caller]
    pub fn accepted(&self, push: &str, outcome: Outcome, person: &str) {
        outcome.accepted();
        let decision = self.server.decision();
        assert_eq!(decision["result"]["verdict"], "accepted", "{decision:#}");
        assert_eq!(decision["input"]["push"]["pusher"]["person"]["id"], person, "{decision:#}");
        self.row(push, "accepted");
    }

    #[track_caller]
    pub fn refused(&self, push: &str, outcome: Outcome, words: &str) {
        outcome.refused(words);
        self.row(push, &format!("refused: {words}"));
    }

    /// One row of the table that CI prints.
    pub fn row(&self, push: &str, came_of_it: &str) {
        say(&format!("| {:<24} | {push:<42} | {came_of_it} |", self.name));
    }
}

/// What the latest decision says of the push.
pub fn push_fact(server: &Server) -> Value {
    server.decision()["input"]["push"].clone()
}
