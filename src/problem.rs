//! A mistake in something the operator wrote: where it is, what it is, what to do. Data first, words at the end;
//! prints nothing.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// One mistake, with the place it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub file: PathBuf,
    /// The text of the file and the byte range in it; `None` when the file as a whole is meant.
    pub frame: Option<Frame>,
    pub message: String,
    /// What to do about it; `""` when there is nothing more to say.
    pub help: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub text: Arc<str>,
    pub span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

impl Problem {
    /// An error about a whole file.
    pub fn error(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, file: file.into(), frame: None, message: message.into(), help: String::new() }
    }

    /// The same, told but not fatal.
    pub fn warning(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, message) }
    }

    /// Points at bytes of the file's text.
    pub fn at(mut self, text: &Arc<str>, span: Range<usize>) -> Self {
        self.frame = Some(Frame { text: text.clone(), span });
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The 1-based line, when a place is known.
    pub fn line(&self) -> Option<usize> {
        let frame = self.frame.as_ref()?;
        let before = &frame.text.as_bytes()[..frame.span.start.min(frame.text.len())];
        Some(before.iter().filter(|&&b| b == b'\n').count() + 1)
    }

    /// File, line, frame and help, without colours, ending without a line feed.
    pub fn render(&self) -> String {
        let path = self.file.display().to_string();
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = match &self.frame {
            Some(_) => self.message.clone(),
            None => format!("{path}: {}", self.message),
        };
        let mut group = Group::with_title(level.primary_title(title));
        if let Some(frame) = &self.frame {
            let end = frame.span.end.min(frame.text.len());
            let snippet = Snippet::source(&*frame.text)
                .path(path)
                .annotation(AnnotationKind::Primary.span(frame.span.start.min(end)..end));
            group = group.element(snippet);
        }
        if !self.help.is_empty() {
            group = group.element(Level::HELP.message(self.help.clone()));
        }
        Renderer::plain().render(&[group])
    }
}

/// The candidate a person most likely meant by `word`, if any is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(word.chars().count()) / 3 + 1)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_file_line_frame_and_help() {
        let text: Arc<str> = "version = 1\nuncoverd = \"accept\"\n".into();
        let problem = Problem::error("refgate.toml", "unknown key 'uncoverd'").at(&text, 12..20).help("did you mean 'uncovered'?");
        assert_eq!(problem.line(), Some(2));
        let words = problem.render();
        assert!(words.contains("refgate.toml:2:1"), "{words}");
        assert!(words.contains("unknown key 'uncoverd'"), "{words}");
        assert!(words.contains("^^^^^^^^"), "{words}");
        assert!(words.contains("did you mean 'uncovered'?"), "{words}");
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("comit", ["commit", "update", "tag"]), Some("commit"));
        assert_eq!(nearest("zebra", ["commit", "update", "tag"]), None);
    }
}
