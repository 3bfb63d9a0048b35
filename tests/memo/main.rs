//! Asking with a cut-down document, and not asking twice, gives what asking with everything gives: always.
//!
//! Rules and documents are made up from the shape of a commit's document, in a world so small that values meet each
//! other often. Whatever a made-up rule does is legal, so each must also load.

use std::sync::Arc;

use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::TestRunner;
use proptest::{prop_assert_eq, proptest};
use refgate::input::{Document, Memo, MemoKey, project};
use serde_json::{Value, json};

mod dice;
mod question;
mod tricky;
mod writer;

use question::Question;
use tricky::TRICKY;
use writer::{HEAD, Writer};

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_made_up_rule_answers_alike_with_everything_and_with_its_read_set(
        rule in proptest::collection::vec(any::<u8>(), 60..300),
        documents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 10..500), 8),
    ) {
        let text = Writer::new(&rule).rule();
        let question = Question::load(&text);
        let memo = Memo::new(1000, 1 << 20);
        for bytes in documents {
            let document = question.document(&bytes);
            let full = question.ask(document.clone());
            let cut = question.ask_by_read_set(&memo, &document);
            prop_assert_eq!(&full, &cut, "\n{}\nreads {:?}\n{}", text, question.policy.bound()[0][0].reads.paths(), document);
        }
    }
}

#[test]
fn a_tricky_rule_answers_alike_with_everything_and_with_its_read_set() {
    let questions: Vec<Question> = TRICKY.iter().map(|rule| Question::load(&format!("{HEAD}{rule}"))).collect();
    let documents = proptest::collection::vec(proptest::collection::vec(any::<u8>(), 10..500), 15);
    let config = ProptestConfig { cases: cases() / 20, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&documents, |documents| {
        for (question, rule) in questions.iter().zip(TRICKY) {
            let memo = Memo::new(1000, 1 << 20);
            for bytes in &documents {
                let document = question.document(bytes);
                let (full, cut) = (question.ask(document.clone()), question.ask_by_read_set(&memo, &document));
                prop_assert_eq!(&full, &cut, "\n{}\n{}", rule, document);
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

/// More on demand: `PROPTEST_CASES=100000 cargo test --test memo`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
}

#[test]
fn a_rule_is_asked_once_for_what_it_cannot_tell_apart() {
    let question =
        Question::load("package refgate.commit.x\n\ndeny contains input.commit.author.name if input.commit.merge");
    let memo = Memo::new(1000, 1 << 20);
    let commit = |id: &str, name: &str| json!({"version": 1, "params": {}, "commit": {"id": id, "merge": true, "author": {"name": name, "email": id}}});
    let key = |document: &Value| MemoKey::new(0, 0, &project(document, &question.policy.bound()[0][0].reads));
    assert_eq!(question.ask_by_read_set(&memo, &commit("1", "a")), Ok(vec!["a".to_string()]));
    assert!(memo.recall(&key(&commit("2", "a"))).is_some());
    assert!(memo.recall(&key(&commit("1", "b"))).is_none());
}

#[test]
fn a_full_memory_takes_nothing_more_and_forgets_nothing() {
    let keys: Vec<MemoKey> = (0..1000).map(|n| MemoKey::new(0, 0, &Document::from(&json!(n)))).collect();
    for (entries, bytes, kept) in [(32, 1 << 20, 32), (1000, 3200, 32), (3000, 1 << 20, 1000)] {
        let memo = Memo::new(entries, bytes);
        for (n, key) in keys.iter().enumerate() {
            memo.remember(*key, Arc::new(n), 100);
        }
        let found: Vec<usize> = keys.iter().filter_map(|key| memo.recall(key)).map(|n| *n).collect();
        assert_eq!(found.len(), kept);
        assert!(keys.iter().zip(0..).all(|(key, n)| memo.recall(key).is_none_or(|kept| *kept == n)));
    }
    assert_ne!(MemoKey::new(0, 1, &Document::from(&json!(1))), keys[1]);
    assert_ne!(MemoKey::new(1, 0, &Document::from(&json!(1))), keys[1]);
}
