//! Local variables while a body is followed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::thing::Value;

/// Where a body stands and which local variables it has, outermost scope first.
pub struct Frame {
    /// The file.
    pub unit: usize,
    scopes: Vec<BTreeMap<String, Local>>,
}

/// A local variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    pub value: Value,
    /// Something gives it a value; otherwise it is only mentioned.
    pub bound: bool,
}

impl Frame {
    pub fn new(unit: usize) -> Self {
        Self { unit, scopes: vec![BTreeMap::new()] }
    }

    pub fn open(&mut self) {
        self.scopes.push(BTreeMap::new());
    }

    pub fn close(&mut self) {
        self.scopes.pop();
    }

    /// A new variable of the innermost scope; false when it has one of that name. What it can be is not known yet;
    /// that it will be something may be.
    pub fn declare(&mut self, name: &str, bound: bool) -> bool {
        let Some(scope) = self.scopes.last_mut() else { return false };
        match scope.entry(name.to_string()) {
            Entry::Vacant(entry) => {
                entry.insert(Local { value: Value::new(), bound });
                true
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().bound |= bound;
                false
            }
        }
    }

    pub fn find(&self, name: &str) -> Option<&Local> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// Adds to what the variable can be; one that is nowhere declared is the innermost scope's.
    pub fn bind(&mut self, name: &str, value: &Value) {
        if self.find(name).is_none() {
            self.declare(name, true);
        }
        if let Some(local) = self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(name)) {
            local.bound = true;
            local.value.extend(value.iter().cloned());
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.scopes
            .iter()
            .flat_map(|scope| scope.iter())
            .filter(|(_, local)| local.bound)
            .map(|(name, _)| name.as_str())
    }

    /// To compare with later.
    pub fn snapshot(&self) -> Vec<BTreeMap<String, Local>> {
        self.scopes.clone()
    }

    pub fn is_as_in(&self, snapshot: &[BTreeMap<String, Local>]) -> bool {
        self.scopes == snapshot
    }
}
