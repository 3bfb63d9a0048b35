//! A decision in words for the person who pushed. Prints nothing, and says nothing of the server's insides.
//!
//! Whatever came with the push is escaped before it is said: the terminal that shows it is not ours.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::facts::Forge;
use crate::verdict::{Decision, Exempted, Exemption, Place, Verdict, Violation};

/// How to say it.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Violations told in full; the rest is counted.
    pub shown: usize,
    /// Whose conventions the lines follow.
    pub forge: Forge,
}

/// Longest piece of pushed text that is shown, in characters.
const SHOWN_CHARACTERS: usize = 200;

/// What the pusher reads, each line ending in a line feed; empty when there is nothing to tell.
pub fn render(decision: &Decision, style: Style) -> String {
    let body = match decision.verdict() {
        Verdict::Accepted => accepted(decision, style),
        Verdict::Refused => refused(decision, style),
        Verdict::Unjudged => unjudged(decision),
    };
    match style.forge {
        // GitLab shows people only lines with this prefix (lib/gitlab/git/pre_receive_error.rb).
        Forge::Gitlab => body.lines().fold(String::new(), |said, line| said + "GL-HOOK-ERR: " + line + "\n"),
        Forge::Gitea | Forge::Github | Forge::Gitolite | Forge::Plain => body,
    }
}

fn accepted(decision: &Decision, style: Style) -> String {
    let findings = &decision.findings;
    if findings.warnings.is_empty() && findings.exempted.is_empty() {
        return String::new();
    }
    let mut words = "refgate: push accepted, with remarks\n\n".to_string();
    words += &exemptions(decision, style);
    words += &places(decision, &findings.warnings, style.shown);
    let _ = writeln!(words, "{}", closing(decision));
    words
}

fn refused(decision: &Decision, style: Style) -> String {
    let mut words = "refgate: push refused, no ref was updated\n\n".to_string();
    words += &places(decision, &decision.findings.violations, style.shown);
    let hidden = decision.findings.violations.len().saturating_sub(style.shown) + decision.findings.omitted;
    if hidden > 0 {
        let _ = writeln!(words, "  and {hidden} more\n");
    }
    if !decision.findings.warnings.is_empty() {
        words += "  warnings, which alone would not refuse the push:\n\n";
        words += &places(decision, &decision.findings.warnings, style.shown);
    }
    words += &exemptions(decision, style);
    if wanted_override(decision) {
        words +=
            "  refgate.override=<reason> opens none of these: the config lets nobody override them, or not you\n\n";
    }
    let _ = writeln!(words, "{}", closing(decision));
    words
}

/// Whoever asks for an override and is refused should know that it was heard. Without a reason it is none.
fn wanted_override(decision: &Decision) -> bool {
    decision.push.as_ref().is_some_and(|push| push.options.iter().any(|option| option.starts_with("refgate.override")))
}

fn unjudged(decision: &Decision) -> String {
    let cause = decision.failure.as_ref().map_or("nothing to judge arrived", |failure| failure.cause);
    format!(
        "refgate: cannot judge this push, so no ref was updated: {cause}\n\
         refgate: ask your administrator and quote decision {}\n",
        decision.id
    )
}

fn closing(decision: &Decision) -> String {
    let violations = decision.findings.violations.len() + decision.findings.omitted;
    let count = if violations > 0 {
        counted(violations, "violation")
    } else {
        counted(decision.findings.warnings.len() + decision.findings.exempted.len(), "remark")
    };
    format!("{count}. Decision {} (quote it to your administrator)", decision.id)
}

/// Violations in order, under one heading for each update and one for each commit or tag in it. A hint is told once,
/// under the last violation that it is for: of commits that is the oldest, and whoever makes it anew makes the others
/// anew with it.
fn places(decision: &Decision, violations: &[Violation], shown: usize) -> String {
    let mut words = String::new();
    let mut last = HashMap::new();
    for (position, violation) in violations.iter().take(shown).enumerate() {
        last.insert(hint_of_any(violation), position);
    }
    let mut standing: Option<&Place> = None;
    for (position, violation) in violations.iter().take(shown).enumerate() {
        let place = &violation.place;
        let same_update = standing.is_some_and(|before| before.update == place.update);
        if !same_update {
            if standing.is_some() {
                words.push('\n');
            }
            let _ = writeln!(words, "  {}", update_heading(decision, place));
        }
        if (!same_update || standing.is_some_and(|before| before != place))
            && let Some(heading) = object_heading(place)
        {
            let _ = writeln!(words, "    {heading}");
        }
        let indent = if place.commit.is_empty() && place.tag.is_empty() { "    " } else { "      " };
        let _ = writeln!(words, "{indent}{}", sentence(violation));
        if !violation.hint.is_empty() && last.get(&hint_of_any(violation)) == Some(&position) {
            let _ = writeln!(words, "{indent}hint: {}", clean_within(&violation.hint, HINT_CHARACTERS));
        }
        standing = Some(place);
    }
    if standing.is_some() {
        words.push('\n');
    }
    words
}

/// A hint without the commit that it names, and the update that this is a commit of.
fn hint_of_any(violation: &Violation) -> (Option<usize>, String) {
    let Place { update, commit, .. } = &violation.place;
    let short = short(commit);
    if short.is_empty() || !violation.hint.contains(short) {
        return (None, violation.hint.clone());
    }
    (*update, violation.hint.replace(short, ""))
}

fn sentence(violation: &Violation) -> String {
    let named = violation.path.is_empty() || violation.message.contains(&violation.path);
    let path = if named { String::new() } else { format!(" ('{}')", clean(&violation.path)) };
    format!("{}: {}{path}", violation.code, clean(&violation.message))
}

fn update_heading(decision: &Decision, place: &Place) -> String {
    let Some(update) = place.update.and_then(|index| decision.updates.get(index)) else {
        return if place.ref_name.is_empty() { "the push".to_string() } else { clean(&place.ref_name) };
    };
    let name = clean(update.ref_name.as_str());
    let asked = update.requested.as_str();
    let alias = if update.ref_name.as_str().ends_with(asked) {
        String::new()
    } else {
        format!(" (pushed as {})", clean(asked))
    };
    match (update.old.is_null(), update.new.is_null()) {
        (_, true) => format!("{name}{alias}  delete"),
        (true, false) => format!("{name}{alias}  new, at {}", update.new.short()),
        (false, false) => format!("{name}{alias}  {}..{}", update.old.short(), update.new.short()),
    }
}

fn object_heading(place: &Place) -> Option<String> {
    if !place.commit.is_empty() {
        return Some(format!("{} \"{}\"", short(&place.commit), clean(&place.subject)));
    }
    (!place.tag.is_empty()).then(|| format!("tag {}", short(&place.tag)))
}

fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}

fn exemptions(decision: &Decision, style: Style) -> String {
    let mut words = String::new();
    for Exempted { violation, by, reason } in decision.findings.exempted.iter().take(style.shown) {
        let by = match by {
            Exemption::Exception => "an exception",
            Exemption::Override => "an override",
        };
        let at = short(&violation.place.commit);
        let at = if at.is_empty() { clean(&violation.place.ref_name) } else { at.to_string() };
        let _ = writeln!(words, "  {at}  {} let through by {by}: {}", sentence(violation), clean(reason));
    }
    if !words.is_empty() {
        words.push('\n');
    }
    words
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Longest hint that is shown: it may hold whole commands, which are no use when cut.
const HINT_CHARACTERS: usize = 2000;

/// Text that is safe on any terminal, cut at [`SHOWN_CHARACTERS`].
pub fn clean(text: &str) -> String {
    clean_within(text, SHOWN_CHARACTERS)
}

/// Text that is safe on any terminal: control, bidirectional and invisible characters are shown as `\u{…}`, line
/// feeds as `\n`, and what is too long is cut.
fn clean_within(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == limit {
            shown.push('…');
            break;
        }
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            hidden if is_hidden(hidden) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(hidden));
            }
            plain => shown.push(plain),
        }
    }
    shown
}

/// Whole lines as any terminal may show them: what is hidden becomes `\u{…}`, line feeds and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |shown, hidden| {
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(hidden));
    })
}

/// The same JSON as any terminal may show it: what is hidden stands in strings, and becomes `\uXXXX` (RFC 8259,
/// section 7).
pub fn visible_json(json: &str) -> Cow<'_, str> {
    escaped(json, |shown, hidden| {
        for unit in hidden.encode_utf16(&mut [0; 2]) {
            let _ = write!(shown, "\\u{unit:04x}");
        }
    })
}

fn escaped(text: &str, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let is_plain = |character: char| matches!(character, '\n' | '\t') || !is_hidden(character);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_plain(character) { shown.push(character) } else { escape(&mut shown, character) }
    }
    Cow::Owned(shown)
}

/// Characters that change how a line looks without being seen: C0 and C1 controls, bidirectional controls, zero
/// width and other format characters (Unicode general category Cf), line and paragraph separators, tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0x00ad | 0x034f | 0x061c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ObjectFormat, ObjectId, RefName};
    use crate::time::Time;
    use crate::verdict::{Failure, Findings, Inputs, JudgedUpdate, Metrics};

    const STYLE: Style = Style { shown: 2, forge: Forge::Plain };

    fn decision(violations: Vec<Violation>) -> Decision {
        let id = |hex: &str| ObjectId::parse(hex.repeat(40).as_bytes(), ObjectFormat::Sha1).unwrap();
        let name = RefName::parse(b"refs/heads/main", false).unwrap();
        Decision {
            id: "01JD7Q".into(),
            received: Time(0),
            push: None,
            updates: vec![JudgedUpdate { ref_name: name.clone(), requested: name, old: id("1"), new: id("3") }],
            findings: Findings { violations, ..Findings::default() },
            failure: None,
            inputs: Inputs::default(),
            metrics: Metrics::default(),
        }
    }

    fn unsigned(commit: &str, subject: &str) -> Violation {
        Violation {
            code: "commit.signed".into(),
            place: Place {
                update: Some(0),
                ref_name: "refs/heads/main".into(),
                commit: commit.repeat(40),
                subject: subject.into(),
                tag: String::new(),
            },
            message: "not signed".into(),
            hint: format!(
                "sign it with `git commit --amend --no-edit -S`, or all from here on with `git rebase -f -r -S {}^`",
                commit.repeat(7)
            ),
            path: String::new(),
        }
    }

    #[test]
    fn a_refusal_tells_consequence_place_rule_fact_and_remedy() {
        insta::assert_snapshot!(render(&decision(vec![unsigned("3", "add a door")]), STYLE), @r#"
        refgate: push refused, no ref was updated

          refs/heads/main  1111111..3333333
            3333333 "add a door"
              commit.signed: not signed
              hint: sign it with `git commit --amend --no-edit -S`, or all from here on with `git rebase -f -r -S 3333333^`

        1 violation. Decision 01JD7Q (quote it to your administrator)
        "#);
    }

    #[test]
    fn more_violations_than_shown_are_counted_and_a_hint_is_given_once() {
        let words = render(&decision(vec![unsigned("3", "a"), unsigned("4", "b"), unsigned("5", "c")]), STYLE);
        assert_eq!(words.matches("hint:").count(), 1, "{words}");
        assert!(words.contains("-S 4444444^`\n\n  and 1 more"), "{words}");
        assert!(words.contains("3 violations."), "{words}");
    }

    #[test]
    fn nothing_from_the_push_reaches_the_terminal_unescaped() {
        let words = render(&decision(vec![unsigned("3", "\u{1b}[2J\u{202e}evil\nrefgate: push accepted")]), STYLE);
        assert!(words.contains(r"\u{1b}[2J\u{202e}evil\nrefgate: push accepted"), "{words}");
        assert!(!words.chars().any(|c| c != '\n' && is_hidden(c)));
        assert_eq!(clean(&"x".repeat(300)).chars().count(), SHOWN_CHARACTERS + 1);
    }

    #[test]
    fn what_is_hidden_is_shown_and_json_stays_the_same_json() {
        let text = "a\u{9b}\u{202e}\u{e0041}\tb\n";
        assert_eq!(visible(text), "a\\u{9b}\\u{202e}\\u{e0041}\tb\n");
        let json = serde_json::to_string(&[text]).unwrap();
        let shown = visible_json(&json);
        assert!(shown.is_ascii() && shown != json, "{shown}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
        assert!(matches!(visible("plain\tür\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_push_that_could_not_be_judged_is_another_sentence() {
        let failed = Decision {
            failure: Some(Failure::new("its rules could not be loaded", "/etc/secret")),
            ..decision(Vec::new())
        };
        insta::assert_snapshot!(render(&failed, STYLE), @r"
        refgate: cannot judge this push, so no ref was updated: its rules could not be loaded
        refgate: ask your administrator and quote decision 01JD7Q
        ");
    }

    #[test]
    fn on_gitlab_every_line_carries_its_prefix() {
        let words = render(&decision(vec![unsigned("3", "a")]), Style { forge: Forge::Gitlab, ..STYLE });
        assert!(words.lines().all(|line| line.starts_with("GL-HOOK-ERR: ")), "{words}");
    }

    #[test]
    fn an_acceptance_without_remarks_says_nothing() {
        assert_eq!(render(&decision(Vec::new()), STYLE), "");
    }
}
