//! Table 2.E: trees and paths. Whoever pushes here is known and signs; what is wrong is in the tree.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::pack::{Content, Pack, commit, delta_size, entry, write_loose};
use crate::scales::weigh;
use crate::scene::{judge, quarantine, send, take_in, with_infra, with_main};
use crate::stage::{ALICE, BOB, Developer, ERIN, Server, line};

const MAIN: &[u8] = b"refs/heads/main";
const PROTECTED: &str = "commit.protected_paths";

/// A signed commit on top of what is checked out, with this tree.
fn with_tree(developer: &Developer<'_>, entries: &[Vec<u8>]) -> String {
    let tree = developer.store("tree", entries.concat());
    developer.git(&["commit-tree", "-S", "-p", "HEAD", "-m", "odd", &tree])
}

/// A push of a signed commit whose tree has these entries; each is a mode and a name, of a file, folder or submodule.
#[track_caller]
fn refused(entries: &[(&str, &[u8])], words: &str) {
    let server = with_main();
    let bob = server.developer(BOB);
    let file = bob.store("blob", "x");
    let folder = bob.store("tree", entry("100644", "x", &file));
    let submodule = "1".repeat(40);
    let stored: Vec<Vec<u8>> = entries
        .iter()
        .map(|(mode, name)| {
            let id = match mode.trim_start_matches('0') {
                "40000" => &folder,
                "160000" => &submodule,
                _ => &file,
            };
            entry(mode, name, id)
        })
        .collect();
    let id = with_tree(&bob, &stored);
    let tree = bob.id(&format!("{id}^{{tree}}"));
    let listed = [id.as_str(), &tree, &file, &folder].join("\n") + "\n";
    let pack = bob.try_git(&["pack-objects", "--quiet", "--stdout"], listed.as_bytes());
    assert!(pack.status.success(), "pack-objects: {}", pack.stderr_text());
    send(&server, &[(&bob.head(), &id, MAIN)], pack.stdout).send().refused(words);
}

#[test]
fn e01_names_that_some_file_systems_take_for_git_s_are_refused() {
    for name in [
        ".GIT",
        ".g\u{200c}it",
        "git~1",
        ".git::$INDEX_ALLOCATION",
        ".git ",
        ".git.",
        "a\\..\\.git\\x",
        ".Git",
        "GIT~1",
        "..\\x",
        ".git\\x",
    ] {
        refused(&[("100644", name.as_bytes())], "commit.well_formed: path looks like '.git'");
    }
    refused(&[("40000", b".GIT")], "commit.well_formed: path looks like '.git'");
}

#[test]
fn e02_names_that_are_no_names_are_refused() {
    for name in [&b"."[..], b"..", b".git"] {
        for mode in ["100644", "40000", "120000", "160000"] {
            refused(&[(mode, name)], "gate.ambiguous");
        }
    }
    // Git itself cannot read an entry without a name.
    let server = with_main();
    let bob = server.developer(BOB);
    let id = bob.store(
        "commit",
        commit(&bob.store("tree", entry("100644", "", &bob.store("blob", "x"))), &[&bob.head()], "odd"),
    );
    judge(&server, &bob, line(&bob.head(), &id, "refs/heads/main")).exits(1).says("gate.ambiguous");
}

#[test]
fn e03_slash_in_a_name_is_refused() {
    for name in [&b"infra/gate.tf"[..], b"a/../infra", b"/", b"/etc", b"a/"] {
        refused(&[("100644", name)], "gate.ambiguous");
    }
}

#[test]
fn e04_two_entries_of_one_name_are_refused() {
    refused(&[("100644", b"a"), ("100644", b"a")], "gate.ambiguous");
    refused(&[("40000", b"a"), ("40000", b"a")], "gate.ambiguous");
    refused(&[("100644", b"a"), ("40000", b"a")], "gate.ambiguous");
    refused(&[("100644", b"a"), ("100644", b"a-"), ("40000", b"a")], "gate.ambiguous");
    refused(&[("100644", b"b"), ("100644", b"a")], "gate.ambiguous");
}

#[test]
fn e06_modes_that_git_does_not_write_are_refused() {
    for mode in ["100664", "100600", "100777", "100000", "100645"] {
        refused(&[(mode, b"x")], "commit.well_formed: entry has a mode that git does not write");
    }
    refused(&[("040000", b"x")], "commit.well_formed: entry has a mode that git does not write");
    for mode in ["777", "0", "37777700644", "1000644", "0000100644"] {
        let server = with_main();
        let bob = server.developer(BOB);
        let id = with_tree(&bob, &[entry(mode, "x", &bob.store("blob", "x"))]);
        judge(&server, &bob, line(&bob.head(), &id, "refs/heads/main")).exits(1).says("gate.ambiguous");
    }
}

#[test]
fn e08_folder_replaced_by_a_submodule_is_a_change_of_what_was_in_it() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.git(&["rm", "-r", "--quiet", "infra"]);
    bob.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},infra", "1".repeat(40))]);
    bob.git(&["commit", "--quiet", "--gpg-sign", "-m", "replace"]);
    bob.push("main").refused(PROTECTED).says("infra");
}

#[test]
fn e09_folder_replaced_by_a_symlink_is_a_change_of_what_was_in_it() {
    let server = with_infra();
    let bob = server.developer(BOB);
    std::fs::remove_dir_all(bob.work().join("infra")).unwrap();
    symlink("src", bob.work().join("infra")).unwrap();
    bob.commit("link").push("main").refused(PROTECTED).says("infra");
}

#[test]
fn e10_permission_of_a_protected_file_is_protected() {
    let server = with_infra();
    let bob = server.developer(BOB);
    std::fs::set_permissions(bob.work().join("infra/gate.tf"), std::fs::Permissions::from_mode(0o755)).unwrap();
    bob.commit("make it run").push("main").refused("commit.protected_paths … infra/gate.tf");
}

#[test]
fn e11_protected_file_is_not_moved_away() {
    let server = with_infra();
    let bob = server.developer(BOB);
    bob.git(&["mv", "infra/gate.tf", "src/gate.tf"]);
    bob.commit("tidy up").push("main").refused("commit.protected_paths … infra/gate.tf");
}

#[test]
fn e12_nothing_is_moved_or_copied_among_protected_files() {
    for copies in [false, true] {
        let server = with_infra();
        let bob = server.developer(BOB);
        match copies {
            true => drop(bob.write("infra/door.rs", "fn open() {}\n").home()),
            false => drop(bob.git(&["mv", "src/door.rs", "infra/door.rs"])),
        }
        bob.commit("tidy up").push("main").refused("commit.protected_paths … infra/door.rs");
    }
}

#[test]
fn e15_names_that_fold_together_are_refused() {
    let pairs = [
        ("Policies", "policies"),
        ("e\u{301}", "é"),
        ("STRASSE", "straße"),
        ("K", "\u{212a}"),
        ("a", "a."),
        ("a", "a\u{200d}"),
    ];
    for (one, other) in pairs {
        for mode in ["100644", "40000"] {
            let mut names = [one, other];
            // Git sorts a folder as if its name ended in a slash.
            names.sort_unstable_by_key(|name| if mode == "40000" { format!("{name}/") } else { name.to_string() });
            let entries = names.map(|name| (mode, name.as_bytes()));
            refused(&entries, "commit.well_formed: path differs from its neighbour only in case or normalisation");
        }
    }
    // One that stands where the protected one is not yet.
    let server = with_infra();
    server.developer(BOB).write("INFRA/gate.tf", "open\n").commit("add").push("main").refused("INFRA/gate.tf");
}

#[test]
fn e17_names_that_look_like_patterns_or_options_are_names() {
    let server = with_infra();
    let bob = server.developer(BOB);
    for name in [":!infra", "--output=x", ":(glob)**", ":(exclude)infra", "-rf", "*", "infra[]", "$(x)", "a'b"] {
        bob.write(&format!("{name}/file"), "x\n");
    }
    bob.write("infra/gate.tf", "open\n").commit("odd names");
    let told = bob.push("main").refused("commit.protected_paths … infra/gate.tf");
    assert_eq!(told.count(PROTECTED), 1, "{}", told.plain);
    let erin = server.developer(ERIN);
    erin.write("infra/-rf", "x\n").write("infra/--output=x", "x\n").write("infra/*", "x\n").commit("odd names");
    erin.push("main").accepted();
    assert!(!server.repository().join("x").exists());
}

#[test]
fn e18_submodules_that_lead_astray_are_refused() {
    let server = with_main();
    let bob = server.developer(BOB);
    for (name, line) in [
        ("x", "url = -u./x"),
        ("x", "path = -evil"),
        ("../../x", "url = ok"),
        ("x", "url = https://a/%0ab"),
        ("x", "path = \"moat\r\""),
        ("x", "update = !touch x"),
    ] {
        let text = format!("[submodule \"{name}\"]\n\tpath = moat\n\turl = ok\n\t{line}\n");
        bob.write(".gitmodules", &text).commit("add a submodule");
        bob.push("main")
            .refused("commit.well_formed: file of submodules says what git refuses to follow ('.gitmodules')");
        bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
    for (path, text) in [(".GITMODULES", "[submodule"), (".gitmodules", &"#".repeat(2 << 20))] {
        bob.write(path, text).commit("add a submodule").push("main").refused("commit.well_formed: file of submodules");
        bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
    bob.write(".gitmodules", "[submodule \"moat\"]\n\tpath = moat\n\turl = ../moat.git\n\tbranch = main\n");
    bob.commit("add a submodule").push("main").accepted();
}

#[test]
fn e19_files_that_git_itself_reads_are_no_symlinks() {
    for name in [".gitmodules", ".gitattributes", ".gitignore", ".mailmap", ".GITMODULES", "GITMOD~1"] {
        refused(&[("120000", name.as_bytes())], "commit.well_formed: symlink stands where git reads a file of its own");
    }
    for (name, target) in
        [("a", "/etc/passwd"), ("a", "../../x"), ("src/a", "../../x"), ("a", ".git/config"), ("a", "src/../../x")]
    {
        let server = with_infra();
        let bob = server.developer(BOB);
        symlink(target, bob.work().join(name)).unwrap();
        bob.commit("link").push("main").refused("commit.well_formed: symlink leads out of the repository").says(name);
    }
}

#[test]
fn e20_every_place_of_a_file_can_be_protected() {
    let server = Server::with_rules(
        "[[rule]]\nuse = \"commit.protected_paths\"\nrefs = [\"HEAD\"]\nparams = { groups = [\"security\"] }\n\
         paths = [\"CODEOWNERS\", \".github/**\", \"docs/CODEOWNERS\", \".gitlab-ci.yml\"]\n\
         [[rule]]\nuse = [\"update.namespaces\", \"commit.well_formed\"]",
    );
    for path in [
        "CODEOWNERS",
        ".github/CODEOWNERS",
        "docs/CODEOWNERS",
        ".github/workflows/x.yml",
        ".gitlab-ci.yml",
        "codeowners",
        ".GitHub/x",
        "docs",
    ] {
        let bob = server.developer(BOB);
        bob.write(path, "* @mallory\n").commit("own").push("main").refused(PROTECTED).says(path);
    }
    server.developer(ALICE).write("docs/CODEOWNERS", "* @alice\n").commit("own").push("main").accepted();
}

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

#[test]
fn e21_tree_of_ten_billion_paths_is_refused_in_little_memory() {
    for rules in [
        "[[rule]]\nuse = [\"update.namespaces\", \"commit.well_formed\"]",
        "[[rule]]\nuse = \"commit.protected_paths\"\nparams = { groups = [\"security\"] }\npaths = [\"**/never\"]",
    ] {
        let server = Server::with_rules(rules);
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

#[test]
fn e28_attributes_hide_no_change() {
    let server = with_infra();
    let erin = server.developer(ERIN);
    erin.write(".gitattributes", "*.tf -diff -text binary merge=ours\ninfra/** export-ignore -diff\n")
        .commit("attributes")
        .plant("main");
    std::fs::create_dir_all(server.repository().join("info")).unwrap();
    std::fs::write(server.repository().join("info/attributes"), "* -diff binary\n").unwrap();
    let bob = server.developer(BOB);
    bob.write("infra/gate.tf", "open\n")
        .commit("open the gate")
        .push("main")
        .refused("commit.protected_paths … infra/gate.tf");
}

#[test]
fn e29_mailmap_makes_nobody_else_of_a_committer() {
    let server = with_main();
    let bob = server.developer(BOB);
    bob.write(
        ".mailmap",
        "Bob Example <bob@example.org> <mallory@example.net>\nAlice Example <alice@example.org> <bob@example.org>\n",
    );
    bob.commit("mailmap").plant("main");
    server.git(&["config", "mailmap.blob", "HEAD:.mailmap"]);
    bob.claim("Mallory", "mallory@example.net").commit("add a tunnel");
    bob.push("main").refused("commit.identity: committer 'mallory@example.net' belongs to nobody known");
}
