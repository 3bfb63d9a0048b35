//! Asking with a cut-down document, and not asking twice, gives what asking with everything gives: always.
//!
//! Rules and documents are made up from the shape of a commit's document, in a world so small that values meet each
//! other often. Whatever a made-up rule does is legal, so each must also load.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, any};
use proptest::{prop_assert_eq, proptest};
use refgate::config::{Binding, CommitScope, Mode, Named};
use refgate::input::{Memo, MemoKey, Params, Shape, Subject, project};
use refgate::pattern::{RefPatterns, RepositoryPatterns};
use refgate::policy::{Answer, AskLimits, Bindings, Catalogue, Policy, RuleFile, Sources};
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_made_up_rule_answers_alike_with_everything_and_with_its_read_set(
        rule in proptest::collection::vec(any::<u8>(), 60..300),
        documents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 10..500), 8),
    ) {
        let text = Writer::new(&rule).rule();
        let question = Question::load(&text);
        let memo = Memo::new(1000);
        for bytes in documents {
            let document = question.document(&bytes);
            let full = question.ask(document.clone());
            let cut = question.ask_by_read_set(&memo, &document);
            prop_assert_eq!(&full, &cut, "\n{}\nreads {:?}\n{}", text, question.policy.bound()[0][0].reads.paths(), document);
        }
    }
}

/// Rules in which something tempts to read too little.
const TRICKY: &[&str] = &[
    // Two values of one rule are an error, even where they agree in what is read.
    "who := input.commit.author\nwho := input.commit.committer\ndeny contains who.name",
    "who := c.new if some c in input.commit.changes\ndeny contains who.type",
    "who := input.commit.changes[_].new\ndeny contains who.type",
    "who(c) := c.author\nwho(c) := c.committer\ndeny contains who(input.commit).name",
    "who(c) := x.new if some x in c.changes\ndeny contains who(input.commit).type",
    "by := {c.action: c | some c in input.commit.changes}\ndeny contains by[_].new.type",
    "by[c.action] := c if some c in input.commit.changes\ndeny contains by[_].new.type",
    "deny contains \"x\" if count({c.action: c.new | some c in input.commit.changes}) > 0",
    // Equal members of a set are one.
    "new contains c.new if some c in input.commit.changes\ndeny contains \"x\" if count(new) > 1",
    "new contains c.new if some c in input.commit.changes\ndeny contains sprintf(\"%v\", [[n.type | some n in new]])",
    "deny contains \"x\" if count({c.new | some c in input.commit.changes}) > 1",
    "deny contains \"x\" if count({input.commit.author, input.commit.committer}) > 1",
    "deny contains sprintf(\"%v\", [[n.mode | some n in {c.new | some c in input.commit.changes}]])",
    "deny contains sprintf(\"%v\", [[n.mode | some n in ({c.new | some c in input.commit.changes} | {c.old | some c in input.commit.changes})]])",
    "deny contains sprintf(\"%v\", [count({c.new | some c in input.commit.changes} - {c.old | some c in input.commit.changes})])",
    // Sorting looks at everything.
    "deny contains sort([c.new | some c in input.commit.changes])[0].mode",
    "deny contains \"x\" if max([c.new | some c in input.commit.changes]).size > 1",
    // Comparing looks at everything, on either side and however it is written.
    "deny contains \"x\" if input.commit.author == input.commit.committer",
    "deny contains \"x\" if { a := input.commit.author; b := input.commit.committer; a != b }",
    "deny contains a.name if { a := input.commit.author; a = input.commit.committer }",
    "deny contains a.name if { [a, a] = [input.commit.author, input.commit.committer] }",
    "deny contains \"x\" if input.commit.author in [input.commit.committer]",
    "same(a, b) if a == b\ndeny contains \"x\" if same(input.commit.author, input.commit.committer)",
    "deny contains i if { some i, c in input.commit.changes; c.new == c.old }",
    "deny contains \"x\" if { every c in input.commit.changes { c.new == c.old } }",
    "deny contains \"x\" if { xs := [c.new | some c in input.commit.changes]; xs[0] == xs[1] }",
    // An argument that is only there, and one that is taken apart.
    "f(_, x) := x.name\ndeny contains f(input.commit.changes[0], input.commit.author)",
    "f([a, b]) := a.name if a == b\ndeny contains f([input.commit.author, input.commit.committer])",
    // How much there is, and that there is anything.
    "deny contains \"x\" if count(input.commit.changes) > 2",
    "deny contains \"x\" if input.commit.changes[2]",
    "deny contains \"x\" if not input.commit.changes[2]",
    "deny contains \"x\" if { some _ in input.commit.changes }",
    "deny contains \"x\" if count(input.commit.author) > 3",
    "deny contains \"x\" if is_object(input.commit.author)",
    // Parts that go through functions, lists and defaults.
    "f(x) := x.author\ndeny contains a.name if { a := input.commit.committer; f(input.commit, a) }",
    "first(xs) := xs[0]\ndeny contains first(input.commit.changes).path",
    "deny contains x.mode if { some x in array.concat([c.new | some c in input.commit.changes], [c.old | some c in input.commit.changes]); x.size > 1 }",
    "deny contains object.get({\"a\": input.commit.author}, \"b\", input.commit.committer).name",
    "who := input.commit.author if input.commit.merge else := input.commit.committer\ndeny contains who.name",
    "deny contains who.name if { some who in [input.commit.author, input.commit.committer]; who.email == \"b\" }",
    "deny contains input.commit[who].name if { some who in [\"author\", \"committer\"]; input.commit[who].email == \"b\" }",
    "deny contains \"x\" if { some i; input.commit.changes[i].new == input.commit.changes[i].old }",
    "deny contains x.name if { x.email == \"b\"; some x in [input.commit.author, input.commit.committer] }",
    // What a parameter rules out is not read, but what stands before it may raise an error.
    "deny contains \"x\" if { to_number(input.commit.subject) > 0; input.params.off; to_number(input.commit.id) > 0 }",
    "deny contains \"x\" if { v := to_number(input.commit.subject); input.params.off; v > 0 }",
    "deny contains \"x\" if { some c in input.commit.changes; to_number(c.path) > 0; input.params.off }",
    "deny contains \"x\" if not lax\nlax if { a := to_number(input.commit.id); a > 0; not input.params.on; to_number(input.commit.tree) > 0 }",
    "deny contains \"x\" if { some c in input.commit.changes; c.path in input.params.none; a := to_number(input.commit.id); a > 0 }",
    "deny contains \"x\" if { z := input.commit.id; z in input.params.none; a := to_number(z); a > 0 }",
    "deny contains \"x\" if { to_number(input.commit.id) > 0; lax }\nlax if { input.params.off; to_number(input.commit.tree) > 0 }",
    "deny contains \"x\" if { lax; to_number(input.commit.id) > 0 }\nlax if { to_number(input.commit.tree) > 0; input.params.off }",
    // Whole values, under names of their own.
    "deny contains sprintf(\"%v\", [c]) if { c := {\"a\": input.commit.author}[k]; k != \"b\" }",
    "deny contains json.marshal([x | some x in [input.commit.author, input.commit.committer]])",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases() / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tricky_rule_answers_alike_with_everything_and_with_its_read_set(
        rule in 0..TRICKY.len(),
        documents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 10..500), 60),
    ) {
        let question = Question::load(&format!("{HEAD}{}", TRICKY[rule]));
        let memo = Memo::new(1000);
        for bytes in documents {
            let document = question.document(&bytes);
            let (full, cut) = (question.ask(document.clone()), question.ask_by_read_set(&memo, &document));
            prop_assert_eq!(&full, &cut, "\n{}\n{}", TRICKY[rule], document);
        }
    }
}

/// More on demand: `PROPTEST_CASES=100000 cargo test --test memo`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

#[test]
fn a_rule_is_asked_once_for_what_it_cannot_tell_apart() {
    let question =
        Question::load("package refgate.commit.x\n\ndeny contains input.commit.author.name if input.commit.merge");
    let memo = Memo::new(1000);
    let commit = |id: &str, name: &str| json!({"version": 1, "params": {}, "commit": {"id": id, "merge": true, "author": {"name": name, "email": id}}});
    let key = |document: &Value| MemoKey::new(0, 0, &project(document, &question.policy.bound()[0][0].reads));
    assert_eq!(question.ask_by_read_set(&memo, &commit("1", "a")), Ok(vec!["a".to_string()]));
    assert!(memo.recall(&key(&commit("2", "a"))).is_some());
    assert!(memo.recall(&key(&commit("1", "b"))).is_none());
}

#[test]
fn a_full_memory_takes_nothing_more_and_forgets_nothing() {
    let memo = Memo::new(32);
    let keys: Vec<MemoKey> = (0..1000).map(|n| MemoKey::new(0, 0, &json!(n))).collect();
    for (n, key) in keys.iter().enumerate() {
        memo.remember(*key, Arc::new(n));
    }
    let kept: Vec<usize> = keys.iter().filter_map(|key| memo.recall(key)).map(|n| *n).collect();
    assert_eq!(kept.len(), 32);
    assert!(keys.iter().zip(0..).all(|(key, n)| memo.recall(key).is_none_or(|kept| *kept == n)));
    assert_ne!(MemoKey::new(0, 1, &json!(1)), keys[1]);
    assert_ne!(MemoKey::new(1, 0, &json!(1)), keys[1]);
}

struct Question {
    policy: Policy,
}

impl Question {
    #[track_caller]
    fn load(text: &str) -> Self {
        let shipped = vec![RuleFile { path: PathBuf::from("x.rego"), text: text.into() }];
        let entry = Binding {
            span: 0..0,
            rules: vec![Named { name: "commit.x".to_string(), span: 0..0 }],
            refs: RefPatterns::default(),
            repositories: RepositoryPatterns::default(),
            paths: None,
            params: Params::new(),
            param_spans: Vec::new(),
            mode: Mode::Enforce,
            commits: CommitScope::All,
            exceptions: Vec::new(),
            break_glass: None,
        };
        let nobody = BTreeSet::new();
        let catalogue = Catalogue { groups: &nobody, people: &nobody, sign_for_committers: &nobody };
        let config: Arc<str> = "".into();
        let bindings = Bindings { file: Path::new("refgate.toml"), text: &config, entries: &[entry] };
        match Policy::load(&Sources { shipped, ..Sources::default() }, bindings, &catalogue) {
            Ok((policy, _)) => Self { policy },
            Err(problems) => {
                panic!("{}\n{text}", problems.iter().map(|problem| problem.render() + "\n").collect::<String>())
            }
        }
    }

    /// A made-up document, with the binding's parameters.
    fn document(&self, bytes: &[u8]) -> Value {
        let mut document = made_up(&Shape::of(Subject::Commit), &mut Dice::new(bytes));
        document["params"] = Value::Object(self.policy.bound()[0][0].params.clone());
        document
    }

    /// What is denied; that there was an error and not which.
    fn ask(&self, document: Value) -> Result<Vec<String>, ()> {
        let mut asker = self.policy.asker(Duration::from_secs(60), AskLimits::default());
        asker.ask(&self.policy.bound()[0][0], document).map(|answer| words(&answer)).map_err(drop)
    }

    fn ask_by_read_set(&self, memo: &Memo<Answer>, document: &Value) -> Result<Vec<String>, ()> {
        let rule = &self.policy.bound()[0][0];
        let document = project(document, &rule.reads);
        let key = MemoKey::new(0, rule.rule, &document);
        if let Some(answer) = memo.recall(&key) {
            return Ok(words(&answer));
        }
        let mut asker = self.policy.asker(Duration::from_secs(60), AskLimits::default());
        let answer = Arc::new(asker.ask(rule, document).map_err(drop)?);
        memo.remember(key, answer.clone());
        Ok(words(&answer))
    }
}

fn words(answer: &Answer) -> Vec<String> {
    answer.deny.iter().chain(&answer.warn).map(|finding| finding.message.clone()).collect()
}

/// Choices, one byte each; the first possibility once they run out.
struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    fn roll(&mut self, sides: usize) -> usize {
        usize::from(*self.bytes.next().unwrap_or(&0)) % sides.max(1)
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.roll(from.len())]
    }

    /// The first, more often than not.
    fn rarely<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        if self.roll(10) < 9 { &from[0] } else { self.pick(from) }
    }
}

/// A document of this shape, in which most things are like each other.
fn made_up(shape: &Shape, dice: &mut Dice<'_>) -> Value {
    match shape {
        Shape::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), made_up(field, dice))).collect())
        }
        Shape::Map(_) => Value::Object(Map::new()),
        Shape::List(member) => Value::Array((0..*dice.rarely(&[2, 1, 0, 3])).map(|_| made_up(member, dice)).collect()),
        Shape::Plain { kind, words } => match kind.as_str() {
            "integer" => json!(dice.rarely(&[1, 0, 2])),
            "boolean" => json!(dice.rarely(&[true, false])),
            _ if words.is_empty() => json!(dice.rarely(&["a", "", "b"])),
            _ => json!(dice.rarely(&words[..words.len().min(3)])),
        },
    }
}

/// Something a rule can name, and what it is.
#[derive(Clone)]
struct Known {
    name: String,
    shape: Shape,
}

/// Fields that lead to lists and to things of the same shape in several places.
const FAVOURITE: [&str; 9] =
    ["commit", "changes", "old", "new", "author", "committer", "claimed", "update", "approvals"];

/// Every rule has these parameters.
const HEAD: &str = "# METADATA\n# custom:\n#   params:\n#     on: {type: boolean, default: true}\n#     off: {type: boolean, default: false}\n#     none: {type: [string], default: []}\npackage refgate.commit.x\n\n";

/// Writes a rule by throwing dice.
struct Writer<'a> {
    dice: Dice<'a>,
    text: String,
    /// Rules and imports so far.
    global: Vec<Known>,
    /// Functions so far, and what they take.
    functions: Vec<(Known, Shape)>,
    names: usize,
}

impl<'a> Writer<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let global = vec![Known { name: "input".to_string(), shape: Shape::of(Subject::Commit) }];
        let text = HEAD.to_string();
        Self { dice: Dice::new(bytes), text, global, functions: Vec::new(), names: 0 }
    }

    fn rule(mut self) -> String {
        for _ in 0..self.dice.roll(5) {
            match self.dice.roll(6) {
                0 => self.function(),
                1 => self.complete_rule(),
                2 => self.partial_set(),
                3 => self.partial_object(),
                4 => self.else_rule(),
                _ => self.list_rule(),
            }
        }
        for _ in 0..=self.dice.roll(2) {
            let (mut scope, body) = self.body(4);
            let (told, more) = (self.leaf(&mut scope), self.leaf(&mut scope));
            self.text += &format!("deny contains sprintf(\"%v %v\", [{told}, {more}]) if {{\n{body}}}\n\n");
        }
        self.text
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn function(&mut self) {
        let name = self.fresh("f");
        let (_, takes) = self.path(&mut Vec::new(), 3);
        let mut scope = vec![Known { name: "x".to_string(), shape: takes.clone() }];
        let condition = self.condition(&mut scope, 2);
        let (value, shape) = self.path(&mut scope, 2);
        self.text += &format!("{name}(x) := {value} if {{\n\t{condition}\n}}\n\n");
        if self.dice.roll(3) == 0 {
            let condition = self.condition(&mut scope, 2);
            let other = self.like(&shape, &value);
            self.text += &format!("{name}(x) := {other} if {{\n\t{condition}\n}}\n\n");
        }
        self.functions.push((Known { name, shape }, takes));
    }

    fn complete_rule(&mut self) {
        let name = self.fresh("r");
        let (mut scope, body) = self.body(2);
        let (value, shape) = self.path(&mut scope, 3);
        self.text += &format!("{name} := {value} if {{\n{body}}}\n\n");
        let other = self.like(&shape, "");
        if self.dice.roll(3) == 0 && !other.is_empty() {
            let (_, body) = self.body(1);
            self.text += &format!("{name} := {other} if {{\n{body}}}\n\n");
        }
        self.global.push(Known { name, shape });
    }

    fn else_rule(&mut self) {
        let name = self.fresh("e");
        let (mut scope, body) = self.body(1);
        let (value, shape) = self.path(&mut scope, 3);
        let (_, otherwise) = self.body(1);
        let other = Some(self.like(&shape, "")).filter(|other| !other.is_empty()).unwrap_or_else(|| "null".to_string());
        self.text += &format!("{name} := {value} if {{\n{body}}} else := {other} if {{\n{otherwise}}}\n\n");
        self.global.push(Known { name, shape });
    }

    fn partial_set(&mut self) {
        let name = self.fresh("s");
        let (mut scope, body) = self.body(3);
        let (value, shape) = self.path(&mut scope, 3);
        self.text += &format!("{name} contains {value} if {{\n{body}}}\n\n");
        self.global.push(Known { name, shape: Shape::List(Box::new(shape)) });
    }

    fn partial_object(&mut self) {
        let name = self.fresh("o");
        let (mut scope, body) = self.body(2);
        let (key, _) = self.path(&mut scope, 6);
        let (value, shape) = self.path(&mut scope, 3);
        self.text += &format!("{name}[{key}] := {value} if {{\n{body}}}\n\n");
        self.global.push(Known { name, shape: Shape::List(Box::new(shape)) });
    }

    fn list_rule(&mut self) {
        let name = self.fresh("l");
        let (mut scope, body) = self.body(2);
        let (value, shape) = self.path(&mut scope, 3);
        let (open, close) = *self.dice.pick(&[("[", "]"), ("{", "}")]);
        self.text += &format!("{name} := {open}{value} |\n{body}{close}\n\n");
        self.global.push(Known { name, shape: Shape::List(Box::new(shape)) });
    }

    /// A few statements, and the variables they leave.
    fn body(&mut self, most: usize) -> (Vec<Known>, String) {
        let mut scope = Vec::new();
        let mut text = "\ttrue\n".to_string();
        for _ in 0..self.dice.roll(most + 1) {
            let statement = match self.dice.roll(4) {
                0 | 1 => self.binding(&mut scope),
                _ => self.condition(&mut scope, 2),
            };
            text += &format!("\t{statement}\n");
        }
        (scope, text)
    }

    fn binding(&mut self, scope: &mut Vec<Known>) -> String {
        let (value, shape) = self.path(scope, 2);
        let name = self.fresh("v");
        match shape {
            Shape::List(member) if self.dice.roll(4) > 0 => {
                let text = format!("some {name} in {value}");
                scope.push(Known { name, shape: *member });
                text
            }
            Shape::List(member) if self.dice.roll(2) > 0 => {
                let text = format!("{name} := {value}[_]");
                scope.push(Known { name, shape: *member });
                text
            }
            shape => {
                let text = match self.dice.roll(4) {
                    0 => format!("{name} = {value}"),
                    1 => format!("[_, {name}] := [1, {value}]"),
                    2 => format!("{name} := [{value}][0]"),
                    _ => format!("{name} := {value}"),
                };
                scope.push(Known { name, shape });
                text
            }
        }
    }

    fn condition(&mut self, scope: &mut Vec<Known>, depth: usize) -> String {
        let (value, shape) = self.path(scope, 4);
        let not = *self.dice.pick(&["", "", "not "]);
        if self.dice.roll(8) == 0 {
            let param = *self.dice.pick(&[
                "input.params.on",
                "input.params.off",
                "input.params.off == true",
                "input.commit.id in input.params.none",
                "input.params[\"on\"] != false",
            ]);
            return format!("{not}{param}");
        }
        match &shape {
            Shape::Plain { kind, .. } if kind == "boolean" => format!("{not}{value}"),
            Shape::Plain { kind, .. } if kind == "integer" => format!("{not}{value} > {}", self.dice.roll(2)),
            Shape::Plain { words, .. } => {
                let word = if words.is_empty() {
                    (*self.dice.pick(&["", "a", "b"])).to_string()
                } else {
                    words[self.dice.roll(words.len().min(3))].clone()
                };
                match self.dice.roll(12) {
                    // An error, more often than not.
                    0 => format!("to_number({value}) > 0"),
                    1..4 => format!("{not}{value} == \"{word}\""),
                    4..8 => format!("{not}{value} in {{\"{word}\"}}"),
                    _ => format!("{not}startswith({value}, \"{word}\")"),
                }
            }
            Shape::List(member) if depth > 0 => {
                let name = self.fresh("m");
                scope.push(Known { name: name.clone(), shape: (**member).clone() });
                let inner = self.condition(scope, depth - 1);
                let (part, _) = self.path(scope, 2);
                scope.pop();
                match self.dice.roll(5) {
                    0 => format!("{not}count({value}) > {}", self.dice.roll(2)),
                    1 => format!("count([{part} | some {name} in {value}; {inner}]) > {}", self.dice.roll(2)),
                    2 => format!("count({{{part} | some {name} in {value}; {inner}}}) > {}", self.dice.roll(2)),
                    3 => format!("every {name} in {value} {{ {inner} }}"),
                    _ => format!("count({{{name}: {part} | some {name} in {value}; {inner}}}) > 0"),
                }
            }
            Shape::List(_) => format!("{not}count({value}) > 0"),
            Shape::Object(_) | Shape::Map(_) => {
                let other = self.like(&shape, &value);
                match self.dice.roll(3) {
                    0 => format!("{not}{value} == {other}"),
                    1 => format!("{not}{value} in [{other}]"),
                    _ => format!("count({{{value}, {other}}}) == 1"),
                }
            }
        }
    }

    /// Something in the document or among the rules of the same shape.
    fn like(&mut self, shape: &Shape, otherwise: &str) -> String {
        let mut found = Vec::new();
        places("input", &Shape::of(Subject::Commit), shape, &mut found);
        found.extend(
            self.global
                .iter()
                .filter(|known| known.shape == *shape && known.name != "input")
                .map(|known| known.name.clone()),
        );
        if found.is_empty() { otherwise.to_string() } else { self.dice.pick(&found).clone() }
    }

    /// A way from something known into it; the deeper the likelier.
    fn path(&mut self, scope: &mut Vec<Known>, eagerness: usize) -> (String, Shape) {
        let known: Vec<Known> = scope.iter().rev().chain(self.global.iter().rev()).cloned().collect();
        let start = if self.dice.roll(3) > 0 {
            known[self.dice.roll(known.len().min(4))].clone()
        } else {
            self.dice.pick(&known).clone()
        };
        let (mut text, mut shape) = (start.name.clone(), start.shape);
        if text == "input" {
            (text, shape) = self.field(text, &shape);
        }
        while self.dice.roll(6) < eagerness {
            match &shape {
                Shape::Object(fields) if !fields.is_empty() => (text, shape) = self.field(text, &shape),
                _ => break,
            }
        }
        let fitting = self.functions.iter().find(|(_, takes)| *takes == shape).map(|(function, _)| function.clone());
        if let Some(function) = fitting
            && self.dice.roll(3) == 0
        {
            return (format!("{}({text})", function.name), function.shape);
        }
        (text, shape)
    }

    /// A scalar, or the length of a list: what tells little of where it comes from.
    fn leaf(&mut self, scope: &mut Vec<Known>) -> String {
        match self.path(scope, 7) {
            (text, Shape::Plain { .. }) => text,
            (text, _) => format!("count({text})"),
        }
    }

    fn field(&mut self, text: String, shape: &Shape) -> (String, Shape) {
        let Shape::Object(fields) = shape else { return (text, shape.clone()) };
        let fields: Vec<_> =
            fields.iter().filter(|(name, _)| !["params", "version"].contains(&name.as_str())).collect();
        let favourite: Vec<_> = fields.iter().copied().filter(|(name, _)| FAVOURITE.contains(&name.as_str())).collect();
        let (name, below) = if favourite.is_empty() || self.dice.roll(3) == 0 {
            *self.dice.pick(&fields)
        } else {
            *self.dice.pick(&favourite)
        };
        let text = match self.dice.roll(5) {
            0 => format!("{text}[\"{name}\"]"),
            1 => format!("object.get({text}, \"{name}\", \"\")"),
            _ => format!("{text}.{name}"),
        };
        (text, below.clone())
    }
}

/// Every constant path to something of this shape.
fn places(text: &str, here: &Shape, wanted: &Shape, found: &mut Vec<String>) {
    if here == wanted {
        found.push(text.to_string());
    }
    if let Shape::Object(fields) = here {
        fields
            .iter()
            .filter(|(name, _)| *name != "params")
            .for_each(|(name, below)| places(&format!("{text}.{name}"), below, wanted, found));
    }
}
