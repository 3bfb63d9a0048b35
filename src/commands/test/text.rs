//! What tests came to, for people at a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::policy::testing::{Case, Covered, Fault, Outcome, Reason, Tested};
use crate::report::clean;

use super::{Summary, is_bad};

/// Said of a test with subtests that has none.
pub const EMPTY: &str = "it tests nothing: its table is empty, or something before its name does not hold";

/// Characters of a part and of its value that are shown.
const SHOWN: (usize, usize) = (60, 120);

pub fn render(tested: &Tested, summary: &Summary, verbose: bool) -> String {
    let mut words = String::new();
    let mut standing: Option<&Path> = None;
    for case in tested.cases.iter().filter(|case| verbose || is_bad(case)) {
        if standing != Some(&case.file) {
            let _ = writeln!(words, "{}", case.file.display());
            standing = Some(&case.file);
        }
        words += &one(case, verbose);
    }
    if standing.is_some() && !words.ends_with("\n\n") {
        words.push('\n');
    }
    for (code, file, missing) in &summary.untried {
        let _ = writeln!(words, "{code} has {missing} ({})", file.display());
    }
    if !summary.untried.is_empty() {
        words += "A test shows what a rule does when it evaluates the rule's own 'deny' or 'allow'.\n\n";
    }
    if let Some(share) = summary.coverage {
        words += &lines(&tested.coverage);
        let _ = writeln!(words, "{} of {} lines evaluated, {:.1} %", share.covered, share.all, share.percent());
        if let (false, Some(threshold)) = (summary.covers_enough(), summary.threshold) {
            let _ = writeln!(words, "that is less than {threshold} %");
        }
        words.push('\n');
    }
    words + &total(summary)
}

fn total(summary: &Summary) -> String {
    let mut counts = vec![format!("{} passed", summary.passed)];
    if summary.failed > 0 {
        counts.push(format!("{} failed", summary.failed));
    }
    if summary.skipped > 0 {
        counts.push(format!("{} skipped", summary.skipped));
    }
    format!("{}\n", counts.join(", "))
}

fn one(case: &Case, verbose: bool) -> String {
    let name = clean(&case.name);
    let mut words = match &case.outcome {
        Outcome::Passed => format!("  passed   {name} ({:.1} ms)\n", case.elapsed.as_secs_f64() * 1000.0),
        Outcome::Skipped => format!("  skipped  {name}\n"),
        Outcome::Empty => format!("  failed   {name}, line {}\n\n    {EMPTY}\n\n", case.line),
        Outcome::Broken { at, reason } => {
            let at = if at.is_empty() { String::new() } else { format!(" ({at})") };
            format!("  failed   {name}, line {}\n\n    cannot be evaluated: {}{at}\n\n", case.line, clean(reason))
        }
        Outcome::Failed(faults) => {
            format!("  failed   {name}, line {}\n\n{}", case.line, faults.iter().map(fault).collect::<String>())
        }
    };
    if !case.prints.is_empty() && (verbose || is_bad(case)) {
        case.prints.iter().for_each(|print| words += &format!("    printed  {}\n", clean(print)));
        words.push('\n');
    }
    words
}

/// The expression with its line, what it came to, and what its parts came to.
pub fn fault(fault: &Fault) -> String {
    let mut words = String::new();
    let inner = fault.expression.lines().skip(1).map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    for (index, line) in fault.expression.lines().enumerate() {
        let (number, line) = if index == 0 {
            (fault.line.to_string(), line)
        } else {
            (String::new(), line.get(inner..).unwrap_or_default())
        };
        let _ = writeln!(words, "  {number:>6} | {}", line.replace('\t', "    "));
    }
    let reason = match &fault.reason {
        Reason::Differs { actual, expected } => difference(actual, expected),
        Reason::NotEvery(members) if members.is_empty() => "    what it goes through is undefined\n".to_string(),
        Reason::NotEvery(members) => members.iter().map(|member| format!("    not for   {member}\n")).collect(),
        Reason::Was(value) => format!("    is        {value}\n"),
        Reason::Unknown => String::new(),
    };
    if !reason.is_empty() {
        let _ = write!(words, "\n{reason}");
    }
    if !fault.parts.is_empty() {
        words += "\n    where\n";
    }
    for part in &fault.parts {
        let expression = part.expression.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(words, "      {} is {}", cut(&expression, SHOWN.0), cut(&part.value, SHOWN.1));
    }
    if fault.others > 0 {
        let times = if fault.others == 1 { "once".to_string() } else { format!("{} times", fault.others) };
        let _ = writeln!(words, "\n    and {times} more, with other values");
    }
    words.push('\n');
    words
}

fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((at, _)) => format!("{}…", text[..at].trim_end_matches('…')),
        None => text.to_string(),
    }
}

/// Short values one above the other; long ones as a difference line by line.
fn difference(actual: &str, expected: &str) -> String {
    if !actual.contains('\n') && !expected.contains('\n') {
        return format!("    expected  {expected}\n    actual    {actual}\n");
    }
    let (actual, expected) = (format!("{actual}\n"), format!("{expected}\n"));
    let patch = diffy::create_patch(&expected, &actual).to_string();
    let mut words = "    - expected\n    + actual\n\n".to_string();
    for line in patch.lines().skip(2).filter(|line| !line.starts_with("@@")) {
        let _ = writeln!(words, "    {line}");
    }
    words
}

fn lines(coverage: &[Covered]) -> String {
    let mut words = String::new();
    for file in coverage.iter().filter(|file| !file.missed.is_empty()) {
        let all = file.covered.len() + file.missed.len();
        let _ = writeln!(
            words,
            "{}: {} of {all} lines, not {}",
            file.file.display(),
            file.covered.len(),
            ranges(&file.missed)
        );
    }
    words
}

/// `3, 7-9`.
fn ranges(lines: &BTreeSet<usize>) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == line => *end = line,
            _ => ranges.push((line, line)),
        }
    }
    let written =
        ranges.iter().map(|(start, end)| if start == end { start.to_string() } else { format!("{start}-{end}") });
    written.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_a_row_are_told_as_one() {
        assert_eq!(ranges(&BTreeSet::from([3, 7, 8, 9, 11])), "3, 7-9, 11");
    }

    #[test]
    fn long_values_are_told_apart_line_by_line() {
        let told = difference("{\n  \"a\",\n  \"c\",\n}", "{\n  \"a\",\n  \"b\",\n}");
        assert!(told.contains("    -  \"b\",\n    +  \"c\",\n"), "{told}");
        assert_eq!(difference("1", "2"), "    expected  2\n    actual    1\n");
    }
}
