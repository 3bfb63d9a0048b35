//! What is true of every problem that is told.

use refgate::problem::{Problem, Severity, render_all};

/// Every problem can be put into words.
pub fn check(problems: &[Problem]) {
    for problem in problems {
        assert!(!problem.message.is_empty());
        if let Some(frame) = &problem.frame {
            assert!(problem.line().is_some_and(|line| line <= frame.text.bytes().filter(|&b| b == b'\n').count() + 1));
        }
    }
    let count = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let words = render_all(problems);
    for (severity, noun) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        if count(severity) > 0 {
            assert!(words.lines().last().is_some_and(|line| line.contains(&format!("{} {noun}", count(severity)))));
        }
    }
}

/// The same, where something did not load: there is an error among them.
pub fn check_failed(problems: &[Problem]) {
    assert!(problems.iter().any(|problem| problem.severity == Severity::Error));
    check(problems);
}

/// The same, where something loaded all the same: there is none.
pub fn check_warnings(problems: &[Problem]) {
    assert!(problems.iter().all(|problem| problem.severity == Severity::Warning));
    check(problems);
}
