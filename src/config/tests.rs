//! `refgate.toml`: what is read, and how every mistake is told at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::{ProptestConfig, proptest};

use super::{CommitScope, Config, IdentityConfig, Limits, Mode, Uncovered};
use crate::facts::Forge;
use crate::ids::RefName;
use crate::problem::{Problem, render_all};
use crate::time::Time;

const WHOLE: &str = r#"
version = 1
uncovered = "accept"

[identity]
people          = "people.toml"
allowed_signers = ["allowed_signers"]
revoked_keys    = "/srv/revoked.krl"
openpgp         = ["keys/"]
clock_tolerance = "1h30m"

[policies]
path = "policies"
data = ["data/teams.yaml"]

[[rule]]
use  = ["update.fast_forward", "commit.signed"]
refs = ["HEAD", "refs/heads/release/**"]

[[rule]]
use    = "commit.protected_paths"
refs   = "HEAD"
repos  = ["infra/*"]
paths  = ["infra/**", "policies/**"]
params = { groups = ["security"], since = 2026-05-01, least = 2, deep = { ratio = 0.5, on = true } }
mode   = "warn"
commits = "first_parent"
except = [
  { person = "robot", reason = "release bot", until = "2027-01-01" },
  { ref = "refs/heads/x", path = "a/**", commit = "1111111111111111111111111111111111111111", reason = "once", until = "never" },
  { path = ["a", "b"], reason = "moved", until = 2027-01-01 },
]
override = { groups = ["oncall"] }

[history]
baseline = ["HEAD"]
trusted  = ["1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222222222222222222222222222"]
[server]
forge = "gitea"
[limits]
updates = 5
threads = 0
object_bytes = "8MiB"
path_bytes = 100
deadline = "10s"
[log]
path = "/var/log/refgate/decisions.jsonl"
input = true
"#;

const RULE: &str = "version = 1\n[[rule]]\nuse = 'commit.signed'\n";

fn parse(text: &str) -> Result<(Config, Vec<Problem>), Vec<Problem>> {
    Config::parse(Path::new("/etc/refgate/refgate.toml"), text)
}

/// The words for a file that is refused.
#[track_caller]
fn refused(text: &str) -> String {
    render_all(&parse(text).expect_err("the file has a mistake"))
}

/// The first problem of an entry with these lines in it.
#[track_caller]
fn mistake(lines: &str) -> String {
    let problems = parse(&format!("{RULE}{lines}\n")).expect_err("the entry has a mistake");
    problems
        .iter()
        .map(|problem| format!("{}: {}", problem.line().unwrap_or(0), problem.message))
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn everything_that_can_be_written_is_read() {
    let (config, warnings) = parse(WHOLE).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(config.uncovered, Uncovered::Accept);
    assert_eq!(config.identity.people.as_deref(), Some(Path::new("/etc/refgate/people.toml")));
    assert_eq!(config.identity.allowed_signers, [Path::new("/etc/refgate/allowed_signers")]);
    assert_eq!(config.identity.revoked_keys, [Path::new("/srv/revoked.krl")]);
    assert_eq!(config.identity.openpgp, [Path::new("/etc/refgate/keys/")]);
    assert_eq!(config.identity.clock_tolerance, Duration::from_secs(5400));
    assert_eq!(config.policies.path, Some(PathBuf::from("/etc/refgate/policies")));
    assert_eq!(config.policies.data, [Path::new("/etc/refgate/data/teams.yaml")]);
    assert_eq!(config.history.baseline.to_string(), "HEAD");
    assert_eq!(config.history.trusted.iter().map(|id| id.to_string().len()).collect::<Vec<_>>(), [40, 64]);
    assert_eq!(config.server.forge, Forge::Gitea);
    assert_eq!(config.log.path, Some(PathBuf::from("/var/log/refgate/decisions.jsonl")));
    assert!(config.log.input);
    let limits = Limits {
        updates: 5,
        object_bytes: 8 << 20,
        path_bytes: 100,
        deadline: Duration::from_secs(10),
        ..Limits::default()
    };
    assert_eq!(config.limits, limits);
}

#[test]
fn a_rule_entry_is_read_with_all_that_narrows_it() {
    let (config, _) = parse(WHOLE).unwrap();
    let [first, second] = &config.bindings[..] else { panic!("two entries") };
    assert_eq!(
        first.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
        ["update.fast_forward", "commit.signed"]
    );
    assert_eq!((first.mode, first.commits, first.paths.is_none()), (Mode::Enforce, CommitScope::All, true));
    assert!(first.exceptions.is_empty() && first.break_glass.is_none() && first.params.is_empty());
    assert_eq!(&config.text[first.span.clone()], "[[rule]]");
    assert_eq!((second.refs.to_string(), second.repositories.to_string()), ("HEAD".to_string(), "infra/*".to_string()));
    assert_eq!(second.paths.as_ref().unwrap().to_string(), "infra/**, policies/**");
    assert_eq!((second.mode, second.commits), (Mode::Warn, CommitScope::FirstParent));
    let params = serde_json::json!({"groups": ["security"], "since": "2026-05-01", "least": 2, "deep": {"ratio": 0.5, "on": true}});
    assert_eq!(serde_json::Value::Object(second.params.clone()), params);
    let spans: Vec<_> = second.param_spans.iter().map(|key| &config.text[key.span.clone()]).collect();
    assert_eq!(spans, ["groups", "since", "least", "deep"]);
    assert_eq!(second.break_glass.as_ref().unwrap().groups[0].name, "oncall");
}

#[test]
fn an_exception_holds_through_its_last_day_in_utc() {
    let (config, _) = parse(WHOLE).unwrap();
    let [robot, once, moved] = &config.bindings[1].exceptions[..] else { panic!("three exceptions") };
    assert_eq!(robot.until.rfc3339(), "2027-01-01T23:59:59Z");
    assert!(robot.holds_at(robot.until) && !robot.holds_at(robot.until.plus(1)));
    assert_eq!((robot.person.as_ref().unwrap().name.as_str(), robot.reason.as_str()), ("robot", "release bot"));
    assert!(once.until == Time::NEVER_ENDS && once.holds_at(Time::NEVER_ENDS));
    assert!(once.refs.as_ref().unwrap().matches_stored(&RefName::parse(b"refs/heads/x", false).unwrap(), None));
    assert!(once.paths.as_ref().unwrap().matches_exactly(b"a/b") && once.commit.is_some());
    assert_eq!(moved.until, robot.until);
}

#[test]
fn what_is_left_out_has_the_safe_value() {
    let (config, warnings) = parse(RULE).unwrap();
    assert_eq!(warnings, []);
    assert_eq!((config.uncovered, config.server.forge), (Uncovered::Refuse, Forge::Plain));
    assert_eq!(config.history.baseline.to_string(), "none");
    assert!(config.bindings[0].refs.is_everything());
    assert_eq!(config.identity.clock_tolerance, Duration::from_secs(300));
    assert_eq!(config.identity.clock_tolerance, IdentityConfig::default().clock_tolerance);
    assert_eq!(config.limits, Limits::default());
    for history in ["baseline = []", "trusted = []"] {
        let (config, _) = parse(&format!("{RULE}[history]\n{history}\n")).unwrap();
        assert_eq!(config.history.baseline.to_string(), "none");
    }
}

#[test]
fn paths_are_taken_from_the_file_s_folder() {
    let (config, _) = Config::parse(Path::new("refgate.toml"), &format!("{RULE}[log]\npath = \"a/b\"\n")).unwrap();
    assert_eq!(config.log.path, Some(PathBuf::from("a/b")));
    assert!(mistake("[log]\npath = \"~/log\"").contains("begins with '~'"));
    assert!(mistake("[log]\npath = \"a\\u0000b\"").contains("cannot hold a NUL"));
}

#[test]
fn a_mistake_is_shown_where_it_stands_with_what_to_write() {
    let text = "version = 1\nuncoverd = \"accept\"\n\n[[rule]]\nuse = \"commit.signed\"\nrefs = [\"HEAD\", \"main\"]\n";
    insta::assert_snapshot!(refused(text), @r#"
    error: unknown key 'uncoverd'
     --> /etc/refgate/refgate.toml:2:1
      |
    2 | uncoverd = "accept"
      | ^^^^^^^^
      |
      = help: did you mean 'uncovered'?

    error: 'main' is not a full ref name: it must begin 'refs/' or be 'HEAD'
     --> /etc/refgate/refgate.toml:6:17
      |
    6 | refs = ["HEAD", "main"]
      |                 ^^^^^^
      |
      = help: write 'refs/heads/main' for a branch, 'refs/tags/main' for a tag

    2 errors
    "#);
}

#[test]
fn every_mistake_is_told_at_once() {
    let words = refused(
        r#"
version = 2
[identity]
peple = "people.toml"
[server]
forge = "codecommit"
[limits]
comits = 5
deadline = 300
[[rule]]
use = ["commit.signed", "comit.identity", "refgate.update.x", "signed", "commit.signed"]
mode = "wran"
except = [{ person = "robot" }]
[history]
trusted = ["abc", "0000000000000000000000000000000000000000", "ABCDEF1111111111111111111111111111111111"]
[log]
input = "yes"
"#,
    );
    for sentence in [
        "version 2 is not known",
        "unknown key 'peple'",
        "did you mean 'people'?",
        "'codecommit' is no 'forge'",
        "known here: gitea, github, gitlab, gitolite, plain",
        "unknown key 'comits'",
        "did you mean 'commits'?",
        "'deadline' must be a duration in quotes",
        "'comit.identity' is no rule's code",
        "did you mean 'commit.identity'?",
        "write 'update.x'",
        "'signed' is no rule's code",
        "'commit.signed' is used twice in one entry",
        "did you mean 'warn'?",
        "an exception without 'reason'",
        "an exception without 'until'",
        "'abc' is not the full id of a commit",
        "'0000000000000000000000000000000000000000' is not the full id of a commit",
        "'ABCDEF1111111111111111111111111111111111' is not the full id of a commit",
        "'input' must be true or false, not a string",
        "16 errors",
    ] {
        assert!(words.contains(sentence), "{sentence}\n{words}");
    }
}

#[test]
fn a_file_without_version_or_rule_is_refused() {
    let words = refused("");
    assert!(
        words.contains("there is no 'version'") && words.contains("no rule is bound: every push would be"),
        "{words}"
    );
    assert!(refused("version = 1\nrule = []\n").contains("no rule is bound"));
    assert!(refused("version = 1\n[rule]\nuse = 'commit.signed'\n").contains("write '[[rule]]'"));
}

#[test]
fn what_is_not_toml_is_told_without_guesses_about_the_rest() {
    let words = refused("version = \n[[rule]]\nuse = [\"commit.signed\" \"commit.identity\"]\nmode = \"wran\"\n");
    assert!(words.contains("refgate.toml:1:11") && words.contains("not TOML: "), "{words}");
    assert!(words.contains("'wran' is no 'mode'"), "{words}");
    assert!(!words.contains("there is no 'version'") && !words.contains("'version' must be"), "{words}");
    assert!(refused("version = 1\nversion = 1\n").contains("not TOML: duplicate key"));
}

#[test]
fn patterns_are_judged_one_by_one() {
    assert!(mistake("refs = []").contains("an empty list of patterns matches nothing"));
    assert!(mistake("refs = ['!refs/heads/x']").contains("a list of exclusions only matches nothing"));
    assert!(mistake("paths = ['infra/']").contains("'infra/' has an empty segment"));
    assert!(mistake("refs = 5").contains("'refs' must be a string or a list of strings, not an integer"));
    assert_eq!(mistake("refs = [5]"), "4: 'refs' must be a string, not an integer");
    assert_eq!(mistake("repos = ['']"), "4: 'repos' is empty");
}

#[test]
fn a_sign_that_is_special_elsewhere_is_a_warning() {
    let (_, warnings) =
        parse(&format!("{RULE}paths = ['**/*.{{tf,hcl}}', 'app/[id].tsx', 'a?']\nrepos = ['x/[a-z]*']\n")).unwrap();
    let messages: Vec<_> = warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "'{' stands for itself in '**/*.{tf,hcl}'",
            "'?' stands for itself in 'a?'",
            "'[' stands for itself in 'x/[a-z]*'"
        ]
    );
}

#[test]
fn a_rule_has_only_what_means_something_to_it() {
    let entry = |rule: &str, lines: &str| format!("version = 1\n[[rule]]\nuse = {rule}\n{lines}\n");
    assert!(refused(&entry("'push.x'", "paths = 'a'")).contains("'paths' means nothing to 'push.x'"));
    assert!(refused(&entry("['commit.x', 'tag.x']", "paths = 'a'")).contains("'paths' means nothing to 'tag.x'"));
    assert!(parse(&entry("['commit.x', 'update.x']", "paths = 'a'")).is_ok());
    assert!(
        refused(&entry("['commit.x', 'tag.x']", "params = {}"))
            .contains("'params' in an entry that uses several rules")
    );
    assert!(refused(&entry("[]", "")).contains("'use' names no rule"));
    let (_, warnings) = parse(&entry("'update.x'", "commits = 'first_parent'")).unwrap();
    assert!(render_all(&warnings).contains("'commits' has no effect"));
    let (_, warnings) = parse(&entry("'update.x'", "mode = 'off'")).unwrap();
    assert!(render_all(&warnings).contains("no rule is enforced"));
}

#[test]
fn an_exception_says_what_why_and_until_when() {
    assert!(mistake("except = [{ reason = 'x', until = 'never' }]").contains("lets everything through"));
    assert!(mistake("except = [{ person = 'a', reason = '', until = 'never' }]").contains("'reason' is empty"));
    for date in ["2027-02-30", "tomorrow", "2027-1-1", "27-01-01", "2027-01-01T00:00:00Z", "9999-12-31", "2027-01-01-"]
    {
        let words = mistake(&format!("except = [{{ person = 'a', reason = 'x', until = '{date}' }}]"));
        assert_eq!(words, format!("4: '{date}' is not a date"));
    }
    assert!(
        mistake("except = [{ person = 'a', reason = 'x', until = 2027-01-01T10:00:00Z }]").contains("is not a date")
    );
    assert!(mistake("except = { person = 'a' }").contains("'except' must be a list of tables"));
    assert!(mistake("override = { groups = [] }").contains("'groups' names no group"));
    assert!(mistake("override = {}").contains("'override' without 'groups'"));
}

#[test]
fn limits_have_a_least_value_and_a_kind() {
    for (line, message) in [
        ("updates = 0", "'updates' must be 1 or more"),
        ("updates = -1", "'updates' must be 1 or more"),
        ("updates = '5'", "'updates' must be a whole number, not a string"),
        ("updates = 99999999999999999999", "'updates' is too large a number"),
        ("tree_bytes = '0B'", "'tree_bytes' must be 1 or more"),
        ("tree_bytes = '4MB'", "'tree_bytes' must be a size"),
        ("tree_bytes = 1.5", "'tree_bytes' must be a size"),
        ("deadline = '0s'", "'deadline' must be from 1ms to 1d"),
        ("deadline = '25h'", "'deadline' must be from 1ms to 1d"),
    ] {
        assert_eq!(mistake(&format!("[limits]\n{line}")), format!("5: {message}"));
    }
    assert!(
        parse(&format!("{RULE}[limits]\nthreads = 0\npush_options = 0\nmerge_bases = 0\nupdates = 0x10\n")).is_ok()
    );
}

#[test]
fn every_limit_can_be_written_as_it_is_printed() {
    let written = Limits::default().as_written();
    let debug = format!("{:?}", Limits::default());
    for (name, _) in &written {
        assert!(debug.contains(&format!("{name}: ")), "{name}");
    }
    assert_eq!(written.len(), debug.matches(": ").count());
    let lines: String = written
        .iter()
        .map(|(name, value)| match value.parse::<u64>() {
            Ok(number) => format!("{name} = {number}\n"),
            Err(_) => format!("{name} = '{value}'\n"),
        })
        .collect();
    let (config, _) = parse(&format!("{RULE}[limits]\n{lines}")).unwrap();
    assert_eq!(config.limits, Limits::default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_is_written_is_read_or_refused_in_words(at in 0..WHOLE.len(), cut in 0..40usize, put in "[\\PC\n]{0,6}") {
        let mut bytes = WHOLE.as_bytes().to_vec();
        bytes.splice(at..(at + cut).min(WHOLE.len()), put.bytes());
        let text = String::from_utf8_lossy(&bytes);
        let problems = match parse(&text) {
            Ok((_, warnings)) => warnings,
            Err(problems) => problems,
        };
        let words = render_all(&problems);
        assert_eq!(words.is_empty(), problems.is_empty());
    }
}
