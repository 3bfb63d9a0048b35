//! From a value to what is inside it: by constant name, by computed index, and one member at a time.

use serde_json::Value as Json;

use super::thing::{self, Step, Thing, Value};
use super::{Analysis, At};
use crate::input::Shape;
use crate::problem::nearest;

impl Analysis<'_> {
    /// What `value[index]` can be.
    pub(super) fn step(&mut self, at: At, value: &Value, index: &Value) -> Value {
        let mut found = Value::new();
        for thing in value {
            for key in index {
                match key {
                    Thing::Word(word) => found.extend(self.field(at, thing, word)),
                    _ => found.extend(self.member(at, thing)),
                }
            }
            // Not settled: nothing yet while that can change, anything once it cannot.
            if index.is_empty() && self.is_settled() {
                found.extend(self.member(at, thing));
            }
        }
        found
    }

    /// What iterating over a value can bring.
    pub(super) fn members(&mut self, at: At, value: &Value) -> Value {
        value.iter().flat_map(|thing| self.member(at, thing)).collect()
    }

    /// What the keys met on the way can be.
    pub(super) fn keys(&mut self, value: &Value) -> Value {
        let mut keys = thing::computed();
        for thing in value {
            match thing {
                // A set's keys are its members.
                Thing::List(members) => keys.extend(members.iter().cloned()),
                Thing::Object(fields) => keys.extend(fields.keys().map(|key| Thing::Word(key.clone()))),
                _ => {}
            }
        }
        keys
    }

    fn field(&mut self, at: At, thing: &Thing, word: &str) -> Value {
        match thing {
            Thing::Part(steps) => self.part_field(at, steps, word),
            Thing::Data(path) => self.data_field(at, path, word),
            Thing::Package(package) => self.package_field(at, *package, word),
            Thing::Object(fields) => fields.get(word).cloned().unwrap_or_default(),
            Thing::List(members) | Thing::Map(members) => members.clone(),
            Thing::Computed => thing::computed(),
            Thing::Word(_) => Value::new(),
        }
    }

    fn part_field(&mut self, at: At, steps: &[Step], word: &str) -> Value {
        let below = |step: Step| steps.iter().cloned().chain([step]).collect::<Vec<_>>();
        match thing::shape(self.input, steps) {
            Some(Shape::Object(fields)) if fields.contains_key(word) => {
                let steps = below(Step::Field(word.to_string()));
                self.touch(&steps);
                thing::one(Thing::Part(steps))
            }
            Some(Shape::Map(_)) => thing::one(Thing::Part(below(Step::Member))),
            Some(Shape::Object(fields)) => {
                let (message, help) = if steps == [Step::Field("params".to_string())] {
                    let help = match nearest(word, fields.keys().map(String::as_str)) {
                        Some(meant) => format!("did you mean '{meant}'?"),
                        None => "declare it below 'custom', 'params' in the package's METADATA".to_string(),
                    };
                    (format!("there is no parameter '{word}'"), help)
                } else {
                    let known = fields.keys().map(String::as_str).collect::<Vec<_>>();
                    let help = match nearest(word, known.iter().copied()) {
                        Some(meant) => format!("did you mean '{meant}'?"),
                        None => format!("there are {}", known.join(", ")),
                    };
                    (format!("'{}' has no field '{word}'", thing::written(steps)), help)
                };
                self.complain(at, message, help);
                thing::computed()
            }
            Some(shape @ (Shape::List(_) | Shape::Plain { .. })) => {
                let message = format!("'{}' is {} and has no field '{word}'", thing::written(steps), shape.noun());
                let help = if matches!(shape, Shape::List(_)) {
                    format!("iterate: 'some x in {}'", thing::written(steps))
                } else {
                    String::new()
                };
                self.complain(at, message, help);
                thing::computed()
            }
            None => thing::computed(),
        }
    }

    fn data_field(&mut self, at: At, path: &[String], word: &str) -> Value {
        let mut path = path.to_vec();
        path.push(word.to_string());
        if path.first().is_some_and(|first| first == "refgate") {
            if let Some(package) = self.program.package(&path) {
                let subject = self.program.units[package].package.get(1).is_some_and(|second| second != "lib");
                if !subject || package == at.unit {
                    return thing::one(Thing::Package(package));
                }
            } else if self.program.leads_to_package(&path) {
                return thing::one(Thing::Data(path));
            }
            let (message, help) = self.program.missing_package(&path);
            self.complain(at, message, help);
            return thing::computed();
        }
        let Some((last, above)) = path.split_last() else { return thing::computed() };
        let mut document = self.program.data;
        for name in above {
            document = &document[name.as_str()];
        }
        match document {
            Json::Object(fields) if fields.contains_key(last) => thing::one(Thing::Data(path)),
            Json::Object(fields) => {
                let known = fields.keys().map(String::as_str);
                let help = match nearest(last, known) {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => "use 'object.get' for what may be missing".to_string(),
                };
                self.complain(at, format!("there is no 'data.{}'", path.join(".")), help);
                thing::computed()
            }
            _ => {
                let help = if above.is_empty() { "list the document under 'data' in '[policies]'" } else { "" };
                self.complain(at, format!("there is no 'data.{}'", path.join(".")), help);
                thing::computed()
            }
        }
    }

    fn package_field(&mut self, at: At, package: usize, word: &str) -> Value {
        let there = &self.program.units[package];
        if there.rules.contains_key(word) {
            return self.rule(package, word, Some(at));
        }
        let name = there.package.join(".");
        let mut longer = there.package.clone();
        longer.push(word.to_string());
        if self.program.package(&longer).is_some() || self.program.leads_to_package(&longer) {
            return self.data_field(at, &there.package.clone(), word);
        }
        let known = there.rules.keys().chain(there.functions.keys()).map(String::as_str);
        let help = nearest(word, known).map_or(String::new(), |meant| format!("did you mean '{meant}'?"));
        let message = if there.functions.contains_key(word) {
            format!("'data.{name}.{word}' is a function and is not called here")
        } else {
            format!("'data.{name}' has no rule '{word}'")
        };
        self.complain(at, message, help);
        thing::computed()
    }

    /// Some member, whichever.
    fn member(&mut self, at: At, thing: &Thing) -> Value {
        match thing {
            Thing::Part(steps) => match thing::shape(self.input, steps) {
                Some(Shape::List(_) | Shape::Map(_)) => {
                    self.touch(steps);
                    thing::one(Thing::Part(steps.iter().cloned().chain([Step::Member]).collect()))
                }
                Some(Shape::Object(_)) => {
                    self.consume(at, &thing::one(thing.clone()));
                    self.lose(at, format!("cannot tell which fields of '{}' are read", thing::written(steps)));
                    thing::computed()
                }
                Some(shape @ Shape::Plain { .. }) => {
                    let message = format!("'{}' is {}, not a list", thing::written(steps), shape.noun());
                    self.complain(at, message, "");
                    thing::computed()
                }
                None => thing::computed(),
            },
            Thing::List(members) | Thing::Map(members) => members.clone(),
            Thing::Object(fields) => fields.values().flatten().cloned().collect(),
            Thing::Data(path) if path.is_empty() || path.first().is_some_and(|first| first == "refgate") => {
                self.lose(at, "cannot tell which part of 'data' is read");
                thing::computed()
            }
            Thing::Package(_) => {
                self.lose(at, "cannot tell which rule of the package is read");
                thing::computed()
            }
            Thing::Computed | Thing::Data(_) => thing::computed(),
            Thing::Word(_) => Value::new(),
        }
    }
}
