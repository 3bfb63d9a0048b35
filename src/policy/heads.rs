//! The decisions of a rule package: `deny`, `allow` and `warn`, each in the one form that cannot be misread.

use super::Defines;
use super::program::Unit;
use super::syntax::{Expr, Head, Rule};
use crate::problem::{Problem, nearest};

const DENY: &str = "write 'deny contains violation if { … }'";
const ALLOW: &str = "write 'allow if { … }'";
/// What a member of `deny` or `warn` is.
pub const VIOLATION: &str = "a violation is a string, or an object with 'message' and perhaps 'hint' and 'path'";

/// Its fields.
pub const FIELDS: [&str; 3] = ["message", "hint", "path"];

const WARN: &str = "write 'warn contains violation if { … }'";

/// What the package decides, and what is wrong with how it does.
pub fn check(unit: &Unit<'_>) -> (Defines, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut defined = |name: &str, help: &str, well_formed: fn(&Unit<'_>, &Rule) -> Result<(), String>| {
        let rules = unit.rules.get(name).into_iter().chain(unit.functions.get(name)).flatten();
        let mut some = false;
        for rule in rules {
            some = true;
            if let Err(words) = well_formed(unit, rule) {
                let span = match rule {
                    Rule::Spec { head, .. } => head.span(),
                    Rule::Default { span, .. } => *span,
                };
                problems.push(unit.problem(span.range(), words).help(help));
            }
        }
        some
    };
    let defines = Defines {
        deny: defined("deny", DENY, set_of_violations),
        allow: defined("allow", ALLOW, yes_or_no),
        warn: defined("warn", WARN, set_of_violations),
    };
    for name in ["deny", "allow", "warn"] {
        if let Some(import) = unit.imports.get(name) {
            problems.push(
                unit.problem(import.span.range(), format!("an import called '{name}'"))
                    .help("give it another name with 'as'"),
            );
        }
    }
    if defines == Defines::default() {
        let name = unit.package.join(".");
        let problem = Problem::error(&unit.file.path, format!("package '{name}' decides nothing"));
        problems.push(match misspelled(unit) {
            Some((rule, meant)) => {
                problem.at(&unit.file.text, rule.reference().span().range()).help(format!("did you mean '{meant}'?"))
            }
            None => problem.help("define 'deny contains violation if { … }' or 'allow if { … }'"),
        });
    }
    (defines, problems)
}

fn misspelled<'u>(unit: &'u Unit<'_>) -> Option<(&'u Rule, &'static str)> {
    unit.rules.iter().find_map(|(name, rules)| Some((rules.first()?, nearest(name, ["deny", "allow", "warn"])?)))
}

fn set_of_violations(unit: &Unit<'_>, rule: &Rule) -> Result<(), String> {
    let name = rule.reference().root().unwrap_or_default();
    match rule {
        Rule::Default { .. } => Err(format!("'{name}' is a set and has no default")),
        Rule::Spec { head: Head::Set { refr: refr @ Expr::Var { .. }, key: Some(key), .. }, .. } => {
            // `deny[m]` on a line of its own looks the same to the parser.
            let between = refr.span().end..key.span().start;
            let written = unit.file.text.get(between).unwrap_or_default();
            if written.trim_start().starts_with("contains") {
                violation(key).map_err(|words| format!("a member of '{name}' {words}"))
            } else {
                Err(format!("'{name}' is not a set of violations in this form"))
            }
        }
        Rule::Spec { .. } => Err(format!("'{name}' is not a set of violations in this form")),
    }
}

/// Whether a member can be a violation, as far as it is written out: what is computed shows when it is evaluated.
fn violation(member: &Expr) -> Result<(), String> {
    if let Some(kind) = not_text(member).filter(|_| !matches!(member, Expr::Object { .. })) {
        return Err(format!("is {kind}: {VIOLATION}"));
    }
    let Expr::Object { fields, .. } = member else { return Ok(()) };
    for (_, key, value) in fields {
        let Some(key) = key.word() else { continue };
        if !FIELDS.contains(&key) {
            return Err(format!("has a field '{key}': {VIOLATION}"));
        }
        if let Some(kind) = not_text(value) {
            return Err(format!("has {kind} as '{key}', not a string"));
        }
    }
    let computed = fields.iter().any(|(_, key, _)| key.word().is_none());
    let says = computed || fields.iter().any(|(_, key, _)| key.word() == Some("message"));
    if says { Ok(()) } else { Err(format!("has no 'message': {VIOLATION}")) }
}

/// What an expression is that is certainly no string.
pub fn not_text(expr: &Expr) -> Option<&'static str> {
    Some(match expr {
        Expr::Number { .. } | Expr::Unary { .. } => "a number",
        Expr::Bool { .. } | Expr::Compare { .. } | Expr::Membership { .. } => "a boolean",
        Expr::Null { .. } => "null",
        Expr::Array { .. } | Expr::ArrayCompr { .. } => "an array",
        Expr::Set { .. } | Expr::SetCompr { .. } | Expr::Binary { .. } => "a set",
        Expr::Object { .. } | Expr::ObjectCompr { .. } => "an object",
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Var { .. }
        | Expr::Call { .. }
        | Expr::RefDot { .. }
        | Expr::RefBrack { .. }
        | Expr::Arithmetic { .. }
        | Expr::Assign { .. } => return None,
    })
}

fn yes_or_no(_: &Unit<'_>, rule: &Rule) -> Result<(), String> {
    match rule {
        Rule::Default { value: Expr::Bool { value: false, .. }, refr: Expr::Var { .. }, args, .. }
            if args.is_empty() =>
        {
            Ok(())
        }
        Rule::Default { .. } => {
            Err("the default of 'allow' is not 'false', so what no rule looks at would be accepted".to_string())
        }
        Rule::Spec { head: Head::Compr { refr: Expr::Var { .. }, .. }, .. } => Ok(()),
        Rule::Spec { .. } => Err("'allow' is not a yes or no in this form".to_string()),
    }
}
