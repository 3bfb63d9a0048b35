//! What the operator wrote, and what the repository holds, going away or changing while a push is judged: each is read
//! once, and what cannot be read refuses.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::running::{Held, bad, good, names, text, unharmed, until, with_main};
use crate::stage::{BOB, Server, ServerBuilder, shipped_hook};

/// What the hook answers when all but its lines was read and then something happened.
#[track_caller]
fn answers(server: &Server, happens: impl FnOnce(), lines: &str, code: i32) -> String {
    let held = Held::ready(server);
    happens();
    let output = held.told(lines);
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(code), ""), "{told}");
    assert!(!told.contains("panicked at"), "{told}");
    told
}

#[test]
fn what_the_operator_wrote_is_read_once() {
    let server = with_main(Server::build());
    let (good, bad) = (good(&server), bad(&server));
    answers(&server, || fs::remove_dir_all(server.operator()).unwrap(), &good, 0);
    let server = with_main(Server::build());
    let told = answers(&server, || fs::remove_dir_all(server.operator()).unwrap(), &bad, 1);
    assert!(told.contains("commit.signed"), "{told}");
}

#[test]
fn rules_that_change_while_a_push_is_judged_hold_from_the_next_on() {
    let server = with_main(Server::build());
    let config = server.operator().join("refgate.toml");
    let strict = fs::read_to_string(&config).unwrap();
    let lax = strict.replace(", \"commit.signed\", \"commit.identity\"", "");
    assert_ne!(strict, lax);
    answers(&server, || fs::write(&config, &lax).unwrap(), &bad(&server), 1);
    let digest: String = Sha256::digest(&strict).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(server.decision()["input"]["read"]["files"][config.display().to_string()], digest);
    answers(&server, || fs::write(&config, &strict).unwrap(), &bad(&server), 0);
    answers(&server, || (), &bad(&server), 1);
}

/// Replaces a file of the operator's by a pipe.
fn pipe(server: &Server, name: &str) -> (PathBuf, Vec<u8>) {
    let path = server.operator().join(name);
    let content = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let status = Command::new("mkfifo").args(["-m", "600"]).arg(&path).status();
    assert!(status.is_ok_and(|status| status.success()), "mkfifo is part of every system");
    (path, content)
}

/// The end to write into, once refgate has opened the other.
fn opened(path: &Path) -> File {
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap();
    until("refgate opened the pipe", || OpenOptions::new().write(true).custom_flags(nonblocking).open(path).ok())
}

/// People are read first: whatever goes away then is not there when its turn comes.
#[test]
fn what_vanishes_before_it_is_read_refuses() {
    let rule = "package refgate.commit.own\n\ndeny contains \"never\" if input.commit.id == \"\"\n";
    for name in ["allowed_signers", "revoked.krl", "openpgp", "ssh/bob.pub", "policies"] {
        let server =
            with_main(Server::build().and_rules("[[rule]]\nuse = \"commit.own\"").own_rule("commit.own", rule));
        let (path, people) = pipe(&server, "people.toml");
        let held = Held::by(&server, |_| {});
        let mut people_file = opened(&path);
        let gone = server.operator().join(name);
        if gone.is_dir() { fs::remove_dir_all(&gone) } else { fs::remove_file(&gone) }.unwrap();
        people_file.write_all(&people).unwrap();
        drop(people_file);
        let output = held.told(&good(&server));
        assert_eq!(output.status.code(), Some(2), "without '{name}': {}", text(&output.stderr));
    }
}

#[test]
fn file_that_is_cut_off_while_it_is_read_refuses() {
    for bytes in [0, 10, 200] {
        let server = with_main(Server::build());
        let (path, people) = pipe(&server, "people.toml");
        let held = Held::by(&server, |_| {});
        opened(&path).write_all(&people[..bytes]).unwrap();
        let output = held.told(&good(&server));
        assert!(matches!(output.status.code(), Some(1 | 2)), "{bytes}: {}", text(&output.stderr));
    }
}

/// Data comes last: rules that change then have been read.
#[test]
fn rule_that_changes_while_data_is_read_counts_as_it_was() {
    let rule = "package refgate.commit.team\n\ndeny contains \"not of the team\" if not input.commit.committer.email in data.teams.all\n";
    let server = with_main(
        Server::build()
            .file("policies/commit/team/team.rego", rule)
            .file("teams.json", "{\"all\": [\"carol@example.org\"]}")
            .config("version = 1\n[policies]\npath = \"policies\"\ndata = [\"teams.json\"]\n[[rule]]\nuse = \"commit.team\"\n"),
    );
    let own = server.operator().join("policies/commit/team/team.rego");
    let (path, data) = pipe(&server, "teams.json");
    let held = Held::by(&server, |_| {});
    let mut data_file = opened(&path);
    fs::write(&own, "package refgate.commit.team\n\nallow := true\n").unwrap();
    data_file.write_all(&data).unwrap();
    drop(data_file);
    let output = held.told(&good(&server));
    let told = text(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains("not of the team"), "{told}");
}

#[test]
fn log_that_vanishes_while_a_push_is_judged_refuses() {
    let acts: [fn(&Path); 3] = [
        |log| fs::remove_dir_all(log.parent().unwrap()).unwrap(),
        |log| fs::create_dir(log).unwrap(),
        |log| std::os::unix::fs::symlink("/nonexistent/decisions.jsonl", log).unwrap(),
    ];
    for act in acts {
        let server = with_main(Server::build());
        let told = answers(&server, || act(&server.log()), &good(&server), 2);
        assert!(told.contains("the decision could not be recorded"), "{told}");
        assert!(!told.contains("decisions.jsonl"), "{told}");
        // A refusal stands without its record.
        let server = with_main(Server::build());
        answers(&server, || act(&server.log()), &bad(&server), 1);
    }
}

#[test]
fn log_that_cannot_be_written_refuses() {
    for path in ["/proc/version", "/proc/decisions.jsonl", "/sys/decisions.jsonl", "/dev/null"] {
        let server = Server::build().log_to(path).start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("could not be recorded");
        unharmed(&server);
    }
}

#[test]
fn log_that_is_put_aside_while_a_push_is_judged_begins_anew() {
    let server = with_main(Server::build());
    answers(&server, || (), &good(&server), 0);
    let aside = server.log().with_extension("1");
    answers(&server, || fs::rename(server.log(), &aside).unwrap(), &good(&server), 0);
    assert_eq!((fs::read_to_string(aside).unwrap().lines().count(), server.decisions().len()), (1, 1));
}

type Damage = (&'static str, fn(&Path));

fn only(folder: &Path, ending: &str) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries.into_iter().find(|path| path.extension().is_some_and(|found| found == ending)).unwrap()
}

fn cut(path: &Path) {
    let bytes = fs::read(path).unwrap();
    replace(path, &bytes[..bytes.len() / 2]);
}

/// Git's files cannot be written: another takes the place.
fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn pack(repository: &Path, ending: &str) -> PathBuf {
    only(&repository.join("objects/pack"), ending)
}

/// What can be wrong with a repository whose objects and refs are packed.
const DAMAGES: [Damage; 17] = [
    ("a pack cut in half", |repository| cut(&pack(repository, "pack"))),
    ("an empty pack", |repository| replace(&pack(repository, "pack"), b"")),
    ("a pack that is none", |repository| replace(&pack(repository, "pack"), &[b'x'; 5000])),
    ("a pack that is a folder", |repository| {
        let path = pack(repository, "pack");
        fs::remove_file(&path).unwrap();
        fs::create_dir(path).unwrap();
    }),
    ("no pack", |repository| fs::remove_file(pack(repository, "pack")).unwrap()),
    ("an index cut in half", |repository| cut(&pack(repository, "idx"))),
    ("an empty index", |repository| replace(&pack(repository, "idx"), b"")),
    ("no index", |repository| fs::remove_file(pack(repository, "idx")).unwrap()),
    ("no objects", |repository| fs::remove_dir_all(repository.join("objects")).unwrap()),
    ("no HEAD", |repository| fs::remove_file(repository.join("HEAD")).unwrap()),
    ("an empty HEAD", |repository| replace(&repository.join("HEAD"), b"")),
    ("a HEAD that names no ref", |repository| replace(&repository.join("HEAD"), b"ref: ../x\n")),
    ("packed refs cut in half", |repository| cut(&repository.join("packed-refs"))),
    ("packed refs that are none", |repository| replace(&repository.join("packed-refs"), b"\xff\xfe\n")),
    ("an empty ref", |repository| fs::write(repository.join("refs/heads/main"), "").unwrap()),
    ("a ref that is none", |repository| fs::write(repository.join("refs/heads/main"), "main\n").unwrap()),
    ("a config that is none", |repository| replace(&repository.join("config"), b"[core\n")),
];

#[test]
fn repository_that_cannot_be_read_refuses() {
    for (what, damage) in DAMAGES {
        let server = with_main(Server::build());
        server.git(&["repack", "-adq"]);
        server.git(&["pack-refs", "--all"]);
        let lines = [good(&server), bad(&server)];
        assert!(
            server.repository().join("packed-refs").is_file() && !server.repository().join("refs/heads/main").exists()
        );
        damage(&server.repository());
        let before = (server.snapshot(), names(&server));
        for lines in &lines {
            let told = server.hook(lines).refuses();
            assert!(!told.plain.contains("panicked"), "{what}: {}", told.plain);
        }
        let log: Vec<_> =
            names(&server).difference(&before.1).filter(|name| !name.ends_with("decisions.jsonl")).cloned().collect();
        assert_eq!((before.0.differences(&server.snapshot()), log), (vec![], vec![]), "{what}");
    }
}

#[test]
fn pack_that_arrives_cut_off_leaves_nothing() {
    let server = with_main(Server::build());
    let bob = server.developer(BOB);
    let tip = server.tip("refs/heads/main");
    let new = bob.write("a", "x\n".repeat(5000)).commit("add much").head();
    let pack = bob.pack(&[&new, &format!("^{tip}")]);
    for bytes in [0, 4, 12, 40, pack.len() / 2, pack.len() - 20, pack.len() - 1] {
        let wire = crate::wire::Wire::to(&server).command(&tip, &new, "refs/heads/main").pack(pack[..bytes].to_vec());
        wire.send().left_nothing();
        unharmed(&server);
    }
    let mut bent = pack.clone();
    for position in (0..pack.len()).step_by(37) {
        bent[position] ^= 0x55;
        crate::wire::Wire::to(&server).command(&tip, &new, "refs/heads/main").pack(bent.clone()).send().left_nothing();
        bent[position] = pack[position];
    }
    crate::wire::Wire::to(&server).command(&tip, &new, "refs/heads/main").pack(pack).send().accepted();
    unharmed(&server);
}

/// The shipped hook, told by libfaketime that it is another day; `None` where that program is not installed.
fn on_another_day(date: &str) -> Option<ServerBuilder> {
    Command::new("faketime").arg("--version").output().ok()?;
    let binary = Path::new(env!("CARGO_BIN_EXE_refgate"));
    let wrapped = format!("\nexec faketime '{date}' ");
    Some(Server::build().hook(&shipped_hook(binary).replace("\nexec ", &wrapped)))
}

#[test]
fn clock_that_is_far_off_accepts_nothing_bad() {
    for (date, day) in [("1970-01-01 00:00:00", "1970-01-01T"), ("2100-01-01 00:00:00", "2100-01-01T")] {
        let Some(builder) = on_another_day(date) else {
            println!("left out: faketime is not installed");
            return;
        };
        let server = builder.start();
        let bob = server.developer(BOB);
        bob.commit_unsigned("add a door").push("main").refused("commit.signed");
        let logged = server.decision()["timestamp"].to_string();
        assert!(logged.contains(day), "{logged}");
        bob.git(&["commit", "--quiet", "--amend", "--gpg-sign", "--no-edit"]);
        match date.starts_with("1970") {
            true => bob.push("main").refused("after it was received"),
            // His key has no end.
            false => bob.push("main").accepted(),
        };
        unharmed(&server);
    }
}
