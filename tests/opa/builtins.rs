use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::{Opa, POLICIES};

/// Operators, and what OPA's compiler writes for itself.
fn is_written_otherwise(builtin: &Value, name: &str) -> bool {
    !builtin["infix"].is_null() || name.starts_with("internal.")
}

/// Each of OPA's functions may be called by rules, or stands on the page as one that may not.
#[test]
fn the_authors_page_names_every_function_of_opa_that_rules_cannot_call() {
    let Some(opa) = Opa::find() else { return };
    let printed = opa.run(&["capabilities", "--current"]).stdout;
    let capabilities: Value = serde_json::from_slice(&printed).expect("OPA prints JSON");
    let theirs: BTreeSet<&str> = capabilities["builtins"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|builtin| Some((builtin, builtin["name"].as_str()?)))
        .filter(|(builtin, name)| !is_written_otherwise(builtin, name))
        .map(|(_, name)| name)
        .collect();
    let ours: BTreeSet<&str> = refgate::policy::builtins().collect();
    let page = std::fs::read_to_string(format!("{POLICIES}/authors.md")).expect("the page is there");
    for name in &theirs {
        let stands_there = page.contains(&format!("`{name}`"));
        assert!(ours.contains(name) || stands_there, "'{name}' is neither callable nor on the page");
    }
    assert!(ours.is_subset(&theirs), "{:?}", ours.difference(&theirs));
}
