//! Chance, from bytes that proptest can shrink, and documents made up with it.

use refgate::input::Shape;
use serde_json::{Map, Value, json};

/// Choices, one byte each; the first possibility once they run out.
pub struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        usize::from(*self.bytes.next().unwrap_or(&0)) % sides.max(1)
    }

    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.roll(from.len())]
    }

    /// The first, more often than not.
    pub fn rarely<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        if self.roll(10) < 9 { &from[0] } else { self.pick(from) }
    }
}

/// A document of this shape, in which most things are like each other.
pub fn made_up(shape: &Shape, dice: &mut Dice<'_>) -> Value {
    match shape {
        Shape::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), made_up(field, dice))).collect())
        }
        Shape::Map(_) => Value::Object(Map::new()),
        Shape::List(member) => Value::Array((0..*dice.rarely(&[2, 1, 0, 3])).map(|_| made_up(member, dice)).collect()),
        Shape::Plain { kind, words } => match kind.as_str() {
            "integer" => json!(dice.rarely(&[1, 0, 2])),
            "boolean" => json!(dice.rarely(&[true, false])),
            _ if words.is_empty() => json!(dice.rarely(&["a", "", "b"])),
            _ => json!(dice.rarely(&words[..words.len().min(3)])),
        },
    }
}
