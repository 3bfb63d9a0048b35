use std::fmt::Write as _;
use std::fs;

use crate::program::{Opa, POLICIES};
use crate::testing::{Outcomes, ours, theirs};

/// An expression of the page's table, and what it says that comes of it here and in OPA.
struct Row {
    expression: String,
    here: bool,
    there: bool,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(format!("{POLICIES}/authors.md")).expect("the page is there");
    let (_, table) = page.split_once("| expression | here | in OPA |\n").expect("the table is there");
    let lines = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [expression, here, there] = cells.as_slice() else { panic!("'{line}' has no three cells") };
        // Two marks around what holds one itself (CommonMark, code spans).
        let mark = if expression.starts_with("``") { "``" } else { "`" };
        let expression = expression.trim_start_matches(mark).trim_end_matches(mark).to_string();
        Row { expression, here: *here == "true", there: *there == "true" }
    };
    lines.map(row).collect()
}

#[test]
fn the_authors_page_tells_what_answers_otherwise_in_opa() {
    let Some(opa) = Opa::find() else { return };
    let rows = rows();
    assert!(rows.len() > 10, "{} rows", rows.len());
    let mut text = "package refgate.commit.differences_test\n".to_string();
    for (number, row) in rows.iter().enumerate() {
        let _ = writeln!(text, "\ntest_{number} if {}", row.expression);
    }
    let folder = opa.home().join("differences");
    fs::create_dir(&folder).expect("there is room for a folder");
    fs::write(folder.join("differences_test.rego"), text).expect("files can be written");
    let (theirs, ours) = (theirs(&opa, &folder), ours(&folder));
    for (number, row) in rows.iter().enumerate() {
        let name = format!("refgate.commit.differences_test.test_{number}");
        let is_true = |outcomes: &Outcomes| outcomes.get(&name).is_some_and(|outcome| *outcome == "passed");
        assert_eq!((is_true(&ours), is_true(&theirs)), (row.here, row.there), "{}", row.expression);
    }
}
