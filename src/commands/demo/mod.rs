//! `refgate demo`: a throw-away server with the hook installed, people with keys made on the spot, and real pushes,
//! each shown with what the pusher read and why. Needs git and nothing else.

mod stage;

use crate::cli::{At, Config, Install};

use super::{edge, install};
use stage::{Person, Stage};

/// Who may do what on the demo's server.
const CONFIG: &str = r#"version = 1

[identity]
people          = "people.toml"
allowed_signers = ["allowed_signers"]

[[rule]]
use  = ["update.fast_forward", "update.no_delete", "commit.signed", "commit.identity"]
refs = ["HEAD"]

[[rule]]
use    = "commit.protected_paths"
refs   = ["HEAD"]
paths  = ["infra/**"]
params = { groups = ["security"] }

[[rule]]
use = ["update.namespaces", "commit.well_formed"]

[history]
baseline = ["HEAD"]
"#;

pub fn run() -> u8 {
    match play() {
        Ok(surprises) if surprises.is_empty() => {
            edge::answer("Every push came out as it should. Your own server: refgate install --help\n");
            0
        }
        Ok(surprises) => {
            edge::tell(&format!("refgate: not as it should be: {}\n", surprises.join("; ")));
            1
        }
        Err(error) => {
            edge::tell(&format!("refgate: the demo cannot be played: {error}\n"));
            2
        }
    }
}

/// How a push should end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Refused(&'static str),
}

/// Plays every scene; returns those that came out otherwise than expected.
fn play() -> Result<Vec<String>, String> {
    let stage = Stage::build(CONFIG)?;
    let installed = install::run(&Install {
        at: At::repository(stage.server()),
        config: Config { config: Some(stage.server().join("refgate.toml")) },
        program: None,
        dry_run: false,
    });
    if installed != 0 {
        return Err("the hook could not be installed".to_string());
    }
    edge::answer(
        "\nOn main every commit is signed by a person the operator knows, in that person's own name; infra/ belongs to the\n\
         security team; history only grows. Other branches are free.\n\n",
    );
    let mut show = Show { stage: &stage, number: 0, surprises: Vec::new() };
    show.scenes()?;
    Ok(show.surprises)
}

struct Show<'a> {
    stage: &'a Stage,
    number: usize,
    surprises: Vec<String>,
}

impl Show<'_> {
    fn scenes(&mut self) -> Result<(), String> {
        let stage = self.stage;
        let (alice, bob, mallory) = (&stage.alice, &stage.bob, &stage.mallory);
        let first = stage.commit(
            alice,
            Some(alice),
            &[],
            "open the shop",
            &[("README", "shop\n"), ("infra/door", "closed\n")],
        )?;
        self.push(
            "Alice, of the security team, starts main with a signed commit",
            &[&format!("{first}:refs/heads/main")],
            Outcome::Accepted,
        )?;

        let unsigned = stage.commit(bob, None, &[&first], "paint the wall", &[("wall", "green\n")])?;
        self.push("Bob forgets to sign", &[&format!("{unsigned}:refs/heads/main")], Outcome::Refused("commit.signed"))?;

        let stranger = stage.commit(mallory, Some(mallory), &[&first], "paint the wall", &[("wall", "black\n")])?;
        self.push(
            "Mallory signs with a key that the operator does not know",
            &[&format!("{stranger}:refs/heads/main")],
            Outcome::Refused("commit.signed"),
        )?;

        let borrowed = stage.commit(alice, Some(bob), &[&first], "give bob a key", &[("wall", "gold\n")])?;
        self.push(
            "Bob signs with his own key, in Alice's name",
            &[&format!("{borrowed}:refs/heads/main")],
            Outcome::Refused("commit.identity"),
        )?;

        let wall = stage.commit(bob, Some(bob), &[&first], "paint the wall", &[("wall", "white\n")])?;
        self.push("Bob signs, in his own name", &[&format!("{wall}:refs/heads/main")], Outcome::Accepted)?;

        let rewritten = stage.commit(bob, Some(bob), &[&first], "paint the wall again", &[("wall", "blue\n")])?;
        self.push(
            "Bob rewrites main with a forced push",
            &["--force", &format!("{rewritten}:refs/heads/main")],
            Outcome::Refused("update.fast_forward"),
        )?;

        self.push("Bob deletes main", &["--delete", "refs/heads/main"], Outcome::Refused("update.no_delete"))?;

        let door = stage.commit(bob, Some(bob), &[&wall], "open the door", &[("infra/door", "open\n")])?;
        self.push(
            "Bob changes infra/, which is not his team's",
            &[&format!("{door}:refs/heads/main")],
            Outcome::Refused("commit.protected_paths"),
        )?;

        let lock = stage.commit(alice, Some(alice), &[&wall], "lock the door", &[("infra/door", "locked\n")])?;
        self.push("Alice changes infra/", &[&format!("{lock}:refs/heads/main")], Outcome::Accepted)?;

        // The side was cut before the lock; the merge keeps the side's door and says nothing of it.
        let side = stage.commit(bob, Some(bob), &[&wall], "sweep the floor", &[("floor", "clean\n")])?;
        let quiet = stage.merge(
            bob,
            &lock,
            &side,
            "merge the clean floor",
            &[("floor", "clean\n"), ("infra/door", "closed\n")],
        )?;
        self.push(
            "Bob's merge quietly takes back the lock in infra/",
            &[&format!("{quiet}:refs/heads/main")],
            Outcome::Refused("commit.protected_paths"),
        )?;

        let honest = stage.merge(bob, &lock, &side, "merge the clean floor", &[("floor", "clean\n")])?;
        self.push(
            "Bob merges the same branch and leaves the lock alone",
            &[&format!("{honest}:refs/heads/main")],
            Outcome::Accepted,
        )?;

        let hidden = stage.commit(mallory, None, &[&honest], "add a window", &[("window", "open\n")])?;
        self.push(
            "Mallory pushes an unsigned commit to a side branch, which is free",
            &[&format!("{hidden}:refs/heads/side")],
            Outcome::Accepted,
        )?;
        self.push(
            "... and then moves main to it: the server has the commit already, and it is judged all the same",
            &[&format!("{hidden}:refs/heads/main")],
            Outcome::Refused("commit.signed"),
        )
    }

    fn push(&mut self, title: &str, arguments: &[&str], expected: Outcome) -> Result<(), String> {
        self.number += 1;
        let pushed = self.stage.push(arguments)?;
        let (mark, as_expected) = match expected {
            Outcome::Accepted => ("accepted", pushed.accepted),
            Outcome::Refused(code) => ("refused", !pushed.accepted && pushed.said.contains(code)),
        };
        edge::answer(&format!("{}. {title}\n   $ git push server {}\n", self.number, arguments.join(" ")));
        for line in pushed.said.lines().filter(|line| line.starts_with("remote:")) {
            edge::answer(&format!("   {}\n", line.trim_end()));
        }
        edge::answer(&format!("   => {}\n\n", if pushed.accepted { "accepted" } else { "refused" }));
        if !as_expected {
            self.surprises.push(format!("push {} was to be {mark}:\n{}", self.number, pushed.said));
        }
        Ok(())
    }
}

impl Person {
    /// The line of `allowed_signers` that makes this person's key the operator's word.
    fn allowed_signer(&self) -> String {
        format!("{} namespaces=\"git\" {}\n", self.email, self.key.public_key())
    }
}
