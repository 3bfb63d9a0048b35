//! Every quantity that an outsider can grow: what has exactly as much as its limit passes, one more does not. One row
//! for each limit.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::running::{self, Held};
use crate::stage::{BOB, Developer, ERIN, Outcome, Server, ServerBuilder, line};
use crate::wire::Wire;

const RULES: &str = "[[rule]]\nuse = [\"commit.well_formed\", \"update.namespaces\"]";

/// A line of `[limits]` that each row replaces.
const LINE: &str = "# the limit";

type Row = (&'static str, fn(&'static str));

const ROWS: [Row; 31] = [
    ("updates", updates),
    ("commits", commits),
    ("walked_commits", walked_commits),
    ("parents", parents),
    ("tag_depth", tag_depth),
    ("object_bytes", object_bytes),
    ("header_bytes", header_bytes),
    ("message_bytes", message_bytes),
    ("signature_bytes", signature_bytes),
    ("tree_bytes", tree_bytes),
    ("merge_file_bytes", merge_file_bytes),
    ("merge_bases", merge_bases),
    ("merge_base_commits", merge_base_commits),
    ("merge_steps", merge_steps),
    ("tree_entries", tree_entries),
    ("tree_entries_per_commit", tree_entries_per_commit),
    ("path_depth", path_depth),
    ("path_bytes", path_bytes),
    ("changes", changes),
    ("listed_refs", listed_refs),
    ("approvals", approvals),
    ("input_bytes", input_bytes),
    ("answer_violations", answer_violations),
    ("answer_text_bytes", answer_text_bytes),
    ("kept_bytes", kept_bytes),
    ("push_options", push_options),
    ("push_option_bytes", push_option_bytes),
    ("violations_shown", violations_shown),
    ("violations", violations),
    ("deadline", deadline),
    ("threads", threads),
];

#[test]
fn each_limit_has_a_row() {
    let told = Server::new().refgate(&["check", "--verbose"]).answers(0).plain;
    let list = told.split_once("Limits:\n\n").expect("they are printed").1.split_once("\n\n").expect("as one list").0;
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ROWS.map(|(name, _)| name));
}

#[test]
fn what_has_as_much_as_a_limit_passes_and_one_more_does_not() {
    for rows in ROWS.chunks(4) {
        thread::scope(|scope| {
            for (name, play) in rows {
                let row = thread::Builder::new().name(format!("the limit '{name}'"));
                row.spawn_scoped(scope, || play(name)).expect("a thread can be started");
            }
        });
    }
}

fn stage(builder: ServerBuilder) -> Server {
    builder.limit(LINE).start()
}

fn usual() -> Server {
    stage(Server::build().rules(RULES))
}

/// Gives the limit a value.
fn set(server: &Server, name: &str, value: impl std::fmt::Display) {
    let path = server.operator().join("refgate.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, after) = text.split_once("[limits]\n").unwrap();
    let after = after.split_once('\n').unwrap().1;
    fs::write(path, format!("{before}[limits]\n{name} = {value}\n{after}")).unwrap();
}

/// The gate refuses what has more than a limit by the limit's name; what has as much passes.
#[track_caller]
fn exactly(server: &Server, name: &str, quantity: usize, push: impl Fn() -> Outcome) {
    set(server, name, quantity - 1);
    push().refused(&format!("gate.limit … '{name}'"));
    set(server, name, quantity);
    push().accepted();
}

fn size(bob: &Developer<'_>, revision: &str) -> usize {
    bob.git(&["cat-file", "-s", revision]).parse().unwrap()
}

fn updates(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    exactly(&server, name, 3, || bob.push("main main:refs/heads/b main:refs/heads/c"));
}

fn commits(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.import("main", 4);
    exactly(&server, name, 4, || bob.push("main"));
}

fn walked_commits(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.import("main", 4);
    exactly(&server, name, 4, || bob.push("main"));
    // Other refs are walked to find out what was seen there.
    let rule = "package refgate.commit.seen\n\ndeny contains \"seen before\" if not input.commit.first_seen\n";
    let rules = format!("{RULES}\n[[rule]]\nuse = \"commit.seen\"");
    let server = stage(Server::build().rules(&rules).own_rule("commit.seen", rule));
    let bob = server.developer(BOB);
    bob.import("other", 2);
    bob.plant("other").commit("add a door");
    exactly(&server, name, 3, || bob.push("main"));
}

fn parents(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.commit("a").branch("b").commit("b").switch("main").branch("c").commit("c").switch("main").commit("d");
    bob.git(&["merge", "--quiet", "-S", "-m", "three", "b", "c"]);
    exactly(&server, name, 3, || bob.push("main"));
}

fn tag_depth(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.commit("add a door").tag("one");
    bob.git(&["tag", "--sign", "--message=two", "two", "one"]);
    bob.git(&["tag", "--sign", "--message=three", "three", "two"]);
    exactly(&server, name, 2, || bob.push("refs/tags/three"));
}

fn object_bytes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    let quantity = size(bob.commit("add a door"), "HEAD");
    exactly(&server, name, quantity, || bob.push("main"));
}

fn header_bytes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    let headers = bob.commit("add a door").take_apart("HEAD").headers;
    // With the empty line that ends them.
    exactly(&server, name, headers.len() + 1, || bob.push("main"));
}

fn message_bytes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    let message = bob.commit("add a door").take_apart("HEAD").message;
    exactly(&server, name, message.len(), || bob.push("main"));
}

fn signature_bytes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    let signature = bob.commit("add a door").take_apart("HEAD").signature;
    exactly(&server, name, signature.len(), || bob.push("main"));
}

fn tree_bytes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    let quantity = size(bob.write("a", "x\n").write("b", "x\n").commit("two files"), "HEAD^{tree}");
    exactly(&server, name, quantity, || bob.push("main"));
}

/// Three files of one root: the tree is visited once by the rule that reads changes.
fn tree_entries(name: &str) {
    let server = Server::build().rules(RULES).limit(&format!("{LINE}\ntree_entries_per_commit = 0")).start();
    let bob = server.developer(BOB);
    bob.write("a", "x\n").write("b", "x\n").write("c", "x\n").commit("three files");
    exactly(&server, name, 3, || bob.push("main"));
}

/// Four commits that each add a file beside the others: seven entries more than the first, with three folders to open
/// again.
fn tree_entries_per_commit(name: &str) {
    let server = Server::build().rules(RULES).limit(&format!("{LINE}\ntree_entries = 1")).start();
    let bob = server.developer(BOB);
    for file in ["a", "b", "c", "d"] {
        bob.write(file, "x\n").commit(file);
    }
    // One folder of each size as the new side, all but the largest as the old one, and one for each but the last.
    let visited = (1 + 2 + 3 + 4) + (1 + 2 + 3) + 6;
    let enough = (visited - 1usize).div_ceil(4);
    set(&server, name, enough - 1);
    bob.push("main").refused("gate.limit … 'tree_entries' (1)");
    set(&server, name, enough);
    bob.push("main").accepted();
}

/// A tree that is small on disk and huge when walked.
#[test]
fn folders_that_hold_each_other_ten_times_over_are_bounded() {
    let server = usual();
    set(&server, "tree_entries", 10_000);
    let bob = server.developer(BOB);
    let blob = bob.store("blob", "x");
    let mut entry = format!("100644 blob {blob}");
    for _ in 0..9 {
        let listing: String = (0..10).map(|number| format!("{entry}\t{number}\n")).collect();
        let finished = bob.try_git(&["mktree"], listing.as_bytes());
        assert!(finished.status.success(), "{}", finished.stderr_text());
        entry = format!("040000 tree {}", String::from_utf8(finished.stdout).unwrap().trim_end());
    }
    let tree = entry.rsplit(' ').next().unwrap().to_string();
    let commit = bob.git(&["commit-tree", "-S", "-m", "bomb", &tree]);
    let pack = bob.pack(&[&commit]);
    Wire::to(&server)
        .command(&server.zero(), &commit, "refs/heads/main")
        .pack(pack)
        .send()
        .refused("gate.limit … 10000");
}

fn path_depth(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.write("a/b/c/d", "x\n").commit("three folders deep");
    exactly(&server, name, 3, || bob.push("main"));
}

fn path_bytes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.write(&format!("{}/{}", "a".repeat(50), "b".repeat(49)), "x\n").commit("a hundred bytes");
    exactly(&server, name, 100, || bob.push("main"));
}

fn changes(name: &str) {
    let server = usual();
    let bob = server.developer(BOB);
    bob.write("a", "x\n").write("b", "x\n").write("c", "x\n").commit("three files");
    exactly(&server, name, 3, || bob.push("main"));
}

fn listed_refs(name: &str) {
    let server = stage(Server::build().rules(RULES).history("baseline = [\"HEAD\", \"refs/heads/b\"]"));
    let bob = server.developer(BOB);
    bob.commit("add a door").plant("main main:refs/heads/b main:refs/heads/c");
    bob.commit("add a window");
    exactly(&server, name, 3, || bob.push("main"));
}

/// Two rules that each look at two approvals.
fn approvals(name: &str) {
    let look = |code: &str| {
        format!("package refgate.{code}\n\ndeny contains \"none\" if count(input.update.approvals) != 2\n")
    };
    let rules = format!("{RULES}\n[[rule]]\nuse = [\"update.one\", \"update.other\"]\nrefs = [\"HEAD\"]");
    let build = Server::build().rules(&rules).own_rule("update.one", &look("update.one"));
    let server = stage(build.own_rule("update.other", &look("update.other")));
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let statement =
        format!("Refgate-Approve: {} refs/heads/main {head}", server.repository().canonicalize().unwrap().display());
    let refspecs = ["one", "two"].map(|name| {
        bob.git(&["tag", "--sign", "--message", &statement, name, &head]);
        format!("refs/tags/{name}:refs/approvals/{head}/{name}")
    });
    bob.push(&refspecs[0]).accepted();
    exactly(&server, name, 4, || bob.push(&format!("{} main", refspecs[1])));
}

/// What a merge brings counts as the merger's own where its outcome takes more than the limit to work out: Bob may not
/// change what is in `infra`.
fn outcome_of_a_merge(server: &Server, name: &str, quantity: usize, merge: impl Fn(&Developer<'_>)) {
    let bob = server.developer(BOB);
    merge(&bob);
    set(server, name, quantity - 1);
    bob.push("main").refused("commit.protected_paths");
    set(server, name, quantity);
    bob.push("main").accepted();
}

/// `infra/gate` with its first and its last line as given.
fn gate(first: &str, last: &str) -> String {
    format!("{first}\n1\n2\n3\n4\n5\n{last}\n")
}

fn merge_file_bytes(name: &str) {
    let server = stage(Server::build());
    let erin = server.developer(ERIN);
    erin.write("infra/gate", gate("a", "b")).commit("add a gate").branch("side");
    erin.write("infra/gate", gate("a", "B")).commit("change its end");
    erin.switch("main").write("infra/gate", gate("A", "b")).commit("change its beginning").plant("main side");
    outcome_of_a_merge(&server, name, gate("a", "b").len(), |bob| {
        bob.merge("server/side");
    });
}

/// One line of either side is apart: five steps to find that out, and three to match it.
fn merge_steps(name: &str) {
    let server = stage(Server::build());
    let erin = server.developer(ERIN);
    erin.write("infra/gate", gate("a", "b")).commit("add a gate").branch("side");
    erin.write("infra/gate", gate("a", "B")).commit("change its end");
    erin.switch("main").write("infra/gate", gate("A", "b")).commit("change its beginning").plant("main side");
    outcome_of_a_merge(&server, name, 2 * 8, |bob| {
        bob.merge("server/side");
    });
}

/// Two sides that merged each other: the lines of both histories meet at two bases.
fn criss_cross(server: &Server) {
    let erin = server.developer(ERIN);
    erin.commit("begin").branch("side").write("infra/side", "x\n").commit("one").branch("side-before");
    erin.switch("main").write("infra/main", "x\n").commit("two").branch("main-before");
    erin.switch("main").merge("side-before").write("infra/three", "x\n").commit("three");
    erin.switch("side")
        .merge("main-before")
        .write("infra/four", "x\n")
        .commit("four")
        .switch("main")
        .plant("main side");
}

fn merge_bases(name: &str) {
    let server = stage(Server::build());
    criss_cross(&server);
    outcome_of_a_merge(&server, name, 2, |bob| {
        bob.merge("server/side");
    });
}

/// All that is walked to find out that the sides part at their first commit: that and one more of each side.
fn merge_base_commits(name: &str) {
    let server = stage(Server::build());
    let erin = server.developer(ERIN);
    erin.commit("begin").branch("side").write("infra/side", "x\n").commit("one");
    erin.switch("main").write("infra/main", "x\n").commit("two").plant("main side");
    outcome_of_a_merge(&server, name, 3, |bob| {
        bob.merge("server/side");
    });
}

/// The longest document that a rule was shown, as the log has it.
fn input_bytes(name: &str) {
    let server = stage(Server::build().rules(RULES).log_input());
    let bob = server.developer(BOB);
    bob.write(&"a".repeat(200), "x\n").commit("add a door").push("main").accepted();
    let quantity = documents(&server).into_iter().max().unwrap();
    server.git(&["update-ref", "-d", "refs/heads/main"]);
    exactly(&server, name, quantity, || bob.push("main"));
}

/// Bytes of every document that the latest decision kept.
fn documents(server: &Server) -> Vec<usize> {
    let decision = server.decision();
    decision["input"]["shown"]["documents"].as_array().unwrap().iter().map(|one| one.to_string().len()).collect()
}

/// The documents, and 256 bytes for each question.
fn kept_bytes(name: &str) {
    let server = stage(Server::build().rules(RULES).log_input());
    let bob = server.developer(BOB);
    let unkept = || {
        bob.push("main").accepted();
        server.git(&["update-ref", "-d", "refs/heads/main"]);
        server.decision()["input"]["shown"]["unkept"].as_u64().unwrap()
    };
    bob.commit("add a door");
    assert_eq!(unkept(), 0);
    let asked = server.decision()["input"]["shown"]["asked"].as_array().unwrap().len();
    let quantity = documents(&server).into_iter().sum::<usize>() + 256 * asked;
    set(&server, name, quantity - 1);
    assert_eq!(unkept(), 1);
    set(&server, name, quantity);
    assert_eq!(unkept(), 0);
}

/// A rule that always says these three.
fn talkative() -> Server {
    let rule = "package refgate.update.talkative\n\ndeny contains word if some word in [\"eleven\", \"twelve\", \"thirteen\"]\n";
    let rules = "[[rule]]\nuse = \"update.talkative\"";
    stage(Server::build().rules(rules).own_rule("update.talkative", rule))
}

fn answer_violations(name: &str) {
    let server = talkative();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    set(&server, name, 2);
    bob.push("main")
        .refused("update.talkative: eleven … update.talkative: thirteen … update.talkative: and 1 more")
        .never_says("twelve");
    set(&server, name, 3);
    bob.push("main").refused("eleven … thirteen … twelve").never_says("more");
}

fn answer_text_bytes(name: &str) {
    let server = talkative();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    set(&server, name, 7);
    bob.push("main")
        .refused("update.talkative: eleven … update.talkative: thir… … update.talkative: twelve")
        .never_says("thirt");
    set(&server, name, 8);
    bob.push("main").refused("update.talkative: thirteen").never_says("\u{2026}");
}

fn violations_shown(name: &str) {
    let server = talkative();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    set(&server, name, 2);
    bob.push("main").refused("eleven … thirteen … and 1 more … 3 violations").never_says("twelve");
    set(&server, name, 3);
    bob.push("main").refused("eleven … thirteen … twelve … 3 violations").never_says("more");
}

/// Violations that are not kept refuse all the same, and are counted.
fn violations(name: &str) {
    let server = talkative();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    let kept = |limit| {
        set(&server, name, limit);
        bob.push("main").refused("3 violations");
        let result = server.decision()["result"].clone();
        (result["violations"].as_array().unwrap().len(), result["omitted"].as_u64().unwrap())
    };
    assert_eq!(kept(2), (2, 1));
    assert_eq!(kept(3), (3, 0));
}

/// A push with these options.
fn with_options(bob: &Developer<'_>, options: &[&str]) -> Outcome {
    options.iter().fold(bob.pushing("main"), |push, option| push.option(option)).go()
}

fn taking_options() -> Server {
    stage(Server::build().rules(RULES).git_config("receive.advertisePushOptions", "true"))
}

fn push_options(name: &str) {
    let server = taking_options();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    exactly(&server, name, 3, || with_options(&bob, &["a", "b", "c"]));
}

fn push_option_bytes(name: &str) {
    let server = taking_options();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    exactly(&server, name, 21, || with_options(&bob, &["0123456789", "0123456789x"]));
}

/// A rule that takes longer than anybody waits, inside one builtin: the engine looks at no clock there. From each of a
/// million letters the expression looks on to the end before it takes one.
pub const ENDLESS: &str = r#"package refgate.commit.endless

ten(text) := replace(text, "A", "AAAAAAAAAA")

deny contains "never" if {
	input.commit.id != ""
	count(regex.find_n(".*[^A-Z]|[A-Z]", ten(ten(ten(ten(ten(ten("A")))))), -1)) == 7
}
"#;

fn deadline(name: &str) {
    let rules = format!("{RULES}\n[[rule]]\nuse = \"commit.endless\"\nrefs = [\"refs/heads/slow\"]");
    let server = stage(Server::build().rules(&rules).own_rule("commit.endless", ENDLESS));
    let bob = server.developer(BOB);
    bob.commit("add a door");
    set(&server, name, "\"1s\"");
    bob.push("main:refs/heads/slow").could_not_judge("it takes too long");
    set(&server, name, "\"10m\"");
    bob.push("main").accepted();
}

/// One thread reads and writes and one watches the clock; as many judge as the limit says.
fn threads(name: &str) {
    let rules = "[[rule]]\nuse = \"commit.endless\"";
    let server = stage(Server::build().rules(rules).own_rule("commit.endless", ENDLESS));
    for limit in [2, 5] {
        set(&server, name, limit);
        thread::scope(|scope| {
            let push = scope.spawn(|| {
                let bob = server.developer(BOB);
                bob.import("main", 200);
                bob.push("main").declined();
            });
            let process = running::judging(&server);
            let patience = Instant::now() + Duration::from_secs(60);
            while process.threads() < limit + 2 && Instant::now() < patience {
                thread::yield_now();
            }
            let most = process.threads();
            process.kill("KILL");
            push.join().unwrap();
            assert_eq!(most, limit + 2);
        });
    }
}

/// A thousand commits of which each makes a rule say as much as it may: no answer is like another, and what is remembered
/// of them has an end.
#[test]
fn answers_without_end_are_judged_in_little_memory() {
    let rule = r#"package refgate.commit.talkative

ten(text) := replace(text, "o", "oooooooooo")

deny contains sprintf("%d %s %s", [number, input.commit.id, ten(ten(ten("ooo")))]) if some number in numbers.range(1, 350)
"#;
    let server =
        Server::build().rules("[[rule]]\nuse = \"commit.talkative\"").own_rule("commit.talkative", rule).start();
    let bob = server.developer(BOB);
    bob.import("main", 1000);
    bob.plant("main:refs/heads/rest");
    let lines = line(&server.zero(), &bob.id("main"), "refs/heads/main");
    let held = Held::ready(&server);
    let process = held.process();
    let (output, peak) = thread::scope(|scope| {
        let told = scope.spawn(move || held.told(&lines));
        let mut peak = 0;
        // The high-water mark only grows, so the last look before the end counts.
        while !told.is_finished() {
            peak = process.mebibytes().max(peak);
            thread::sleep(Duration::from_millis(5));
        }
        (told.join().unwrap(), peak)
    });
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!((10..200).contains(&peak), "it held {peak} MiB");
}
