//! What tests came to, as the XML that CI servers read: a test suite for each package. There is no standard; what is
//! written here is the part that readers agree on (testsuites, testsuite, testcase, failure, error, skipped).

use std::fmt::Write as _;
use std::time::Duration;

use crate::policy::testing::{Case, Outcome, Tested};

use super::{Summary, text};

pub fn render(tested: &Tested, summary: &Summary) -> String {
    let mut packages: Vec<&str> = Vec::new();
    for case in &tested.cases {
        if !packages.contains(&case.package.as_str()) {
            packages.push(&case.package);
        }
    }
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_string();
    let _ = writeln!(
        xml,
        "<testsuites name=\"refgate\" tests=\"{}\" failures=\"{}\">",
        tested.cases.len() + summary.untried.len(),
        summary.failed + summary.untried.len()
    );
    for package in packages {
        let cases: Vec<&Case> = tested.cases.iter().filter(|case| case.package == package).collect();
        xml += &suite(package, &cases);
    }
    if !summary.untried.is_empty() {
        let _ = writeln!(xml, "  <testsuite name=\"rules\" tests=\"{0}\" failures=\"{0}\">", summary.untried.len());
        for (code, file, missing) in &summary.untried {
            let message = escape(&format!("{code} has {missing}"));
            let _ = writeln!(
                xml,
                "    <testcase classname=\"rules\" name=\"{}\" file=\"{}\">",
                escape(code),
                escape(&file.display().to_string())
            );
            let _ = writeln!(xml, "      <failure message=\"{message}\"/>\n    </testcase>");
        }
        xml += "  </testsuite>\n";
    }
    xml + "</testsuites>\n"
}

fn suite(package: &str, cases: &[&Case]) -> String {
    let count = |wanted: fn(&Outcome) -> bool| cases.iter().filter(|case| wanted(&case.outcome)).count();
    let time: Duration = cases.iter().map(|case| case.elapsed).sum();
    let mut xml = format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6}\">\n",
        escape(package),
        cases.len(),
        count(|outcome| matches!(outcome, Outcome::Empty | Outcome::Failed(_))),
        count(|outcome| matches!(outcome, Outcome::Broken { .. })),
        count(|outcome| *outcome == Outcome::Skipped),
        time.as_secs_f64()
    );
    for case in cases {
        let (name, file) = (escape(&case.name), escape(&case.file.display().to_string()));
        let _ = write!(
            xml,
            "    <testcase classname=\"{}\" name=\"{name}\" file=\"{file}\" line=\"{}\" time=\"{:.6}\"",
            escape(package),
            case.line,
            case.elapsed.as_secs_f64()
        );
        xml += &match &case.outcome {
            Outcome::Passed => "/>\n".to_string(),
            Outcome::Skipped => ">\n      <skipped/>\n    </testcase>\n".to_string(),
            Outcome::Empty => format!(">\n      <failure message=\"{}\"/>\n    </testcase>\n", text::EMPTY),
            Outcome::Broken { reason, .. } => {
                format!(">\n      <error message=\"{}\"/>\n    </testcase>\n", escape(reason))
            }
            Outcome::Failed(faults) => {
                let told: String = faults.iter().map(text::fault).collect();
                format!(">\n      <failure message=\"not true\">{}</failure>\n    </testcase>\n", escape(&told))
            }
        };
    }
    xml + "  </testsuite>\n"
}

/// Text for XML 1.0, which has no way at all to write most control characters.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            plain => escaped.push(plain),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_test_is_called_is_xml() {
        assert_eq!(escape("a<b & \"c\"\u{1b}\n"), "a&lt;b &amp; &quot;c&quot;\u{fffd}\n");
    }
}
