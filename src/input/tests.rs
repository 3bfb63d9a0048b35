//! Documents as rules see them: what projecting leaves, and that shapes are true.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    CommitInput, MemoKey, Params, PushInput, Reads, Shape, Stem, Subject, TagInput, UpdateInput, project, schema,
};
use crate::facts;

/// Facts in which no list is empty.
struct Sample {
    params: Params,
    push: facts::Push,
    update: facts::Update,
    commit: facts::Commit,
    tag: facts::Tag,
}

impl Sample {
    fn new() -> Self {
        let signature =
            facts::Signature { principals: vec!["a@example.org".to_string()], ..facts::Signature::unsigned("signer") };
        let person = facts::Person {
            id: "alice".to_string(),
            known: true,
            name: "Alice".to_string(),
            emails: vec!["a@example.org".to_string()],
            groups: vec!["core".to_string()],
        };
        let identity = facts::Identity { name: "Alice".to_string(), time_ns: i64::MAX, ..facts::Identity::default() };
        let change = facts::Change {
            path: "a".to_string(),
            action: facts::ChangeAction::Add,
            old: facts::Entry::default(),
            new: facts::Entry { size: u64::MAX, ..facts::Entry::default() },
            anomalies: vec!["not_utf8".to_string()],
        };
        let target = facts::Target { kind: facts::ObjectKind::Commit, id: "1".to_string() };
        let commit = facts::Commit {
            id: "1".to_string(),
            tree: "2".to_string(),
            parents: vec!["3".to_string()],
            merge: false,
            root: false,
            first_parent: true,
            first_seen: true,
            skew_seconds: -1,
            author: identity.clone(),
            committer: identity.clone(),
            message: "m".to_string(),
            subject: "s".to_string(),
            trailers: vec![facts::Trailer { key: "k".to_string(), value: "v".to_string() }],
            signature: signature.clone(),
            changes: vec![change.clone(), change.clone()],
            odd_changes: vec![change.clone()],
            anomalies: vec!["encoding".to_string()],
        };
        let tag = facts::Tag {
            annotated: true,
            id: "1".to_string(),
            name: "v1".to_string(),
            names_ref: true,
            target: target.clone(),
            tagger: identity,
            message: String::new(),
            signature: signature.clone(),
            depth: 0,
            anomalies: vec!["encoding".to_string()],
        };
        Self {
            params: Params::from_iter([("groups".to_string(), json!(["core"]))]),
            push: push(person),
            update: update(change, signature, target),
            commit,
            tag,
        }
    }

    /// Every subject's document, whole.
    fn documents(&self) -> [(Subject, Value); 4] {
        let Self { params, push, update, commit, tag } = self;
        [
            (Subject::Push, project(&PushInput::new(params, push), &Reads::Whole).value()),
            (Subject::Update, project(&UpdateInput::new(params, push, update), &Reads::Whole).value()),
            (Subject::Commit, project(&CommitInput::new(params, push, update, commit), &Reads::Whole).value()),
            (Subject::Tag, project(&TagInput::new(params, push, update, tag), &Reads::Whole).value()),
        ]
    }
}

fn push(person: facts::Person) -> facts::Push {
    facts::Push {
        repository: facts::Repository {
            path: "a/b".to_string(),
            name: "b".to_string(),
            owner: "a".to_string(),
            kind: facts::RepositoryKind::Code,
            object_format: "sha1".to_string(),
            head: "refs/heads/main".to_string(),
            empty: false,
        },
        pusher: facts::Pusher {
            name: "alice".to_string(),
            id: "1".to_string(),
            email: String::new(),
            key: String::new(),
            deploy_key: false,
            person,
        },
        channel: facts::Channel::default(),
        options: vec!["x".to_string()],
        certificate: facts::Certificate {
            status: facts::CertificateStatus::Signed(facts::Status::Good),
            ..facts::Certificate::none()
        },
        received_at: String::new(),
        received_at_ns: 1,
        updates: vec![facts::UpdateSummary {
            ref_name: "refs/heads/main".to_string(),
            kind: facts::RefKind::Branch,
            action: facts::Action::Update,
            old: "0".to_string(),
            new: "1".to_string(),
            history: facts::History::FastForward,
            introduced: facts::Introduced { count: 1 },
        }],
    }
}

fn update(change: facts::Change, signature: facts::Signature, target: facts::Target) -> facts::Update {
    facts::Update {
        ref_name: "refs/heads/main".to_string(),
        requested: "refs/heads/main".to_string(),
        name: "main".to_string(),
        kind: facts::RefKind::Branch,
        action: facts::Action::Update,
        old: "0".to_string(),
        new: "1".to_string(),
        is_head: true,
        history: facts::History::FastForward,
        first_parent: true,
        introduced: facts::Introduced { count: 1 },
        discarded: facts::Discarded { count: 1, commits: vec!["9".to_string()] },
        target,
        changes: vec![change],
        approvals: vec![facts::Approval { id: "1".to_string(), name: "bob".to_string(), signature }],
    }
}

/// Reads that name these dotted paths to their end, and touch those that end with a dot.
fn reads(paths: &[&str]) -> Reads {
    let mut reads = Reads::default();
    for path in paths {
        let words: Vec<String> = path.split('.').filter(|word| !word.is_empty()).map(str::to_string).collect();
        if path.ends_with('.') { reads.touch(&words) } else { reads.read(&words) }
    }
    reads
}

#[test]
fn a_whole_document_is_what_the_facts_say() {
    let sample = Sample::new();
    let document = CommitInput::new(&sample.params, &sample.push, &sample.update, &sample.commit);
    assert_eq!(project(&document, &Reads::Whole).text(), serde_json::to_string(&document).unwrap());
}

#[test]
fn no_document_holds_a_null() {
    fn nulls(value: &Value) -> usize {
        match value {
            Value::Null => 1,
            Value::Array(members) => members.iter().map(nulls).sum(),
            Value::Object(fields) => fields.values().map(nulls).sum(),
            _ => 0,
        }
    }
    for (subject, document) in Sample::new().documents() {
        assert_eq!(nulls(&document), 0, "{subject:?}");
    }
}

/// The shapes are worked out from the schemas, which are worked out from the types; here all meet.
#[test]
fn every_document_has_its_shape() {
    fn compare(at: &str, shape: &Shape, value: &Value) {
        match (shape, value) {
            (Shape::Object(_), Value::Object(_)) if at == ".params" => {}
            (Shape::Object(fields), Value::Object(values)) => {
                assert_eq!(fields.keys().collect::<Vec<_>>(), values.keys().collect::<Vec<_>>(), "{at}");
                fields.iter().for_each(|(name, field)| compare(&format!("{at}.{name}"), field, &values[name]));
            }
            (Shape::List(member), Value::Array(values)) => {
                values.iter().for_each(|value| compare(&format!("{at}[]"), member, value));
            }
            (Shape::Plain { kind, words }, Value::String(text)) => {
                assert!(kind == "string" && (words.is_empty() || words.contains(text)), "{at}: {text} in {words:?}");
            }
            (Shape::Plain { kind, .. }, Value::Number(_)) => assert_eq!(kind, "integer", "{at}"),
            (Shape::Plain { kind, .. }, Value::Bool(_)) => assert_eq!(kind, "boolean", "{at}"),
            (shape, value) => panic!("{at}: {shape:?} against {value}"),
        }
    }
    for (subject, document) in Sample::new().documents() {
        compare("", &Shape::of(subject), &document);
    }
}

#[test]
fn fields_with_a_list_of_words_know_them_all() {
    let Shape::Object(fields) = Shape::of(Subject::Push) else { panic!("a document is an object") };
    let Shape::Object(push) = &fields["push"] else { panic!("a push is an object") };
    let Shape::Object(certificate) = &push["certificate"] else { panic!("a certificate is an object") };
    let Shape::Plain { words, .. } = &certificate["status"] else { panic!("a status is a word") };
    assert_eq!(words.len(), 13, "{words:?}");
    assert!(words.contains(&"none".to_string()) && words.contains(&"not_yet_valid".to_string()), "{words:?}");
}

#[test]
fn a_schema_describes_every_field_of_its_subject() {
    for subject in Subject::ALL {
        let schema = schema(subject);
        assert!(schema["properties"][subject.name()].is_object(), "{subject:?}");
    }
}

#[test]
fn only_what_is_read_is_in_a_document() {
    let sample = Sample::new();
    let document = CommitInput::new(&sample.params, &sample.push, &sample.update, &sample.commit);
    let cut = |paths: &[&str]| project(&document, &reads(paths)).value();
    assert_eq!(cut(&[]), json!({}));
    assert_eq!(cut(&["commit.id", "version"]), json!({"version": 1, "commit": {"id": "1"}}));
    assert_eq!(cut(&["commit.changes.path"]), json!({"commit": {"changes": [{"path": "a"}, {"path": "a"}]}}));
    assert_eq!(cut(&["params"]), json!({"params": {"groups": ["core"]}}));
    assert_eq!(cut(&["push.certificate.status"]), json!({"push": {"certificate": {"status": "good"}}}));
}

#[test]
fn documents_put_together_from_parts_are_the_same_and_so_are_their_keys() {
    let sample = Sample::new();
    let Sample { params, push, update, commit, tag } = &sample;
    let some = ["commit.author", "commit.changes.", "params", "push.pusher.id", "tag.name", "update.", "version"];
    let sets = (0..1 << some.len()).map(|set: u32| {
        reads(
            &some.iter().enumerate().filter(|(bit, _)| set & 1 << bit != 0).map(|(_, path)| *path).collect::<Vec<_>>(),
        )
    });
    for reads in sets.chain([Reads::Whole]) {
        let stem = Stem::new(&UpdateInput::new(params, push, update), &reads);
        for (draft, document) in [
            (stem.alone(), project(&UpdateInput::new(params, push, update), &reads)),
            (stem.about("commit", commit, &reads), project(&CommitInput::new(params, push, update, commit), &reads)),
            (stem.about("tag", tag, &reads), project(&TagInput::new(params, push, update, tag), &reads)),
        ] {
            assert_eq!(draft.document(), document);
            assert_eq!(draft.bytes(), document.text().len());
            assert_eq!(draft.key(1, 2), MemoKey::new(1, 2, &document));
        }
    }
}

#[test]
fn what_is_touched_shows_its_length_and_no_more() {
    let sample = Sample::new();
    let document = CommitInput::new(&sample.params, &sample.push, &sample.update, &sample.commit);
    let cut = |paths: &[&str]| project(&document, &reads(paths)).value();
    assert_eq!(cut(&["commit."]), json!({"commit": {}}));
    assert_eq!(cut(&["commit.changes."]), json!({"commit": {"changes": [{}, {}]}}));
    assert_eq!(cut(&["commit.merge."]), json!({"commit": {"merge": false}}));
    assert_eq!(cut(&["commit.parents."]), json!({"commit": {"parents": ["3"]}}));
}

#[test]
fn any_string_and_number_is_written_as_json_has_it() {
    let values = json!({
        "": ["\u{0}\u{1f}\"\\/\u{7f}\u{e9}\u{2028}\u{10ffff}", "\n\r\t", ""],
        "\"": [i64::MIN, i64::MAX, u64::MAX, -1, 0, 0.5, 1e300, true, false],
        "{}": [{}, [], [[]]],
    });
    assert_eq!(project(&values, &Reads::Whole).value(), values);
}

#[test]
fn what_is_left_out_is_not_converted() {
    struct Never;
    impl Serialize for Never {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("converted");
        }
    }
    #[derive(Serialize)]
    struct Both {
        cheap: u32,
        dear: Never,
    }
    assert_eq!(project(&Both { cheap: 1, dear: Never }, &reads(&["cheap"])).value(), json!({"cheap": 1}));
}

#[test]
fn reads_add_up_and_a_whole_holds_every_part() {
    let mut all = reads(&["commit.id", "commit.changes."]);
    all.add(&reads(&["commit.changes.path", "push"]));
    assert_eq!(all.paths(), ["commit.changes.path.*", "commit.id.*", "push.*"]);
    for (path, wanted) in [
        ("commit", true),
        ("commit.changes", true),
        ("push.options", true),
        ("commit.signature", false),
        ("update", false),
    ] {
        assert_eq!(all.wants(path), wanted, "{path}");
    }
    all.read(&["commit".to_string()]);
    all.touch(&["commit".to_string(), "id".to_string()]);
    assert_eq!(all.paths(), ["commit.*", "push.*"]);
    all.add(&Reads::Whole);
    assert_eq!(all, Reads::Whole);
    assert!(all.wants("anything.at.all"));
}
