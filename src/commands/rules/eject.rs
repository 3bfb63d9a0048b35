//! `refgate rules eject`: a shipped rule and its test as files of one's own, under a name of their own.
//!
//! The name differs because no file of an operator's adds to a shipped rule or takes its place: what a code means does
//! not depend on the server.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use crate::cli::Eject;
use crate::policy::RuleFile;
use crate::policy::testing;
use crate::problem::Problem;
use crate::setup::Workshop;

pub fn eject(options: &Eject) -> Result<String, Vec<Problem>> {
    let workshop = Workshop::shipped();
    let policy = testing::everything(&workshop.sources)?;
    let rule = super::find(&policy, &options.code)?;
    let subject = rule.subject.name();
    let old = rule.code.split_once('.').map_or("", |(_, name)| name);
    let new = options.name.clone().unwrap_or_else(|| format!("our_{old}"));
    let code = format!("{subject}.{new}");
    refuse_name(&new, &code, policy.rules().iter().any(|rule| rule.code == code))?;
    let folder = options.into.join(subject).join(&new);
    let mut said = String::new();
    let files: Vec<(PathBuf, String)> = workshop
        .sources
        .shipped
        .iter()
        .filter(|file| file.path.parent() == rule.file.parent())
        .map(|file| (folder.join(file_name(file, old, &new)), renamed(&file.text, subject, old, &new)))
        .collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(vec![
            Problem::error(path, "is there already; nothing was written").help("choose another name with '--name'"),
        ]);
    }
    for (path, text) in files {
        write(&path, &text).map_err(|error| vec![Problem::error(&path, format!("cannot be written: {error}"))])?;
        said += &format!("wrote {}\n", path.display());
    }
    let test = format!("refgate test {}", options.into.display());
    Ok(format!(
        "{said}\nIt is called {code} now. Bind it with use = \"{code}\" in the place of {}; `{test}` runs its test.\n",
        rule.code
    ))
}

fn refuse_name(name: &str, code: &str, taken: bool) -> Result<(), Vec<Problem>> {
    let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let problem = if !well_formed {
        Problem::error("rules", format!("'{name}' is not a rule's name")).help("use lower-case letters, digits and '_'")
    } else if taken {
        Problem::error("rules", format!("'{code}' is a shipped rule")).help("choose another name with '--name'")
    } else {
        return Ok(());
    };
    Err(vec![problem])
}

fn file_name(file: &RuleFile, old: &str, new: &str) -> String {
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.replacen(old, new, 1)
}

/// The text under another package. An import of the rule keeps the name that the test knows it by.
fn renamed(text: &str, subject: &str, old: &str, new: &str) -> String {
    let mut renamed = String::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let rule = format!("refgate.{subject}.{old}");
        renamed += &match bare {
            _ if bare == format!("package {rule}") => format!("package refgate.{subject}.{new}\n"),
            _ if bare == format!("package {rule}_test") => format!("package refgate.{subject}.{new}_test\n"),
            _ if bare == format!("import data.{rule}") => format!("import data.refgate.{subject}.{new} as {old}\n"),
            _ => line.replace(&format!("import data.{rule} as "), &format!("import data.refgate.{subject}.{new} as ")),
        };
    }
    renamed
}

fn write(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)?.write_all(text.as_bytes())
}
