//! Time zones: `"Local"` is whatever this machine is set to, and a push gets the same answer everywhere. So a rule says
//! in so many words which zone it means, or takes it from a parameter.

use serde_json::Value as Json;

use super::scope::Frame;
use super::thing::{self, Step, Thing, Value};
use super::{Analysis, At};
use crate::input::Shape;
use crate::policy::syntax::Expr;

/// Said where a zone is that of the machine.
pub const LOCAL: &str = "the time zone of this machine";

const MACHINE: &str = "Local";

/// What a zone can turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    Known,
    /// This machine's.
    Local,
    /// It cannot be told.
    Open,
}

impl Analysis<'_> {
    /// Complains of zones that are this machine's, or could turn out to be. A moment with a zone is a list; its first
    /// member is the time, and a third one its layout.
    pub(super) fn check_zones(&mut self, frame: &mut Frame, at: At, params: &[Expr], arguments: &[Value]) {
        for (param, argument) in params.iter().zip(arguments) {
            let zones: Value = match param {
                Expr::Array { items, .. } => items.get(1).map(|zone| self.expression(frame, zone)).unwrap_or_default(),
                _ => listed(argument),
            };
            let found: Vec<Zone> = zones.iter().map(|zone| self.zone(zone)).collect();
            if found.contains(&Zone::Local) {
                self.complain(at, LOCAL, "name a zone, like \"Europe/Vienna\", or leave it out for UTC");
            } else if found.contains(&Zone::Open) && !self.aside {
                let help = "write it in the call, as in `[ns, \"Europe/Vienna\"]`, or take it from a parameter";
                self.complain(at, "a time zone that cannot be told when rules are loaded", help);
            }
        }
    }

    fn zone(&self, thing: &Thing) -> Zone {
        match thing {
            Thing::Word(word) if word == MACHINE => Zone::Local,
            Thing::Word(_) => Zone::Known,
            Thing::Part(steps) => self.zone_in_document(steps),
            Thing::Data(path) => match self.program.data.pointer(&format!("/{}", path.join("/"))) {
                Some(data) if !path.is_empty() && !holds_local(data) => Zone::Known,
                _ => Zone::Open,
            },
            Thing::Computed | Thing::List(_) | Thing::Map(_) | Thing::Object(_) | Thing::Package(_) => Zone::Open,
        }
    }

    fn zone_in_document(&self, steps: &[Step]) -> Zone {
        match (steps, thing::shape(self.input, steps)) {
            ([Step::Field(first), Step::Field(name), ..], _) if first == "params" => {
                let given = self.params.and_then(|params| params.get(name));
                if given.is_some_and(holds_local) { Zone::Local } else { Zone::Known }
            }
            // A time.
            (_, Some(Shape::Plain { kind, .. })) if kind == "integer" => Zone::Known,
            _ => Zone::Open,
        }
    }
}

/// What is in the lists that something can be.
fn listed(value: &Value) -> Value {
    let lists = value.iter().filter_map(|thing| match thing {
        Thing::List(members) => Some(members),
        _ => None,
    });
    lists.flatten().cloned().collect()
}

fn holds_local(value: &Json) -> bool {
    match value {
        Json::String(text) => text == MACHINE,
        Json::Array(members) => members.iter().any(holds_local),
        Json::Object(fields) => fields.values().any(holds_local),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}
