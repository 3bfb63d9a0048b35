//! Which fields a document has, worked out from its JSON Schema so that there is one description only.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::{Subject, schema};

/// What stands at a place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Exactly these fields.
    Object(BTreeMap<String, Shape>),
    List(Box<Shape>),
    /// Fields that are not known in advance.
    Map(Box<Shape>),
    /// A string, an integer or a boolean.
    Plain {
        /// `string`, `integer` or `boolean`.
        kind: String,
        /// Every value it can have; empty when there is no such list.
        words: Vec<String>,
    },
}

impl Shape {
    /// The document of a subject. Its `params` are an object without fields: whoever knows the rule puts them in.
    pub fn of(subject: Subject) -> Self {
        static COMMIT: OnceLock<Shape> = OnceLock::new();
        // What comes before the commit in its document is the document of its update, and so on.
        let before = |rest: &[&str]| {
            let mut shape = COMMIT.get_or_init(|| Self::described(Subject::Commit)).clone();
            if let Self::Object(fields) = &mut shape {
                fields.retain(|name, _| !rest.contains(&name.as_str()));
            }
            shape
        };
        match subject {
            Subject::Commit => before(&[]),
            Subject::Push => before(&["commit", "update"]),
            Subject::Tag => Self::described(subject),
            Subject::Update => before(&["commit"]),
        }
    }

    /// The same from the subject's own schema, which takes longer.
    fn described(subject: Subject) -> Self {
        let schema = schema(subject);
        let mut shape = read(&schema, &schema);
        if let Self::Object(fields) = &mut shape {
            fields.insert("params".to_string(), Self::Object(BTreeMap::new()));
        }
        shape
    }

    pub fn plain(kind: &str) -> Self {
        Self::Plain { kind: kind.to_string(), words: Vec::new() }
    }

    /// What it is called in a sentence: `an object`, `a list`, `a string`.
    pub fn noun(&self) -> String {
        match self {
            Self::Object(_) | Self::Map(_) => "an object".to_string(),
            Self::List(_) => "a list".to_string(),
            Self::Plain { kind, .. } if kind == "integer" => "an integer".to_string(),
            Self::Plain { kind, .. } => format!("a {kind}"),
        }
    }
}

/// The part of JSON Schema that the fact types produce. Whatever else would come up is a string here, and the tests
/// that compare shapes with real documents would say so.
fn read(schema: &Value, root: &Value) -> Shape {
    if let Some(pointer) = schema["$ref"].as_str().and_then(|r| r.strip_prefix('#')) {
        return read(root.pointer(pointer).unwrap_or(&Value::Null), root);
    }
    match schema["type"].as_str() {
        Some("object") => match schema["properties"].as_object() {
            Some(fields) => {
                Shape::Object(fields.iter().map(|(name, field)| (name.clone(), read(field, root))).collect())
            }
            None => Shape::Map(Box::new(read(&schema["additionalProperties"], root))),
        },
        Some("array") => Shape::List(Box::new(read(&schema["items"], root))),
        Some(kind) if schema["enum"].is_null() && schema["const"].is_null() => Shape::plain(kind),
        _ => {
            let mut words = Vec::new();
            collect_words(schema, root, &mut words);
            Shape::Plain { kind: "string".to_string(), words }
        }
    }
}

/// The strings of an enumeration, whichever way the schema lists them.
fn collect_words(schema: &Value, root: &Value, words: &mut Vec<String>) {
    if let Some(pointer) = schema["$ref"].as_str().and_then(|r| r.strip_prefix('#')) {
        return collect_words(root.pointer(pointer).unwrap_or(&Value::Null), root, words);
    }
    words.extend(schema["const"].as_str().map(str::to_string));
    words.extend(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string));
    for list in [&schema["oneOf"], &schema["anyOf"]] {
        list.as_array().into_iter().flatten().for_each(|one| collect_words(one, root, words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_the_schemas() {
        for subject in Subject::ALL {
            assert_eq!(Shape::of(subject), Shape::described(subject), "{}", subject.name());
        }
    }
}
