//! What a rule file says about itself in comments: METADATA, as OPA writes it, read by refgate because the engine
//! skips comments. YAML in, a checked [`Metadata`] or problems out.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::hint::{PLACEHOLDERS, unknown_placeholder};
use super::params::{ParamSpec, ParamType};
use crate::problem::{Problem, nearest};

/// The METADATA of a package.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    pub title: String,
    pub description: String,
    pub hint: String,
    /// `custom.not_for`: when not to use the rule.
    pub not_for: String,
    pub related: Vec<String>,
    pub params: Vec<ParamSpec>,
    /// `custom.dynamic`: the rule reads what cannot be followed, and says so.
    pub dynamic: bool,
}

const FIELDS: [&str; 9] = [
    "scope",
    "title",
    "description",
    "related_resources",
    "authors",
    "organizations",
    "schemas",
    "entrypoint",
    "custom",
];
const SCOPES: [&str; 5] = ["package", "subpackages", "document", "rule", "file"];
/// The longest METADATA block, in bytes.
const BLOCK_BYTES: usize = 32 << 10;

/// Which part of METADATA is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    All,
    /// `custom` of the package, which must not come first in its block: all that a binding needs. YAML takes time.
    Custom,
}

/// Reads every METADATA block of a file and returns the package's: the one right before the package line, or one
/// before it that says `scope: package`.
pub fn read(file: &Path, text: &Arc<str>, package_start: usize, part: Part) -> (Metadata, Vec<Problem>) {
    let mut reader = Reader { file, text, problems: Vec::new() };
    let mut metadata = Metadata::default();
    let mut seen = false;
    for mut block in blocks(text) {
        if part == Part::Custom {
            block.yaml.drain(..block.yaml.find("\ncustom:").unwrap_or(block.yaml.len()));
        }
        let Some(fields) = reader.yaml(&block) else { continue };
        reader.unknown_fields(&block, &fields);
        let leads = block.lines.end <= package_start && text[block.lines.end..package_start].trim().is_empty();
        let of_package = match fields.get("scope").map(|scope| (scope.as_str(), scope)) {
            None => leads,
            Some((Some("package"), _)) => true,
            Some((Some(scope), _)) if SCOPES.contains(&scope) => false,
            Some((_, scope)) => {
                reader.complain(
                    block.key(text, "scope"),
                    format!("unknown scope {scope}"),
                    suggestion(scope.as_str().unwrap_or_default(), &SCOPES),
                );
                false
            }
        };
        if !of_package {
            if fields.get("custom").is_some_and(|custom| custom.get("params").is_some()) {
                reader.complain(
                    block.key(text, "params"),
                    "parameters outside the package's METADATA",
                    "move them to the block before the package line",
                );
            }
            continue;
        }
        if block.lines.start > package_start || seen {
            reader.complain(
                block.heading.clone(),
                "a second METADATA block for the package",
                "keep one, right before the package line",
            );
            continue;
        }
        seen = true;
        metadata = reader.package(&block, &fields);
    }
    (metadata, reader.problems)
}

/// A run of comment lines that begins with `# METADATA`.
struct Block {
    heading: Range<usize>,
    /// The lines below the heading.
    lines: Range<usize>,
    yaml: String,
}

impl Block {
    /// Where a key stands; the heading when it cannot be told.
    fn key(&self, text: &str, key: &str) -> Range<usize> {
        let lines = &text[self.lines.clone()];
        lines
            .match_indices(key)
            .find(|(at, _)| {
                let before = lines[..*at].chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
                let after = lines[at + key.len()..].trim_start_matches(['"', '\'']).starts_with(':');
                before && after
            })
            .map_or_else(|| self.heading.clone(), |(at, _)| self.lines.start + at..self.lines.start + at + key.len())
    }
}

/// METADATA blocks begin in column 1 and end with the comment they stand in.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim_end();
        match bare.strip_prefix('#') {
            Some(heading) if heading.trim() == "METADATA" => {
                blocks.push(Block { heading: start..start + bare.len(), lines: at..at, yaml: String::new() });
                open = true;
            }
            Some(comment) if open => {
                if let Some(block) = blocks.last_mut() {
                    block.lines.end = at;
                    block.yaml.push_str(comment.strip_prefix(' ').unwrap_or(comment));
                    block.yaml.push('\n');
                }
            }
            _ => open = false,
        }
    }
    blocks
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a Arc<str>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn complain(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::error(self.file, message).at(self.text, span).help(help));
    }

    fn yaml(&mut self, block: &Block) -> Option<Map<String, Value>> {
        if block.yaml.len() > BLOCK_BYTES {
            self.complain(block.heading.clone(), format!("METADATA of more than {BLOCK_BYTES} bytes"), "");
            return None;
        }
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        match serde_saphyr::from_str_with_options::<Value>(&block.yaml, options) {
            Ok(Value::Object(fields)) => Some(fields),
            Ok(Value::Null) => Some(Map::new()),
            Ok(_) => {
                self.complain(
                    block.heading.clone(),
                    "METADATA is not a map of fields",
                    "write one field a line, as in '# title: …'",
                );
                None
            }
            Err(error) => {
                let line = error.location().map_or(1, |location| location.line().max(1));
                let start: usize = self.text[block.lines.clone()]
                    .split_inclusive('\n')
                    .take(usize::try_from(line - 1).unwrap_or(0))
                    .map(str::len)
                    .sum();
                let start = (block.lines.start + start).min(block.lines.end);
                let length = self.text[start..block.lines.end].lines().next().map_or(0, str::len);
                let words = error.without_snippet().to_string();
                let help = "every comment line below '# METADATA' belongs to it: leave a line without '#' after the last field";
                self.complain(start..start + length, format!("METADATA cannot be read: {words}"), help);
                None
            }
        }
    }

    fn unknown_fields(&mut self, block: &Block, fields: &Map<String, Value>) {
        for field in fields.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
            self.complain(
                block.key(self.text, field),
                format!("unknown METADATA field '{field}'"),
                suggestion(field, &FIELDS),
            );
        }
    }

    fn package(&mut self, block: &Block, fields: &Map<String, Value>) -> Metadata {
        let mut metadata = Metadata {
            title: self.string(block, fields, "title"),
            description: self.string(block, fields, "description"),
            related: self.related(block, fields),
            ..Metadata::default()
        };
        let custom = match fields.get("custom") {
            None => return metadata,
            Some(Value::Object(custom)) => custom,
            Some(_) => {
                self.complain(block.key(self.text, "custom"), "'custom' is not a map", "");
                return metadata;
            }
        };
        metadata.not_for = self.string(block, custom, "not_for");
        metadata.hint = self.string(block, custom, "hint");
        if let Some(unknown) = unknown_placeholder(&metadata.hint) {
            let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(" ");
            self.complain(
                block.key(self.text, "hint"),
                format!("unknown placeholder '{{{unknown}}}'"),
                format!("a hint may use {known}"),
            );
        }
        metadata.dynamic = match custom.get("dynamic") {
            None => false,
            Some(Value::Bool(dynamic)) => *dynamic,
            Some(_) => {
                self.complain(block.key(self.text, "dynamic"), "'dynamic' is neither true nor false", "");
                false
            }
        };
        metadata.params = self.params(block, custom.get("params"));
        metadata
    }

    fn string(&mut self, block: &Block, fields: &Map<String, Value>, name: &str) -> String {
        match fields.get(name) {
            None => String::new(),
            Some(Value::String(text)) => text.trim().to_string(),
            Some(_) => {
                self.complain(block.key(self.text, name), format!("'{name}' is not a string"), "");
                String::new()
            }
        }
    }

    /// Each one a link, or a map with `ref` and perhaps `description`.
    fn related(&mut self, block: &Block, fields: &Map<String, Value>) -> Vec<String> {
        let Some(list) = fields.get("related_resources") else { return Vec::new() };
        let links = list.as_array().map(|list| {
            list.iter()
                .map(|one| one.as_str().or_else(|| one.get("ref")?.as_str()).map(str::to_string))
                .collect::<Option<Vec<_>>>()
        });
        links.flatten().unwrap_or_else(|| {
            self.complain(block.key(self.text, "related_resources"), "'related_resources' is not a list of links", "");
            Vec::new()
        })
    }

    fn params(&mut self, block: &Block, params: Option<&Value>) -> Vec<ParamSpec> {
        let params = match params {
            None => return Vec::new(),
            Some(Value::Object(params)) => params,
            Some(_) => {
                self.complain(block.key(self.text, "params"), "'params' is not a map", "");
                return Vec::new();
            }
        };
        params.iter().filter_map(|(name, fields)| self.param(block, name, fields)).collect()
    }

    fn param(&mut self, block: &Block, name: &str, fields: &Value) -> Option<ParamSpec> {
        const KNOWN: [&str; 3] = ["type", "default", "description"];
        let span = block.key(self.text, name);
        let well_named = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !well_named {
            self.complain(
                span.clone(),
                format!("'{name}' is not a parameter name"),
                "use lower-case letters, digits and '_'",
            );
        }
        let Value::Object(fields) = fields else {
            self.complain(
                span,
                format!("parameter '{name}' is not a map"),
                "as in '{type: string, default: \"\", description: …}'",
            );
            return None;
        };
        for field in fields.keys().filter(|field| !KNOWN.contains(&field.as_str())) {
            self.complain(
                span.clone(),
                format!("unknown field '{field}' of parameter '{name}'"),
                suggestion(field, &KNOWN),
            );
        }
        let kind = match fields.get("type").ok_or_else(|| "it has no type".to_string()).and_then(ParamType::parse) {
            Ok(kind) => kind,
            Err(reason) => {
                let words = ParamType::WORDS.join(", ");
                self.complain(
                    span.clone(),
                    format!("parameter '{name}': {reason}"),
                    format!("types are {words}, '[type]' and '{{string: type}}'"),
                );
                return None;
            }
        };
        let description = self.string(block, fields, "description");
        Some(ParamSpec { name: name.to_string(), kind, default: fields.get("default").cloned(), description, span })
    }
}

fn suggestion(word: &str, known: &[&'static str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("did you mean '{meant}'?"),
        None => format!("known are {}", known.join(", ")),
    }
}
