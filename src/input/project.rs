//! From a fact to JSON text, leaving out what a read set does not name. What is left out is never converted.

use std::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};
use serde_json::Value;

use super::Reads;

/// A document as JSON (RFC 8259), cut down to a read set. The same facts cut down alike have the same text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(String);

impl Document {
    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    pub(super) fn from_parts(beginning: &str, rest: &str) -> Self {
        Self([beginning, rest].concat())
    }
}

impl From<Document> for String {
    fn from(document: Document) -> Self {
        document.0
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl From<&Value> for Document {
    fn from(value: &Value) -> Self {
        Self(value.to_string())
    }
}

/// The document with only the fields in `reads`.
///
/// # Panics
///
/// When the type of `fact` has optional fields, enum variants with content or maps keyed by anything but strings.
/// Documents have none of these whatever the push holds: it is a matter of types, and tests convert them all.
pub fn project<T: Serialize + ?Sized>(fact: &T, reads: &Reads) -> Document {
    let mut text = String::new();
    fact.serialize(Projector { text: &mut text, reads })
        .expect("facts are made of scalars, lists, maps and structs only");
    Document(text)
}

/// Adds one field to an object, after others or as its first, if it is in `reads`.
pub(super) fn member<T: Serialize + ?Sized>(name: &str, value: &T, reads: &Reads, first: bool, text: &mut String) {
    Fields { text, reads, empty: first, key: String::new() }
        .field(name, value, identifier)
        .expect("facts are made of scalars, lists, maps and structs only");
}

struct Projector<'a> {
    text: &'a mut String,
    reads: &'a Reads,
}

impl Projector<'_> {
    /// Numbers are written alike in Rust and JSON.
    fn scalar(self, value: impl fmt::Display) -> Result<(), NotADocument> {
        write!(self.text, "{value}").map_err(NotADocument::custom)
    }
}

/// A type that no document may contain.
#[derive(Debug)]
struct NotADocument(String);

impl fmt::Display for NotADocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotADocument {}

impl Error for NotADocument {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Members of a list; each has the reads of the list.
struct List<'a> {
    text: &'a mut String,
    reads: &'a Reads,
    empty: bool,
}

/// Fields of a struct or entries of a map.
struct Fields<'a> {
    text: &'a mut String,
    reads: &'a Reads,
    empty: bool,
    key: String,
}

impl<'a> Serializer for Projector<'a> {
    type Ok = ();
    type Error = NotADocument;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = Impossible<(), NotADocument>;
    type SerializeTupleVariant = Impossible<(), NotADocument>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), NotADocument>;

    fn serialize_bool(self, v: bool) -> Result<(), NotADocument> {
        self.text.push_str(if v { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_i16(self, v: i16) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_i32(self, v: i32) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_i64(self, v: i64) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_u8(self, v: u8) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_u16(self, v: u16) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_u32(self, v: u32) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_u64(self, v: u64) -> Result<(), NotADocument> {
        self.scalar(v)
    }

    fn serialize_f32(self, v: f32) -> Result<(), NotADocument> {
        self.serialize_f64(v.into())
    }

    fn serialize_f64(self, v: f64) -> Result<(), NotADocument> {
        self.scalar(serde_json::to_value(v).map_err(NotADocument::custom)?)
    }

    fn serialize_char(self, v: char) -> Result<(), NotADocument> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), NotADocument> {
        quote(v, self.text);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), NotADocument> {
        Err(NotADocument::custom("bytes"))
    }

    fn serialize_none(self) -> Result<(), NotADocument> {
        Err(NotADocument::custom("null"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), NotADocument> {
        Err(NotADocument::custom("an optional value"))
    }

    fn serialize_unit(self) -> Result<(), NotADocument> {
        Err(NotADocument::custom("null"))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), NotADocument> {
        Err(NotADocument::custom(name))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), NotADocument> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), NotADocument> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NotADocument> {
        Err(NotADocument::custom(name))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, NotADocument> {
        self.text.push('[');
        Ok(List { text: self.text, reads: self.reads, empty: true })
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'a>, NotADocument> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NotADocument> {
        Err(NotADocument::custom(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotADocument> {
        Err(NotADocument::custom(name))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'a>, NotADocument> {
        self.text.push('{');
        Ok(Fields { text: self.text, reads: self.reads, empty: true, key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, NotADocument> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotADocument> {
        Err(NotADocument::custom(name))
    }
}

impl SerializeSeq for List<'_> {
    type Ok = ();
    type Error = NotADocument;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, member: &T) -> Result<(), NotADocument> {
        separate(&mut self.empty, self.text);
        member.serialize(Projector { text: self.text, reads: self.reads })
    }

    fn end(self) -> Result<(), NotADocument> {
        self.text.push(']');
        Ok(())
    }
}

impl SerializeTuple for List<'_> {
    type Ok = ();
    type Error = NotADocument;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, member: &T) -> Result<(), NotADocument> {
        SerializeSeq::serialize_element(self, member)
    }

    fn end(self) -> Result<(), NotADocument> {
        SerializeSeq::end(self)
    }
}

impl Fields<'_> {
    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
        write: impl FnOnce(&str, &mut String),
    ) -> Result<(), NotADocument> {
        let Some(reads) = self.reads.field(name) else { return Ok(()) };
        separate(&mut self.empty, self.text);
        write(name, self.text);
        self.text.push(':');
        value.serialize(Projector { text: self.text, reads })
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = NotADocument;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotADocument> {
        self.field(name, value, identifier)
    }

    fn end(self) -> Result<(), NotADocument> {
        self.text.push('}');
        Ok(())
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = NotADocument;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotADocument> {
        self.key = match serde_json::to_value(key) {
            Ok(Value::String(key)) => key,
            _ => return Err(NotADocument::custom("a key that is not a string")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotADocument> {
        let key = std::mem::take(&mut self.key);
        self.field(&key, value, quote)
    }

    fn end(self) -> Result<(), NotADocument> {
        SerializeStruct::end(self)
    }
}

fn separate(empty: &mut bool, text: &mut String) {
    if !std::mem::replace(empty, false) {
        text.push(',');
    }
}

/// The name of a field of ours, as a string of JSON: it holds nothing that needs an escape.
fn identifier(name: &str, text: &mut String) {
    text.push('"');
    text.push_str(name);
    text.push('"');
}

/// A string of JSON (RFC 8259, section 7).
fn quote(plain: &str, text: &mut String) {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    text.reserve(plain.len() + 2);
    text.push('"');
    let mut rest = plain;
    // Most strings hold none, which is seen fastest by looking at every byte.
    if plain.bytes().fold(false, |any, byte| any | is_special(byte)) {
        // All of them are one byte long.
        while let Some(at) = rest.bytes().position(is_special) {
            let (before, after) = rest.split_at(at);
            text.push_str(before);
            let _ = write!(text, "\\u{:04x}", after.as_bytes()[0]);
            rest = &after[1..];
        }
    }
    text.push_str(rest);
    text.push('"');
}
