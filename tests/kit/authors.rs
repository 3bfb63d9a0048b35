use std::fs;
use std::path::Path;

use crate::desk::Desk;
use crate::stage::{BOB, Server};

/// A file that the page shows, and the words that `refgate check` is shown to say of it; none where it is good.
struct Shown {
    package: String,
    text: String,
    told: Vec<String>,
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/authors.md")).unwrap()
}

fn shown() -> Vec<Shown> {
    let page = page();
    let mut shown: Vec<Shown> = Vec::new();
    let mut rest = page.as_str();
    while let Some((_, fenced)) = rest.split_once("\n```") {
        let (kind, text) = fenced.split_once('\n').expect("a fence has a line of its own");
        let (text, after) = text.split_once("\n```").expect("a fence ends");
        match kind {
            "rego" => {
                let package = text.lines().find_map(|line| line.strip_prefix("package ")).expect("a package");
                shown.push(Shown { package: package.to_string(), text: format!("{text}\n"), told: Vec::new() });
            }
            "text" => {
                let last = shown.last_mut().expect("words are told of a file");
                last.told.extend(text.lines().map(str::to_string));
            }
            "sh" => {}
            other => panic!("a block of '{other}'"),
        }
        rest = after;
    }
    shown
}

/// A desk with this file, bound, and those that are good.
fn desk(good: &[&Shown], one: &Shown) -> Desk {
    let desk = Desk::empty();
    let mut bound = Vec::new();
    for shown in good.iter().copied().chain([one]) {
        let code = shown.package.trim_start_matches("refgate.").to_string();
        desk.write(&format!("policies/{}.rego", code.replace('.', "/")), &shown.text);
        if !code.ends_with("_test") && !bound.contains(&code) {
            bound.push(code);
        }
    }
    let codes: Vec<String> = bound.iter().map(|code| format!("{code:?}")).collect();
    let config = "version = 1\n\n[policies]\npath = \"policies\"\n\n[[rule]]\nuse = ";
    desk.write("refgate.toml", &format!("{config}[\"update.no_delete\", {}]\n", codes.join(", ")));
    desk
}

#[test]
fn every_mistake_on_the_authors_page_is_told_as_it_says() {
    let shown = shown();
    let mistakes: Vec<&Shown> = shown.iter().filter(|one| !one.told.is_empty()).collect();
    assert!(mistakes.len() > 6, "{} mistakes", mistakes.len());
    for one in mistakes {
        let words = desk(&[], one).run(&["check", "--config", "refgate.toml"]).ends(2);
        for told in &one.told {
            assert!(words.contains(told.as_str()), "the page says '{told}' of {}:\n{words}", one.package);
        }
    }
}

#[test]
fn every_rule_on_the_authors_page_is_good_and_its_tests_pass() {
    let shown = shown();
    let good: Vec<&Shown> = shown.iter().filter(|one| one.told.is_empty()).collect();
    let (last, others) = good.split_last().expect("the page shows rules");
    let desk = desk(others, last);
    let words = desk.run(&["check", "--config", "refgate.toml"]).answer();
    assert!(words.contains("good, 0 warnings"), "{words}");
    let words = desk.run(&["test", "--run", "notes_test"]).answer();
    assert_eq!(words, "4 passed\n");
}

/// The page's own example: to a rule that reads e-mails all commits of one person are one question.
#[test]
fn a_rule_is_asked_once_for_each_value_that_it_reads() {
    for (reads, evaluated) in
        [("input.commit.author.email", 1), ("concat(input.commit.author.email, [input.commit.id])", 5)]
    {
        let rule = format!("package refgate.commit.counted\n\ndeny contains \"x\" if {reads} == \"\"\n");
        let entry = "[[rule]]\nuse = \"commit.counted\"";
        let server = Server::build().rules(entry).own_rule("commit.counted", &rule).start();
        let bob = server.developer(BOB);
        for number in 1..=5 {
            bob.commit_unsigned(&format!("change {number}"));
        }
        bob.push("main").accepted();
        let metrics = &server.decision()["metrics"];
        assert_eq!((&metrics["asked"], &metrics["evaluated"]), (&5.into(), &evaluated.into()), "{reads}");
    }
}

#[test]
fn functions_on_the_authors_page_are_those_that_no_rule_may_call() {
    let page = page();
    let (_, missing) = page.split_once("there is no function 'walk'\n```\n").expect("the list follows");
    let names: Vec<&str> = missing.split("**Smaller ones").next().unwrap().split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 80, "{names:?}");
    let calls: String = names
        .iter()
        .enumerate()
        .map(|(number, name)| format!("deny contains \"{number}\" if {name}(input.commit.id)\n\n"))
        .collect();
    let text = format!("package refgate.commit.calls\n\n{calls}");
    let one = Shown { package: "refgate.commit.calls".to_string(), text, told: Vec::new() };
    let words = desk(&[], &one).run(&["check", "--config", "refgate.toml"]).ends(2);
    for name in names {
        let (unknown, refused) = (format!("there is no function '{name}'"), format!("rules may not call '{name}'"));
        assert!(words.contains(&unknown) || words.contains(&refused), "{name}:\n{words}");
    }
}
