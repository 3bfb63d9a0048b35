//! `refgate.toml` and `people.toml`: every text loads, or is told what is wrong with it; what nobody knows is wrong.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use refgate::config::Config;
use refgate::people::People;
use refgate::problem::{Problem, Severity};
use refgate_fuzz::told;

type Loaded<T> = Result<(T, Vec<Problem>), Vec<Problem>>;

fuzz_target!(|text: &str| {
    let file = Path::new("folder/file.toml");
    // Either file is nothing but mistakes to the reader of the other.
    if text.contains("version") {
        let config = |text: &str| Config::parse(file, text);
        check(text, config, |config| format!("{config:?}"), "[nobody_knows_this]");
        check_on(text, config, |text| Config::parse_on(file, text));
    } else {
        let people = |text: &str| People::parse(file, &text.into());
        check(text, people, |people| format!("{:?} {:?}", people.persons, people.groups()), "[\"no id\"]");
    }
});

fn check<T>(text: &str, load: impl Fn(&str) -> Loaded<T>, describe: impl Fn(&T) -> String, unknown: &str) {
    match load(text) {
        Ok((loaded, warnings)) => {
            told::check_warnings(&warnings);
            let (again, _) = load(text).expect("the same again");
            assert_eq!(describe(&loaded), describe(&again));
            assert!(load(&format!("{text}\n# a remark\n")).is_ok());
            assert!(load(&format!("{text}\n{unknown}\n")).is_err());
        }
        Err(problems) => told::check_failed(&problems),
    }
}

/// Going on after mistakes finds the same ones.
fn check_on(text: &str, load: impl Fn(&str) -> Loaded<Config>, load_on: impl Fn(&Arc<str>) -> Loaded<Config>) {
    let on = load_on(&text.into());
    let problems = match &on {
        Ok((_, problems)) | Err(problems) => problems,
    };
    match load(text) {
        Ok((_, warnings)) => assert!(on.is_ok() && *problems == warnings),
        Err(errors) => assert_eq!(*problems, errors),
    }
    assert!(on.is_ok() || problems.iter().any(|problem| problem.severity == Severity::Error));
}
