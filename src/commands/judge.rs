//! `refgate judge`: the same gate on commits that are there already. Moves nothing, records nothing.

use std::path::Path;

use crate::cli::{Format, Judge};
use crate::config::Config;
use crate::facts::Forge;
use crate::gate::{self, Arrival, Commands, Intended};
use crate::ids::{ObjectFormat, ObjectId, RefName};
use crate::record;
use crate::report::{self, Style};
use crate::repository::{Location, Repository};
use crate::server::Environment;
use crate::verdict::{Decision, Failure, Verdict};

use super::{edge, explain};

pub fn run(options: &Judge) -> u8 {
    match judge(options) {
        Ok((decision, style, config)) => {
            match options.format {
                Format::Json => edge::answer_json(&(json(&decision) + "\n")),
                Format::Text if options.explain => edge::answer(&format!("{}{}", words(&decision, style), explain::explain(&decision, &config))),
                Format::Text => edge::answer(&words(&decision, style)),
            }
            decision.verdict().exit_code()
        }
        Err(failure) => {
            edge::tell(&format!("refgate: {}\n{}\n", failure.cause, failure.detail));
            2
        }
    }
}

fn json(decision: &Decision) -> String {
    serde_json::to_string_pretty(&record::event(decision))
        .expect("a decision is made of scalars, lists and structs only")
}

fn words(decision: &Decision, style: Style) -> String {
    let said = report::render(decision, style);
    match (decision.verdict(), &decision.failure) {
        (Verdict::Accepted, _) => format!("{said}refgate: would be accepted\n"),
        (_, Some(failure)) => format!("{said}{}\n", failure.detail),
        (_, None) => said,
    }
}

fn judge(options: &Judge) -> Result<(Decision, Style, Config), Failure> {
    let unusable = |detail: String| Failure::new("nothing to judge", detail);
    let git_dir = git_dir_of(&options.repository);
    let location = Location::of(&git_dir);
    let setup = edge::load_setup(options.config.config.as_deref(), &git_dir)?;
    let repository = Repository::open(&location, &setup.config.limits).map_err(Failure::from)?;
    let name = RefName::parse(options.ref_name.as_bytes(), false)
        .map_err(|_| unusable(format!("'{}' is not a full ref name such as refs/heads/main", options.ref_name)))?;
    let resolved = repository.resolve(&name).map_err(Failure::from)?;
    let old = value(&repository, &options.old)?;
    let new = value(&repository, &options.new)?;
    let supposed = Intended { stored: resolved.stored, requested: name, old, new };
    let received = edge::now();
    // The forge's variables are there only in its own hook: a dry run speaks as the local account.
    let mut dry = setup;
    dry.config.server.forge = Forge::Plain;
    dry.config.log.input = options.explain;
    let push = edge::push_fact(&dry, &repository, &Environment::default(), &git_dir, received)?;
    let style = Style { shown: dry.config.limits.violations_shown, forge: Forge::Plain };
    let commands = Commands::Supposed(supposed);
    let arrival = Arrival { commands, push, options: Ok(Vec::new()), received, id: edge::decision_id() };
    let decision = gate::judge(&dry, &repository, arrival, &edge::progress(options.format == Format::Json));
    Ok((decision, style, dry.config))
}

/// The repository itself when bare, its `.git` when not.
pub fn git_dir_of(folder: &Path) -> std::path::PathBuf {
    let inner = folder.join(".git");
    if inner.is_dir() { inner } else { folder.to_path_buf() }
}

/// A full id, a full ref name, or nothing.
pub fn value(repository: &Repository, word: &str) -> Result<Option<ObjectId>, Failure> {
    if !word.is_empty() && word.bytes().all(|byte| byte == b'0') {
        return Ok(None);
    }
    let format: ObjectFormat = repository.format();
    let id = match ObjectId::parse(word.as_bytes(), format) {
        Some(id) => Some(id),
        None => match RefName::parse(word.as_bytes(), true) {
            Ok(name) => repository.resolve(&name).map_err(Failure::from)?.current,
            Err(_) => None,
        },
    };
    match id {
        Some(id) if repository.exists(id).map_err(Failure::from)? => Ok(Some(id)),
        _ => Err(Failure::new(
            "nothing to judge",
            format!("'{word}' is neither a full object id nor a full ref name that exists here"),
        )),
    }
}
