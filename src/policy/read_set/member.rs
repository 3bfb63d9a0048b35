//! Members of `deny` and `warn`: what is certainly no violation would stop every push that the rule refuses.

use super::scope::Frame;
use super::thing::{self, Thing, Value};
use super::{Analysis, At};
use crate::input::Shape;
use crate::policy::heads::{FIELDS, VIOLATION, not_text};
use crate::policy::syntax::Expr;

impl Analysis<'_> {
    /// Complains of a member that cannot be a violation, whichever of the things it is that it can be. What is written
    /// out in the head itself is not for here to say.
    pub(super) fn check_member(&mut self, frame: &Frame, set: &str, member: &Expr, value: &Value) {
        let is_rule = self.program.units[frame.unit].package.get(1).is_some_and(|second| second != "lib");
        if !(is_rule && ["deny", "warn"].contains(&set)) || not_text(member).is_some_and(|noun| noun != "an object") {
            return;
        }
        let faults: Option<Vec<String>> = value.iter().map(|thing| self.fault(thing, member)).collect();
        if let Some(fault) = faults.unwrap_or_default().first() {
            let at = At { unit: frame.unit, span: member.span() };
            self.complain(at, format!("a member of '{set}' {fault}: {VIOLATION}"), "");
        }
    }

    /// Why something is no violation, as far as that can be told.
    fn fault(&self, thing: &Thing, member: &Expr) -> Option<String> {
        if let Some(noun) = self.not_text(thing) {
            return Some(format!("is {noun}"));
        }
        let Thing::Object(fields) = thing else { return None };
        let unknown = fields.keys().find(|name| !FIELDS.contains(&name.as_str()));
        if let Some(unknown) = unknown.filter(|_| not_text(member).is_none()) {
            return Some(format!("has a field '{unknown}'"));
        }
        fields.iter().find_map(|(name, value)| {
            let nouns: Option<Vec<String>> = value.iter().map(|thing| self.not_text(thing)).collect();
            Some(format!("has {} as '{name}'", nouns?.first()?))
        })
    }

    /// What something is that is neither text nor an object that may have a message.
    fn not_text(&self, thing: &Thing) -> Option<String> {
        match thing {
            Thing::Part(steps) => match thing::shape(self.input, steps)? {
                Shape::Plain { kind, .. } if kind == "string" => None,
                shape => Some(shape.noun()),
            },
            Thing::List(_) => Some("a list or set".to_string()),
            Thing::Computed
            | Thing::Data(_)
            | Thing::Map(_)
            | Thing::Object(_)
            | Thing::Package(_)
            | Thing::Word(_) => None,
        }
    }
}
