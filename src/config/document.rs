//! A TOML file as its tables and values, each with its place, and the mistakes found in it. Knows the shapes of
//! values; what any key means is not known here.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::Named;
use crate::problem::{self, Problem, Severity, nearest};

/// Reads `text` as TOML and hands its top table to `body`, which takes what it knows and reports the rest.
///
/// Either the outcome and its warnings, or every problem, errors first.
pub fn read<T>(
    file: &Path,
    text: &Arc<str>,
    body: impl FnOnce(Table<'_>, &mut Findings) -> T,
) -> Result<(T, Vec<Problem>), Vec<Problem>> {
    match read_on(file, text, body)? {
        (_, problems) if problems.iter().any(|problem| problem.severity == Severity::Error) => Err(problems),
        read => Ok(read),
    }
}

/// The same, going on after mistakes: `body` puts anything in place of what is wrong, so an outcome that comes with
/// errors serves to find more of them and nothing else. Fails only where the text is not TOML.
pub fn read_on<T>(
    file: &Path,
    text: &Arc<str>,
    body: impl FnOnce(Table<'_>, &mut Findings) -> T,
) -> Result<(T, Vec<Problem>), Vec<Problem>> {
    let mut findings =
        Findings { file: file.to_path_buf(), text: text.clone(), problems: Vec::new(), broken: Vec::new() };
    let (top, errors) = DeTable::parse_recoverable(text);
    let is_toml = errors.is_empty();
    for error in errors {
        findings.malformed(error.span().unwrap_or(0..text.len()), error.message());
    }
    let outcome = body(Table::new(top.get_ref(), 0..0), &mut findings);
    let Findings { mut problems, .. } = findings;
    problem::sort(&mut problems);
    if is_toml { Ok((outcome, problems)) } else { Err(problems) }
}

/// The mistakes found so far in one file.
pub struct Findings {
    pub file: PathBuf,
    pub text: Arc<str>,
    problems: Vec<Problem>,
    /// Lines that are not TOML.
    broken: Vec<usize>,
}

impl Findings {
    pub fn error(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::error(&self.file, message).at(&self.text, span.clone()).help(help);
        self.push(problem);
    }

    pub fn warning(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::warning(&self.file, message).at(&self.text, span.clone()).help(help);
        self.push(problem);
    }

    /// Something that should be in the file and is not. A file that is not TOML may have held it.
    pub fn missing(&mut self, message: impl Into<String>, help: impl Into<String>) {
        if self.broken.is_empty() {
            self.problems.push(Problem::error(&self.file, message).help(help));
        }
    }

    /// The same, in an entry that stands at `span`.
    pub fn missing_in(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.broken.is_empty() {
            self.error(span, message, help);
        }
    }

    /// Two places that contradict each other.
    pub fn twice(&mut self, here: &Range<usize>, there: &Range<usize>, message: impl Into<String>, label: &str) {
        let problem = Problem::error(&self.file, message).at(&self.text, here.clone()).also(
            &self.file,
            &self.text,
            there.clone(),
            label,
        );
        self.push(problem);
    }

    /// The path that a file names, from its own folder on.
    pub fn path(&mut self, written: &Named) -> PathBuf {
        if written.name.contains('\0') {
            self.error(&written.span, "a path cannot hold a NUL", "");
        }
        if written.name.starts_with('~') {
            self.error(
                &written.span,
                format!("'{}' begins with '~', which no shell expands here", written.name),
                "write the whole path",
            );
        }
        self.file.parent().unwrap_or(Path::new("")).join(&written.name)
    }

    fn malformed(&mut self, span: Range<usize>, message: &str) {
        let problem = Problem::error(&self.file, format!("not TOML: {message}")).at(&self.text, span);
        self.broken.extend(problem.line());
        self.problems.push(problem);
    }

    /// What stands on a line that is not TOML was made up by the parser to go on: only the first complaint is true.
    fn push(&mut self, problem: Problem) {
        if !problem.line().is_some_and(|line| self.broken.contains(&line)) {
            self.problems.push(problem);
        }
    }
}

/// A table whose keys are taken one by one; what nobody takes is unknown.
pub struct Table<'t> {
    /// Where the table stands.
    pub span: Range<usize>,
    fields: Vec<Value<'t>>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    fn new(table: &'t DeTable<'t>, span: Range<usize>) -> Self {
        let named =
            |key: &'t Spanned<std::borrow::Cow<'t, str>>| Named { name: key.get_ref().to_string(), span: key.span() };
        let mut fields: Vec<_> = table.iter().map(|(key, inner)| Value { key: named(key), inner }).collect();
        fields.sort_by_key(|field| field.key.span.start);
        Self { span, fields, known: Vec::new() }
    }

    /// The value of `key`, if it is there.
    pub fn take(&mut self, key: &'static str) -> Option<Value<'t>> {
        self.known.push(key);
        let at = self.fields.iter().position(|field| field.key.name == key)?;
        Some(self.fields.remove(at))
    }

    /// Every field that was not taken, in the order of the file.
    pub fn rest(self) -> Vec<Value<'t>> {
        self.fields
    }

    /// Reports every key that nobody took.
    pub fn finish(self, findings: &mut Findings) {
        for field in &self.fields {
            let help = match nearest(&field.key.name, self.known.iter().copied()) {
                Some(known) => format!("did you mean '{known}'?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            findings.error(&field.key.span, format!("unknown key '{}'", field.key.name), help);
        }
    }
}

/// A value and the key it belongs to.
pub struct Value<'t> {
    pub key: Named,
    inner: &'t Spanned<DeValue<'t>>,
}

impl<'t> Value<'t> {
    pub fn span(&self) -> Range<usize> {
        self.inner.span()
    }

    pub fn raw(&self) -> &'t DeValue<'t> {
        self.inner.get_ref()
    }

    /// A string with something in it.
    pub fn string(&self, findings: &mut Findings) -> Option<Named> {
        match self.raw().as_str() {
            Some("") => {
                findings.error(&self.span(), format!("'{}' is empty", self.key.name), "");
                None
            }
            Some(text) => Some(Named { name: text.to_string(), span: self.span() }),
            None => self.wrong(findings, "a string"),
        }
    }

    /// A list of strings.
    pub fn strings(&self, findings: &mut Findings) -> Vec<Named> {
        match self.raw().as_array() {
            Some(array) => array.iter().filter_map(|inner| self.member(inner).string(findings)).collect(),
            None => self.wrong(findings, "a list of strings").unwrap_or_default(),
        }
    }

    /// One string, or a list of them.
    pub fn string_or_strings(&self, findings: &mut Findings) -> Vec<Named> {
        match self.raw() {
            DeValue::String(_) => self.string(findings).into_iter().collect(),
            DeValue::Array(_) => self.strings(findings),
            _ => self.wrong(findings, "a string or a list of strings").unwrap_or_default(),
        }
    }

    pub fn boolean(&self, findings: &mut Findings) -> Option<bool> {
        self.raw().as_bool().or_else(|| self.wrong(findings, "true or false"))
    }

    /// One of these words.
    pub fn choice<T: Copy>(&self, findings: &mut Findings, words: &[(&str, T)]) -> Option<T> {
        let word = self.string(findings)?;
        let chosen = words.iter().find(|(candidate, _)| *candidate == word.name);
        if chosen.is_none() {
            let help = match nearest(&word.name, words.iter().map(|(candidate, _)| *candidate)) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!(
                    "known here: {}",
                    words.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>().join(", ")
                ),
            };
            findings.error(&word.span, format!("'{}' is no '{}'", word.name, self.key.name), help);
        }
        chosen.map(|(_, value)| *value)
    }

    pub fn table(&self, findings: &mut Findings) -> Option<Table<'t>> {
        match self.raw().as_table() {
            Some(table) => Some(Table::new(table, self.span())),
            None => self.wrong(findings, "a table"),
        }
    }

    /// A list of tables: `[[key]]`, or tables in brackets.
    pub fn tables(&self, findings: &mut Findings) -> Vec<Table<'t>> {
        match self.raw() {
            DeValue::Array(array) => array.iter().filter_map(|inner| self.member(inner).table(findings)).collect(),
            DeValue::Table(_) => {
                let key = &self.key.name;
                findings.error(
                    &self.key.span,
                    format!("'{key}' must be a list of tables, not one table"),
                    format!("write '[[{key}]]', or '{key} = [{{ … }}]'"),
                );
                Vec::new()
            }
            _ => self.wrong(findings, "a list of tables").unwrap_or_default(),
        }
    }

    /// Reports that the value is not what it should be.
    pub fn wrong<T>(&self, findings: &mut Findings, wanted: &str) -> Option<T> {
        let found = match self.raw() {
            DeValue::Array(_) => "a list",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Float(_) => "a fraction",
            DeValue::Integer(_) => "an integer",
            DeValue::String(_) => "a string",
            DeValue::Table(_) => "a table",
        };
        findings.error(&self.span(), format!("'{}' must be {wanted}, not {found}", self.key.name), "");
        None
    }

    fn member(&self, inner: &'t Spanned<DeValue<'t>>) -> Value<'t> {
        Value { key: self.key.clone(), inner }
    }
}
