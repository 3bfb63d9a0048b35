//! Pushes at the same time: whatever comes out could have come out one after the other, and the log has one line for
//! each decision.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::limits::ENDLESS;
use crate::running::{self, locked_log, unharmed};
use crate::stage::{ALICE, BOB, Developer, ERIN, Person, Server, Snapshot};

const PUSHES: usize = 100;
const THREADS: usize = 8;

/// A push as its pusher saw it.
#[derive(Debug)]
struct Pushed {
    number: usize,
    /// What is pushed, and what it was made on.
    new: String,
    old: String,
    signed: bool,
    /// Each ref, with whether the server took it; none that git kept to itself because it knew better.
    refs: BTreeMap<String, bool>,
}

/// The number decides what is pushed where: every other one is not signed, and three branches are everybody's.
fn push(bob: &Developer<'_>, number: usize) -> Pushed {
    bob.update();
    let old = bob.try_git(&["rev-parse", "--verify", "--quiet", "HEAD"], b"").stdout;
    let signed = number.is_multiple_of(2);
    let message = format!("door {number}");
    if signed {
        bob.commit(&message)
    } else {
        bob.commit_unsigned(&message)
    };
    let refspecs = match number % 10 {
        0..=3 => vec!["main".to_string()],
        4 | 5 => vec![format!("main:refs/heads/release/{number}")],
        6 | 7 => vec!["main".to_string(), format!("main:refs/heads/release/{number}")],
        _ => vec![format!("main:refs/heads/release/contested-{}", number / 20)],
    };
    let mut arguments = vec!["push", "--porcelain", "server"];
    arguments.extend(refspecs.iter().map(String::as_str));
    let finished = bob.try_git(&arguments, b"");
    let told = String::from_utf8_lossy(&finished.stdout).into_owned();
    assert!(!finished.stderr_text().contains("panicked at"), "{}", finished.stderr_text());
    // `<flag> TAB <from>:<to> TAB <summary>` (git-push(1), "OUTPUT").
    let lines =
        told.lines().filter_map(|line| Some((line.split_once('\t')?.0, line.splitn(3, '\t').collect::<Vec<_>>())));
    let reached = lines.filter(|(flag, parts)| parts.len() == 3 && *flag != "=" && !parts[2].starts_with("[rejected]"));
    let refs = reached.map(|(flag, parts)| (parts[1].split_once(':').unwrap().1.to_string(), flag != "!")).collect();
    Pushed { number, new: bob.head(), old: String::from_utf8_lossy(&old).trim().to_string(), signed, refs }
}

#[test]
fn hundred_pushes_at_once_end_as_if_one_had_come_after_the_other() {
    let server = &Server::build().log_input().start();
    server.developer(BOB).commit("begin").plant("main");
    let begin = server.tip("refs/heads/main");
    let next = &AtomicUsize::new(0);
    let people: [&'static Person; 2] = [BOB, ERIN];
    let pushes: Vec<Pushed> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let developer = server.developer(people[thread % 2]);
                    let mut mine = Vec::new();
                    loop {
                        match next.fetch_add(1, Ordering::Relaxed) {
                            number if number < PUSHES => mine.push(push(&developer, number)),
                            _ => return mine,
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(pushes.len(), PUSHES);
    unharmed(server);
    each_is_taken_whole_or_not_at_all(server, &pushes);
    each_branch_grew_push_by_push(server, &begin, &pushes);
    each_decision_is_logged_once(server, &pushes);
    let refs = || pushes.iter().flat_map(|push| push.refs.values());
    println!("{} updates asked for, {} taken", refs().count(), refs().filter(|taken| **taken).count());
}

/// No commit that was refused everywhere can be reached, nor one that is not signed; every other can, and from the very
/// ref that took it.
fn each_is_taken_whole_or_not_at_all(server: &Server, pushes: &[Pushed]) {
    let reachable: BTreeSet<String> = server.git(&["rev-list", "--all"]).lines().map(str::to_string).collect();
    for push in pushes {
        let taken: Vec<&String> = push.refs.iter().filter(|(_, taken)| **taken).map(|(name, _)| name).collect();
        assert!(push.signed || taken.is_empty(), "not signed, and taken: {push:?}");
        assert_eq!(reachable.contains(&push.new), !taken.is_empty(), "{push:?}");
        for name in taken {
            server.git(&["merge-base", "--is-ancestor", &push.new, name]);
        }
        let alone = push.signed && push.refs.keys().all(|name| name.ends_with(&format!("release/{}", push.number)));
        assert!(!alone || push.refs.values().all(|taken| *taken), "nothing was in its way: {push:?}");
    }
}

/// The updates that a branch took are one chain from its beginning to its end.
fn each_branch_grew_push_by_push(server: &Server, begin: &str, pushes: &[Pushed]) {
    for line in server.refs() {
        let (tip, name) = line.split_once(' ').unwrap();
        let taken: Vec<&Pushed> = pushes.iter().filter(|push| push.refs.get(name) == Some(&true)).collect();
        if name != "refs/heads/main" {
            assert_eq!(taken.len(), 1, "'{name}' was created once");
            assert_eq!(taken[0].new, tip);
            continue;
        }
        let steps: BTreeMap<&str, &str> = taken.iter().map(|push| (push.old.as_str(), push.new.as_str())).collect();
        assert_eq!(steps.len(), taken.len(), "two pushes began at the same value");
        let mut here = begin;
        for _ in 0..steps.len() {
            here = steps.get(here).expect("the chain has no gap");
        }
        assert_eq!(here, tip);
    }
}

fn each_decision_is_logged_once(server: &Server, pushes: &[Pushed]) {
    let decisions = server.decisions();
    let ids: BTreeSet<&str> = decisions.iter().map(|decision| decision["decision_id"].as_str().unwrap()).collect();
    let asked = pushes.iter().filter(|push| !push.refs.is_empty());
    assert_eq!((decisions.len(), ids.len()), (asked.clone().count(), decisions.len()));
    for push in asked {
        let about = |decision: &&serde_json::Value| decision["input"]["updates"][0]["new"] == push.new;
        let verdicts: Vec<_> = decisions.iter().filter(about).map(|one| one["result"]["verdict"].clone()).collect();
        let taken = push.refs.values().any(|taken| *taken);
        assert_eq!(verdicts.len(), 1, "{push:?}");
        assert!(!taken || verdicts[0] == "accepted", "taken, and {verdicts:?}: {push:?}");
        assert!(push.signed || verdicts[0] == "refused", "not signed, and {verdicts:?}: {push:?}");
    }
}

/// Holds a push back between its decision and the record of it, does something, and lets it go on.
fn meanwhile<T>(server: &Server, push: impl FnOnce() -> T + Send, act: impl FnOnce()) -> T
where
    T: Send,
{
    let lock = locked_log(server);
    thread::scope(|scope| {
        let pushing = scope.spawn(push);
        running::recording(server);
        act();
        drop(lock);
        pushing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn ref_that_moves_while_a_push_to_it_is_judged_is_not_moved_again() {
    let server = &Server::new();
    let bob = server.developer(BOB);
    bob.commit("begin").plant("main").branch("other").commit("another way").plant("other");
    let (before, other) = (server.tip("refs/heads/main"), server.tip("refs/heads/other"));
    let acts: [(&[&str], &str); 2] =
        [(&["update-ref", "refs/heads/main", &other], &other), (&["update-ref", "-d", "refs/heads/main"], "")];
    for (act, tip) in acts {
        server.git(&["update-ref", "refs/heads/main", &before]);
        let decided = server.decisions().len();
        let (head, outcome) = meanwhile(
            server,
            || {
                let erin = server.developer(ERIN);
                (erin.commit(&format!("way to '{tip}'")).head(), erin.push("main"))
            },
            || drop(server.git(act)),
        );
        drop(outcome.failed());
        assert_eq!(server.tip("refs/heads/main"), tip);
        assert!(!server.git(&["rev-list", "--all"]).contains(&head));
        assert_eq!(server.decisions().len(), decided + 1);
        unharmed(server);
    }
}

#[test]
fn ref_that_appears_while_its_creation_is_judged_stays_as_it_is() {
    let server = &Server::new();
    server.developer(BOB).commit("begin").plant("main");
    let tip = server.tip("refs/heads/main");
    let outcome = meanwhile(
        server,
        || server.developer(ERIN).commit("add a door").push("main:refs/heads/release/1"),
        || drop(server.git(&["update-ref", "refs/heads/release/1", &tip])),
    );
    drop(outcome.failed());
    assert_eq!(server.tip("refs/heads/release/1"), tip);
    unharmed(server);
}

#[test]
fn rules_that_change_while_a_push_is_judged_are_the_next_push_s() {
    let server = &Server::new();
    let config = server.operator().join("refgate.toml");
    let strict = fs::read_to_string(&config).unwrap();
    let lax = strict.replace(", \"commit.signed\", \"commit.identity\"", "");
    let bob = server.developer(BOB);
    let unsigned = |message: &str| {
        let bob = server.developer(BOB);
        bob.commit_unsigned(message).push("main")
    };
    bob.commit("begin").plant("main");
    meanwhile(server, || unsigned("add a door"), || fs::write(&config, &lax).unwrap()).refused("commit.signed");
    let outcome = meanwhile(server, || unsigned("add a window"), || fs::write(&config, &strict).unwrap());
    drop(outcome.accepted());
    drop(unsigned("add a roof").refused("commit.signed"));
    unharmed(server);
}

/// Whoever holds the log's lock and dies holds up nobody.
#[test]
fn push_that_is_killed_while_it_records_holds_up_no_other() {
    let server = &Server::new();
    server.developer(BOB).commit("begin").plant("main");
    let lock = locked_log(server);
    thread::scope(|scope| {
        let push = |person| {
            scope.spawn(move || {
                let developer = server.developer(person);
                let own = format!("main:refs/heads/release/{}", person.id);
                developer.commit("add a door").pushing(&own).go().succeeded
            })
        };
        let first = push(BOB);
        let killed = running::recording(server);
        killed.kill("KILL");
        assert!(!first.join().unwrap());
        let others = [push(ALICE), push(ERIN)];
        running::recording(server);
        drop(lock);
        assert!(others.into_iter().all(|other| other.join().unwrap()));
    });
    assert_eq!(server.decisions().len(), 2);
    unharmed(server);
}

/// Nothing is shared while rules are asked.
#[test]
fn slow_push_holds_up_no_other() {
    let rules = "[[rule]]\nuse = \"commit.signed\"\n[[rule]]\nuse = \"commit.endless\"\nrefs = [\"refs/heads/slow\"]";
    let server = &Server::build().rules(rules).own_rule("commit.endless", ENDLESS).start();
    server.developer(BOB).commit("begin").plant("main");
    thread::scope(|scope| {
        let slow =
            scope.spawn(|| server.developer(BOB).commit("add a door").pushing("main:refs/heads/slow").go().failed());
        let process = running::judging(server);
        assert!(server.developer(ERIN).commit("add a window").push("main").succeeded);
        process.kill("KILL");
        slow.join().unwrap();
    });
    assert_eq!(server.refs().len(), 1);
    unharmed(server);
}

/// What these tests look with: quarantines of other pushes come and go under its eyes.
#[test]
fn snapshot_of_a_busy_repository_has_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
    let before = Snapshot::of(folder.path());
    let objects = folder.path().join("objects");
    let quarantine = objects.join("tmp_objdir-incoming/pack");
    thread::scope(|scope| {
        let churning = scope.spawn(|| {
            for _ in 0..2_000 {
                fs::create_dir_all(&quarantine).unwrap();
                fs::write(quarantine.join("pack-1.pack"), "PACK").unwrap();
                fs::remove_dir_all(&objects).unwrap();
            }
        });
        while !churning.is_finished() {
            let differences = before.differences(&Snapshot::of(folder.path()));
            assert!(differences.iter().all(|line| line.starts_with("+ objects")), "{differences:?}");
        }
    });
    assert!(before == Snapshot::of(folder.path()));
}
