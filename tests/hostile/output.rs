//! Nothing from a push reaches a terminal as it is: places × strings.

use std::process::Command;

use crate::scene::{judge, send};
use crate::stage::{BOB, Developer, HookRun, Server, line};

/// What terminals, logs and people take for something else, and what each is called here.
const STRINGS: &[(&str, &[u8])] = &[
    ("escape sequence", b"a\x1b[2J\x1b]0;x\x07b"),
    ("carriage return", b"a\rrefgate: push accepted"),
    ("bell, backspace, delete", b"a\x07\x08\x7fb"),
    ("C1 control", "a\u{9b}31mb\u{85}c\u{90}d".as_bytes()),
    ("direction of text", "a\u{202e}b\u{2066}c\u{200f}d\u{61c}e".as_bytes()),
    ("zero width", "a\u{200b}b\u{200d}c\u{feff}d\u{2060}e".as_bytes()),
    ("separators of lines", "a\u{2028}b\u{2029}c".as_bytes()),
    ("tags and variations", "a\u{e0041}b\u{fe0f}c\u{ad}d".as_bytes()),
    ("bytes that are not UTF-8", b"a\xff\xfe\x9b31m\xc3b\xed\xa0\x80"),
];

/// What no terminal may get: anything but printable characters and line feeds.
#[track_caller]
fn is_plain(place: &str, name: &str, raw: &[u8]) {
    let text = std::str::from_utf8(raw).unwrap_or_else(|error| panic!("{place}, {name}: {error} in {raw:?}"));
    let hidden = |c: char| {
        c.is_control() && c != '\n'
            || matches!(u32::from(c), 0xad | 0x61c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe0fff)
    };
    assert!(!text.contains(hidden), "{place}, {name}: {text:?}");
    let forged = text.lines().any(|line| line.trim_start_matches("remote: ") == "refgate: push accepted");
    assert!(!forged, "{place}, {name}: {text:?}");
}

/// Every word of the push is repeated by a rule, whatever it is.
const ECHO: [(&str, &str); 4] = [
    (
        "commit.echo",
        "package refgate.commit.echo\n\ndeny contains {\"message\": sprintf(\"%v\", [input.commit]), \"hint\": input.commit.message, \"path\": input.commit.author.name}\n\ndeny contains {\"message\": change.path, \"path\": change.path} if some change in input.commit.changes\n",
    ),
    (
        "update.echo",
        "package refgate.update.echo\n\ndeny contains {\"message\": input.update.requested, \"hint\": input.update.ref, \"path\": input.update.name}\n",
    ),
    (
        "tag.echo",
        "package refgate.tag.echo\n\ndeny contains {\"message\": sprintf(\"%v\", [input.tag]), \"hint\": input.tag.message, \"path\": input.tag.name}\n",
    ),
    (
        "push.echo",
        "package refgate.push.echo\n\ndeny contains {\"message\": concat(\",\", input.push.options), \"hint\": input.push.pusher.name, \"path\": input.push.channel.address}\n",
    ),
];

fn echoing() -> Server {
    let rules: String = ECHO.iter().map(|(code, _)| format!("[[rule]]\nuse = {code:?}\n")).collect();
    let shipped = "[[rule]]\nuse = [\"commit.signed\", \"commit.identity\", \"commit.well_formed\", \"commit.message\", \"update.naming\", \"update.namespaces\", \"tag.names_ref\", \"tag.well_formed\", \"tag.signed\"]\n";
    let protected = "[[rule]]\nuse = \"commit.protected_paths\"\nparams = { groups = [\"security\"] }\n";
    let builder = Server::build()
        .rules(&format!("{rules}{shipped}{protected}"))
        .git_config("receive.advertisePushOptions", "true");
    ECHO.iter().fold(builder, |builder, (code, rego)| builder.own_rule(code, rego)).start()
}

/// Bytes that may stand on one line of an object.
fn on_one_line(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\n').collect()
}

/// The hook about one object of a developer, put at a ref.
fn about(server: &Server, bob: &Developer<'_>, id: &str, name: &[u8]) -> HookRun {
    let stdin = [format!("{} {id} ", server.zero()).as_bytes(), name, b"\n"].concat();
    judge(server, bob, stdin)
}

/// A commit whose parts are these bytes.
fn commit(bob: &Developer<'_>, name: &[u8], email: &[u8], message: &[u8]) -> String {
    let tree = format!("tree {}\n", bob.id("HEAD^{tree}"));
    let who = |role: &str| {
        [role.as_bytes(), b" ", &on_one_line(name), b" <", &on_one_line(email), b"> 1735689600 +0000\n"].concat()
    };
    bob.store("commit", [tree.as_bytes(), &who("author"), &who("committer"), b"\n", message].concat())
}

#[test]
fn nothing_in_a_commit_reaches_a_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    for (name, nasty) in STRINGS {
        let subject = commit(&bob, b"Bob", b"bob@example.org", nasty);
        let body = commit(&bob, b"Bob", b"bob@example.org", &[b"subject\n\nKey: ", *nasty].concat());
        let author = commit(&bob, nasty, b"bob@example.org", b"m\n");
        let email = commit(&bob, b"Bob", nasty, b"m\n");
        for (place, id) in [("subject", subject), ("message", body), ("name", author), ("e-mail", email)] {
            is_plain(place, name, &about(&server, &bob, &id, b"refs/heads/main").refuses().raw);
        }
    }
}

#[test]
fn nothing_in_the_headers_of_a_commit_reaches_a_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    let text = bob.commit_unsigned("add a door").git(&["cat-file", "commit", "HEAD"]);
    let (headers, message) = text.split_once("\n\n").expect("a commit has an empty line");
    for (name, nasty) in STRINGS {
        for start in ["gpgsig", "", "encoding ", "gpgsig -----BEGIN ", "mergetag ", "committer ", "gpgsig-sha256 "] {
            let odd = [headers.as_bytes(), b"\n", start.as_bytes(), &on_one_line(nasty), b" x\n\n", message.as_bytes()]
                .concat();
            let id = bob.store("commit", odd);
            is_plain(&format!("header '{start}'"), name, &about(&server, &bob, &id, b"refs/heads/main").refuses().raw);
        }
    }
}

#[test]
fn no_path_reaches_a_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").head();
    let file = bob.store("blob", "x");
    for (name, nasty) in STRINGS {
        for mode in ["100644", "120000", "40000"] {
            let target = if mode == "40000" {
                bob.store("tree", crate::pack::entry("100644", nasty, &file))
            } else {
                file.clone()
            };
            let tree = bob.store("tree", crate::pack::entry(mode, nasty, &target));
            let id = bob.git(&["commit-tree", "-S", "-p", &old, "-m", "odd", &tree]);
            let stdin = line(&old, &id, "refs/heads/main");
            is_plain("path", name, &judge(&server, &bob, stdin).refuses().raw);
        }
    }
}

#[test]
fn no_name_of_a_ref_reaches_a_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    let id = bob.commit("add a door").head();
    for (name, nasty) in STRINGS {
        for start in ["refs/heads/", "refs/tags/", "refs/x", "", "refs/namespaces/a/refs/heads/"] {
            let whole = [start.as_bytes(), nasty].concat();
            is_plain("ref name", name, &about(&server, &bob, &id, &whole).refuses().raw);
            if start == "refs/heads/" {
                let answer = send(&server, &[(&server.zero(), &id, &whole)], bob.pack(&["HEAD"])).send();
                is_plain("ref name in a push", name, &answer.told.raw);
                assert_eq!(server.refs().len(), 0, "{name}");
            }
        }
    }
}

#[test]
fn nothing_in_a_tag_reaches_a_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    for (name, nasty) in STRINGS {
        let one_line = on_one_line(nasty);
        let tag = |name: &[u8], tagger: &[u8], message: &[u8]| {
            let start = format!("object {head}\ntype commit\ntag ");
            bob.store("tag", [start.as_bytes(), name, b"\ntagger ", tagger, b" 1735689600 +0000\n\n", message].concat())
        };
        let tagger = [&one_line[..], b" <", &one_line, b">"].concat();
        let bob_himself = b"Bob <bob@example.org>";
        for id in [
            tag(&one_line, bob_himself, b"m\n"),
            tag(b"v1", &tagger, b"m\n"),
            tag(b"v1", bob_himself, nasty),
            tag(b"v1\nx", bob_himself, nasty),
        ] {
            is_plain("tag", name, &about(&server, &bob, &id, b"refs/tags/v1").refuses().raw);
        }
    }
}

#[test]
fn no_push_option_reaches_a_terminal_as_it_is() {
    let rules = "[[rule]]\nuse = \"push.echo\"\n[[rule]]\nuse = \"update.fast_forward\"\noverride = { groups = [\"developers\"] }\n";
    let server = Server::build().rules(rules).own_rule(ECHO[3].0, ECHO[3].1).start();
    let bob = server.developer(BOB);
    let (parent, tip) = (bob.commit("add a door").head(), bob.commit("add a window").plant("main").head());
    for (name, nasty) in STRINGS {
        for start in ["", "refgate.override="] {
            use std::os::unix::ffi::OsStrExt;
            let option = [start.as_bytes(), nasty].concat();
            let with_option = |command: &mut Command| {
                command
                    .env("GIT_PUSH_OPTION_COUNT", "1")
                    .env("GIT_PUSH_OPTION_0", std::ffi::OsStr::from_bytes(&option));
                command
                    .env("GATEWAY_INTERFACE", "CGI/1.1")
                    .env("REMOTE_USER", std::ffi::OsStr::from_bytes(&on_one_line(nasty)));
            };
            let told = server.hook_with(line(&tip, &parent, "refs/heads/main"), with_option).refuses();
            is_plain("push option", name, &told.raw);
        }
    }
}

#[test]
fn reason_of_an_override_reaches_no_terminal_as_it_is() {
    let rules = "[[rule]]\nuse = \"update.fast_forward\"\noverride = { groups = [\"developers\"] }\n";
    let server = Server::with_rules(rules);
    let bob = server.developer(BOB);
    let (parent, tip) = (bob.commit("add a door").head(), bob.commit("add a window").plant("main").head());
    for (name, nasty) in STRINGS.iter().filter(|(_, nasty)| std::str::from_utf8(nasty).is_ok()) {
        let option = format!("refgate.override={}", String::from_utf8_lossy(nasty));
        let told = server.hook_with(line(&tip, &parent, "refs/heads/main"), |command| {
            command.env("GIT_PUSH_OPTION_COUNT", "1").env("GIT_PUSH_OPTION_0", &option);
            command.env("GATEWAY_INTERFACE", "CGI/1.1").env("REMOTE_USER", "bob");
        });
        is_plain("reason", name, &told.exits(0).says("let through by an override").raw);
    }
}

#[test]
fn nothing_in_a_signature_or_a_key_s_comment_reaches_a_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    let whole = bob.commit("add a door").take_apart("HEAD");
    for (name, nasty) in STRINGS {
        for block in ["SSH SIGNATURE", "PGP SIGNATURE", "PGP MESSAGE", "SIGNED MESSAGE"] {
            let armor = [
                format!("-----BEGIN {block}-----\n ").as_bytes(),
                &on_one_line(nasty),
                format!("\n -----END {block}-----\n").as_bytes(),
            ]
            .concat();
            let odd = [whole.headers.as_bytes(), b"gpgsig ", &armor, b"\n", whole.message.as_bytes()].concat();
            let id = bob.store("commit", odd);
            is_plain("signature", name, &about(&server, &bob, &id, b"refs/heads/main").refuses().raw);
        }
    }
    // What an operator pasted along with a key is as foreign as a push.
    for (name, nasty) in STRINGS.iter().filter(|(_, nasty)| std::str::from_utf8(nasty).is_ok()) {
        let key = String::from_utf8_lossy(&crate::stage::read_fixture("bob.pub")).into_owned();
        let line = format!(
            "{} {}\n",
            key.split(' ').take(2).collect::<Vec<_>>().join(" "),
            String::from_utf8_lossy(&on_one_line(nasty))
        );
        let people = "[bob]\nname = \"Bob\"\nemails = [\"bob@example.org\"]\ngroups = [\"security\"]\nkeys = [\"ssh/odd.pub\"]\n";
        let rules = format!("[[rule]]\nuse = {:?}\n", ECHO[0].0);
        let server = Server::build()
            .rules(&rules)
            .own_rule(ECHO[0].0, ECHO[0].1)
            .file("people.toml", people)
            .file("ssh/odd.pub", line)
            .start();
        let bob = server.developer(BOB);
        bob.commit("add a door");
        let told = about(&server, &bob, &bob.head(), b"refs/heads/main").refuses();
        is_plain("comment of a key", name, &told.raw);
        is_plain(
            "list of people",
            name,
            &server.refgate(&["people", "--repository", &server.repository().display().to_string()]).answers(0).raw,
        );
    }
}

#[test]
fn nothing_reaches_the_operator_s_terminal_as_it_is() {
    let server = echoing();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    for (name, nasty) in STRINGS {
        let id = commit(&bob, nasty, b"bob@example.org", &[b"subject ", *nasty].concat());
        bob.place("odd", &id).plant("+odd:refs/rest/odd");
        let zero = server.zero();
        drop(server.hook(line(&zero, &id, "refs/heads/main")).refuses());
        is_plain("decision log", name, &std::fs::read(server.log()).unwrap());
        for arguments in [
            &["judge", "refs/heads/main", &zero, &id][..],
            &["judge", "--format", "json", "refs/heads/main", &zero, &id],
            &["input", "commit", &id],
            &[
                "replay",
                "--config",
                &server.operator().join("refgate.toml").display().to_string(),
                &server.log().display().to_string(),
            ],
        ] {
            let mut command = crate::stage::program(env!("CARGO_BIN_EXE_refgate"), server.folder());
            let finished = crate::stage::run(command.current_dir(server.repository()).args(arguments), b"");
            is_plain(arguments[0], name, &[finished.stdout, finished.stderr].concat());
        }
    }
}
