//! Rules made up by throwing dice: legal, and of every form that reading has.

use refgate::input::{Shape, Subject};

use crate::dice::Dice;

/// Something a rule can name, and what it is.
#[derive(Clone)]
struct Known {
    name: String,
    shape: Shape,
}

/// Fields that lead to lists and to things of the same shape in several places.
const FAVOURITE: [&str; 9] =
    ["commit", "changes", "old", "new", "author", "committer", "claimed", "update", "approvals"];

/// Every rule has these parameters.
pub const HEAD: &str = "# METADATA\n# custom:\n#   params:\n#     on: {type: boolean, default: true}\n#     off: {type: boolean, default: false}\n#     none: {type: [string], default: []}\npackage refgate.commit.x\n\nimport input.commit as itself\nimport input.update.approvals\n\n";

/// Writes a rule by throwing dice.
pub struct Writer<'a> {
    dice: Dice<'a>,
    text: String,
    /// Rules and imports so far.
    global: Vec<Known>,
    /// Functions so far, and what they take.
    functions: Vec<(Known, Shape)>,
    names: usize,
    input: Shape,
}

impl<'a> Writer<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let input = Shape::of(Subject::Commit);
        let imported = |name: &str, shape: &Shape| Known { name: name.to_string(), shape: shape.clone() };
        let global = match &input {
            Shape::Object(fields) => match &fields["update"] {
                Shape::Object(update) => {
                    vec![
                        imported("approvals", &update["approvals"]),
                        imported("itself", &fields["commit"]),
                        imported("input", &input),
                    ]
                }
                _ => panic!("an update is an object"),
            },
            _ => panic!("a document is an object"),
        };
        let text = HEAD.to_string();
        Self { dice: Dice::new(bytes), text, global, functions: Vec::new(), names: 0, input }
    }

    pub fn rule(mut self) -> String {
        for _ in 0..self.dice.roll(5) {
            match self.dice.roll(6) {
                0 => self.function(),
                1 => self.complete_rule(),
                2 => self.partial_set(),
                3 => self.partial_object(),
                4 => self.else_rule(),
                _ => self.list_rule(),
            }
        }
        for _ in 0..=self.dice.roll(2) {
            let (scope, body) = self.body(4);
            let (told, more) = (self.leaf(&scope), self.leaf(&scope));
            self.text += &format!("deny contains sprintf(\"%v %v\", [{told}, {more}]) if {{\n{body}}}\n\n");
        }
        self.text
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn function(&mut self) {
        let name = self.fresh("f");
        let (_, takes) = self.path(&[], 3);
        let mut scope = vec![Known { name: "x".to_string(), shape: takes.clone() }];
        let condition = self.condition(&mut scope, 2);
        let (value, shape) = self.path(&scope, 2);
        self.text += &format!("{name}(x) := {value} if {{\n\t{condition}\n}}\n\n");
        if self.dice.roll(3) == 0 {
            let condition = self.condition(&mut scope, 2);
            let other = self.like(&shape, &value);
            self.text += &format!("{name}(x) := {other} if {{\n\t{condition}\n}}\n\n");
        }
        self.functions.push((Known { name, shape }, takes));
    }

    fn complete_rule(&mut self) {
        let name = self.fresh("r");
        let (scope, body) = self.body(2);
        let (value, shape) = self.path(&scope, 3);
        self.text += &format!("{name} := {value} if {{\n{body}}}\n\n");
        let other = self.like(&shape, "");
        if self.dice.roll(3) == 0 && !other.is_empty() {
            let (_, body) = self.body(1);
            self.text += &format!("{name} := {other} if {{\n{body}}}\n\n");
        }
        self.global.push(Known { name, shape });
    }

    fn else_rule(&mut self) {
        let name = self.fresh("e");
        let (scope, body) = self.body(1);
        let (value, shape) = self.path(&scope, 3);
        let (_, otherwise) = self.body(1);
        let other = Some(self.like(&shape, "")).filter(|other| !other.is_empty()).unwrap_or_else(|| "null".to_string());
        self.text += &format!("{name} := {value} if {{\n{body}}} else := {other} if {{\n{otherwise}}}\n\n");
        self.global.push(Known { name, shape });
    }

    fn partial_set(&mut self) {
        let name = self.fresh("s");
        let (scope, body) = self.body(3);
        let (value, shape) = self.path(&scope, 3);
        self.text += &format!("{name} contains {value} if {{\n{body}}}\n\n");
        self.global.push(Known { name, shape: Shape::List(Box::new(shape)) });
    }

    fn partial_object(&mut self) {
        let name = self.fresh("o");
        let (scope, body) = self.body(2);
        let (key, _) = self.path(&scope, 6);
        let (value, shape) = self.path(&scope, 3);
        self.text += &format!("{name}[{key}] := {value} if {{\n{body}}}\n\n");
        self.global.push(Known { name, shape: Shape::List(Box::new(shape)) });
    }

    fn list_rule(&mut self) {
        let name = self.fresh("l");
        let (scope, body) = self.body(2);
        let (value, shape) = self.path(&scope, 3);
        let (open, close) = *self.dice.pick(&[("[", "]"), ("{", "}")]);
        self.text += &format!("{name} := {open}{value} |\n{body}{close}\n\n");
        self.global.push(Known { name, shape: Shape::List(Box::new(shape)) });
    }

    /// A few statements, and the variables they leave.
    fn body(&mut self, most: usize) -> (Vec<Known>, String) {
        let mut scope = Vec::new();
        let mut text = "\ttrue\n".to_string();
        for _ in 0..self.dice.roll(most + 1) {
            let statement = match self.dice.roll(4) {
                0 | 1 => self.binding(&mut scope),
                _ => self.condition(&mut scope, 2),
            };
            text += &format!("\t{statement}\n");
        }
        (scope, text)
    }

    fn binding(&mut self, scope: &mut Vec<Known>) -> String {
        let (value, shape) = self.path(scope, 2);
        let name = self.fresh("v");
        match shape {
            Shape::List(member) if self.dice.roll(4) > 0 => {
                let text = format!("some {name} in {value}");
                scope.push(Known { name, shape: *member });
                text
            }
            Shape::List(member) if self.dice.roll(2) > 0 => {
                let text = format!("{name} := {value}[_]");
                scope.push(Known { name, shape: *member });
                text
            }
            shape => {
                let text = match self.dice.roll(4) {
                    0 => format!("{name} = {value}"),
                    1 => format!("[_, {name}] := [1, {value}]"),
                    2 => format!("{name} := [{value}][0]"),
                    _ => format!("{name} := {value}"),
                };
                scope.push(Known { name, shape });
                text
            }
        }
    }

    fn condition(&mut self, scope: &mut Vec<Known>, depth: usize) -> String {
        let (value, shape) = self.path(scope, 4);
        let not = *self.dice.pick(&["", "", "not "]);
        if self.dice.roll(8) == 0 {
            let param = *self.dice.pick(&[
                "input.params.on",
                "input.params.off",
                "input.params.off == true",
                "input.commit.id in input.params.none",
                "input.params[\"on\"] != false",
            ]);
            return format!("{not}{param}");
        }
        match &shape {
            Shape::Plain { kind, .. } if kind == "boolean" => format!("{not}{value}"),
            Shape::Plain { kind, .. } if kind == "integer" => format!("{not}{value} > {}", self.dice.roll(2)),
            Shape::Plain { words, .. } => {
                let word = if words.is_empty() {
                    (*self.dice.pick(&["", "a", "b"])).to_string()
                } else {
                    words[self.dice.roll(words.len().min(3))].clone()
                };
                match self.dice.roll(12) {
                    // An error, more often than not.
                    0 => format!("to_number({value}) > 0"),
                    1..4 => format!("{not}{value} == \"{word}\""),
                    4..8 => format!("{not}{value} in {{\"{word}\"}}"),
                    _ => format!("{not}startswith({value}, \"{word}\")"),
                }
            }
            Shape::List(member) if depth > 0 => {
                let name = self.fresh("m");
                scope.push(Known { name: name.clone(), shape: (**member).clone() });
                let inner = self.condition(scope, depth - 1);
                let (part, _) = self.path(scope, 2);
                scope.pop();
                match self.dice.roll(5) {
                    0 => format!("{not}count({value}) > {}", self.dice.roll(2)),
                    1 => format!("count([{part} | some {name} in {value}; {inner}]) > {}", self.dice.roll(2)),
                    2 => format!("count({{{part} | some {name} in {value}; {inner}}}) > {}", self.dice.roll(2)),
                    3 => format!("every {name} in {value} {{ {inner} }}"),
                    _ => format!("count({{{name}: {part} | some {name} in {value}; {inner}}}) > 0"),
                }
            }
            Shape::List(_) => format!("{not}count({value}) > 0"),
            Shape::Object(_) | Shape::Map(_) => {
                let other = self.like(&shape, &value);
                match self.dice.roll(3) {
                    0 => format!("{not}{value} == {other}"),
                    1 => format!("{not}{value} in [{other}]"),
                    _ => format!("count({{{value}, {other}}}) == 1"),
                }
            }
        }
    }

    /// Something in the document or among the rules of the same shape.
    fn like(&mut self, shape: &Shape, otherwise: &str) -> String {
        let mut found = Vec::new();
        places("input", &self.input, shape, &mut found);
        found.extend(
            self.global
                .iter()
                .filter(|known| known.shape == *shape && known.name != "input")
                .map(|known| known.name.clone()),
        );
        if found.is_empty() { otherwise.to_string() } else { self.dice.pick(&found).clone() }
    }

    /// A way from something known into it; the deeper the likelier.
    fn path(&mut self, scope: &[Known], eagerness: usize) -> (String, Shape) {
        let known: Vec<Known> = scope.iter().rev().chain(self.global.iter().rev()).cloned().collect();
        let start = if self.dice.roll(3) > 0 {
            known[self.dice.roll(known.len().min(4))].clone()
        } else {
            self.dice.pick(&known).clone()
        };
        let (mut text, mut shape) = (start.name.clone(), start.shape);
        if text == "input" {
            (text, shape) = self.field(text, &shape);
        }
        while self.dice.roll(6) < eagerness {
            match &shape {
                Shape::Object(fields) if !fields.is_empty() => (text, shape) = self.field(text, &shape),
                _ => break,
            }
        }
        let fitting = self.functions.iter().find(|(_, takes)| *takes == shape).map(|(function, _)| function.clone());
        if let Some(function) = fitting
            && self.dice.roll(3) == 0
        {
            return (format!("{}({text})", function.name), function.shape);
        }
        (text, shape)
    }

    /// A scalar, or the length of a list: what tells little of where it comes from.
    fn leaf(&mut self, scope: &[Known]) -> String {
        match self.path(scope, 7) {
            (text, Shape::Plain { .. }) => text,
            (text, _) => format!("count({text})"),
        }
    }

    fn field(&mut self, text: String, shape: &Shape) -> (String, Shape) {
        let Shape::Object(fields) = shape else { return (text, shape.clone()) };
        let fields: Vec<_> =
            fields.iter().filter(|(name, _)| !["params", "version"].contains(&name.as_str())).collect();
        let favourite: Vec<_> = fields.iter().copied().filter(|(name, _)| FAVOURITE.contains(&name.as_str())).collect();
        let (name, below) = if favourite.is_empty() || self.dice.roll(3) == 0 {
            *self.dice.pick(&fields)
        } else {
            *self.dice.pick(&favourite)
        };
        let text = match self.dice.roll(5) {
            0 => format!("{text}[\"{name}\"]"),
            1 => format!("object.get({text}, \"{name}\", \"\")"),
            _ => format!("{text}.{name}"),
        };
        (text, below.clone())
    }
}

/// Every constant path to something of this shape.
fn places(text: &str, here: &Shape, wanted: &Shape, found: &mut Vec<String>) {
    if here == wanted {
        found.push(text.to_string());
    }
    if let Shape::Object(fields) = here {
        fields
            .iter()
            .filter(|(name, _)| *name != "params")
            .for_each(|(name, below)| places(&format!("{text}.{name}"), below, wanted, found));
    }
}
