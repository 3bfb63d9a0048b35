//! One step beside the cases of the catalogue: what somebody tries next who has read it.

use std::os::unix::fs::symlink;

use crate::pack::{Content, Pack, commit, entry};
use crate::scales::weigh;
use crate::scene::{between, judge, nothing, quarantine, send, take_in, with_infra, with_main};
use crate::stage::{ALICE, BOB, Developer, ERIN, MALLORY, Server, line};
use crate::wire::Wire;

const MAIN: &[u8] = b"refs/heads/main";
const UNSIGNED: &str = "\"add a tunnel\" … commit.signed: not signed";
const PROTECTED: &str = "commit.protected_paths";

/// Beside A02 to A06: git ends a name at the first NUL.
#[test]
fn name_ends_at_a_nul_for_the_gate_as_for_git() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    let zero = server.zero();
    for name in
        [&b"refs/heads/release/1\0report-status"[..], b"refs/heads/release/1\0\n", b"refs/heads/release/1\0 atomic"]
    {
        let lines = [(old.as_str(), old.as_str(), MAIN), (zero.as_str(), new.as_str(), name)];
        send(&server, &lines, between(&bob, &old, &new)).send().refused("refs/heads/release/1 … commit.signed");
    }
}

#[test]
fn name_with_a_blank_that_is_none_is_one_name() {
    let server = with_main();
    let bob = server.developer(BOB);
    let new = bob.commit_unsigned("add a tunnel").head();
    for blank in ["\u{a0}", "\u{85}", "\u{2028}", "\u{2029}", "\u{3000}", "\u{2000}", "\u{200b}", "\u{feff}"] {
        for name in [format!("refs/heads/release/1{blank}refs/heads/wip"), format!("refs/heads/{blank}/../release/1")] {
            let line = (server.zero(), new.clone());
            let told = send(&server, &[(&line.0, &line.1, name.as_bytes())], bob.pack(&[&new])).send();
            let words = if name.contains("..") { "gate.ref_name" } else { "commit.signed" };
            told.refused(words);
        }
    }
}

#[test]
fn same_line_again_and_any_other_pair_of_one_name_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (old, parent, zero) = (bob.head(), bob.id("HEAD~1"), server.zero());
    let wip = &b"refs/heads/wip"[..];
    for lines in [
        [(old.as_str(), old.as_str(), MAIN), (old.as_str(), old.as_str(), MAIN)],
        [(zero.as_str(), old.as_str(), wip), (zero.as_str(), old.as_str(), wip)],
        [(zero.as_str(), old.as_str(), wip), (zero.as_str(), parent.as_str(), wip)],
        [(zero.as_str(), zero.as_str(), wip), (zero.as_str(), parent.as_str(), wip)],
        [(old.as_str(), zero.as_str(), MAIN), (old.as_str(), zero.as_str(), MAIN)],
        [(zero.as_str(), zero.as_str(), wip), (zero.as_str(), zero.as_str(), wip)],
    ] {
        for capability in ["atomic", "ofs-delta"] {
            send(&server, &lines, nothing(&bob)).capability(capability).send().refused("gate.twice");
        }
    }
}

#[test]
fn deletion_that_names_a_value_nobody_has_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.push("main:refs/heads/wip").accepted();
    let zero = server.zero();
    for old in ["d".repeat(40), bob.id("HEAD~1"), bob.id("HEAD^{tree}")] {
        for name in [MAIN, b"refs/heads/wip", b"refs/heads/none"] {
            let answer = send(&server, &[(&old, &zero, name)], Vec::new()).send();
            answer.refused("gate.stale");
        }
    }
}

#[test]
fn what_claims_to_stay_as_it_never_was_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let parent = bob.id("HEAD~1");
    for name in [MAIN, b"refs/heads/none", b"refs/heads/release/1"] {
        send(&server, &[(&parent, &parent, name)], nothing(&bob)).send().refused("gate.stale");
    }
    let missing = "f".repeat(40);
    for name in [MAIN, b"refs/heads/none"] {
        send(&server, &[(&missing, &missing, name)], nothing(&bob)).send().left_nothing();
    }
}

/// Beside A17: names that git takes, and that are nothing but names.
#[test]
fn names_that_look_like_options_ids_or_other_refs_are_judged_as_what_they_are() {
    let server = Server::with_rules(
        "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"refs/heads/**\"]\n[[rule]]\nuse = \"update.namespaces\"",
    );
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").head();
    let new = bob.commit_unsigned("add a tunnel").head();
    for name in [
        "HEAD",
        "-x",
        "--output=pwn",
        "@",
        &"a".repeat(40),
        "refs/heads/main",
        "FETCH_HEAD",
        "main.",
        "$(id)",
        "a;b",
        "'",
        "\"",
        "%00",
        "&",
    ] {
        let name = format!("refs/heads/{name}");
        let words = if name.ends_with('.') { "gate.ref_name" } else { "commit.signed" };
        send(&server, &[(&server.zero(), &new, name.as_bytes())], between(&bob, &old, &new)).send().refused(words);
    }
}

/// Beside A22 to A24: what drivers make of lines that they hand on.
#[test]
fn lines_that_a_driver_garbled_lead_to_no_acceptance() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit("add a roof").plant("main:refs/rest/roof").head();
    let good = line(&old, &new, "refs/heads/main");
    server.hook(&good).exits(0);
    let wide: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for garbled in [
        good.replace('\n', "\r\n").into_bytes(),
        format!("\u{feff}{good}").into_bytes(),
        format!("\n{good}").into_bytes(),
        format!("{good}\n").into_bytes(),
        format!("{good}{good}").into_bytes(),
        format!("{good} ").into_bytes(),
        format!("{good}\0").into_bytes(),
        format!(" {good}").into_bytes(),
        format!("-n {good}").into_bytes(),
        good.replace(' ', "\t").into_bytes(),
        good.replace(' ', "  ").into_bytes(),
        good.replace('\n', " \n").into_bytes(),
        good.replace('\n', "\0\n").into_bytes(),
        good.replace('\n', "").into_bytes(),
        good.replace('\n', "\r").into_bytes(),
        good.replace(&new, &new.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A")).into_bytes(),
        good.replace(&new, &new[..7]).into_bytes(),
        good.replace("refs/heads/main", "main").into_bytes(),
        good.replace("refs/heads/main", "'refs/heads/main'").into_bytes(),
        format!("refs/heads/main {old} {new}\n").into_bytes(),
        format!("{new} refs/heads/main\n").into_bytes(),
        wide,
    ] {
        drop(server.hook(&garbled).refuses());
    }
}

/// Beside B06 to B11: a certificate that says more, or less, than the push.
#[test]
fn certificates_that_are_odd_are_refused() {
    let sealed =
        "package refgate.push.sealed\n\ndeny contains \"not sealed\" if input.push.certificate.status != \"good\"\n";
    let build = Server::build().git_config("receive.certNonceSeed", "a seed of the stage");
    let server = build.and_rules("[[rule]]\nuse = \"push.sealed\"").own_rule("push.sealed", sealed).start();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let command = line(&server.zero(), &head, "refs/heads/main");
    let signed = |text: &str| text.to_string() + &bob.sign(text, "git");
    let start = "certificate version 0.1\npusher Bob <bob@example.org> 1735689600 +0000\npushee x\n";
    let whole = format!("{start}\n{command}");
    for text in [
        signed(&whole) + "more\n",
        signed(&whole) + &bob.sign(&whole, "git"),
        signed(&format!("{start}\n{command}{command}")),
        signed(&format!("{start}\n{command}{}", line(&server.zero(), &head, "refs/heads/main\0x"))),
        signed(&format!("{start}push-option x\n\n{command}")),
        signed(&format!("{start}x-note y\n\n{command}")),
        signed(&whole.replace("0.1", "0.2")),
        signed(&whole.replace("pusher ", "pusher")),
        signed(&whole.replace("\n\n", "\n")),
        whole.clone(),
        String::new(),
    ] {
        let answer = Wire::to(&server).certificate(&text).pack(bob.pack(&["HEAD"])).send();
        assert!(server.refs().is_empty(), "{}: {}", answer.told.plain, text);
    }
    // The signature is good, and so is the push: what is refused above is what was odd.
    let answer = Wire::to(&server).certificate(&signed(&whole)).pack(bob.pack(&["HEAD"])).send();
    assert_eq!(server.tip("refs/heads/main"), head, "{}", answer.told.plain);
}

/// A commit on top of `main` of these headers, unsigned.
fn with_headers(bob: &Developer<'_>, headers: &str) -> String {
    let who = "Bob Example <bob@example.org> 1735689600 +0000";
    bob.store("commit", format!("{headers}author {who}\ncommitter {who}\n\nodd\n"))
}

/// Beside D21 and D22: an id of an object of another kind than the header says.
#[test]
fn links_that_lead_to_objects_of_another_kind_are_refused() {
    let server = Server::with_rules("[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]");
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").tag("v1").head();
    let [tree, file, tag] = ["HEAD^{tree}", "HEAD:add-a-door.txt", "refs/tags/v1"].map(|name| bob.id(name));
    let odd = [
        format!("tree {file}\nparent {old}\n"),
        format!("tree {old}\nparent {old}\n"),
        format!("tree {tag}\nparent {old}\n"),
        format!("tree {tree}\nparent {tree}\nparent {old}\n"),
        format!("tree {tree}\nparent {old}\nparent {file}\n"),
        format!("tree {tree}\nparent {old}\nparent {tag}\n"),
        format!("tree {}\nparent {old}\n", "1".repeat(40)),
        format!("tree {tree}\nparent {old}\nparent {}\n", "1".repeat(40)),
        format!("tree {}\nparent {old}\n", "0".repeat(40)),
    ];
    for headers in &odd {
        let id = with_headers(&bob, headers);
        drop(judge(&server, &bob, line(&old, &id, "refs/heads/main")).refuses());
    }
    let fine = with_headers(&bob, &format!("tree {tree}\nparent {old}\n"));
    judge(&server, &bob, line(&old, &fine, "refs/heads/main")).exits(0);
    let twice = with_headers(&bob, &format!("tree {tree}\nparent {old}\nparent {old}\n"));
    judge(&server, &bob, line(&old, &twice, "refs/heads/main"))
        .exits(1)
        .says("commit.well_formed: names the same parent twice");
}

/// Beside D12 to D15: what is long is a signature, or the rest of a tag.
#[test]
fn signatures_and_tags_without_end_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let text = commit(&bob.id("HEAD^{tree}"), &[&old], "");
    let (headers, _) = text.split_once("\n\n").expect("an empty line");
    let block = format!("{headers}\ngpgsig -----BEGIN SSH SIGNATURE-----\n ");
    let tag = format!("object {old}\ntype commit\ntag v1\ntagger Bob <bob@example.org> 1735689600 +0000\n\n");
    let signed = format!("{tag}-----BEGIN PGP SIGNATURE-----\n\n");
    let named = format!("object {old}\ntype commit\ntag v");
    for (kind, start, times) in [
        ("commit", &block, 100 << 20),
        ("commit", &block, 2 << 20),
        ("tag", &tag, 2 << 20),
        ("tag", &signed, 2 << 20),
        ("tag", &named, 2 << 20),
    ] {
        let (from, name) =
            if kind == "commit" { (old.clone(), "refs/heads/main") } else { (server.zero(), "refs/tags/v1") };
        let mut pack = Pack::new();
        let id = pack.add_long(kind, Content { start: start.as_bytes(), byte: b'A', times });
        take_in(&bob, &pack.finish());
        let lines = line(&from, &id, name);
        weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.");
    }
}

/// Beside E06 to E09: what a mode says, and what the object is.
#[test]
fn entries_whose_object_is_of_another_kind_are_refused() {
    let server = Server::with_rules("[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]");
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").tag("v1").head();
    let [tree, file, tag] = ["HEAD^{tree}", "HEAD:add-a-door.txt", "refs/tags/v1"].map(|name| bob.id(name));
    let missing = "1".repeat(40);
    let fine = [("100644", &file), ("100755", &file), ("40000", &tree), ("160000", &old), ("160000", &missing)];
    for mode in ["100644", "100755", "120000", "40000", "160000"] {
        for id in [&tree, &file, &tag, &old, &missing] {
            let listing = bob.store("tree", entry(mode, "odd", id));
            let commit = with_headers(&bob, &format!("tree {listing}\nparent {old}\n"));
            let told = judge(&server, &bob, line(&old, &commit, "refs/heads/main"));
            match fine.contains(&(mode, id)) || mode == "160000" {
                true => drop(told.exits(0)),
                // A link is a file, and what it says leads nowhere.
                false if mode == "120000" && *id == file => drop(told.exits(0)),
                false => drop(told.refuses()),
            }
        }
    }
}

/// Beside E12 to E14: protected, whatever the name is made of.
#[test]
fn odd_names_below_a_protected_folder_are_protected() {
    let server = with_infra();
    let bob = server.developer(BOB);
    let file = bob.store("blob", "x\n");
    let gate = bob.id("HEAD:infra/gate.tf");
    for name in [
        &b"a\tb"[..],
        b"a\nb",
        b"a\"b",
        b"a\\b",
        b"\xff",
        b" ",
        b"-",
        b"*",
        b"!",
        b"a\x1b[2Jb",
        b"\xc3\x28",
        "é".as_bytes(),
        b"~",
        b"#",
    ] {
        let mut entries = [entry("100644", "gate.tf", &gate), entry("100644", name, &file)];
        entries.sort_by_key(|entry| entry[7..].split(|&b| b == 0).next().map(<[u8]>::to_vec));
        let infra = bob.store("tree", entries.concat());
        let tree = bob.store("tree", entry("40000", "infra", &infra));
        let id = bob.git(&["commit-tree", "-S", "-p", "HEAD", "-m", "odd", &tree]);
        judge(&server, &bob, line(&bob.head(), &id, "refs/heads/main")).exits(1).says(PROTECTED);
    }
}

/// Beside E15 and E16: other spellings of a protected folder on the file systems of a checkout.
#[test]
fn other_spellings_of_a_protected_folder_are_protected() {
    let server = with_infra();
    let bob = server.developer(BOB);
    for name in ["Infra", "INFRA", "infra.", "infra ", "infra. .", "\u{131}nfra", "i\u{200c}nfra", "\u{feff}infra"] {
        let folder = bob.store("tree", entry("100644", "gate.tf", &bob.store("blob", "open\n")));
        let mut entries: Vec<(String, Vec<u8>)> = vec![(format!("{name}/"), entry("40000", name, &folder))];
        for listed in bob.git(&["ls-tree", "HEAD"]).lines() {
            let (meta, other) = listed.split_once('\t').expect("ls-tree writes a tab");
            let words: Vec<&str> = meta.split(' ').collect();
            entries.push((format!("{other}/"), entry(words[0].trim_start_matches('0'), other, words[2])));
        }
        entries.sort();
        let tree = bob.store("tree", entries.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>().concat());
        let id = bob.git(&["commit-tree", "-S", "-p", "HEAD", "-m", "odd", &tree]);
        drop(judge(&server, &bob, line(&bob.head(), &id, "refs/heads/main")).exits(1));
    }
}

/// Beside E09 and E19: a link that a checkout follows into a protected folder makes nothing of what is behind it a change
/// of that folder; what is put in the folder's place is one.
#[test]
fn link_in_the_place_of_any_part_of_a_protected_path_is_protected() {
    let server = with_infra();
    let bob = server.developer(BOB);
    for place in ["infra/moat", "infra/gate.tf", "infra/moat/depth"] {
        let path = bob.work().join(place);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        symlink("x", &path).unwrap();
        bob.commit("link").push("main").refused(PROTECTED);
        bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
}

/// Beside F03 to F06: objects that are on the server for another reason.
#[test]
fn objects_that_another_refused_push_sent_are_not_there_for_the_next() {
    let server = with_main();
    let bob = server.developer(BOB);
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    bob.push("main").refused(UNSIGNED);
    // Nothing was kept, so that a push of the name alone has nothing to name.
    send(&server, &[(&old, &new, MAIN)], nothing(&bob)).send().left_nothing();
    send(&server, &[(&server.zero(), &new, b"refs/heads/wip")], nothing(&bob)).send().left_nothing();
}

/// Beside F12 and F13: what was deleted where that is allowed comes back judged.
#[test]
fn branch_that_was_deleted_is_judged_whole_when_it_comes_back() {
    let server = Server::with_rules(
        "[[rule]]\nuse = \"commit.signed\"\nrefs = [\"refs/heads/release/**\"]\n[[rule]]\nuse = \"update.namespaces\"",
    );
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main:refs/heads/release/1").accepted();
    bob.commit_unsigned("add a tunnel").plant("main:refs/heads/release/1");
    bob.push(":refs/heads/release/1").accepted();
    bob.push("main:refs/heads/release/1").refused(UNSIGNED);
    bob.push("main~1:refs/heads/release/1").accepted();
}

/// Beside F15 to F17: merges of many, and of themselves.
#[test]
fn merges_of_any_number_of_parents_hide_nothing() {
    let server = with_infra();
    let bob = server.developer(BOB);
    let main = bob.head();
    for number in 1..=3 {
        bob.git(&["checkout", "--quiet", "-b", &format!("side-{number}"), "main"]);
        bob.commit(&format!("cellar {number}"));
    }
    bob.git(&["checkout", "--quiet", "main"]);
    let sides: Vec<String> = (1..=3).map(|number| bob.id(&format!("side-{number}"))).collect();
    bob.git(&["merge", "--quiet", "--no-ff", "-S", "-m", "octopus", "side-1", "side-2", "side-3"]);
    let clean = bob.id("HEAD^{tree}");
    bob.write("infra/gate.tf", "open\n").git(&["add", "--all"]);
    let evil = bob.git(&["write-tree"]);
    bob.git(&["reset", "--quiet", "--hard", &main]);
    let merge = |parents: &[&str], tree: &str| {
        let parents: Vec<&str> = parents.iter().flat_map(|parent| ["-p", parent]).collect();
        bob.git(&[&["commit-tree", "-S", "-m", "merge"], &parents[..], &[tree]].concat())
    };
    let all = [main.as_str(), &sides[0], &sides[1], &sides[2]];
    let back = [sides[2].as_str(), &sides[1], &sides[0], &main];
    for parents in [&all[..], &back, &all[..3], &all[..2]] {
        let id = merge(parents, &evil);
        bob.push(&format!("{id}:refs/heads/main")).refused("\"merge\" … commit.protected_paths … infra/gate.tf");
    }
    // An ancestor beside its descendant brings nothing, and takes nothing back.
    let drops = bob.git(&["rev-parse", "side-1^{tree}"]);
    let with_old = merge(&[&sides[0], &main], &drops);
    bob.push(&format!("{with_old}:refs/heads/wip")).accepted();
    let id = merge(&all, &clean);
    bob.push(&format!("{id}:refs/heads/main")).accepted();
}

/// Beside F18 and F19: a second root comes in by a merge, signed and not.
#[test]
fn history_of_another_repository_is_judged_when_a_merge_brings_it() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.git(&["checkout", "--quiet", "--orphan", "other"]);
    bob.commit_unsigned("add a tunnel").git(&["checkout", "--quiet", "main"]);
    bob.git(&["merge", "--quiet", "--no-ff", "-S", "--allow-unrelated-histories", "-m", "merge", "other"]);
    bob.push("main").refused(UNSIGNED);
    bob.push("+other:main").refused("update.fast_forward");
}

/// Beside F25 to F27: a tag that becomes another kind of tag.
#[test]
fn tag_does_not_become_another_kind_of_tag() {
    let server = Server::build()
        .and_rules(
            "[[rule]]\nuse = [\"update.immutable\", \"tag.signed\", \"tag.names_ref\"]\nrefs = [\"refs/tags/**\"]",
        )
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main").tag("v1").push("refs/tags/v1").accepted();
    let (tag, head) = (bob.id("refs/tags/v1"), bob.head());
    // The same commit, without the tag object around it.
    send(&server, &[(&tag, &head, b"refs/tags/v1")], nothing(&bob)).send().refused("update.immutable … tag.signed");
    bob.git(&["tag", "-s", "-m", "around", "outer", "v1"]);
    let outer = bob.id("refs/tags/outer");
    send(&server, &[(&tag, &outer, b"refs/tags/v1")], bob.pack(&[&outer]))
        .send()
        .refused("update.immutable … tag.names_ref");
    send(&server, &[(&server.zero(), &head, b"refs/tags/v2")], nothing(&bob)).send().refused("tag.signed");
}

/// Beside F32 to F35: a tag called like a branch, and letters that look like others.
#[test]
fn names_that_people_take_for_others_are_refused() {
    let server = Server::build().and_rules("[[rule]]\nuse = \"update.naming\"").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    let head = bob.head();
    for name in ["m\u{430}in", "ma\u{131}n", "main\u{200b}", "ｍain", "main\u{301}", "MAIN\u{2024}x"] {
        for folder in ["heads", "tags"] {
            let name = format!("refs/{folder}/{name}");
            send(&server, &[(&server.zero(), &head, name.as_bytes())], nothing(&bob)).send().refused("update.naming");
        }
    }
}

/// Beside F23: what the server has worked out about its objects is not believed.
#[test]
fn indexes_of_history_are_not_read() {
    let server = with_main();
    let bob = server.developer(BOB);
    server.git(&["repack", "-adq"]);
    server.git(&["commit-graph", "write", "--reachable"]);
    let graph = server.repository().join("objects/info/commit-graph");
    let whole = std::fs::read(&graph).unwrap();
    let old = bob.head();
    let new = bob.commit_unsigned("add a tunnel").head();
    for bytes in [&whole[..], &whole[..whole.len() / 2], b"CGPH", b"", b"nonsense"] {
        std::fs::remove_file(&graph).unwrap();
        std::fs::write(&graph, bytes).unwrap();
        judge(&server, &bob, line(&old, &new, "refs/heads/main")).exits(1).says(UNSIGNED);
        judge(&server, &bob, line(&old, &bob.id("HEAD~2"), "refs/heads/main")).exits(1).says("update.fast_forward");
    }
}

/// Beside F36 and F37: a name below, above or beside another, in one push.
#[test]
fn names_that_stand_in_each_other_s_way_leave_the_repository_whole() {
    let server = with_main();
    let bob = server.developer(BOB);
    let (head, zero) = (bob.head(), server.zero());
    for names in
        [["refs/heads/a", "refs/heads/a/b"], ["refs/heads/c/d", "refs/heads/c"], ["refs/heads/main/x", "refs/heads/e"]]
    {
        let lines: Vec<_> = names.iter().map(|name| (zero.as_str(), head.as_str(), name.as_bytes())).collect();
        // Git decides which of them there can be.
        let _ = send(&server, &lines, nothing(&bob)).send();
        assert_eq!(server.tip("refs/heads/main"), head);
        assert!(server.git(&["for-each-ref"]).lines().all(|line| line.starts_with(&head)));
    }
    bob.commit("add a roof").push("main").accepted();
}

/// Beside G01 to G04: an approval or an option is a statement and no more, and no file of a push is anybody's word.
#[test]
fn words_in_a_push_give_nobody_rights() {
    let server = Server::build().git_config("receive.advertisePushOptions", "true").start();
    server.developer(BOB).commit("add a door").plant("main");
    let mallory = server.developer(MALLORY);
    let people = std::fs::read_to_string(server.operator().join("people.toml")).unwrap();
    mallory
        .write("people.toml", people.replace("bob@example.org", "mallory@example.net"))
        .write(".git-blame-ignore-revs", "x\n")
        .write(".gitattributes", "* filter=x\n")
        .write(".mailmap", "Bob Example <bob@example.org> <mallory@example.net>\n")
        .claim_to_be(ALICE)
        .commit("add a tunnel\n\nRefgate-Approve: castle refs/heads/main x\nRefgate-Override: yes");
    let push =
        mallory.pushing("main").option("refgate.override=x").option("refgate.person=alice").logged_in_as("alice");
    push.go().refused("commit.signed: the key ssh:SHA256:… is not known here");
    let erin = server.developer(ERIN);
    erin.commit("add a roof").push("main").accepted();
}
