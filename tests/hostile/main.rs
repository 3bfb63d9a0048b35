//! Hostile pushes: what a gate must stop, survive, and must not believe; each case a real push, or the hook itself where
//! no git would carry the case to it.
//!
//! Tests are named after the cases of a catalogue, `a07_…`: one letter for each table. What is asserted is what the
//! repository holds afterwards, never an exit code alone.

#[path = "../push/stage/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the stage of the push tests, of which a part is used here")]
mod stage;
#[path = "../push/wire.rs"]
#[allow(dead_code, reason = "the client of the push tests, of which a part is used here")]
mod wire;

/// Where cases begin, and what several of them send.
mod scene;

/// The hook, and the most memory that it held.
mod scales;

/// Packs and objects written by hand.
mod pack;

/// A: what is on the wire, and on stdin.
mod stdin;

/// B: certificates, push options, environment.
mod environment;

/// D: commits as bytes.
mod objects;

/// E: trees and paths.
mod trees;

/// E: what is small on the wire and large when it is looked at.
mod bombs;

/// F: the shape of history, detours.
mod history;

/// F: refs and tags.
mod refs;

/// G: rules and their engine.
mod policy;

/// Beside all of them.
mod neighbours;

/// What must pass.
mod guards;

/// What holds for every push.
mod properties;

/// Nothing from a push reaches a terminal as it is.
mod output;

use std::io::Write;

/// C: signatures, which are rows of a table of the push tests.
const SIGNATURES: [&str; 5] = [
    include_str!("../push/matrix/bench.rs"),
    include_str!("../push/matrix/bent.rs"),
    include_str!("../push/matrix/openpgp.rs"),
    include_str!("../push/matrix/real.rs"),
    concat!(include_str!("../push/matrix/ssh.rs"), include_str!("../push/matrix/tags.rs")),
];

/// What holds beside the cases of the tables.
const BESIDE: [(&str, &str); 4] = [
    ("neighbours", include_str!("neighbours.rs")),
    ("must pass", include_str!("guards.rs")),
    ("properties", include_str!("properties.rs")),
    ("output", include_str!("output.rs")),
];

/// The cases of each table. One that is not here is the server's set-up, which no hook can see, or stands elsewhere.
const TABLES: &[(&str, &str, &str)] = &[
    ("a", include_str!("stdin.rs"), "a01 a03 a04 a06 a07 a08 a10 a11 a13 a14 a15 a16 a18 a20 a21 a22 a23 a25 a26"),
    ("b", include_str!("environment.rs"), "b01 b02 b03 b04 b06 b07 b08 b10 b12 b15 b16 b20 b21"),
    ("d", include_str!("objects.rs"), "d01 d02 d03 d07 d08 d10 d11 d12 d13 d16 d17 d18 d19 d20 d21"),
    (
        "e",
        concat!(include_str!("trees.rs"), include_str!("bombs.rs")),
        "e01 e02 e03 e04 e06 e08 e09 e10 e11 e12 e15 e17 e18 e19 e20 e21 e22 e23 e25 e26 e27 e28 e29",
    ),
    (
        "f",
        concat!(include_str!("history.rs"), include_str!("refs.rs")),
        "f01 f02 f03 f04 f06 f07 f08 f09 f10 f11 f12 f14 f15 f16 f18 f20 f21 f22 f24 f25 f26 f28 f29 f30 f32 f34 f36 \
         f38 f39 f40 f41 f42 f43 f44 f45",
    ),
    ("g", include_str!("policy.rs"), "g01 g02 g03 g04 g05 g06 g07 g09 g10 g11 g12 g15 g16 g17 g19"),
];

/// The ids that test names of a file begin with.
fn ids(text: &str, letter: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix(&format!("fn {letter}")));
    let mut ids: Vec<String> = names
        .filter_map(|name| name.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())))
        .map(|digits| format!("{letter}{digits}"))
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The cases of table C that rows are named after; the push tests say which must be there.
fn signatures() -> Vec<&'static str> {
    let names = SIGNATURES.iter().flat_map(|text| text.split("name: \"C").skip(1));
    let mut cases: Vec<&str> = names.filter_map(|rest| rest.get(..3)?.strip_suffix(' ')).collect();
    cases.sort_unstable();
    cases.dedup();
    cases
}

#[test]
fn every_case_of_the_catalogue_has_its_test() {
    let mut lines = Vec::new();
    for (letter, text, wanted) in TABLES {
        let found = ids(text, letter);
        assert_eq!(found.join(" "), *wanted, "table {letter}");
        lines.push(format!("| hostile | 2.{} | {} cases |", letter.to_uppercase(), found.len()));
    }
    let (cases, rows) = (signatures(), SIGNATURES.iter().map(|text| text.matches("name: \"").count()).sum::<usize>());
    assert!(cases.len() > 40, "{cases:?}");
    lines.insert(2, format!("| hostile | 2.C | {} cases in {rows} rows of tests/push/matrix |", cases.len()));
    for (name, text) in BESIDE {
        lines.push(format!("| hostile | {name} | {} tests |", text.matches("#[test]\n").count()));
    }
    // Past the test runner, which keeps what passing tests print.
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{}", lines.join("\n"));
}
