//! `refgate install` and `uninstall`: the hook into one repository, into all below a folder, or into a server.
//!
//! Both first work out every step and only then act, so that `--dry-run` tells the very same steps, and a mistake is told
//! before anything is changed. Judging never comes here.

mod folder;
mod git;
mod hook;
mod place;
mod server;
mod step;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::cli::{At, Install, On, Uninstall};
use crate::setup::{SYSTEM_CONFIG, Setup};

use super::{check, edge};
use hook::Hook;
use place::Place;
use step::Step;

pub fn run(options: &Install) -> u8 {
    finish(install(options).and_then(|steps| take(steps, options.dry_run)))
}

pub fn undo(options: &Uninstall) -> u8 {
    finish(uninstall(options).and_then(|steps| take(steps, options.dry_run)))
}

fn finish(result: Result<(), String>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            edge::tell(&format!("refgate: {error}\n"));
            2
        }
    }
}

fn install(options: &Install) -> Result<Vec<Step>, String> {
    let place = place(&options.at)?;
    let config = config(options, &place)?;
    let setup = Setup::load(&config).map_err(|problems| crate::problem::render_all(&problems))?;
    if let Some(problem) = check::log_problem(&setup) {
        return Err(problem.render());
    }
    let program = program(options)?;
    // A repository names its config itself, where other commands find it too; a server's hooks name it.
    let named = match place.on {
        On::Repository | On::Repositories => None,
        On::GitConfig | On::Gitea | On::Gitlab | On::Gitolite | On::GitoliteSpecific | On::HooksPath => {
            options.config.config.is_some().then_some(config.as_path())
        }
    };
    let hook = Hook { program: &program, config: named };
    let mut steps: Vec<Step> = match place.forge() {
        Some(forge) => server::name_forge(&config, forge)?.into_iter().collect(),
        None => Vec::new(),
    };
    steps.extend(place.install(&hook, &config, options.config.config.is_some())?);
    steps.push(Step::Tell(format!("pushes are judged by {}", config.display())));
    Ok(steps)
}

fn uninstall(options: &Uninstall) -> Result<Vec<Step>, String> {
    let place = place(&options.at)?;
    let steps = place.uninstall()?;
    match steps.iter().any(Step::acts) {
        true => Ok(steps),
        false => Err(format!("nothing of refgate's is at '{}'", place.path.display())),
    }
}

/// Takes the steps in order, each told when it is done; what had to be left out makes it fail at the end.
fn take(steps: Vec<Step>, dry_run: bool) -> Result<(), String> {
    let mut left_out = 0;
    for step in steps {
        if let Step::LeaveOut(reason) = &step {
            left_out += 1;
            edge::tell(&format!("refgate: left out: {reason}\n"));
            continue;
        }
        if !dry_run {
            step.act()?;
        }
        let would = if dry_run && step.acts() { "would have: " } else { "" };
        edge::answer(&format!("{would}{}\n", step.words()));
    }
    match left_out {
        0 => Ok(()),
        count => Err(format!("{count} left out, where nothing is judged")),
    }
}

fn place(at: &At) -> Result<Place, String> {
    Ok(Place {
        on: at.on,
        path: absolute(&at.place)?,
        git_config: absolute(&at.git_config)?,
        template: absolute(&at.template)?,
    })
}

/// The config that will judge: the given one, or where the hook will look for it.
fn config(options: &Install, place: &Place) -> Result<PathBuf, String> {
    if let Some(config) = &options.config.config {
        return fs::canonicalize(config).map_err(|error| format!("config '{}': {error}", config.display()));
    }
    match place.on {
        On::Repository => edge::locate_config(None, &place.path).map_err(|problem| problem.render()),
        On::GitConfig
        | On::Gitea
        | On::Gitlab
        | On::Gitolite
        | On::GitoliteSpecific
        | On::HooksPath
        | On::Repositories => Ok(PathBuf::from(SYSTEM_CONFIG)),
    }
}

/// The binary that hooks will run. Anyone who may write it decides about every push.
fn program(options: &Install) -> Result<PathBuf, String> {
    let cannot = |error: std::io::Error| format!("where refgate is cannot be told: {error}");
    let program = match &options.program {
        Some(program) => absolute(program)?,
        None => std::env::current_exe().and_then(fs::canonicalize).map_err(cannot)?,
    };
    let mode =
        fs::metadata(&program).map_err(|error| format!("'{}': {error}", program.display()))?.permissions().mode();
    if mode & 0o111 == 0 {
        return Err(format!("'{}' is not executable", program.display()));
    }
    if mode & 0o002 != 0 {
        return Err(format!("others may write '{0}': run `chmod o-w {0}` first", program.display()));
    }
    Ok(program)
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("'{}': {error}", path.display()))
}
