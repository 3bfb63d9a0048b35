use serde_json::Value;

use crate::stage::{ALICE, BOB, CAROL, Developer, ERIN, MALLORY, Server};

/// Every shipped rule, some under several parameters. They only warn, so that whatever is pushed gets in and the next
/// push finds it there.
const RULES: &str = r#"
push.certificate
push.certificate      groups = ["maintainers"], pusher = true, server_pushes = true
push.known_pusher
push.known_pusher     groups = ["developers"], deploy_keys = true
push.limits           updates = 2, deletions = 0, commits = 1, options = 0
push.limits
update.approved       unknown_pusher = true
update.approved       count = 2, groups = ["security"]
update.fast_forward
update.first_parent
update.immutable
update.immutable      exempt = ["^side$"]
update.namespaces     approval_groups = ["maintainers"]
update.namespaces     prefixes = ["refs/notes/", "notes/"]
update.naming
update.naming         allow = ["^(main|side)$"], deny = ["wip"], max_length = 10, non_ascii = true
update.no_delete
update.who            create = ["developers"], update = ["developers"], anyone = ["delete"]
update.who            anyone = ["tickle"]
update.window
update.window         first_day.audit = "2020-01-01", last_day.audit = "2099-12-31", exempt = ["maintainers"]
update.window         weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], to_hour = 24
commit.approved
commit.author_name
commit.author_name    unknown = true
commit.dates          past = "1h"
commit.dates
commit.email_domains  domains = ["example.org"]
commit.email_domains  domains = [".net", "Example.ORG"], author = false
commit.file_size      bytes = 100
commit.identity       author = true, pusher = true
commit.identity       judge_at = "signing", server_merges = true
commit.linear
commit.max_changes    paths = 2
commit.message
commit.message        conventional = true, sign_off = true, issue = ["[A-Z]+-[0-9]+"], match = ["door"], reject = ["(?i)secret"], merges = true
commit.no_new_roots
commit.signed
commit.signed         groups = ["maintainers"], judge_at = "signing", server_merges = true
commit.well_formed
commit.well_formed    allow = ["bidi_characters"]
tag.names_ref
tag.signed
tag.signed            groups = ["maintainers"], lightweight = true
tag.well_formed
"#;

/// Those that are about paths.
const PATHS: &str = r#"
[[rule]]
use    = "commit.forbidden_paths"
paths  = ["**/*.zip"]
params = { reason = "build results" }
mode   = "warn"

[[rule]]
use    = "commit.protected_paths"
paths  = ["infra/**"]
params = { groups = ["security"] }
mode   = "warn"
"#;

/// The log of everything that is pushed here.
pub fn decisions() -> Vec<Value> {
    let server = server();
    begin(&server);
    approve(&server);
    be_odd(&server);
    merge(&server);
    rewrite(&server);
    tag(&server);
    let decisions = server.decisions();
    for decision in &decisions {
        assert_eq!(decision["input"]["shown"]["unkept"], 0, "all is kept");
        assert_eq!(decision["result"]["errors"].as_array().map(Vec::len), Some(0), "{:#}", decision["result"]);
    }
    decisions
}

fn server() -> Server {
    let entry = |line: &str| {
        let (code, params) = line.split_once(' ').unwrap_or((line, ""));
        format!("[[rule]]\nuse = \"{code}\"\nmode = \"warn\"\nparams = {{ {} }}\n\n", params.trim())
    };
    let rules: String = RULES.trim().lines().map(entry).collect();
    Server::build()
        .rules(&format!("{rules}{PATHS}"))
        .top("uncovered = \"accept\"")
        .history("")
        .log_input()
        .git_config("receive.certNonceSeed", "a seed of the stage")
        .git_config("receive.advertisePushOptions", "true")
        .start()
}

/// A push under somebody's account.
fn push(developer: &Developer<'_>, account: &str, refspecs: &str) {
    developer.pushing(refspecs).logged_in_as(account).go().accepted();
}

/// As everybody would like it: signed, named, approved later.
fn begin(server: &Server) {
    let bob = server.developer(BOB);
    bob.commit("feat: add a door\n\nDOOR-1\n\nSigned-off-by: Bob Example <bob@example.org>");
    bob.pushing("main").argument("--signed").logged_in_as("bob").go().accepted();
    bob.commit("docs: tell of the door\n\nDOOR-2").branch("side");
    bob.pushing("main side").argument("--signed").option("quick").logged_in_as("alice").go().accepted();
    let alice = server.developer(ALICE);
    alice.write("infra/plan", "a castle\n").commit("plan a castle");
    alice.pushing("main").argument("--signed").logged_in_as("alice").go().accepted();
}

fn approve(server: &Server) {
    let bob = server.developer(BOB);
    bob.commit("add a window");
    push(&bob, "bob", "main:wip");
    let here = server.repository().canonicalize().expect("the repository is there").display().to_string();
    let commit = bob.head();
    for (developer, account) in [(server.developer(ERIN), "erin"), (server.developer(ALICE), "alice")] {
        let message = format!("Refgate-Approve: {here} refs/heads/main {commit}");
        developer.git(&["fetch", "--quiet", "server"]);
        developer.git(&["tag", "--sign", "--message", &message, account, &commit]);
        push(&developer, account, &format!("refs/tags/{account}:refs/approvals/{commit}/{account}"));
    }
    push(&bob, "robot", "main");
    push(&server.developer(ERIN), "erin", &format!(":refs/approvals/{commit}/erin"));
}

/// What most rules are there to stop.
fn be_odd(server: &Server) {
    let mallory = server.developer(MALLORY);
    mallory.git(&["switch", "--quiet", "--orphan", "odd"]);
    mallory.write("infra/plan", "a ruin\n").write("big.bin", [0; 200]).write("build/a.zip", "").write("x\u{202e}y", "");
    mallory.commit_unsigned(
        "fixup! a \u{202e}secret of many words, many more than anybody would read in a list of commits",
    );
    mallory.pushing("odd:refs/heads/heads/w\u{456}p-odd").go().accepted();
    mallory.git(&["rm", "--quiet", "build/a.zip", "infra/plan"]);
    mallory.claim("Bob the Builder", "bob@example.org").commit("remove the evidence");
    push(&mallory, "mallory", "odd");
    mallory.claim("Nobody", "no address").on("4000000000 +0000").commit("from far ahead");
    push(&mallory, "bob", "odd");
    let carol = server.developer(CAROL);
    carol.commit("signed with what has ended");
    push(&carol, "carol", "main:refs/heads/carol");
    let encoded =
        carol.try_git(&["-c", "i18n.commitEncoding=latin1", "commit", "--quiet", "--allow-empty", "-m", "odd"], b"");
    assert!(encoded.status.success(), "{}", encoded.stderr_text());
    push(&carol, "robot", "main:refs/heads/carol");
}

fn merge(server: &Server) {
    let alice = server.developer(ALICE);
    alice.branch("feature").commit("chore: add a roof").switch("main").commit("chore: add a wall").merge("feature");
    push(&alice, "alice", "main");
    alice.switch("feature").commit("chore: add a moat").merge("main").sign_nothing().commit("chore: fill the moat");
    push(&alice, "alice", "feature:main");
    alice.pushing("feature:main").go().changed_nothing();
}

/// Refs that go back, go away, or never should have been.
fn rewrite(server: &Server) {
    let bob = server.developer(BOB);
    push(&bob, "bob", "+main~1:main");
    push(&bob, "robot", "main main:one main:two main:refs/notes/three");
    push(&bob, "bob", ":one :two");
    push(&bob, "bob", ":side");
    bob.git(&["switch", "--quiet", "--orphan", "new"]);
    bob.commit("begin anew");
    push(&bob, "alice", "+new:main");
    push(&bob, "bob", "main:refs/elsewhere/main");
}

fn tag(server: &Server) {
    let bob = server.developer(BOB);
    bob.tag("v1");
    push(&bob, "bob", "refs/tags/v1");
    push(&bob, "bob", "refs/tags/v1:refs/tags/v2");
    bob.git(&["tag", "light"]);
    bob.git(&["tag", "--annotate", "--message", "turned \u{202e}around", "odd"]);
    bob.git(&["tag", "--sign", "--message", "outer", "outer", "v1"]);
    push(&bob, "bob", "refs/tags/light refs/tags/odd refs/tags/outer");
    push(server.developer(ALICE).tag("v3"), "alice", "refs/tags/v3");
    push(server.developer(MALLORY).tag("v4"), "mallory", "refs/tags/v4");
}
