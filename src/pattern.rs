//! The one pattern dialect for refs, repositories and paths, on bytes.
//!
//! `*` matches any bytes within a segment, `**` any number of whole segments including none (`a/**` matches `a`), a
//! leading `!` excludes whatever the order of the list. Every other character stands for itself: there is no `?`, no
//! `[…]`, no `{…}` and no escape. Nothing here looks anything up.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::ids::RefName;
use crate::pattern::glob::{Glob, fold};

mod glob;

/// A list of ref patterns; the default matches every ref.
#[derive(Clone, Debug)]
pub struct RefPatterns {
    written: Vec<String>,
    wanted: Vec<RefPattern>,
    excluded: Vec<RefPattern>,
}

#[derive(Clone, Debug)]
enum RefPattern {
    /// The branch that HEAD points to.
    Head,
    Glob(FoldedPattern),
}

/// A list of repository patterns (`infra/*`); the default matches every repository.
///
/// Letter case and Unicode form are no difference to what is wanted, since some servers pass on the name as the client
/// typed it; exclusions are exact.
#[derive(Clone, Debug)]
pub struct RepositoryPatterns(FoldedPatterns);

/// A list of path patterns, on bytes; the default matches every path. Two lists are equal when they are written alike.
///
/// Letter case and Unicode form are no difference to what is wanted, since a checkout may take them for the same name;
/// exclusions are exact.
#[derive(Clone, Debug)]
pub struct PathPatterns(FoldedPatterns);

#[derive(Clone, Debug)]
struct FoldedPatterns {
    written: Vec<String>,
    wanted: Vec<FoldedPattern>,
    excluded: Vec<FoldedPattern>,
}

#[derive(Clone, Debug)]
struct FoldedPattern {
    exact: Glob,
    folded: Glob,
}

/// Why a pattern means nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// A list without any pattern.
    EmptyList,
    /// A segment without a byte in it: a leading, trailing or doubled `/`, or no pattern at all.
    EmptySegment { pattern: String },
    /// A list of exclusions only matches nothing.
    OnlyExclusions,
    /// `.` or `..` as a segment: git stores no such name.
    Relative { pattern: String },
    /// Git would refuse every name that this matches.
    NoSuchRef { pattern: String },
    /// Neither `HEAD` nor beginning `refs/`.
    NotFull { pattern: String },
    /// `**` beside other bytes of its segment.
    PartialDoubleStar { pattern: String },
    /// More segments than any pattern needs.
    TooLong { limit: usize },
}

impl RefPatterns {
    /// Reads a list as written. An error comes with the index of its pattern; 0 when the whole list is meant.
    pub fn parse(written: &[String]) -> Result<Self, Vec<(usize, PatternError)>> {
        let Sides { wanted, excluded } = parse_list(written, parse_ref)?;
        Ok(Self { written: written.to_vec(), wanted, excluded })
    }

    /// Matches no ref.
    pub fn none() -> Self {
        Self { written: Vec::new(), wanted: Vec::new(), excluded: Vec::new() }
    }

    /// Whether a binding with this list covers the ref. `head` is the branch that HEAD points to, existing or not,
    /// which the pattern `HEAD` stands for.
    ///
    /// The whole list is read once for the stored name and once for the name without its namespaces
    /// ([`RefName::without_namespaces`]); either is enough. So an exclusion that meets one of the names takes nothing
    /// away from what the list covers by the other: a namespace may be named by whoever owns it.
    pub fn matches(&self, name: &RefName, head: Option<&RefName>) -> bool {
        self.matches_stored(name, head) || self.reads(name.without_namespaces(), head.map(RefName::without_namespaces))
    }

    /// As [`Self::matches`], on a file system that folds names: whatever it might take for a wanted name is covered,
    /// while exclusions are exact.
    pub fn matches_folded(&self, name: &RefName, head: Option<&RefName>) -> bool {
        let folded = |name: &str, head: Option<&str>| {
            let here = fold(name.as_bytes());
            let means = |pattern: &RefPattern| match pattern {
                RefPattern::Head => head.is_some_and(|head| fold(head.as_bytes()) == here),
                RefPattern::Glob(pattern) => pattern.folded.matches(&here),
            };
            self.wanted.iter().any(means) && !self.excluded.iter().any(|pattern| pattern.is_exactly(name, head))
        };
        self.matches(name, head)
            || folded(name.as_str(), head.map(RefName::as_str))
            || folded(name.without_namespaces(), head.map(RefName::without_namespaces))
    }

    /// The narrow reading, for lists that let something through (baselines, exceptions): the stored name alone.
    pub fn matches_stored(&self, name: &RefName, head: Option<&RefName>) -> bool {
        self.reads(name.as_str(), head.map(RefName::as_str))
    }

    /// Whether no ref is left out.
    pub fn is_everything(&self) -> bool {
        let all =
            |pattern: &RefPattern| matches!(pattern, RefPattern::Glob(glob) if glob.exact.matches_all_below(b"refs"));
        self.excluded.is_empty() && self.wanted.iter().any(all)
    }

    /// The patterns in the operator's words; empty for everything by default, and for none.
    pub fn as_written(&self) -> &[String] {
        &self.written
    }

    fn reads(&self, name: &str, head: Option<&str>) -> bool {
        let means = |pattern: &RefPattern| pattern.is_exactly(name, head);
        self.wanted.iter().any(means) && !self.excluded.iter().any(means)
    }
}

impl RefPattern {
    fn is_exactly(&self, name: &str, head: Option<&str>) -> bool {
        match self {
            Self::Head => head == Some(name),
            Self::Glob(pattern) => pattern.exact.matches(name.as_bytes()),
        }
    }
}

impl Default for RefPatterns {
    fn default() -> Self {
        Self { written: Vec::new(), wanted: vec![RefPattern::Glob(FoldedPattern::everything())], excluded: Vec::new() }
    }
}

impl fmt::Display for RefPatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wanted.is_empty() {
            true => f.write_str("none"),
            false => write_list(&self.written, f),
        }
    }
}

impl RepositoryPatterns {
    /// Reads a list as written. An error comes with the index of its pattern; 0 when the whole list is meant.
    pub fn parse(written: &[String]) -> Result<Self, Vec<(usize, PatternError)>> {
        FoldedPatterns::parse(written, parse_repository).map(Self)
    }

    /// `path` is the repository's name with the server (`owner/name`), or the absolute path of its folder.
    pub fn matches(&self, path: &str) -> bool {
        self.0.matches(path.as_bytes(), Glob::matches)
    }

    /// Patterns that look as if a sign were special that is not, each with the first such sign: `?`, `{a,b}`, `[a-z]`
    /// and `\*` of other dialects. They match nothing but names with such signs in them.
    pub fn foreign_signs(&self) -> Vec<(&str, char)> {
        self.0.foreign_signs()
    }

    pub fn as_written(&self) -> &[String] {
        &self.0.written
    }
}

impl Default for RepositoryPatterns {
    fn default() -> Self {
        Self(FoldedPatterns::everything())
    }
}

impl fmt::Display for RepositoryPatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(&self.0.written, f)
    }
}

impl PathPatterns {
    /// Reads a list as written. An error comes with the index of its pattern; 0 when the whole list is meant.
    pub fn parse(written: &[String]) -> Result<Self, Vec<(usize, PatternError)>> {
        FoldedPatterns::parse(written, parse_path).map(Self)
    }

    /// Whether a change of the entry at `path`, which is not a directory, is meant. Also true where the entry stands
    /// at or above a pattern's fixed part (`infra` for `infra/**`, `a` for `a/b/*.tf`): a symlink or submodule there
    /// decides what stands below.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.0.matches(path, |glob, path| glob.matches(path) || glob.fixed_part_reaches(path))
    }

    /// The narrow reading, for lists that let something through (exceptions): exactly what is written and nothing above
    /// it, while exclusions count under any letter case and Unicode form.
    pub fn matches_exactly(&self, path: &[u8]) -> bool {
        self.0.wanted.iter().any(|pattern| pattern.exact.matches(path))
            && !any_folded(&self.0.excluded, path, Glob::matches)
    }

    /// Whether anything below this directory can match; `""` is the top.
    pub fn may_match_below(&self, directory: &[u8]) -> bool {
        self.0.wants(directory, Glob::may_match_below)
            && !self.0.excluded.iter().any(|pattern| pattern.exact.matches_all_below(directory))
    }

    /// Patterns that look as if a sign were special that is not, as in [`RepositoryPatterns::foreign_signs`].
    pub fn foreign_signs(&self) -> Vec<(&str, char)> {
        self.0.foreign_signs()
    }

    pub fn as_written(&self) -> &[String] {
        &self.0.written
    }
}

impl Default for PathPatterns {
    fn default() -> Self {
        Self(FoldedPatterns::everything())
    }
}

impl fmt::Display for PathPatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(&self.0.written, f)
    }
}

impl PartialEq for PathPatterns {
    fn eq(&self, other: &Self) -> bool {
        self.0.written == other.0.written
    }
}

impl Eq for PathPatterns {}

impl Hash for PathPatterns {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.written.hash(state);
    }
}

impl FoldedPattern {
    fn new(exact: Glob, written: &str) -> Self {
        Self { exact, folded: Glob::new(&fold(written.as_bytes())) }
    }

    fn everything() -> Self {
        Self::new(Glob::new(b"**"), "**")
    }
}

impl FoldedPatterns {
    fn parse(
        written: &[String],
        read: impl Fn(&str) -> Result<Glob, PatternError>,
    ) -> Result<Self, Vec<(usize, PatternError)>> {
        let both = |pattern: &str| read(pattern).map(|exact| FoldedPattern::new(exact, pattern));
        let Sides { wanted, excluded } = parse_list(written, both)?;
        Ok(Self { written: written.to_vec(), wanted, excluded })
    }

    fn everything() -> Self {
        Self { written: Vec::new(), wanted: vec![FoldedPattern::everything()], excluded: Vec::new() }
    }

    fn foreign_signs(&self) -> Vec<(&str, char)> {
        self.written.iter().filter_map(|pattern| Some((pattern.as_str(), foreign_sign(pattern)?))).collect()
    }

    fn matches(&self, path: &[u8], means: impl Fn(&Glob, &[u8]) -> bool) -> bool {
        self.wants(path, means) && !self.excluded.iter().any(|pattern| pattern.exact.matches(path))
    }

    fn wants(&self, path: &[u8], means: impl Fn(&Glob, &[u8]) -> bool) -> bool {
        any_folded(&self.wanted, path, means)
    }
}

fn any_folded(patterns: &[FoldedPattern], path: &[u8], means: impl Fn(&Glob, &[u8]) -> bool) -> bool {
    let folded = fold(path);
    // Folding may move a combining mark past the end of a literal part, so beyond ASCII the exact form counts too.
    let exact_counts = !path.is_ascii();
    patterns.iter().any(|pattern| means(&pattern.folded, &folded) || (exact_counts && means(&pattern.exact, path)))
}

impl PatternError {
    /// What to write instead; `""` when the message says it all.
    pub fn help(&self) -> String {
        match self {
            Self::EmptyList => "leave the key out to mean everything".to_string(),
            Self::EmptySegment { pattern } if pattern.len() > 1 && pattern.ends_with('/') => {
                format!("write '{pattern}**' for everything below it")
            }
            Self::EmptySegment { pattern } if pattern.starts_with('/') => {
                format!("paths begin at the top of the repository: write '{}'", pattern.trim_start_matches('/'))
            }
            Self::NotFull { pattern } if !pattern.is_empty() => {
                format!("write 'refs/heads/{pattern}' for a branch, 'refs/tags/{pattern}' for a tag")
            }
            Self::NoSuchRef { pattern } if is_folder_of_refs(pattern) => {
                format!("write '{pattern}/**' for every ref below it")
            }
            Self::NoSuchRef { .. } => {
                "only '*' and '**' are special; git-check-ref-format(1) says what a name may hold".to_string()
            }
            Self::OnlyExclusions => "say first what is meant: 'refs/**', '**'".to_string(),
            Self::PartialDoubleStar { pattern } => {
                format!("write '{}' to stay within the segment", single_stars(pattern))
            }
            Self::EmptySegment { .. } | Self::NotFull { .. } | Self::Relative { .. } | Self::TooLong { .. } => {
                String::new()
            }
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyList => write!(f, "an empty list of patterns matches nothing"),
            Self::EmptySegment { pattern } if pattern.is_empty() => write!(f, "an empty pattern matches nothing"),
            Self::EmptySegment { pattern } => write!(f, "'{pattern}' has an empty segment and matches nothing"),
            Self::NoSuchRef { pattern } => write!(f, "'{pattern}' is no name that a ref can have"),
            Self::NotFull { pattern } => {
                write!(f, "'{pattern}' is not a full ref name: it must begin 'refs/' or be 'HEAD'")
            }
            Self::OnlyExclusions => write!(f, "a list of exclusions only matches nothing"),
            Self::PartialDoubleStar { pattern } => {
                write!(f, "'**' must be a whole segment, which it is not in '{pattern}'")
            }
            Self::Relative { pattern } => write!(f, "'{pattern}' has a segment '.' or '..', which git never stores"),
            Self::TooLong { limit } => write!(f, "a pattern has at most {limit} segments"),
        }
    }
}

impl std::error::Error for PatternError {}

struct Sides<T> {
    wanted: Vec<T>,
    excluded: Vec<T>,
}

fn parse_list<T>(
    written: &[String],
    read: impl Fn(&str) -> Result<T, PatternError>,
) -> Result<Sides<T>, Vec<(usize, PatternError)>> {
    let mut sides = Sides { wanted: Vec::new(), excluded: Vec::new() };
    let mut errors = Vec::new();
    for (index, pattern) in written.iter().enumerate() {
        let (list, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (&mut sides.excluded, rest),
            None => (&mut sides.wanted, pattern.as_str()),
        };
        match read(pattern) {
            Ok(compiled) => list.push(compiled),
            Err(error) => errors.push((index, error)),
        }
    }
    if written.is_empty() {
        errors.push((0, PatternError::EmptyList));
    } else if written.iter().all(|pattern| pattern.starts_with('!')) {
        errors.push((0, PatternError::OnlyExclusions));
    }
    match errors.is_empty() {
        true => Ok(sides),
        false => Err(errors),
    }
}

fn parse_ref(pattern: &str) -> Result<RefPattern, PatternError> {
    if pattern == "HEAD" {
        return Ok(RefPattern::Head);
    }
    if !pattern.starts_with("refs/") {
        return Err(PatternError::NotFull { pattern: pattern.to_string() });
    }
    let glob = parse_segments(pattern, pattern)?;
    // A pattern that no name can match protects nothing: with each star made a letter it must be a name.
    let example = single_stars(pattern).replace('*', "x");
    if is_folder_of_refs(pattern) || RefName::parse(example.as_bytes(), true).is_err() {
        return Err(PatternError::NoSuchRef { pattern: pattern.to_string() });
    }
    Ok(RefPattern::Glob(FoldedPattern::new(glob, pattern)))
}

/// A leading `/` is allowed: a plain server names its repositories by their absolute path.
fn parse_repository(pattern: &str) -> Result<Glob, PatternError> {
    parse_segments(pattern, pattern.strip_prefix('/').unwrap_or(pattern))
}

fn parse_path(pattern: &str) -> Result<Glob, PatternError> {
    parse_segments(pattern, pattern)
}

fn parse_segments(pattern: &str, checked: &str) -> Result<Glob, PatternError> {
    let pattern_owned = || pattern.to_string();
    if checked.split('/').count() >= glob::SEGMENTS {
        return Err(PatternError::TooLong { limit: glob::SEGMENTS - 1 });
    }
    for segment in checked.split('/') {
        match segment {
            "" => return Err(PatternError::EmptySegment { pattern: pattern_owned() }),
            "." | ".." => return Err(PatternError::Relative { pattern: pattern_owned() }),
            "**" => {}
            other if other.contains("**") => return Err(PatternError::PartialDoubleStar { pattern: pattern_owned() }),
            _ => {}
        }
    }
    Ok(Glob::new(pattern.as_bytes()))
}

fn foreign_sign(pattern: &str) -> Option<char> {
    let within = |open: char, close: char| Some(pattern.split_once(open)?.1.split_once(close)?.0);
    // A plain `[name]` is how some frameworks name files.
    let class = within('[', ']').is_some_and(|class| class.contains('-') || class.starts_with(['!', '^']));
    let signs = [
        ('?', pattern.contains('?')),
        ('\\', pattern.contains('\\')),
        ('{', within('{', '}').is_some_and(|choice| choice.contains(','))),
        ('[', class),
    ];
    signs.into_iter().find(|(_, present)| *present).map(|(sign, _)| sign)
}

/// Folders that hold every ref of a kind: whoever names one means what is below.
fn is_folder_of_refs(pattern: &str) -> bool {
    matches!(pattern, "refs/heads" | "refs/notes" | "refs/remotes" | "refs/tags")
}

fn single_stars(pattern: &str) -> String {
    let mut single = pattern.to_string();
    while single.contains("**") {
        single = single.replace("**", "*");
    }
    single
}

fn write_list(written: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match written {
        [] => f.write_str("all"),
        some => f.write_str(&some.join(", ")),
    }
}

#[cfg(test)]
mod tests;
