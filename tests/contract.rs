//! What people build on, as snapshots: the documents rules see, the decision log, the help, the exit codes. A change
//! here is a change of contract, and shows in review.

use std::process::Command;
use std::sync::Arc;

use clap::CommandFactory;
use refgate::cli::Cli;
use refgate::facts;
use refgate::ids::{ObjectFormat, ObjectId, RefName};
use refgate::input::{self, Document, Subject};
use refgate::record;
use refgate::time::Time;
use serde_json::json;
use refgate::verdict::{Asked, Scoped, 
    Decision, Exempted, Exemption, Failure, Findings, Inputs, JudgedUpdate, Metrics, Place, Verdict, Violation,
};

#[test]
fn the_documents_that_rules_see() {
    for subject in Subject::ALL {
        let schema = serde_json::to_string_pretty(&input::schema(subject)).unwrap();
        insta::assert_snapshot!(format!("input_{}", subject.name()), schema);
    }
}

fn violation(code: &str) -> Violation {
    Violation {
        code: code.to_string(),
        place: Place {
            update: Some(0),
            ref_name: "refs/heads/main".to_string(),
            commit: "3".repeat(40),
            subject: "add a door".to_string(),
            tag: String::new(),
        },
        message: "not signed".to_string(),
        hint: "sign it with `git commit --amend -S`, then push again".to_string(),
        path: "infra/door".to_string(),
    }
}

fn decision() -> Decision {
    let id = |digit: &str| ObjectId::parse(digit.repeat(40).as_bytes(), ObjectFormat::Sha1).unwrap();
    let name = RefName::parse(b"refs/heads/main", false).unwrap();
    let exempted = Exempted {
        violation: violation("commit.identity"),
        by: Exemption::Exception,
        reason: "release bot".to_string(),
    };
    Decision {
        id: "01JDB7Z4W8M3Q5R6S7T8V9W0X1".to_string(),
        received: Time(1_795_000_000),
        push: Some(facts::Push {
            repository: facts::Repository {
                path: "shop/web".to_string(),
                name: "web".to_string(),
                owner: "shop".to_string(),
                kind: facts::RepositoryKind::Code,
                object_format: "sha1".to_string(),
                head: "refs/heads/main".to_string(),
                empty: false,
            },
            pusher: facts::Pusher {
                name: "bob".to_string(),
                id: "7".to_string(),
                email: "bob@example.org".to_string(),
                key: String::new(),
                deploy_key: false,
                person: facts::Person::unknown("pusher"),
            },
            channel: facts::Channel::default(),
            options: vec!["ci.skip".to_string()],
            certificate: facts::Certificate::none(),
            received_at: Time(1_795_000_000).rfc3339(),
            received_at_ns: Time(1_795_000_000).nanoseconds(),
            updates: Vec::new(),
        }),
        updates: vec![JudgedUpdate { ref_name: name.clone(), requested: name, old: id("1"), new: id("3") }],
        findings: Findings {
            violations: vec![violation("commit.signed")],
            warnings: Vec::new(),
            exempted: vec![exempted],
            omitted: 2,
            errors: Vec::new(),
            ..Findings::default()
        },
        failure: None,
        inputs: Inputs {
            files: [("/etc/refgate/refgate.toml".to_string(), "ab".repeat(32))].into(),
            refs: [("refs/heads/main".to_string(), "1".repeat(40))].into(),
            config: None,
        },
        metrics: Metrics { commits: 1, asked: 4, evaluated: 3, excepted: 1, overridden: 0, elapsed_ns: 5_000_000 },
    }
}

#[test]
fn the_decision_log() {
    let event = serde_json::to_value(record::event(&decision())).unwrap();
    insta::assert_snapshot!("decision", serde_json::to_string_pretty(&event).unwrap());
}

#[test]
fn the_decision_log_with_what_rules_were_shown() {
    let place = violation("commit.signed").place;
    let document = json!({ "version": 1, "params": {}, "commit": { "subject": "add a door" } });
    let document = Arc::new(Document::from(&document));
    let asked = |code: &str, denied: Vec<String>| Asked {
        code: code.to_string(),
        entry: 0,
        place: place.clone(),
        document: document.clone(),
        denied,
        warned: Vec::new(),
    };
    let commits = Arc::new(vec!["3".repeat(40)]);
    let scope = |code: &str| Scoped { ref_name: place.ref_name.clone(), entry: 0, code: code.to_string(), commits: commits.clone() };
    let shown = Decision {
        findings: Findings {
            asked: vec![asked("commit.signed", vec!["not signed".to_string()]), asked("commit.message", Vec::new())],
            scopes: vec![scope("commit.signed"), scope("commit.message")],
            ..Findings::default()
        },
        inputs: Inputs { config: Some(json!({ "entries": [], "baseline": ["HEAD"], "trusted": [] })), ..Inputs::default() },
        ..decision()
    };
    let event = serde_json::to_value(record::event(&shown)).unwrap();
    insta::assert_snapshot!("shown", serde_json::to_string_pretty(&event["input"]["shown"]).unwrap());
}

#[test]
fn the_exit_codes() {
    let refused = decision();
    let accepted = Decision { findings: Findings::default(), ..decision() };
    let unjudged = Decision { failure: Some(Failure::new("its rules could not be loaded", "...")), ..accepted.clone() };
    let codes = [accepted, refused, unjudged].map(|decision| (decision.verdict(), decision.verdict().exit_code()));
    assert_eq!(codes, [(Verdict::Accepted, 0), (Verdict::Refused, 1), (Verdict::Unjudged, 2)]);
}

fn refgate(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_refgate")).args(arguments).env_clear().output().unwrap()
}

#[test]
fn the_help_of_every_command() {
    let commands = Cli::command().get_subcommands().map(|command| command.get_name().to_string()).collect::<Vec<_>>();
    assert!(commands.contains(&"pre-receive".to_string()));
    for command in ["".to_string()].into_iter().chain(commands) {
        let arguments: Vec<&str> = [command.as_str(), "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let output = refgate(&arguments);
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!(format!("help {command}"), String::from_utf8(output.stdout).unwrap());
    }
}

#[test]
fn a_mistyped_command_is_exit_2_and_says_so_on_stderr() {
    let output = refgate(&["chek"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("check"));
}
