//! What an expression can be.

use std::collections::{BTreeMap, BTreeSet};

use crate::input::Shape;

/// Everything an expression can be; nothing at all while it is not settled.
pub type Value = BTreeSet<Thing>;

/// One thing an expression can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// The outcome of a computation, or a constant that is not a string: nothing that could be read further.
    Computed,
    /// A part of the data documents, or of the names that lead to packages.
    Data(Vec<String>),
    /// An array or a set.
    List(Value),
    /// An object whose keys are computed.
    Map(Value),
    /// An object with these constant keys.
    Object(BTreeMap<String, Value>),
    /// A package, by the index of its file.
    Package(usize),
    /// A part of the input document.
    Part(Vec<Step>),
    /// A constant string.
    Word(String),
}

/// One step into the input document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Field(String),
    /// Some member of a list, or some entry of a map.
    Member,
}

pub fn one(thing: Thing) -> Value {
    Value::from([thing])
}

pub fn computed() -> Value {
    one(Thing::Computed)
}

pub fn word(word: &str) -> Value {
    one(Thing::Word(word.to_string()))
}

/// The fields on the way: lists are transparent.
pub fn fields(steps: &[Step]) -> Vec<String> {
    let field = |step: &Step| match step {
        Step::Field(name) => Some(name.clone()),
        Step::Member => None,
    };
    steps.iter().filter_map(field).collect()
}

/// What stands at the end of the way.
pub fn shape<'s>(input: &'s Shape, steps: &[Step]) -> Option<&'s Shape> {
    let mut shape = input;
    for step in steps {
        shape = match (shape, step) {
            (Shape::Object(fields), Step::Field(name)) => fields.get(name)?,
            (Shape::List(member) | Shape::Map(member), Step::Member) => member,
            _ => return None,
        };
    }
    Some(shape)
}

/// The way as a rule would write it.
pub fn written(steps: &[Step]) -> String {
    let mut text = "input".to_string();
    for step in steps {
        match step {
            Step::Field(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Member => text.push_str("[_]"),
        }
    }
    text
}
