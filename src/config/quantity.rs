//! Durations, sizes and counts as operators write them: `"1h30m"`, `"4MiB"`, `10_000`.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeValue;

use crate::config::document::{Findings, Value};

const MILLISECONDS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const BYTES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads a duration into `target`, which keeps its value when there is a mistake.
pub fn duration(value: &Value<'_>, range: RangeInclusive<Duration>, findings: &mut Findings, target: &mut Duration) {
    const HOW: &str = "write numbers with 'd', 'h', 'm', 's' or 'ms': \"5m\", \"1h30m\", \"500ms\"";
    if value.raw().as_str().is_none() {
        findings.error(&value.span(), format!("'{}' must be a duration in quotes", value.key.name), HOW);
        return;
    }
    let Some(text) = value.string(findings) else { return };
    match parse_duration(&text.name) {
        Some(duration) if range.contains(&duration) => *target = duration,
        Some(_) => {
            let (least, most) = (duration_in_words(*range.start()), duration_in_words(*range.end()));
            findings.error(&text.span, format!("'{}' must be from {least} to {most}", value.key.name), "");
        }
        None => findings.error(&text.span, format!("'{}' is not a duration", text.name), HOW),
    }
}

/// Reads a number of bytes into `target`, which keeps its value when there is a mistake.
pub fn size(value: &Value<'_>, least: usize, findings: &mut Findings, target: &mut usize) {
    const HOW: &str = "write a number of bytes, or one with 'KiB', 'MiB' or 'GiB': \"4MiB\"";
    let parsed = match value.raw() {
        DeValue::String(text) => parse_size(text),
        DeValue::Integer(_) => return count(value, least, findings, target),
        _ => None,
    };
    match parsed.and_then(|bytes| usize::try_from(bytes).ok()) {
        Some(bytes) if bytes >= least => *target = bytes,
        Some(_) => too_small(value, least, findings),
        None => findings.error(&value.span(), format!("'{}' must be a size", value.key.name), HOW),
    }
}

/// Reads a whole number into `target`, which keeps its value when there is a mistake.
pub fn count(value: &Value<'_>, least: usize, findings: &mut Findings, target: &mut usize) {
    let Some(number) = value.raw().as_integer() else {
        value.wrong::<()>(findings, "a whole number");
        return;
    };
    match i64::from_str_radix(number.as_str(), number.radix()).ok() {
        Some(number) => match usize::try_from(number) {
            Ok(number) if number >= least => *target = number,
            Ok(_) | Err(_) => too_small(value, least, findings),
        },
        None => findings.error(&value.span(), format!("'{}' is too large a number", value.key.name), ""),
    }
}

fn too_small(value: &Value<'_>, least: usize, findings: &mut Findings) {
    findings.error(&value.span(), format!("'{}' must be {least} or more", value.key.name), "");
}

/// The sum of numbers with units, `1d12h`; nothing is zero.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, unit, after) = split_quantity(rest)?;
        let (_, milliseconds) = MILLISECONDS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*milliseconds)?)?;
        rest = after;
    }
    Some(Duration::from_millis(total))
}

fn parse_size(text: &str) -> Option<u64> {
    let (number, unit, after) = split_quantity(text)?;
    let (_, bytes) = BYTES.iter().find(|(name, _)| *name == unit)?;
    match after {
        "" => number.checked_mul(*bytes),
        _ => None,
    }
}

/// Digits, the letters after them, and the rest; spaces may stand between.
fn split_quantity(text: &str) -> Option<(u64, &str, &str)> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let rest = rest.trim_start();
    let (unit, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()));
    Some((digits.parse().ok()?, unit, rest.trim_start()))
}

/// As [`duration`] reads it.
pub fn duration_in_words(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut words = String::new();
    for (unit, milliseconds) in MILLISECONDS {
        if rest >= milliseconds {
            words.push_str(&format!("{}{unit}", rest / milliseconds));
            rest %= milliseconds;
        }
    }
    if words.is_empty() { "0s".to_string() } else { words }
}

/// As [`size`] reads it: in the largest unit that leaves nothing over.
pub fn size_in_words(bytes: usize) -> String {
    let bytes = bytes as u64;
    let whole = BYTES.iter().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    match whole {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => "0B".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_sums_of_numbers_with_units() {
        for (text, milliseconds) in [
            ("5m", 300_000),
            ("300s", 300_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("500 ms", 500),
            ("0s", 0),
            ("2d", 172_800_000),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["5", "m", "5 minutes", "-5m", "1.5h", "5M", "99999999999999999999s", "999999999999999999d", "5m,", " 5m"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_one_number_with_a_unit() {
        for (text, bytes) in [("4MiB", 4 << 20), ("64 KiB", 64 << 10), ("1GiB", 1 << 30), ("7B", 7)] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in ["4", "4MB", "4mib", "4MiB1KiB", "99999999999GiB", "-1B", "1.5MiB", ""] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_said_can_be_read_again() {
        for milliseconds in [0, 1, 999, 1_000, 61_001, 5_400_000, 86_400_000, 90_061_001] {
            let duration = Duration::from_millis(milliseconds);
            assert_eq!(parse_duration(&duration_in_words(duration)), Some(duration));
        }
        for bytes in [0, 1, 1023, 1024, 1025, 4 << 20, 64 << 10, 1 << 30] {
            assert_eq!(parse_size(&size_in_words(bytes)), Some(bytes as u64));
        }
        assert_eq!(size_in_words(4 << 20), "4MiB");
        assert_eq!(duration_in_words(Duration::from_secs(5400)), "1h30m");
    }
}
