//! What holds for every push: more lines never help, order and environment never matter, and two pushes get no more
//! than one.

use std::process::Command;

use crate::stage::{ALICE, BOB, ERIN, Server, line};

/// A sequence that looks like chance and is the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("it is below the sides")
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

/// A server and what may be pushed to it, good and bad; every object is there already.
struct Pool {
    server: Server,
    good: Vec<String>,
    bad: Vec<String>,
}

impl Pool {
    fn new() -> Self {
        let server = Server::new();
        let bob = server.developer(BOB);
        let old = bob.commit("add a door").commit("add a window").plant("main main:refs/heads/release/0").head();
        let parent = bob.id("HEAD~1");
        let signed = bob.commit("add a roof").plant("main:refs/rest/signed").head();
        bob.tag("v1").plant("refs/tags/v1:refs/rest/tag");
        let tag = bob.id("refs/tags/v1");
        bob.git(&["reset", "--quiet", "--hard", &old]);
        let unsigned = bob.commit_unsigned("add a tunnel").plant("+main:refs/rest/unsigned").head();
        bob.git(&["reset", "--quiet", "--hard", &old]);
        let infra = bob.write("infra/gate.tf", "open\n").commit("open the gate").plant("+main:refs/rest/infra").head();
        let tree = bob.id("HEAD^{tree}");
        drop(bob);
        let zero = server.zero();
        let good = [
            line(&old, &signed, "refs/heads/main"),
            line(&zero, &signed, "refs/heads/release/1"),
            line(&zero, &unsigned, "refs/heads/wip"),
            line(&zero, &tag, "refs/tags/v1"),
            line(&zero, &zero, "refs/heads/none"),
            line(&old, &old, "refs/heads/release/0"),
            line(&zero, &infra, "refs/heads/release/2"),
        ];
        let bad = [
            line(&zero, &unsigned, "refs/heads/release/3"),
            line(&old, &parent, "refs/heads/release/0"),
            line(&zero, &signed, "refs/meta/config"),
            line(&zero, &tree, "refs/heads/tree"),
            line(&zero, &unsigned, "refs/namespaces/x/refs/heads/main"),
            line(&parent, &signed, "refs/heads/stale"),
            line(&zero, &signed, "refs/heads/a b"),
            line(&zero, &"f".repeat(40), "refs/heads/missing"),
            line(&zero, &signed[..39], "refs/heads/short"),
            format!("{zero} {signed} refs/heads/cut"),
            " \n".to_string(),
        ];
        Self { server, good: good.to_vec(), bad: bad.to_vec() }
    }

    /// A few lines of the pool, each at most once.
    fn draw(&self, dice: &mut Dice, good: usize, bad: usize) -> Vec<String> {
        let (mut some, mut others) = (self.good.clone(), self.bad.clone());
        dice.shuffle(&mut some);
        dice.shuffle(&mut others);
        let mut lines: Vec<String> = some.into_iter().take(good).chain(others.into_iter().take(bad)).collect();
        dice.shuffle(&mut lines);
        lines
    }

    /// The verdict, and what rules said, in an order of its own.
    fn judge(&self, lines: &[String], change: impl FnOnce(&mut Command)) -> (String, Vec<String>) {
        let before = self.server.decisions().len();
        drop(self.server.hook_with(lines.concat(), change));
        let decisions = self.server.decisions();
        assert_eq!(decisions.len(), before + 1, "each push has its decision");
        let result = &decisions.last().expect("one was made")["result"];
        let violations = result["violations"].as_array().expect("the log lists violations");
        let mut violations: Vec<String> = violations.iter().map(ToString::to_string).collect();
        violations.sort();
        (result["verdict"].as_str().expect("there is a verdict").to_string(), violations)
    }

    fn accepts(&self, lines: &[String]) -> bool {
        self.judge(lines, |_| {}).0 == "accepted"
    }
}

#[test]
fn line_more_never_turns_a_refusal_into_acceptance() {
    let pool = Pool::new();
    let dice = &mut Dice(7);
    for _ in 0..25 {
        let (good, bad) = (dice.below(4), 1 + dice.below(2));
        let mut lines = pool.draw(dice, good, bad);
        assert!(!pool.accepts(&lines), "{lines:#?}");
        let all: Vec<&String> = pool.good.iter().chain(&pool.bad).collect();
        let more = all[dice.below(all.len())].clone();
        lines.insert(dice.below(lines.len() + 1), more);
        assert!(!pool.accepts(&lines), "{lines:#?}");
    }
}

#[test]
fn good_lines_are_good_together_and_one_bad_line_is_enough() {
    let pool = Pool::new();
    let dice = &mut Dice(11);
    for _ in 0..8 {
        let good = 1 + dice.below(pool.good.len());
        let lines = pool.draw(dice, good, 0);
        assert!(pool.accepts(&lines), "{lines:#?}");
    }
    for bad in &pool.bad {
        for at in [0, pool.good.len()] {
            let mut lines = pool.good.clone();
            lines.insert(at, bad.clone());
            assert!(!pool.accepts(&lines), "{lines:#?}");
        }
    }
}

#[test]
fn order_of_lines_changes_nothing() {
    let pool = Pool::new();
    let dice = &mut Dice(13);
    for _ in 0..12 {
        // Lines that can be read: about one that cannot, nothing else is said.
        let mut lines = pool.good.clone();
        lines.extend_from_slice(&pool.bad[..5]);
        dice.shuffle(&mut lines);
        lines.truncate(2 + dice.below(6));
        let first = pool.judge(&lines, |_| {});
        for _ in 0..2 {
            dice.shuffle(&mut lines);
            assert_eq!(pool.judge(&lines, |_| {}), first, "{lines:#?}");
        }
    }
    for _ in 0..12 {
        let mut lines = pool.draw(dice, 3, 2);
        let first = pool.judge(&lines, |_| {}).0;
        dice.shuffle(&mut lines);
        let second = pool.judge(&lines, |_| {}).0;
        assert_eq!(first == "accepted", second == "accepted", "{lines:#?}");
    }
}

/// Variables that say nothing to refgate, or nothing that it may believe.
const NOISE: &[(&str, &str)] = &[
    ("GIT_CONFIG_COUNT", "1"),
    ("GIT_CONFIG_KEY_0", "refgate.config"),
    ("GIT_CONFIG_VALUE_0", "/dev/null"),
    ("GIT_CONFIG_PARAMETERS", "'refgate.config'='/dev/null'"),
    ("GIT_CONFIG_GLOBAL", "/etc/passwd"),
    ("GIT_CONFIG_SYSTEM", "/etc/passwd"),
    ("GIT_REPLACE_REF_BASE", "refs/heads/"),
    ("GIT_NO_REPLACE_OBJECTS", "0"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_SHALLOW_FILE", "/dev/null"),
    ("GIT_CEILING_DIRECTORIES", "/"),
    ("GIT_COMMON_DIR", "/nonexistent"),
    ("GIT_WORK_TREE", "/"),
    ("GIT_INDEX_FILE", "/dev/null"),
    ("GIT_PUSH_OPTION_3", "refgate.override=x"),
    ("GIT_PUSH_CERT_STATUS", "G"),
    ("GIT_PUSH_CERT_SIGNER", "alice"),
    ("GIT_PUSH_CERT_NONCE_STATUS", "OK"),
    ("GIT_PROTOCOL", "version=2"),
    ("GIT_TRACE", "1"),
    ("GIT_DEFAULT_HASH", "sha256"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_ICASE_PATHSPECS", "1"),
    ("REFGATE_CONFIG", "/dev/null"),
    ("REFGATE_SKIP", "1"),
    ("REFGATE_OVERRIDE", "1"),
    ("REFGATE_LOG", "/dev/null"),
    ("GL_USERNAME", "alice"),
    ("GL_ID", "user-1"),
    ("GITEA_PUSHER_NAME", "alice"),
    ("GITEA_INTERNAL_PUSH", "true"),
    ("GITEA_PR_ID", "1"),
    ("GL_USER", "alice"),
    ("GITHUB_USER_LOGIN", "alice"),
    ("SOFT_SERVE_USERNAME", "alice"),
    ("USER", "alice"),
    ("LOGNAME", "alice"),
    ("SUDO_USER", "alice"),
    ("HTTP_X_REMOTE_USER", "alice"),
    ("HTTP_AUTHORIZATION", "Basic x"),
    ("SSH_ORIGINAL_COMMAND", "git-receive-pack 'x'"),
    ("LC_ALL", "tr_TR.UTF-8"),
    ("LANG", "xx"),
    ("TZ", "Asia/Kathmandu"),
    ("HOME", "/nonexistent"),
    ("PATH", ""),
    ("TMPDIR", "/nonexistent"),
    ("GNUPGHOME", "/nonexistent"),
    ("RUST_LOG", "trace"),
    ("RUST_BACKTRACE", "full"),
    ("NO_COLOR", "1"),
    ("CLICOLOR_FORCE", "1"),
    ("COLUMNS", "1"),
    ("MALLOC_CHECK_", "3"),
    ("SOURCE_DATE_EPOCH", "0"),
    ("FAKETIME", "@2000-01-01"),
    ("", "x"),
    ("A", "\u{202e}"),
];

#[test]
fn noise_in_the_environment_changes_nothing() {
    let pool = Pool::new();
    let dice = &mut Dice(17);
    let mut every = pool.good.clone();
    every.extend_from_slice(&pool.bad[..5]);
    let one_bad: Vec<String> = pool.good.iter().chain(&pool.bad[..1]).cloned().collect();
    for lines in [&pool.good, &every, &one_bad] {
        let first = pool.judge(lines, |_| {});
        let noisy = pool.judge(lines, |command| {
            drop(command.envs(NOISE.iter().filter(|(name, _)| !name.is_empty()).copied()).get_args())
        });
        assert_eq!(noisy, first, "all of it");
        for _ in 0..6 {
            let some: Vec<_> =
                (0..4).map(|_| NOISE[dice.below(NOISE.len())]).filter(|(name, _)| !name.is_empty()).collect();
            let noisy = pool.judge(lines, |command| drop(command.envs(some.clone()).get_args()));
            assert_eq!(noisy, first, "{some:?}");
        }
    }
}

/// What one commit of a line of them does.
const STEPS: [&str; 5] = ["signed", "unsigned", "infra by Bob", "infra by Erin", "revert"];

#[test]
fn two_pushes_get_no_more_than_one() {
    let dice = &mut Dice(23);
    for round in 0..6 {
        let server = Server::new();
        let erin = server.developer(ERIN);
        erin.write("infra/gate.tf", "closed\n").commit("build").plant("main");
        let (bob, erin) = (server.developer(BOB), server.developer(ERIN));
        let start = bob.head();
        let mut steps = Vec::new();
        // Most rounds have one bad step, the first none.
        let bad = if round == 0 { usize::MAX } else { dice.below(4) };
        for number in 0..4 {
            let step =
                if number == bad { STEPS[1 + dice.below(2)] } else { ["signed", "infra by Erin"][dice.below(2)] };
            let message = format!("step {number}");
            match step {
                "unsigned" => drop(bob.commit_unsigned(&message).head()),
                "infra by Bob" => drop(bob.write("infra/gate.tf", &message).commit(&message).head()),
                "infra by Erin" => {
                    erin.git(&["fetch", "--quiet", &bob.work().display().to_string(), "main"]);
                    erin.git(&["reset", "--quiet", "--hard", "FETCH_HEAD"]);
                    erin.write("infra/gate.tf", &message).commit(&message);
                    bob.git(&["fetch", "--quiet", &erin.work().display().to_string(), "main"]);
                    bob.git(&["reset", "--quiet", "--hard", "FETCH_HEAD"]);
                }
                _ => drop(bob.commit(&message).head()),
            }
            steps.push(step);
        }
        bob.plant("main:refs/rest/all");
        let (middle, end) = (bob.id(&format!("main~{}", 1 + dice.below(3))), bob.head());
        let verdict = |old: &str, new: &str, name: &str| {
            drop(server.hook(line(old, new, name)));
            server.decision()["result"]["verdict"] == "accepted"
        };
        let whole = verdict(&start, &end, "refs/heads/main");
        let first = verdict(&start, &middle, "refs/heads/main");
        server.git(&["update-ref", "refs/heads/main", &middle]);
        let second = verdict(&middle, &end, "refs/heads/main");
        assert_eq!(whole, first && second, "{steps:?}");
        assert_eq!(whole, bad == usize::MAX, "{steps:?}");
        // A detour over another ref, which is no part of either push, changes nothing.
        server.git(&["update-ref", "refs/heads/main", &start]);
        server.git(&["update-ref", "refs/heads/detour", &middle]);
        assert_eq!(verdict(&start, &end, "refs/heads/main"), whole, "{steps:?}");
    }
}

#[test]
fn real_push_in_two_parts_comes_to_what_one_push_comes_to() {
    for parts in [1, 2] {
        let server = Server::new();
        let alice = server.developer(ALICE);
        alice.commit("add a door").plant("main");
        alice
            .commit("add a window")
            .branch("middle")
            .commit_unsigned("add a tunnel")
            .branch("end")
            .commit("add a roof");
        if parts == 2 {
            alice.push("middle~1:refs/heads/main").accepted();
            alice.push("middle:refs/heads/main").refused("\"add a tunnel\" … commit.signed");
        }
        alice.push("end:refs/heads/main").refused("\"add a tunnel\" … commit.signed");
        alice.push("end:refs/heads/wip").accepted();
        alice.push("end:refs/heads/main end:refs/heads/release/1").refused("\"add a tunnel\" … commit.signed");
    }
}
