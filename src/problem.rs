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
    /// Another place that belongs to it.
    pub also: Option<Box<Also>>,
    /// What to do about it; `""` when there is nothing more to say.
    pub help: String,
}

/// Another place that belongs to a problem, perhaps in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    pub file: PathBuf,
    pub frame: Frame,
    /// What stands there: `first claimed here`.
    pub label: String,
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
        Self {
            severity: Severity::Error,
            file: file.into(),
            frame: None,
            message: message.into(),
            also: None,
            help: String::new(),
        }
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

    /// Points at a second place that belongs to it; `label` says what stands there.
    pub fn also(
        mut self,
        file: impl Into<PathBuf>,
        text: &Arc<str>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Self {
        let frame = Frame { text: text.clone(), span };
        self.also = Some(Box::new(Also { file: file.into(), frame, label: label.into() }));
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The 1-based line, when a place is known.
    pub fn line(&self) -> Option<usize> {
        let frame = self.frame.as_ref()?;
        let before = frame.text.as_bytes().iter().take(frame.span.start);
        Some(before.filter(|&&b| b == b'\n').count() + 1)
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
            let snippet = Snippet::source(&*frame.text).path(path);
            let snippet = snippet.annotation(AnnotationKind::Primary.span(frame.range()));
            group = match &self.also {
                Some(also) if also.file == self.file && also.frame.text == frame.text => {
                    let place = AnnotationKind::Context.span(also.frame.range()).label(&also.label);
                    group.element(snippet.annotation(place))
                }
                Some(also) => group.element(snippet).element(also.snippet()),
                None => group.element(snippet),
            };
        }
        if !self.help.is_empty() {
            group = group.element(Level::HELP.message(self.help.clone()));
        }
        Renderer::plain().render(&[group])
    }
}

impl Also {
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let place = AnnotationKind::Primary.span(self.frame.range()).label(&self.label);
        Snippet::source(&*self.frame.text).path(self.file.display().to_string()).annotation(place)
    }
}

impl Frame {
    /// The span, moved so that it lies within the text and between characters.
    fn range(&self) -> Range<usize> {
        let end = self.text.floor_char_boundary(self.span.end);
        self.text.floor_char_boundary(self.span.start).min(end)..end
    }
}

/// Puts errors before warnings, then goes by file and line.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by(|a, b| {
        let place = |problem: &Problem| problem.frame.as_ref().map(|frame| frame.span.start);
        b.severity.cmp(&a.severity).then_with(|| a.file.cmp(&b.file)).then_with(|| place(a).cmp(&place(b)))
    });
}

/// Every problem in order, and how many there are; `""` for none. Ends without a line feed.
pub fn render_all(problems: &[Problem]) -> String {
    let mut ordered = problems.to_vec();
    sort(&mut ordered);
    let errors = ordered.iter().filter(|problem| problem.severity == Severity::Error).count();
    let mut words: Vec<String> = ordered.iter().map(Problem::render).collect();
    let counts: Vec<String> = [(errors, "error"), (ordered.len() - errors, "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
        .collect();
    words.extend((!counts.is_empty()).then(|| counts.join(", ")));
    words.join("\n\n")
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
        let problem = Problem::error("refgate.toml", "unknown key 'uncoverd'")
            .at(&text, 12..20)
            .help("did you mean 'uncovered'?");
        assert_eq!(problem.line(), Some(2));
        let words = problem.render();
        assert!(words.contains("refgate.toml:2:1"), "{words}");
        assert!(words.contains("unknown key 'uncoverd'"), "{words}");
        assert!(words.contains("^^^^^^^^"), "{words}");
        assert!(words.contains("did you mean 'uncovered'?"), "{words}");
    }

    #[test]
    fn a_second_place_is_shown_beside_the_first_or_in_its_own_file() {
        let text: Arc<str> = "[alice]\nkeys = [1]\n\n[bob]\nkeys = [1]\n".into();
        let problem = Problem::error("people.toml", "claimed twice").at(&text, 35..36).also(
            "people.toml",
            &text,
            16..17,
            "first here",
        );
        let words = problem.render();
        assert!(words.contains("2 | keys = [1]") && words.contains("- first here"), "{words}");
        let other = Problem::error("people.toml", "claimed twice").at(&text, 35..36).also(
            "signers",
            &"x y z\n".into(),
            2..3,
            "also here",
        );
        let words = other.render();
        assert!(words.contains("::: signers:1:3") && words.contains("also here"), "{words}");
    }

    #[test]
    fn places_outside_the_text_or_within_a_character_are_moved() {
        let text: Arc<str> = "ä = 1".into();
        for (start, end) in [(1, 2), (0, 1), (3, 99), (99, 100), (5, 2)] {
            let span = Range { start, end };
            assert!(Problem::error("f", "m").at(&text, span.clone()).render().contains("f:1:"), "{span:?}");
        }
    }

    #[test]
    fn problems_are_told_errors_first_then_by_file_and_line() {
        let text: Arc<str> = "a\nb\nc\n".into();
        let problems = [
            Problem::warning("a.toml", "first warning").at(&text, 0..1),
            Problem::error("b.toml", "third error").at(&text, 0..1),
            Problem::error("a.toml", "second error").at(&text, 4..5),
            Problem::error("a.toml", "first error"),
        ];
        let words = render_all(&problems);
        let at = |needle: &str| words.find(needle).unwrap();
        assert!(
            at("first error") < at("second error")
                && at("second error") < at("third error")
                && at("third error") < at("first warning"),
            "{words}"
        );
        assert!(words.ends_with("\n\n3 errors, 1 warning"), "{words}");
        assert_eq!(render_all(&[]), "");
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("comit", ["commit", "update", "tag"]), Some("commit"));
        assert_eq!(nearest("zebra", ["commit", "update", "tag"]), None);
    }
}
