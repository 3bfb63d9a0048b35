//! Calls: of functions in rule files, followed into their bodies, and of the engine's own.

use super::scope::Frame;
use super::thing::{self, Thing, Value};
use super::{Analysis, At, definition};
use crate::input::Shape;
use crate::policy::builtins::{Builtin, ZONED};
use crate::policy::syntax::{AssignOp, Expr, Rule};
use crate::problem::nearest;

/// Functions whose outcome holds parts of an object under names that are then anyone's guess.
const SCATTERING: [&str; 8] = [
    "json.filter",
    "json.remove",
    "object.filter",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
];

/// Functions that compile a pattern, and which argument it is. The engine finds out only when it gets there.
const PATTERNS: [(&str, usize); 5] = [
    ("regex.find_all_string_submatch_n", 0),
    ("regex.find_n", 0),
    ("regex.match", 0),
    ("regex.replace", 1),
    ("regex.split", 0),
];

/// What a call names.
enum Callee {
    Builtin(String),
    Function {
        unit: usize,
        name: String,
    },
    /// Already complained of.
    Nothing,
}

impl Analysis<'_> {
    pub(super) fn call(&mut self, frame: &mut Frame, at: At, callee: &Expr, params: &[Expr]) -> Value {
        match self.callee(frame, callee) {
            Callee::Function { unit, name } => self.call_function(frame, at, unit, &name, params),
            Callee::Builtin(name) => self.call_builtin(frame, at, &name, params),
            Callee::Nothing => {
                params.iter().for_each(|param| drop(self.consumed(frame, param)));
                thing::computed()
            }
        }
    }

    /// The engine's order: what an import leads to, this file's functions, full names, builtins.
    fn callee(&mut self, frame: &Frame, callee: &Expr) -> Callee {
        let at = At { unit: frame.unit, span: callee.span() };
        let Some(path) = callee.path() else {
            self.complain(at, "a call of something that is not a name", "");
            return Callee::Nothing;
        };
        let unit = &self.program.units[frame.unit];
        let (first, rest) = path.split_first().map_or(("", [].as_slice()), |(first, rest)| (*first, rest));
        let mut full: Vec<String> = path.iter().map(|word| (*word).to_string()).collect();
        if let Some(imported) = unit.imports.get(first) {
            full = imported.path.iter().cloned().chain(rest.iter().map(|word| (*word).to_string())).collect();
        } else if unit.functions.contains_key(&path.join(".")) {
            return Callee::Function { unit: frame.unit, name: path.join(".") };
        }
        if full.first().is_none_or(|first| first != "data") {
            return Callee::Builtin(path.join("."));
        }
        full.remove(0);
        for length in (1..full.len()).rev() {
            let name = full[length..].join(".");
            let package = self.program.package(&full[..length]);
            let allowed = |package: usize| {
                package == frame.unit
                    || self.program.units[package].package.get(1).is_some_and(|second| second == "lib")
            };
            if let Some(package) = package.filter(|package| allowed(*package)) {
                if self.program.units[package].functions.contains_key(&name) {
                    return Callee::Function { unit: package, name };
                }
                let known = self.program.units[package].functions.keys().map(String::as_str);
                let help = nearest(&name, known).map_or(String::new(), |meant| format!("did you mean '{meant}'?"));
                self.complain(at, format!("'data.{}' has no function '{name}'", full[..length].join(".")), help);
                return Callee::Nothing;
            }
        }
        let package = full.len().saturating_sub(1);
        let (message, help) = self.program.missing_package(&full[..package]);
        self.complain(at, message, help);
        Callee::Nothing
    }

    fn call_function(&mut self, frame: &mut Frame, at: At, unit: usize, name: &str, params: &[Expr]) -> Value {
        let rules: &[Rule] = self.program.units[unit].functions.get(name).map_or(&[], Vec::as_slice);
        let arity = rules.first().map_or(0, definition::arity);
        let (params, output) = self.split_output(at, name, arity, params);
        let mut arguments: Vec<Value> = params.iter().map(|param| self.expression(frame, param)).collect();
        if arguments.iter().any(Value::is_empty) {
            if !self.is_settled() {
                return Value::new();
            }
            arguments
                .iter_mut()
                .filter(|argument| argument.is_empty())
                .for_each(|argument| *argument = thing::computed());
        }
        arguments.resize(arity, thing::computed());
        let value = self.function(unit, name, &arguments, Some(at));
        self.put_out(frame, output, value)
    }

    fn call_builtin(&mut self, frame: &mut Frame, at: At, name: &str, params: &[Expr]) -> Value {
        let arity = match Builtin::find(name) {
            Builtin::Known { arguments } => arguments.unwrap_or(params.len()),
            Builtin::Refused { instead } => {
                self.complain(at, format!("rules may not call '{name}'"), instead);
                params.len()
            }
            Builtin::Unknown => {
                let mut known: Vec<&str> = Builtin::names().collect();
                known.extend(self.program.units[frame.unit].functions.keys().map(String::as_str));
                let help = nearest(name, known).map_or(String::new(), |meant| format!("did you mean '{meant}'?"));
                self.complain(at, format!("there is no function '{name}'"), help);
                params.len()
            }
        };
        let (params, output) = self.split_output(at, name, arity, params);
        let value = match (name, params) {
            ("object.get", [object, key, default]) => self.object_get(frame, at, object, key, default),
            // The length of a list is no more than that it is there.
            ("count", [list]) => {
                let value = self.expression(frame, list);
                let longer: Value = value.iter().filter(|thing| !self.shows_its_length(thing)).cloned().collect();
                self.consume(at, &longer);
                thing::computed()
            }
            ("array.concat" | "array.reverse" | "array.slice", [first, rest @ ..]) => {
                let mut both = self.expression(frame, first);
                for other in rest {
                    both.extend(if name == "array.concat" {
                        self.expression(frame, other)
                    } else {
                        self.consumed(frame, other)
                    });
                }
                let members = self.members(at, &both);
                thing::one(Thing::List(members))
            }
            _ => {
                let arguments: Vec<Value> = params.iter().map(|param| self.consumed(frame, param)).collect();
                self.check_arguments(at, name, &arguments);
                if ZONED.contains(&name) {
                    self.check_zones(frame, at, params, &arguments);
                }
                match name {
                    "max" | "min" => {
                        let mut members: Value =
                            arguments.iter().flat_map(|argument| self.members(at, argument)).collect();
                        members.insert(Thing::Computed);
                        members
                    }
                    "sort" => arguments
                        .into_iter()
                        .flatten()
                        .filter(|thing| matches!(thing, Thing::List(_) | Thing::Part(_)))
                        .chain([Thing::Computed])
                        .collect(),
                    _ => thing::computed(),
                }
            }
        };
        self.put_out(frame, output, value)
    }

    fn shows_its_length(&self, thing: &Thing) -> bool {
        match thing {
            Thing::Part(steps) => matches!(thing::shape(self.input, steps), Some(Shape::List(_) | Shape::Plain { .. })),
            // Sets have looked at their members when they were made.
            Thing::List(_) | Thing::Word(_) | Thing::Computed => true,
            Thing::Data(_) | Thing::Map(_) | Thing::Object(_) | Thing::Package(_) => false,
        }
    }

    fn check_arguments(&mut self, at: At, name: &str, arguments: &[Value]) {
        let pattern = PATTERNS.iter().find(|(function, _)| *function == name).and_then(|(_, at)| arguments.get(*at));
        // With parameters at hand, what is wrong with patterns was said before.
        for thing in pattern.filter(|_| self.params.is_none()).into_iter().flatten() {
            if let Thing::Word(word) = thing
                && let Some(reason) = self.program.patterns.fault(word)
            {
                self.complain(at, reason, "ask for a length with 'count', in a statement of its own");
            }
        }
        if SCATTERING.contains(&name) && arguments.iter().any(|argument| self.holds_object(argument)) {
            self.lose(at, format!("cannot tell which fields of its argument '{name}' reads"));
        }
    }

    /// Whether an object of the document is in it, or can be stepped into from it.
    fn holds_object(&self, value: &Value) -> bool {
        value.iter().any(|thing| match thing {
            Thing::Part(steps) => {
                let mut shape = thing::shape(self.input, steps);
                while let Some(Shape::List(below) | Shape::Map(below)) = shape {
                    shape = Some(below);
                }
                matches!(shape, Some(Shape::Object(_)))
            }
            Thing::List(members) | Thing::Map(members) => self.holds_object(members),
            Thing::Object(fields) => fields.values().any(|field| self.holds_object(field)),
            Thing::Computed | Thing::Data(_) | Thing::Package(_) | Thing::Word(_) => false,
        })
    }

    /// `object.get(object, "field", default)`, or with a list of fields.
    fn object_get(&mut self, frame: &mut Frame, at: At, object: &Expr, key: &Expr, default: &Expr) -> Value {
        let object = self.expression(frame, object);
        let mut value = self.expression(frame, default);
        let keys: Vec<Value> = match key {
            Expr::Array { items, .. } => items.iter().map(|item| self.consumed(frame, item)).collect(),
            _ => vec![self.consumed(frame, key)],
        };
        let at = At { span: key.span(), ..at };
        // What may be missing from data is asked for in just this way.
        let (data, rest): (Value, Value) = object.into_iter().partition(
            |thing| matches!(thing, Thing::Data(path) if path.first().is_none_or(|first| first != "refgate")),
        );
        if keys.iter().flatten().any(|key| matches!(key, Thing::List(_) | Thing::Part(_))) && self.holds_object(&rest) {
            self.consume(at, &rest);
            self.lose(at, "cannot tell which field is read");
            return thing::computed();
        }
        if !data.is_empty() {
            let refers_to_packages = data.contains(&Thing::Data(Vec::new()))
                && !matches!(keys.first().map(|key| key.iter().collect::<Vec<_>>()).as_deref(), Some([Thing::Word(word)]) if word != "refgate");
            if refers_to_packages {
                self.lose(at, "cannot tell which part of 'data' is read");
            }
            value.insert(Thing::Computed);
        }
        value.extend(keys.iter().fold(rest, |found, key| self.step(at, &found, key)));
        value
    }

    /// An argument too many is where the outcome goes.
    fn split_output<'e>(
        &mut self,
        at: At,
        name: &str,
        arity: usize,
        params: &'e [Expr],
    ) -> (&'e [Expr], Option<&'e Expr>) {
        match params.split_last() {
            Some((output, inputs)) if inputs.len() == arity => (inputs, Some(output)),
            _ if params.len() == arity => (params, None),
            _ => {
                let plural = if arity == 1 { "" } else { "s" };
                self.complain(at, format!("'{name}' takes {arity} argument{plural}, not {}", params.len()), "");
                (params, None)
            }
        }
    }

    fn put_out(&mut self, frame: &mut Frame, output: Option<&Expr>, value: Value) -> Value {
        let Some(output) = output else { return value };
        self.bind_pattern(frame, output, &value, AssignOp::Eq);
        thing::computed()
    }
}
