//! Table 2.E, its second half: trees and files that are small on the wire and large when they are looked at.

use crate::pack::{Content, Pack, commit, delta_size, entry, write_loose};
use crate::scales::weigh;
use crate::scene::{quarantine, send, take_in, with_main};
use crate::stage::{BOB, Developer, Server, line};

const MAIN: &[u8] = b"refs/heads/main";

/// A tree of ten entries, each of the same ten, so many levels deep; all in all few objects.
fn tree_bomb(pack: &mut Pack, levels: usize, content: &str) -> String {
    let mut below = pack.add("blob", content);
    let mut mode = "100644";
    for _ in 0..levels {
        let entries: Vec<u8> = (0..10).flat_map(|number| entry(mode, number.to_string(), &below)).collect();
        below = pack.add("tree", entries);
        mode = "40000";
    }
    below
}

/// A push of a tree of ten thousand million paths, under these rules and this limit.
#[track_caller]
fn bomb_is_refused(rules: &str, limit: &str) {
    let server = Server::build().rules(rules).limit(limit).start();
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let tree = tree_bomb(&mut pack, 10, "x");
    let id = pack.add("commit", commit(&tree, &[], "bomb"));
    let pack = pack.finish();
    assert!(pack.len() < 6000, "{}", pack.len());
    send(&server, &[(&server.zero(), &id, MAIN)], pack.clone()).send().refused("gate.limit");
    take_in(&bob, &pack);
    let lines = line(&server.zero(), &id, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
}

/// Asks about paths that are nowhere, so that everything has to be looked at.
const NOWHERE: &str =
    "[[rule]]\nuse = \"commit.protected_paths\"\nparams = { groups = [\"security\"] }\npaths = [\"**/never\"]";

#[test]
fn e21_tree_of_ten_billion_paths_is_refused_in_little_memory() {
    bomb_is_refused("[[rule]]\nuse = [\"update.namespaces\", \"commit.well_formed\"]", "");
    bomb_is_refused(NOWHERE, "tree_entries = 1000000");
}

#[test]
#[ignore = "ten million entries take a minute in a debug build"]
fn e21_tree_of_ten_billion_paths_is_refused_under_the_usual_limits() {
    bomb_is_refused(NOWHERE, "");
}

#[test]
fn e21_merge_of_such_trees_is_refused_in_little_memory() {
    let server = Server::with_rules("[[rule]]\nuse = [\"update.namespaces\", \"commit.well_formed\"]");
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let [base, ours, theirs, result] = ["base", "ours", "theirs", "result"].map(|side| tree_bomb(&mut pack, 10, side));
    let base = pack.add("commit", commit(&base, &[], "base"));
    let sides = [ours, theirs].map(|tree| pack.add("commit", commit(&tree, &[&base], "side")));
    let merge = pack.add("commit", commit(&result, &[&sides[0], &sides[1]], "merge"));
    let pack = pack.finish();
    take_in(&bob, &pack);
    // What the sides hold is known to the server: only the merge is judged.
    bob.git(&["update-ref", "refs/heads/one", &sides[0]]);
    bob.git(&["update-ref", "refs/heads/two", &sides[1]]);
    let trusted = format!("trusted = [{:?}, {:?}]", sides[0], sides[1]);
    let server = Server::build().rules("[[rule]]\nuse = \"commit.well_formed\"").history(&trusted).start();
    let lines = line(&server.zero(), &merge, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
}

/// Files of a megabyte in which every other line is in both, and none of them twice.
#[test]
fn e21_merge_of_files_whose_lines_match_one_by_one_is_judged_in_no_time() {
    let rules =
        "[[rule]]\nuse = \"commit.protected_paths\"\nparams = { groups = [\"security\"] }\npaths = [\"infra/**\"]";
    let probe = Server::with_rules(rules);
    let bob = probe.developer(BOB);
    let mut pack = Pack::new();
    let mut tree = |side: char| {
        let line = |number: usize| {
            if number.is_multiple_of(2) { format!("{number:014}\n") } else { format!("{side}{number:013}\n") }
        };
        let file = pack.add("blob", (0..65_000).map(line).collect::<String>());
        let entries: Vec<u8> = (0..8).flat_map(|number| entry("100644", number.to_string(), &file)).collect();
        let folder = pack.add("tree", entries);
        pack.add("tree", entry("40000", "infra", &folder))
    };
    let [base, ours, theirs] = ['a', 'b', 'c'].map(&mut tree);
    let base = pack.add("commit", commit(&base, &[], "base"));
    let sides = [&ours, &theirs].map(|tree| pack.add("commit", commit(tree, &[&base], "side")));
    let merge = pack.add("commit", commit(&ours, &[&sides[0], &sides[1]], "merge"));
    take_in(&bob, &pack.finish());
    let trusted = format!("trusted = [{:?}, {:?}]", sides[0], sides[1]);
    let server = Server::build().rules(rules).history(&trusted).limit("deadline = \"60s\"").start();
    let lines = line(&server.zero(), &merge, "refs/heads/main");
    let told = weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob));
    drop(told.refuses_lightly("commit.protected_paths").never_says("it takes too long"));
}

#[test]
fn e22_a_hundred_thousand_folders_in_each_other_are_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let nested = |depth: usize| {
        let mut pack = Pack::new();
        let mut below = entry("100644", "x", &pack.add("blob", "x"));
        for _ in 0..depth {
            below = entry("40000", "a", &pack.add("tree", below));
        }
        let tree = pack.add("tree", below);
        let id = pack.add("commit", commit(&tree, &[&server.tip("refs/heads/main")], "deep"));
        (id, pack.finish())
    };
    let old = bob.head();
    let (id, pack) = nested(1000);
    send(&server, &[(&old, &id, MAIN)], pack).send().refused("limit 'path_depth' (256)");
    let (id, pack) = nested(100_000);
    take_in(&bob, &pack);
    let lines = line(&old, &id, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
}

#[test]
fn e23_path_of_four_hundred_thousand_bytes_is_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let mut below = entry("100644", "x", &pack.add("blob", "x"));
    for _ in 0..2000 {
        below = entry("40000", "a".repeat(200), &pack.add("tree", below));
    }
    let tree = pack.add("tree", below);
    let id = pack.add("commit", commit(&tree, &[&bob.head()], "long"));
    let name = pack.add("tree", entry("100644", "a".repeat(400_000), &bob.id("HEAD:add-a-door.txt")));
    let long = pack.add("commit", commit(&name, &[&bob.head()], "longer"));
    let pack = pack.finish();
    take_in(&bob, &pack);
    for id in [&id, &long] {
        send(&server, &[(&bob.head(), id, MAIN)], pack.clone()).send().refused("limit 'path_bytes' (4096)");
        let lines = line(&bob.head(), id, "refs/heads/main");
        weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("path_bytes");
    }
}

#[test]
fn e23_many_changes_of_long_paths_are_told_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let mut tip = bob.head();
    for number in 0..200 {
        let file = pack.add("blob", number.to_string());
        let mut below: Vec<u8> = (0..300).flat_map(|number| entry("100644", format!("{number:04}"), &file)).collect();
        for folder in ["a", "b", "c", "d"].map(|letter| letter.repeat(950)) {
            below = entry("40000", folder, &pack.add("tree", below));
        }
        below = entry("40000", "infra", &pack.add("tree", below));
        let tree = pack.add("tree", below);
        tip = pack.add("commit", commit(&tree, &[&tip], "long"));
    }
    take_in(&bob, &pack.finish());
    let lines = line(&bob.head(), &tip, "refs/heads/main");
    let weighed = weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob));
    weighed.refuses_lightly("commit.protected_paths … more");
    assert!(std::fs::metadata(server.log()).unwrap().len() < 64 << 20, "the log repeats what was pushed");
}

#[test]
fn e23_one_change_of_many_long_paths_is_judged_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let file = pack.add("blob", "x");
    let mut tip = bob.head();
    for number in 0..8 {
        let mut below: Vec<u8> =
            (0..3900).flat_map(|entry_number| entry("100644", format!("{number}{entry_number:04}"), &file)).collect();
        for folder in ["a", "b", "c", "d"].map(|letter| letter.repeat(950)) {
            below = entry("40000", folder, &pack.add("tree", below));
        }
        let below = pack.add("tree", below);
        let tree = pack.add("tree", entry("40000", "infra", &below));
        tip = pack.add("commit", commit(&tree, &[&tip], "long"));
    }
    take_in(&bob, &pack.finish());
    let lines = line(&bob.head(), &tip, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("");
}

#[test]
fn e25_folder_of_a_million_entries_is_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let file = bob.id("HEAD:add-a-door.txt");
    let folder = |count: usize| {
        let entries: Vec<u8> = (0..count).flat_map(|number| entry("100644", format!("{number:07}"), &file)).collect();
        let mut pack = Pack::new();
        let tree = pack.add("tree", entries);
        let id = pack.add("commit", commit(&tree, &[&bob.head()], "wide"));
        (id, pack.finish())
    };
    for count in [1_000_000, 3_000_000] {
        let (id, pack) = folder(count);
        take_in(&bob, &pack);
        let lines = line(&bob.head(), &id, "refs/heads/main");
        weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
    }
    let (id, pack) = folder(150_000);
    send(&server, &[(&bob.head(), &id, MAIN)], pack).send().refused("limit 'changes' (100000)");
}

/// A commit on top of `main` with a file, or a symlink, of so many zeros.
fn zeros(server: &Server, bob: &Developer<'_>, mode: &str, times: usize) -> String {
    let objects = bob.work().join(".git/objects");
    let zeros = write_loose(&objects, "blob", Content { start: b"", byte: 0, times });
    let tree = write_loose(&objects, "tree", Content::plain(&entry(mode, "zeros", &zeros)));
    write_loose(
        &objects,
        "commit",
        Content::plain(commit(&tree, &[&server.tip("refs/heads/main")], "zeros").as_bytes()),
    )
}

#[test]
fn e26_gigabyte_of_zeros_is_never_read() {
    let small = "[[rule]]\nuse = \"commit.file_size\"\nparams = { bytes = 1000000 }";
    let server = Server::build().and_rules(small).start();
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main");
    for mode in ["100644", "120000"] {
        let id = zeros(&server, &bob, mode, 1 << 30);
        let lines = line(&bob.head(), &id, "refs/heads/main");
        let told =
            weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("zeros");
        assert!(told.plain.contains("commit.file_size") || mode == "120000", "{}", told.plain);
    }
    let mut pack = Pack::new();
    let file = pack.add_long("blob", Content { start: b"", byte: 0, times: 100 << 20 });
    let tree = pack.add("tree", entry("100644", "zeros", &file));
    let id = pack.add("commit", commit(&tree, &[&bob.head()], "zeros"));
    send(&server, &[(&bob.head(), &id, MAIN)], pack.finish()).send().refused("commit.file_size");
}

/// Copies the first `size` bytes of the base, so often (gitformat-pack(5), "Instruction to copy from base object").
fn copies(base: usize, size: usize, times: usize) -> Vec<u8> {
    let [low, middle, high, _] = u32::try_from(size).expect("a copy is short").to_le_bytes();
    [delta_size(base), delta_size(size * times), [0x80 | 0x70, low, middle, high].repeat(times)].concat()
}

#[test]
fn e27_object_that_grows_when_it_is_put_together_is_refused_in_little_memory() {
    let server = with_main();
    let bob = server.developer(BOB);
    let size = 1 << 20;
    let run = vec![b'm'; size];
    let mut pack = Pack::new();
    let base = pack.add("tree", &run);
    pack.add_delta(&base, &copies(size, size, 400));
    let pack = pack.finish();
    let grown = Content { start: b"", byte: b'm', times: 400 * size };
    let scratch = bob.home().join("scratch");
    // Only its id is wanted here.
    let tree = write_loose(&scratch, "tree", grown);
    std::fs::remove_dir_all(&scratch).unwrap();
    take_in(&bob, &pack);
    let mut pack = Pack::new();
    let id = pack.add("commit", commit(&tree, &[&bob.head()], "grown"));
    take_in(&bob, &pack.finish());
    let lines = line(&bob.head(), &id, "refs/heads/main");
    weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).refuses_lightly("gate.limit");
}

/// Takes these bytes, and then the first so many of the base.
fn headed(head: &[u8], base: usize, size: usize) -> Vec<u8> {
    let head = [&[u8::try_from(head.len()).expect("a head is short")], head].concat();
    let [low, middle, high, _] = u32::try_from(size).expect("a copy is short").to_le_bytes();
    [delta_size(base), delta_size(head.len() - 1 + size), head, vec![0x80 | 0x70, low, middle, high]].concat()
}

/// Commits and trees that are small themselves, each stored as a beginning of something large.
#[test]
fn e27_many_objects_cut_from_a_large_one_are_read_in_little_memory() {
    const SIZE: usize = 70_000;
    const LARGE: usize = 30 << 20;
    let server = Server::with_rules("[[rule]]\nuse = \"commit.well_formed\"");
    let bob = server.developer(BOB);
    let mut pack = Pack::new();
    let file = pack.add("blob", "x");
    let entries: Vec<u8> = (0..SIZE / 32).flat_map(|number| entry("100644", format!("{number:04}"), &file)).collect();
    let people = commit("", &[], "m").strip_prefix("tree \n").expect("it begins so").to_string();
    let [folder, text] = [&entries, people.as_bytes()].map(|start| Content { start, byte: b'm', times: LARGE });
    let (base_tree, base_commit) = (pack.add_long("tree", folder), pack.add_long("commit", text));
    // Only ids are wanted of it.
    let mut whole = Pack::new();
    let mut tip = String::new();
    for number in 0..24 {
        let first = entry("100644", format!("000-{number:02}"), &file);
        pack.add_delta(&base_tree, &headed(&first, entries.len() + LARGE, entries.len()));
        let tree = whole.add("tree", [first, entries.clone()].concat());
        let parent = (!tip.is_empty()).then(|| format!("parent {tip}\n")).unwrap_or_default();
        let head = format!("tree {tree}\n{parent}");
        pack.add_delta(&base_commit, &headed(head.as_bytes(), people.len() + LARGE, SIZE));
        let text = format!("{head}{people}");
        tip = whole.add_long("commit", Content { start: text.as_bytes(), byte: b'm', times: SIZE - people.len() });
    }
    take_in(&bob, &pack.finish());
    let lines = line(&server.zero(), &tip, "refs/heads/main");
    drop(weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob)).accepts_lightly());
}

#[test]
fn e27_long_chain_of_differences_is_read_without_running_over() {
    let server = with_main();
    let bob = server.developer(BOB);
    let file = bob.id("HEAD:add-a-door.txt");
    let tree = |number: usize| entry("100644", format!("{number:06}"), &file);
    let mut pack = Pack::new();
    let mut base = pack.add("tree", tree(0));
    let mut scratch = Pack::new();
    for number in 1..=20_000 {
        let content = tree(number);
        let length = u8::try_from(content.len()).expect("one entry is short");
        let delta = [delta_size(content.len()), delta_size(content.len()), vec![length], content.clone()].concat();
        pack.add_delta(&base, &delta);
        base = scratch.add("tree", content);
    }
    let id = pack.add("commit", commit(&base, &[&bob.head()], "chained"));
    let pack = pack.finish();
    take_in(&bob, &pack);
    let lines = line(&bob.head(), &id, "refs/heads/main");
    let weighed = weigh(&server, lines.as_bytes(), |command| quarantine(command, &server, &bob));
    weighed.refuses_lightly("commit.signed: not signed");
    send(&server, &[(&bob.head(), &id, MAIN)], pack).send().refused("commit.signed: not signed");
}
