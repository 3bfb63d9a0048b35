//! Where hooks stand on each kind of server, as steps. Reads what is there; changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::cli::On;

use super::folder;
use super::git;
use super::hook::{self, Hook, PASS_ON};
use super::step::Step;

/// What the hook that was there before is called while refgate is installed.
const KEPT: &str = "pre-receive.before-refgate";

/// What the hook is called where a server runs every file of a folder.
const DROPPED_IN: &str = "refgate";

/// Hooks that a repository may have and that do nothing by being there: those are passed on by a `core.hooksPath`.
const PASSED_ON: [&str; 3] = ["update", "post-receive", "post-update"];

const CONFIG_KEY: &str = "refgate.config";
const HOOKS_PATH_KEY: &str = "core.hooksPath";
const HOOK_COMMAND_KEY: &str = "hook.refgate.command";
const HOOK_EVENT_KEY: &str = "hook.refgate.event";

/// What install and uninstall are about. Paths are absolute.
#[derive(Debug)]
pub struct Place {
    pub on: On,
    pub path: PathBuf,
    /// The git config file that names a folder of hooks for all repositories.
    pub git_config: PathBuf,
    /// What Gitea is to make new repositories from.
    pub template: PathBuf,
}

impl Place {
    /// The server whose word about the pusher counts there; `None` where that is the config's own business.
    pub fn forge(&self) -> Option<&'static str> {
        match self.on {
            On::Gitea => Some("gitea"),
            On::Gitlab => Some("gitlab"),
            On::Gitolite | On::GitoliteSpecific => Some("gitolite"),
            On::GitConfig | On::HooksPath | On::Repositories | On::Repository => None,
        }
    }

    /// `named`: the config was given, so that it must be written down somewhere.
    pub fn install(&self, hook: &Hook, config: &Path, named: bool) -> Result<Vec<Step>, String> {
        match self.on {
            On::GitConfig => self.git_config_hook(hook),
            On::Gitea => self.gitea(hook),
            On::Gitlab => drop_in(&self.gitlab_folder(), hook),
            On::Gitolite => self.gitolite(hook),
            On::GitoliteSpecific => self.gitolite_specific(hook),
            On::HooksPath => self.hooks_path(hook),
            On::Repositories => {
                let repositories = folder::bare_repositories(&self.path)?;
                if repositories.is_empty() {
                    return Err(format!("there is no bare repository below '{}'", self.path.display()));
                }
                let each = |repository: &PathBuf| into_repository(repository, hook, config, named);
                Ok(repositories.iter().flat_map(|repository| or_left_out(each(repository))).collect())
            }
            On::Repository => into_repository(&self.path, hook, config, named),
        }
    }

    pub fn uninstall(&self) -> Result<Vec<Step>, String> {
        match self.on {
            On::GitConfig => unset(&self.path, &[HOOK_EVENT_KEY, HOOK_COMMAND_KEY]),
            On::Gitea => {
                let mut steps = Vec::new();
                for repository in folder::bare_repositories(&self.path)? {
                    steps.extend(take_out(&gitea_folder(&repository)));
                }
                let hooks = self.template.join("hooks");
                let template = gitea_folder(&self.template);
                let there = take_out(&template);
                if !there.is_empty() {
                    steps.extend(there);
                    steps.extend([template, hooks, self.template.clone()].map(|path| Step::RemoveFolder { path }));
                    steps.push(Step::Tell("take init.templateDir out of app.ini, and start Gitea again".to_string()));
                }
                Ok(steps)
            }
            On::Gitlab => {
                let folder = self.gitlab_folder();
                let mut steps = take_out(&folder);
                if !steps.is_empty() {
                    steps.push(Step::RemoveFolder { path: folder });
                    if folder::is_bare_repository(&self.path) {
                        steps.push(Step::RemoveFolder { path: self.path.join("custom_hooks") });
                    }
                }
                Ok(steps)
            }
            On::Gitolite => Ok(put_back(&self.path.join("hooks/common"))),
            On::GitoliteSpecific => Ok(take_out(&self.path.join("hooks/repo-specific"))),
            On::HooksPath => self.leave_hooks_path(),
            On::Repositories => {
                let repositories = folder::bare_repositories(&self.path)?;
                Ok(repositories.iter().flat_map(|repository| or_left_out(out_of_repository(repository))).collect())
            }
            On::Repository => {
                folder::must_be_bare_repository(&self.path)?;
                out_of_repository(&self.path)
            }
        }
    }

    fn git_config_hook(&self, hook: &Hook) -> Result<Vec<Step>, String> {
        git::must_run_hooks_in_config()?;
        let mut steps = set(&self.path, HOOK_COMMAND_KEY, &hook.command()?)?;
        steps.extend(set(&self.path, HOOK_EVENT_KEY, "pre-receive")?);
        Ok(steps)
    }

    fn hooks_path(&self, hook: &Hook) -> Result<Vec<Step>, String> {
        folder::must_not_be_others(&self.path)?;
        let folder = self.path.to_str().ok_or_else(|| format!("'{}' is not UTF-8", self.path.display()))?;
        let there = fs::read(self.path.join("pre-receive")).unwrap_or_default();
        match git::value(&self.git_config, HOOKS_PATH_KEY)? {
            Some(other) if other != folder => Err(format!(
                "{HOOKS_PATH_KEY} in '{}' is '{other}': install into that folder",
                self.git_config.display()
            )),
            // The folder was in use before: no repository's own hook ran then, and none is to start now.
            Some(_) if !hook::is_everywhere(&there) => hook_file(&self.path, hook),
            Some(_) | None => {
                if !there.is_empty() && !hook::is_everywhere(&there) {
                    let reason =
                        format!("'{folder}/pre-receive' is there, and nothing says that git looks into the folder");
                    return Err(format!(
                        "{reason}: name it with `git config --system {HOOKS_PATH_KEY} {folder}` first"
                    ));
                }
                let mut steps = vec![write_unless_there(self.path.join("pre-receive"), hook.everywhere()?, hook)?];
                for name in PASSED_ON {
                    let path = self.path.join(name);
                    if fs::symlink_metadata(&path).is_err() {
                        steps.push(executable(path, PASS_ON.to_string(), "which runs each repository's own"));
                    }
                }
                steps.extend(set(&self.git_config, HOOKS_PATH_KEY, folder)?);
                steps.push(Step::Tell(format!(
                    "note: git now passes over the hooks folder of every repository; pre-receive, {} there are run from {folder}, others not",
                    PASSED_ON.join(", ")
                )));
                Ok(steps)
            }
        }
    }

    fn leave_hooks_path(&self) -> Result<Vec<Step>, String> {
        let there = fs::read(self.path.join("pre-receive")).unwrap_or_default();
        if !hook::is_everywhere(&there) {
            return Ok(put_back(&self.path));
        }
        // Git first looks into the repositories again, and only then the folder goes.
        let mut steps = unset(&self.git_config, &[HOOKS_PATH_KEY])?;
        steps.push(Step::Remove { path: self.path.join("pre-receive") });
        for path in PASSED_ON.map(|name| self.path.join(name)) {
            if fs::read(&path).is_ok_and(|text| text == PASS_ON.as_bytes()) {
                steps.push(Step::Remove { path });
            }
        }
        steps.push(Step::RemoveFolder { path: self.path.clone() });
        Ok(steps)
    }

    fn gitolite(&self, hook: &Hook) -> Result<Vec<Step>, String> {
        let mut steps = hook_file(&self.path.join("hooks/common"), hook)?;
        steps.push(Step::Tell(format!(
            "to do: let LOCAL_CODE in .gitolite.rc be '{}', then run `gitolite setup --hooks-only` as gitolite's user: it links the hook into every repository",
            self.path.display()
        )));
        Ok(steps)
    }

    fn gitolite_specific(&self, hook: &Hook) -> Result<Vec<Step>, String> {
        let mut steps = drop_in(&self.path.join("hooks/repo-specific"), hook)?;
        steps.push(Step::Tell(format!(
            "to do: let LOCAL_CODE in .gitolite.rc be '{}' and ENABLE 'repo-specific-hooks'; write `option hook.pre-receive = refgate` under each repository in gitolite.conf",
            self.path.display()
        )));
        Ok(steps)
    }

    fn gitea(&self, hook: &Hook) -> Result<Vec<Step>, String> {
        let repositories = match folder::is_bare_repository(&self.path) {
            true => vec![self.path.clone()],
            false => folder::bare_repositories(&self.path)?,
        };
        let mut steps: Vec<Step> =
            repositories.iter().flat_map(|repository| or_left_out(into_gitea_repository(repository, hook))).collect();
        if !repositories.contains(&self.path) {
            steps.extend(drop_in(&gitea_folder(&self.template), hook)?);
            steps.push(Step::Tell(format!(
                "to do: write `init.templateDir = {}` under [git.config] in app.ini and start Gitea again: new repositories then have the hook",
                self.template.display()
            )));
        }
        Ok(steps)
    }

    /// A project's own folder, or the one for all (`custom_hooks_dir`).
    fn gitlab_folder(&self) -> PathBuf {
        match folder::is_bare_repository(&self.path) {
            true => self.path.join("custom_hooks/pre-receive.d"),
            false => self.path.join("pre-receive.d"),
        }
    }
}

/// What goes wrong with one of many is told, and the rest goes on.
fn or_left_out(steps: Result<Vec<Step>, String>) -> Vec<Step> {
    steps.unwrap_or_else(|reason| vec![Step::LeaveOut(reason)])
}

fn into_repository(repository: &Path, hook: &Hook, config: &Path, named: bool) -> Result<Vec<Step>, String> {
    folder::must_be_bare_repository(repository)?;
    let note = folder::repository_must_not_be_others(repository)?;
    let git_config = repository.join("config");
    if let Some(elsewhere) = git::hooks_path(&git_config, HOOKS_PATH_KEY)? {
        let remedy = format!("`refgate install --on hooks-path {elsewhere}` puts refgate there");
        return Err(format!("git looks for hooks in '{elsewhere}', not in '{}': {remedy}", repository.display()));
    }
    let mut steps = Vec::new();
    if named {
        let config = config.to_str().ok_or_else(|| format!("'{}' is not UTF-8", config.display()))?;
        steps.extend(set(&git_config, CONFIG_KEY, config)?);
    }
    steps.extend(hook_file(&repository.join("hooks"), hook)?);
    steps.extend(note.map(Step::Tell));
    Ok(steps)
}

fn out_of_repository(repository: &Path) -> Result<Vec<Step>, String> {
    let mut steps = put_back(&repository.join("hooks"));
    let git_config = repository.join("config");
    if git::written(&git_config, CONFIG_KEY)? {
        steps.push(Step::UnsetGit { file: git_config, key: CONFIG_KEY });
    }
    Ok(steps)
}

fn into_gitea_repository(repository: &Path, hook: &Hook) -> Result<Vec<Step>, String> {
    let folder = gitea_folder(repository);
    if !folder.join("gitea").is_file() && !folder.join("forgejo").is_file() {
        return Err(format!(
            "'{}' has no hook of Gitea's: run `gitea admin regenerate hooks` first, if it is one of Gitea's repositories",
            repository.display()
        ));
    }
    folder::must_not_be_others(&repository.join("hooks"))?;
    let mut steps = drop_in(&folder, hook)?;
    let driver = repository.join("hooks/pre-receive");
    let text = fs::read_to_string(&driver).unwrap_or_default();
    if !text.lines().next().is_some_and(|line| line.trim_end().ends_with("bash")) {
        steps.push(Step::Tell(format!(
            "note: '{}' is not run by bash, and another shell may change what it hands on: let SCRIPT_TYPE in app.ini be bash",
            driver.display()
        )));
    }
    Ok(steps)
}

fn gitea_folder(repository: &Path) -> PathBuf {
    repository.join("hooks/pre-receive.d")
}

/// The hook as the only one of its folder; one that is there is kept and runs first.
fn hook_file(hooks: &Path, hook: &Hook) -> Result<Vec<Step>, String> {
    folder::must_not_be_others(hooks)?;
    let path = hooks.join("pre-receive");
    let kept = hooks.join(KEPT);
    let there = read_hook(&path)?;
    let foreign = there.as_ref().is_some_and(|there| !hook::is_ours(&there.text));
    if foreign && kept.exists() {
        return Err(format!("both '{}' and '{}' exist: which one was there first?", path.display(), kept.display()));
    }
    if foreign && there.as_ref().is_some_and(|there| !there.executable) {
        return Err(format!(
            "'{0}' is not executable, so git passes over it: run `chmod +x {0}`, or remove it",
            path.display()
        ));
    }
    let text = if foreign || kept.exists() { hook.chained(&kept)? } else { hook.alone()? };
    let mut steps = Vec::new();
    if foreign {
        steps.push(Step::Keep { hook: path.clone(), kept });
    }
    steps.push(write_unless_there(path, text, hook)?);
    Ok(steps)
}

/// Takes out what [`hook_file`] put in; nothing when there is none.
fn put_back(hooks: &Path) -> Vec<Step> {
    let hook = hooks.join("pre-receive");
    let kept = hooks.join(KEPT);
    match fs::read(&hook) {
        Ok(text) if hook::is_ours(&text) && kept.exists() => vec![Step::Restore { kept, hook }],
        Ok(text) if hook::is_ours(&text) => vec![Step::Remove { path: hook }],
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// The hook as one of many in a folder whose files a server runs.
fn drop_in(folder: &Path, hook: &Hook) -> Result<Vec<Step>, String> {
    folder::must_not_be_others(folder)?;
    let path = folder.join(DROPPED_IN);
    if read_hook(&path)?.is_some_and(|there| !hook::is_ours(&there.text)) {
        return Err(format!("'{}' is there and not refgate's", path.display()));
    }
    Ok(vec![write_unless_there(path, hook.alone()?, hook)?])
}

/// Takes out what [`drop_in`] put in; nothing when there is none.
fn take_out(folder: &Path) -> Vec<Step> {
    let path = folder.join(DROPPED_IN);
    match fs::read(&path) {
        Ok(text) if hook::is_ours(&text) => vec![Step::Remove { path }],
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// A hook that stands somewhere.
struct There {
    text: Vec<u8>,
    executable: bool,
}

/// Git passes over a dangling link in silence, and what a link points to is not ours to judge.
fn read_hook(path: &Path) -> Result<Option<There>, String> {
    let cannot = |error: std::io::Error| format!("'{}': {error}", path.display());
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => {
            Err(format!("'{}' is a symbolic link: replace it by what it points to first", path.display()))
        }
        Ok(there) => {
            let executable = there.permissions().mode() & 0o111 != 0;
            Ok(Some(There { text: fs::read(path).map_err(cannot)?, executable }))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot(error)),
    }
}

fn write_unless_there(path: PathBuf, text: String, hook: &Hook) -> Result<Step, String> {
    match read_hook(&path)? {
        Some(there) if there.text == text.as_bytes() && there.executable => {
            Ok(Step::Tell(format!("{} is in place already", path.display())))
        }
        Some(_) | None => Ok(executable(path, text, &format!("which runs {}", hook.program.display()))),
    }
}

fn executable(path: PathBuf, text: String, what: &str) -> Step {
    Step::Write { path, text, mode: 0o755, what: what.to_string() }
}

/// Sets a key of git's where it is not set to that already.
fn set(file: &Path, key: &'static str, value: &str) -> Result<Vec<Step>, String> {
    match git::value(file, key)? {
        Some(there) if there == value => Ok(Vec::new()),
        Some(_) | None => Ok(vec![Step::SetGit { file: file.to_path_buf(), key, value: value.to_string() }]),
    }
}

/// Takes keys of git's out that we set.
fn unset(file: &Path, keys: &[&'static str]) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for key in keys {
        if git::written(file, key)? {
            steps.push(Step::UnsetGit { file: file.to_path_buf(), key });
        }
    }
    Ok(steps)
}
