//! Author, committer and tagger lines: `Name <mail> seconds zone`. Whose they are is not known here.
//!
//! Parsers find the e-mail from the left or from the right, and the date after the first or the last bracket; git itself
//! does both. A line is a value here only where all of them must agree: one `<`, one `>` after it, then exactly
//! ` <digits> <+|-><hhmm>`.

use crate::time::Time;

use super::text::{self, TextKind};
use super::{Anomalies, Unread};

/// The last second of the year 9999.
const YEAR_9999: i64 = 253_402_300_799;
/// Zones reach from -12:00 to +14:00.
const ZONE_HOURS: i32 = 14;

/// Who someone says they are, and when. A claim, never proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawIdentity {
    /// Without the spaces around it.
    pub name: Vec<u8>,
    /// What stands between the brackets.
    pub email: Vec<u8>,
    pub time: Time,
    /// Minutes east of UTC, as written.
    pub zone_minutes: i32,
}

impl RawIdentity {
    /// Reads what follows `author ` and the like, without the line feed.
    pub(super) fn parse(line: &[u8], role: &str, anomalies: &mut Anomalies) -> Result<Self, Unread> {
        let unclear = |what: &str| Unread::ambiguous(format!("the {role} line {what}"));
        let opening = line.iter().position(|&b| b == b'<').ok_or_else(|| unclear("has no e-mail"))?;
        let (before, after) = (&line[..opening], &line[opening + 1..]);
        let closing = after.iter().position(|&b| b == b'>').ok_or_else(|| unclear("has no e-mail"))?;
        let (email, dated) = (&after[..closing], &after[closing + 1..]);
        if before.contains(&b'>') || email.contains(&b'<') || dated.iter().any(|b| b"<>".contains(b)) {
            return Err(unclear("has brackets that can be read in two ways"));
        }
        let (seconds, zone) = dated
            .strip_prefix(b" ")
            .and_then(|rest| rest.split_once_at(b' '))
            .ok_or_else(|| unclear("does not end in a date and a time zone"))?;
        let time = parse_seconds(seconds).ok_or_else(|| unclear("has a date that is not a number of seconds"))?;
        let zone_minutes = parse_zone(zone).ok_or_else(|| unclear("has no time zone of four digits"))?;
        let name = before.trim_ascii();
        let usual_spaces = before.strip_suffix(b" ") == Some(name) && email.trim_ascii() == email;
        anomalies.add_if(!usual_spaces, "identity_spaces");
        anomalies.add_if(seconds.len() > 1 && seconds.starts_with(b"0"), "date_zero_padded");
        let odd_zone = zone_minutes.abs() > ZONE_HOURS * 60 || zone[3..] > b"59"[..];
        anomalies.add_if(time.0 > YEAR_9999 || odd_zone, "date_out_of_range");
        text::look_at(name, TextKind::Name, anomalies);
        text::look_at(email, TextKind::Name, anomalies);
        Ok(Self { name: name.to_vec(), email: email.to_vec(), time, zone_minutes })
    }
}

/// Decimal digits only, within what [`Time`] can tell from its two nevers.
fn parse_seconds(digits: &[u8]) -> Option<Time> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (seconds < Time::NEVER_ENDS.0).then_some(Time(seconds))
}

fn parse_zone(zone: &[u8]) -> Option<i32> {
    let &[sign, tens, hours, ten_minutes, minutes] = zone else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
    let value = (digit(tens)? * 10 + digit(hours)?) * 60 + digit(ten_minutes)? * 10 + digit(minutes)?;
    match sign {
        b'+' => Some(value),
        b'-' => Some(-value),
        _ => None,
    }
}

/// [`str::split_once`] for bytes.
trait SplitOnce {
    fn split_once_at(&self, separator: u8) -> Option<(&[u8], &[u8])>;
}

impl SplitOnce for [u8] {
    fn split_once_at(&self, separator: u8) -> Option<(&[u8], &[u8])> {
        let at = self.iter().position(|&b| b == separator)?;
        Some((&self[..at], &self[at + 1..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> Result<(RawIdentity, Vec<String>), Unread> {
        let mut anomalies = Anomalies::default();
        RawIdentity::parse(line, "author", &mut anomalies).map(|identity| (identity, anomalies.into_names()))
    }

    #[test]
    fn a_line_as_git_writes_it_is_read_without_anomalies() {
        let (identity, anomalies) = read(b"Alice Example <alice@example.org> 1700000000 -0130").unwrap();
        assert_eq!(
            (identity.name.as_slice(), identity.email.as_slice()),
            (&b"Alice Example"[..], &b"alice@example.org"[..])
        );
        assert_eq!((identity.time, identity.zone_minutes), (Time(1_700_000_000), -90));
        assert_eq!(anomalies, [""; 0]);
        assert_eq!(read(b"A <> 0 +0000").unwrap().1, [""; 0]);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_ambiguous() {
        let lines: [&[u8]; 20] = [
            b"M <m@x> A <a@x> 1 +0000",
            b"A> B <a@x> 1 +0000",
            b"A <<a@x> 1 +0000",
            b"A <a@x>> 1 +0000",
            b"A a@x 1 +0000",
            b"A <a@x 1 +0000",
            b"A <a@x>",
            b"A <a@x> ",
            b"A <a@x> 1",
            b"A <a@x> 1 ",
            b"A <a@x>1 +0000",
            b"A <a@x>  1 +0000",
            b"A <a@x> -1 +0000",
            b"A <a@x> 0x1 +0000",
            b"A <a@x> 1 0000",
            b"A <a@x> 1 +000",
            b"A <a@x> 1 +00000",
            b"A <a@x> 1 +0000 ",
            b"A <a@x> 9223372036854775807 +0000",
            b"A <a@x> 18446744073709551617 +0000",
        ];
        for line in lines {
            assert!(matches!(read(line), Err(Unread::Ambiguous(_))), "{:?}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn what_everyone_reads_alike_but_nobody_writes_is_an_anomaly() {
        for line in
            [&b"A<a@x> 1 +0000"[..], b" A <a@x> 1 +0000", b"A  <a@x> 1 +0000", b"A < a@x> 1 +0000", b"<a@x> 1 +0000"]
        {
            assert_eq!(read(line).unwrap().1, ["identity_spaces"], "{:?}", String::from_utf8_lossy(line));
        }
        assert_eq!(read(b"A <a@x> 01 +0000").unwrap().1, ["date_zero_padded"]);
        for line in [&b"A <a@x> 253402300800 +0000"[..], b"A <a@x> 1 +1401", b"A <a@x> 1 -0060", b"A <a@x> 1 +9999"] {
            assert_eq!(read(line).unwrap().1, ["date_out_of_range"], "{:?}", String::from_utf8_lossy(line));
        }
        assert_eq!(read(b"A <a@x> 253402300799 +1400").unwrap().1, [""; 0]);
        assert_eq!(
            read("A\u{202e}\x1b <a@x> 1 +0000".as_bytes()).unwrap().1,
            ["bidi_characters", "control_characters"]
        );
        assert_eq!(read(b"A\xff <a@x> 1 +0000").unwrap().1, ["not_utf8"]);
    }
}
