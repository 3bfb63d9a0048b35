//! Parameters of a rule: their types, and what a binding may give for them. Values are checked before any push.

use std::ops::Range;

use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::Catalogue;
use crate::ids::RefName;
use crate::input::Shape;
use crate::problem::nearest;

/// One parameter, as METADATA declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamSpec {
    pub name: String,
    pub kind: ParamType,
    /// As written, not converted; `None`: the parameter is required.
    pub default: Option<Value>,
    pub description: String,
    /// Where its name stands in the rule's file.
    pub span: Range<usize>,
}

/// A default of type `[person]`, written in place of a list: those whom people.toml marks `signs_for = "committers"`.
pub const SIGN_FOR_COMMITTERS: &str = "@signs_for.committers";

impl ParamSpec {
    /// The default as the rule sees it, or what is wrong with it; `None`: the parameter is required.
    pub fn default_value(&self, catalogue: &Catalogue<'_>) -> Option<Result<Value, String>> {
        let default = self.default.as_ref()?;
        let stands_for_people =
            self.kind == ParamType::List(Box::new(ParamType::Person)) && default == SIGN_FOR_COMMITTERS;
        Some(match stands_for_people {
            true => Ok(catalogue.sign_for_committers.iter().cloned().map(Value::String).collect()),
            false => self.kind.convert(default, catalogue),
        })
    }
}

/// What a parameter may be, and what the rule gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamType {
    Boolean,
    /// `"2027-01-01"`; the rule sees integer nanoseconds since 1970 at the day's beginning in UTC.
    Date,
    /// `"1h30m"`, of weeks, days, hours, minutes, seconds (`w d h m s`); the rule sees integer nanoseconds.
    Duration,
    /// A group that somebody is in.
    Group,
    Integer,
    List(Box<ParamType>),
    Map(Box<ParamType>),
    /// The id of somebody the operator knows.
    Person,
    /// A full ref name, not a pattern: patterns belong to the binding.
    Ref,
    /// A pattern that the engine can compile.
    Regex,
    String,
}

/// Types within types.
const DEPTH: usize = 3;

/// The engine's own limit on a compiled regular expression, in bytes. It can be neither asked for nor changed;
/// a test compares the two.
pub const REGEX_BYTES: usize = 100 << 10;

impl ParamType {
    pub const WORDS: [&str; 9] =
        ["string", "integer", "boolean", "duration", "date", "regex", "ref", "group", "person"];

    /// From METADATA: a word, `[type]` or `{string: type}`.
    pub fn parse(written: &Value) -> Result<Self, String> {
        Self::parse_within(written, DEPTH)
    }

    fn parse_within(written: &Value, depth: usize) -> Result<Self, String> {
        if depth == 0 {
            return Err("a type too deep in types".to_string());
        }
        match written {
            Value::String(word) => Self::parse_word(word),
            Value::Array(members) => match members.as_slice() {
                [member] => Ok(Self::List(Box::new(Self::parse_within(member, depth - 1)?))),
                _ => Err("a list type names exactly one type".to_string()),
            },
            Value::Object(entries) => match entries.iter().next() {
                Some((key, member)) if entries.len() == 1 && key == "string" => {
                    Ok(Self::Map(Box::new(Self::parse_within(member, depth - 1)?)))
                }
                _ => Err("a map type is '{string: type}'".to_string()),
            },
            other => Err(format!("{other} is not a type")),
        }
    }

    fn parse_word(word: &str) -> Result<Self, String> {
        Ok(match word {
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "duration" => Self::Duration,
            "group" => Self::Group,
            "integer" => Self::Integer,
            "person" => Self::Person,
            "ref" => Self::Ref,
            "regex" => Self::Regex,
            "string" => Self::String,
            _ => {
                let meant =
                    nearest(word, Self::WORDS).map_or(String::new(), |meant| format!(", did you mean '{meant}'?"));
                return Err(format!("'{word}' is not a type{meant}"));
            }
        })
    }

    /// As METADATA writes it.
    pub fn written(&self) -> String {
        match self {
            Self::Boolean => "boolean".to_string(),
            Self::Date => "date".to_string(),
            Self::Duration => "duration".to_string(),
            Self::Group => "group".to_string(),
            Self::Integer => "integer".to_string(),
            Self::List(member) => format!("[{}]", member.written()),
            Self::Map(member) => format!("{{string: {}}}", member.written()),
            Self::Person => "person".to_string(),
            Self::Ref => "ref".to_string(),
            Self::Regex => "regex".to_string(),
            Self::String => "string".to_string(),
        }
    }

    /// What the rule finds under `input.params`.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Boolean => Shape::plain("boolean"),
            Self::Date | Self::Duration | Self::Integer => Shape::plain("integer"),
            Self::Group | Self::Person | Self::Ref | Self::Regex | Self::String => Shape::plain("string"),
            Self::List(member) => Shape::List(Box::new(member.shape())),
            Self::Map(member) => Shape::Map(Box::new(member.shape())),
        }
    }

    /// Checks a value and turns it into what the rule sees; or says what is wrong with it.
    pub fn convert(&self, value: &Value, catalogue: &Catalogue<'_>) -> Result<Value, String> {
        match (self, value) {
            (Self::Boolean, Value::Bool(_)) | (Self::String, Value::String(_)) => Ok(value.clone()),
            (Self::Integer, Value::Number(number)) if number.is_i64() => Ok(value.clone()),
            (Self::Date, Value::String(text)) => date(text).map(Value::from),
            (Self::Duration, Value::String(text)) => duration(text).map(Value::from),
            (Self::Group | Self::Person, Value::String(_)) if !catalogue.all_known => Ok(value.clone()),
            (Self::Group, Value::String(name)) => known("group", name, catalogue.groups.iter().map(String::as_str)),
            (Self::Person, Value::String(name)) => known("person", name, catalogue.people.iter().map(String::as_str)),
            (Self::Ref, Value::String(name)) => match RefName::parse(name.as_bytes(), true) {
                Ok(_) => Ok(value.clone()),
                Err(_) => Err(format!("'{name}' is not a full ref name like 'refs/heads/main'")),
            },
            (Self::Regex, Value::String(pattern)) => regex(pattern).map(|()| value.clone()),
            (Self::List(member), Value::Array(values)) => values
                .iter()
                .map(|value| member.convert(value, catalogue))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array),
            (Self::Map(member), Value::Object(entries)) => entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), member.convert(value, catalogue)?)))
                .collect::<Result<Map<_, _>, String>>()
                .map(Value::Object),
            (kind, value) => Err(format!("{value} is not {}", kind.noun())),
        }
    }

    fn noun(&self) -> String {
        match self {
            Self::Boolean => "true or false".to_string(),
            Self::Date => "a date like \"2027-01-01\"".to_string(),
            Self::Duration => "a duration like \"1h30m\"".to_string(),
            Self::Group => "the name of a group".to_string(),
            Self::Integer => "an integer".to_string(),
            Self::List(member) => format!("a list, each member {}", member.noun()),
            Self::Map(member) => format!("a table, each value {}", member.noun()),
            Self::Person => "the id of a person".to_string(),
            Self::Ref => "a full ref name".to_string(),
            Self::Regex => "a regular expression".to_string(),
            Self::String => "a string".to_string(),
        }
    }
}

/// Whether the engine can compile a pattern; or why not.
pub fn regex(pattern: &str) -> Result<(), String> {
    match RegexBuilder::new(pattern).size_limit(REGEX_BYTES).build() {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => Err(format!(
            "'{pattern}' is too large when compiled; long counted repetitions of wide classes are, like '.{{1,100}}'"
        )),
        Err(error) => Err(format!("'{pattern}' is not a regular expression: {}", last_line(&error.to_string()))),
    }
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text).trim_start_matches("error: ")
}

fn known<'a>(noun: &str, name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<Value, String> {
    if names.clone().any(|known| known == name) {
        return Ok(Value::from(name));
    }
    let meant = nearest(name, names).map_or(String::new(), |meant| format!(", did you mean '{meant}'?"));
    Err(format!("there is no {noun} '{name}'{meant}"))
}

fn date(text: &str) -> Result<i64, String> {
    let wrong = || format!("'{text}' is not a date like '2027-01-01'");
    let well_formed = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if !well_formed {
        return Err(wrong());
    }
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?.timestamp();
    i64::try_from(midnight.as_nanosecond()).map_err(|_| format!("'{text}' is out of range, 1678 to 2262"))
}

/// Nanoseconds of `1w2d3h4m5s`: each unit at most once is not asked for, an order neither.
fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("'{text}' is not a duration like '90s', '5m', '1h30m' or '7d'");
    let mut total = 0_i64;
    let mut rest = text;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let unit = after.chars().next().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(wrong()),
        };
        rest = &after[1..];
        total = number
            .checked_mul(seconds * 1_000_000_000)
            .and_then(|nanoseconds| total.checked_add(nanoseconds))
            .ok_or_else(|| format!("'{text}' is longer than 292 years"))?;
    }
    Ok(total)
}
