//! Table 2.E: trees and paths. Whoever pushes here is known and signs; what is wrong is in the tree.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::pack::{commit, entry};
use crate::scene::{judge, send, with_infra, with_main};
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
fn e01_odd_names_that_are_there_already_can_be_taken_away_and_nothing_else() {
    let server = with_main();
    let bob = server.developer(BOB);
    let odd = bob.work().join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::write(&odd, "x").unwrap();
    bob.commit("as it came").plant("main");
    std::fs::write(&odd, "y").unwrap();
    bob.commit("change it").push("main").refused("commit.well_formed: path holds bytes that are not UTF-8");
    bob.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    std::fs::remove_file(&odd).unwrap();
    bob.commit("take it away").push("main").accepted();
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

/// A mode is a claim about the object, and the object is looked at.
#[test]
fn e06_file_that_is_stored_as_a_folder_is_refused_whoever_reads_its_size() {
    let server = with_main();
    let bob = server.developer(BOB);
    let folder = bob.store("tree", entry("100644", "x", &bob.store("blob", "x")));
    let id = with_tree(&bob, &[entry("100644", "a", &folder)]);
    judge(&server, &bob, line(&bob.head(), &id, "refs/heads/main")).exits(1).says("gate.ambiguous");
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
