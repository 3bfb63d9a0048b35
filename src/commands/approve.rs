//! `refgate approve`: the commands that approve a commit as the value of a ref. Runs none of them: a signature is its
//! owner's to make.

use std::path::{Path, PathBuf};

use crate::cli::Approve;
use crate::gate;
use crate::ids::{ObjectId, RefName};
use crate::repository::{Location, Repository};
use crate::verdict::Failure;

use super::{edge, judge};

pub fn run(options: &Approve) -> u8 {
    match commands(options) {
        Ok(words) => {
            edge::answer(&words);
            0
        }
        Err(failure) => {
            edge::tell(&format!("refgate: {}: {}\n", failure.cause, failure.detail));
            2
        }
    }
}

fn commands(options: &Approve) -> Result<String, Failure> {
    let unusable = |detail: String| Failure::new("nothing to approve", detail);
    let target = match options.ref_name.starts_with("refs/") {
        true => options.ref_name.clone(),
        false => format!("refs/heads/{}", options.ref_name),
    };
    let target = RefName::parse(target.as_bytes(), false)
        .map_err(|_| unusable(format!("'{}' is no name of a branch or other ref", options.ref_name.escape_debug())))?;
    if options.repository.is_empty() || options.repository.contains(|c: char| c.is_control()) {
        return Err(unusable("--repository names no repository".to_string()));
    }
    let git_dir = enclosing(&options.work).ok_or_else(|| {
        unusable(format!("'{}' is in no repository; a linked work tree is not looked into", options.work.display()))
    })?;
    let repository =
        Repository::open(&Location::of(&git_dir), &crate::config::Limits::default()).map_err(Failure::from)?;
    let commit = commit(&repository, options.commit.as_deref())?;
    let name = tag_name(options, commit)?;
    let statement = gate::approval_statement(&options.repository, target.without_namespaces(), &commit.to_string());
    Ok(format!(
        "git tag -s -m {} {} {commit}\ngit push {} {}\n",
        quoted(&statement),
        quoted(&name),
        quoted(&options.remote),
        quoted(&format!("refs/tags/{name}:{}", gate::approval_ref(&commit.to_string(), &name))),
    ))
}

/// The repository that a folder is or stands in.
fn enclosing(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().map(judge::git_dir_of).find(|git_dir| git_dir.join("objects").is_dir())
}

/// What is meant by a full id, a full ref name, or the name of a branch here or at a remote; HEAD by nothing.
fn commit(repository: &Repository, word: Option<&str>) -> Result<ObjectId, Failure> {
    let unusable = |detail: String| Failure::new("nothing to approve", detail);
    let word = word.unwrap_or("HEAD");
    let mut id = match word {
        "HEAD" => repository.checked_out().map_err(Failure::from)?,
        word => ObjectId::parse(word.as_bytes(), repository.format()),
    };
    for name in [word.to_string(), format!("refs/heads/{word}"), format!("refs/remotes/{word}")] {
        if id.is_none()
            && let Ok(name) = RefName::parse(name.as_bytes(), true)
        {
            id = repository.resolve(&name).map_err(Failure::from)?.current;
        }
    }
    let missing = || unusable(format!("'{}' is no full id, ref or branch here", word.escape_debug()));
    let id = id.ok_or_else(missing)?;
    match repository.tip(id).map_err(Failure::from)? {
        Some(commit) if commit == id => Ok(id),
        Some(_) | None => Err(unusable(format!("{id} is no commit"))),
    }
}

/// The tag's name, which is also the last part of the approval's: by default nobody else's and no other commit's.
fn tag_name(options: &Approve, commit: ObjectId) -> Result<String, Failure> {
    let name = match &options.name {
        Some(name) => name.clone(),
        None => format!("approve-{}-{}", &commit.short(), edge::account()),
    };
    let full = RefName::parse(gate::approval_ref(&commit.to_string(), &name).as_bytes(), false);
    match full {
        Ok(_) if !name.contains('/') && !name.starts_with('-') => Ok(name),
        Ok(_) | Err(_) => {
            Err(Failure::new("nothing to approve", format!("'{}' cannot be a tag's name here", name.escape_debug())))
        }
    }
}

/// One word to a shell (POSIX.1, "Single-Quotes").
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "./:_-@+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_word_to_a_shell() {
        for (word, written) in [
            ("refs/heads/main", "refs/heads/main"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
            ("a;b", "'a;b'"),
            ("~", "'~'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), written);
        }
    }
}
