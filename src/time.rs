//! Points in time, in whole seconds, as git and keys write them. Reads no clock: `now` is always an argument.

use jiff::Timestamp;
use jiff::tz::Offset;

/// Nanoseconds in a second.
const NANOS: i64 = 1_000_000_000;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Time {
    /// Stands for "never was": `""` and 0 in the documents.
    pub const NEVER_WAS: Self = Self(i64::MIN);
    /// Stands for "never ends": `""` and the largest integer in the documents.
    pub const NEVER_ENDS: Self = Self(i64::MAX);

    /// RFC 3339 in UTC; `""` for the two nevers and for years that RFC 3339 cannot write.
    pub fn rfc3339(self) -> String {
        if [Self::NEVER_WAS, Self::NEVER_ENDS].contains(&self) {
            return String::new();
        }
        match Timestamp::from_second(self.0).map(|timestamp| Offset::UTC.to_datetime(timestamp)) {
            Ok(time) if (0..=9999).contains(&time.year()) => format!("{time}Z"),
            _ => String::new(),
        }
    }

    /// Nanoseconds since 1970, saturating.
    pub fn nanoseconds(self) -> i64 {
        match self {
            Self::NEVER_WAS => 0,
            other => other.0.saturating_mul(NANOS),
        }
    }

    /// This much later, saturating.
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_and_saturate() {
        assert_eq!(Time(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Time(1_795_000_000).rfc3339(), "2026-11-18T11:06:40Z");
        assert_eq!(Time(i64::MAX - 1).rfc3339(), "");
        assert_eq!(Time(i64::MAX - 1).nanoseconds(), i64::MAX);
        assert_eq!((Time::NEVER_WAS.rfc3339().as_str(), Time::NEVER_WAS.nanoseconds()), ("", 0));
        assert_eq!((Time::NEVER_ENDS.rfc3339().as_str(), Time::NEVER_ENDS.nanoseconds()), ("", i64::MAX));
    }
}
