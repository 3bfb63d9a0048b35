//! From a fact to JSON, leaving out what a read set does not name. What is left out is never converted.

use std::fmt;

use serde::Serialize;
use serde::ser::{Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};
use serde_json::{Map, Value};

use super::Reads;

/// The document with only the fields in `reads`.
///
/// # Panics
///
/// When the type of `fact` has optional fields, enum variants with content or maps keyed by anything but strings.
/// Documents have none of these whatever the push holds: it is a matter of types, and tests convert them all.
pub fn project<T: Serialize + ?Sized>(fact: &T, reads: &Reads) -> Value {
    fact.serialize(Projector { reads }).expect("facts are made of scalars, lists, maps and structs only")
}

#[derive(Clone, Copy)]
struct Projector<'r> {
    reads: &'r Reads,
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
struct List<'r> {
    reads: &'r Reads,
    members: Vec<Value>,
}

/// Fields of a struct or entries of a map.
struct Fields<'r> {
    reads: &'r Reads,
    fields: Map<String, Value>,
    key: String,
}

impl<'r> Serializer for Projector<'r> {
    type Ok = Value;
    type Error = NotADocument;
    type SerializeSeq = List<'r>;
    type SerializeTuple = List<'r>;
    type SerializeTupleStruct = Impossible<Value, NotADocument>;
    type SerializeTupleVariant = Impossible<Value, NotADocument>;
    type SerializeMap = Fields<'r>;
    type SerializeStruct = Fields<'r>;
    type SerializeStructVariant = Impossible<Value, NotADocument>;

    fn serialize_bool(self, v: bool) -> Result<Value, NotADocument> {
        Ok(Value::Bool(v))
    }

    fn serialize_i8(self, v: i8) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_i16(self, v: i16) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_i32(self, v: i32) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_i64(self, v: i64) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_u8(self, v: u8) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_u16(self, v: u16) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_u32(self, v: u32) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_u64(self, v: u64) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_f32(self, v: f32) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_f64(self, v: f64) -> Result<Value, NotADocument> {
        Ok(Value::from(v))
    }

    fn serialize_char(self, v: char) -> Result<Value, NotADocument> {
        Ok(Value::String(v.to_string()))
    }

    fn serialize_str(self, v: &str) -> Result<Value, NotADocument> {
        Ok(Value::String(v.to_string()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, NotADocument> {
        Err(NotADocument::custom("bytes"))
    }

    fn serialize_none(self) -> Result<Value, NotADocument> {
        Err(NotADocument::custom("null"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Value, NotADocument> {
        Err(NotADocument::custom("an optional value"))
    }

    fn serialize_unit(self) -> Result<Value, NotADocument> {
        Err(NotADocument::custom("null"))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Value, NotADocument> {
        Err(NotADocument::custom(name))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, NotADocument> {
        Ok(Value::String(variant.to_string()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, NotADocument> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, NotADocument> {
        Err(NotADocument::custom(name))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List<'r>, NotADocument> {
        Ok(List { reads: self.reads, members: Vec::with_capacity(length.unwrap_or(0)) })
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'r>, NotADocument> {
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

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'r>, NotADocument> {
        Ok(Fields { reads: self.reads, fields: Map::new(), key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'r>, NotADocument> {
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
    type Ok = Value;
    type Error = NotADocument;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, member: &T) -> Result<(), NotADocument> {
        self.members.push(member.serialize(Projector { reads: self.reads })?);
        Ok(())
    }

    fn end(self) -> Result<Value, NotADocument> {
        Ok(Value::Array(self.members))
    }
}

impl SerializeTuple for List<'_> {
    type Ok = Value;
    type Error = NotADocument;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, member: &T) -> Result<(), NotADocument> {
        SerializeSeq::serialize_element(self, member)
    }

    fn end(self) -> Result<Value, NotADocument> {
        SerializeSeq::end(self)
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = Value;
    type Error = NotADocument;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotADocument> {
        if let Some(reads) = self.reads.field(name) {
            self.fields.insert(name.to_string(), value.serialize(Projector { reads })?);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, NotADocument> {
        Ok(Value::Object(self.fields))
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = Value;
    type Error = NotADocument;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotADocument> {
        match key.serialize(Projector { reads: &Reads::Whole })? {
            Value::String(key) => self.key = key,
            _ => return Err(NotADocument::custom("a key that is not a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotADocument> {
        if let Some(reads) = self.reads.field(&self.key) {
            let key = std::mem::take(&mut self.key);
            self.fields.insert(key, value.serialize(Projector { reads })?);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, NotADocument> {
        Ok(Value::Object(self.fields))
    }
}
