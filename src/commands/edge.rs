//! What commands take from the outside world: the clock, the environment, where the repository and its config are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ulid::Ulid;

use crate::facts;
use crate::gate::{self, Progress};
use crate::ids::RefName;
use crate::problem::Problem;
use crate::report::{visible, visible_json};
use crate::repository::{self, Location, Repository};
use crate::server::{self, Environment};
use crate::setup::{CONFIG_NAME, SYSTEM_CONFIG, Setup};
use crate::signature;
use crate::time::Time;
use crate::verdict::Failure;

/// The time now, by the machine's clock. A clock before 1970 counts as 1970.
pub fn now() -> Time {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Time(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// A new name for a decision.
pub fn decision_id() -> String {
    Ulid::generate().to_string()
}

/// Says something to whoever runs the command. Whether they hear it changes nothing.
pub fn tell(words: &str) {
    let words = visible(words);
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(words.as_bytes()).and_then(|()| stderr.flush());
}

/// Says something that is the command's result.
pub fn answer(words: &str) {
    let words = visible(words);
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(words.as_bytes()).and_then(|()| stdout.flush());
}

/// Says a JSON document that is the command's result.
pub fn answer_json(json: &str) {
    answer(&visible_json(json));
}

/// Where the config is: named by hand, by `refgate.config` in the repository's own config file, beside the
/// repository, or in `/etc`. A place is passed over only when it does not exist.
pub fn locate_config(named: Option<&Path>, git_dir: &Path) -> Result<PathBuf, Problem> {
    if let Some(named) = named {
        return Ok(named.to_path_buf());
    }
    let config = git_dir.join("config");
    match repository::config_value(&config, "refgate.config") {
        Ok(Some(named)) => return Ok(git_dir.join(named)),
        Ok(None) => {}
        Err(error) => return Err(Problem::error(config, error.to_string())),
    }
    for candidate in [git_dir.join(CONFIG_NAME), PathBuf::from(SYSTEM_CONFIG)] {
        match std::fs::symlink_metadata(&candidate) {
            Ok(_) => return Ok(candidate),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Problem::error(candidate, error.to_string())),
        }
    }
    let help = format!("write {} or run `git config refgate.config <file>` there", git_dir.join(CONFIG_NAME).display());
    Err(Problem::error(git_dir, "no refgate.toml is found for this repository").help(help))
}

/// Reads the operator's word for a repository; a failure carries every problem, for the operator.
pub fn load_setup(named: Option<&Path>, git_dir: &Path) -> Result<Setup, Failure> {
    let cause = "its rules, people or keys could not be loaded";
    let config = locate_config(named, git_dir).map_err(|problem| Failure::new(cause, problem.render()))?;
    Setup::load(&config).map_err(|problems| Failure::new(cause, crate::problem::render_all(&problems)))
}

/// What the configured server says of the push, in the form that rules see; the gate fills in the rest.
pub fn push_fact(
    setup: &Setup,
    repository: &Repository,
    environment: &Environment,
    git_dir: &Path,
    received: Time,
) -> Result<facts::Push, Failure> {
    let unreadable = |error: std::io::Error| Failure::new("the repository cannot be read", error.to_string());
    let absolute = git_dir.canonicalize().map_err(unreadable)?;
    let user_authentication = environment.value("SSH_USER_AUTH").and_then(|path| std::fs::read(path).ok());
    let process = server::Process {
        git_dir: &absolute,
        account: &account(),
        user_authentication: user_authentication.as_deref(),
    };
    let word = server::read(setup.config.server.forge, environment, process).map_err(|error| {
        Failure::new("the server does not say who is pushing", format!("{error}\n{}", error.hint()))
    })?;
    Ok(facts::Push {
        repository: facts::Repository {
            path: word.repository.path,
            name: word.repository.name,
            owner: word.repository.owner,
            kind: word.repository.kind,
            object_format: repository.format().name().to_string(),
            head: repository.head().map(RefName::to_string).unwrap_or_default(),
            empty: repository.is_empty().map_err(Failure::from)?,
        },
        pusher: pusher(setup, word.pusher),
        channel: word.channel,
        options: Vec::new(),
        certificate: facts::Certificate::none(),
        received_at: received.rfc3339(),
        received_at_ns: received.nanoseconds(),
        updates: Vec::new(),
    })
}

/// The person whom the operator's word makes of the server's: by account, else by the key that sshd authenticated. So
/// people may share one Unix account, each with an own key. Whoever comes with a key on the revocation list is nobody:
/// sshd need not know that list.
fn pusher(setup: &Setup, word: server::Pusher) -> facts::Pusher {
    let key = public_key(&word.key);
    let is_revoked = key.as_ref().is_some_and(|key| setup.keyring.has_revoked(key));
    let by_key = || setup.people.by_fingerprint(&fingerprint(key.as_ref()?)?);
    let person = word.account().filter(|_| !is_revoked);
    let person = person.and_then(|account| setup.people.by_account(account).or_else(by_key));
    facts::Pusher {
        person: person.map_or_else(|| facts::Person::unknown("pusher"), |person| person.fact()),
        name: word.name,
        id: word.id,
        email: word.email,
        key: word.key,
        deploy_key: word.deploy_key,
    }
}

/// A public key as sshd writes it; `None` of anything else that a server calls a key.
fn public_key(key: &str) -> Option<signature::KeyFile> {
    let path = PathBuf::from("SSH_USER_AUTH");
    key.contains(' ').then(|| signature::KeyFile { path, bytes: key.as_bytes().to_vec() })
}

fn fingerprint(key: &signature::KeyFile) -> Option<String> {
    match signature::fingerprints(key).ok()?.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The name of the Unix account that runs the hook, or `""`.
pub fn account() -> String {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&uid.as_str()))
        .and_then(|fields| fields.first().map(ToString::to_string))
        .unwrap_or_default()
}

/// The allowed part of this process's environment.
pub fn environment() -> Result<Environment, Failure> {
    Environment::new(std::env::vars_os())
        .map_err(|error| Failure::new("its environment contradicts itself", error.to_string()))
}

/// What git says of a push certificate, if one was sent. Only where it is stored, and its nonce: whether it is good
/// is not for the environment to say.
pub fn certificate(environment: &Environment) -> Option<gate::Sent> {
    let word = |name| environment.value(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    let sent = gate::Sent { blob: word("GIT_PUSH_CERT"), nonce_status: word("GIT_PUSH_CERT_NONCE_STATUS") };
    (!sent.blob.is_empty()).then_some(sent)
}

/// Where the repository and the pushed objects are, as git says.
pub fn location(environment: &Environment) -> Result<Location, Failure> {
    let git_dir = environment.value("GIT_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let namespace = match environment.value("GIT_NAMESPACE") {
        Some(name) => Some(
            name.to_str().ok_or_else(|| Failure::new("its namespace is not UTF-8", format!("{name:?}")))?.to_string(),
        ),
        None => None,
    };
    let objects = environment.value("GIT_OBJECT_DIRECTORY");
    let alternates = environment.value("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    Ok(Location::from_environment(&git_dir, objects, alternates).within(namespace.filter(|name| !name.is_empty())))
}

/// Tells the pusher how far judging is: at most a line a second, none in the first.
pub fn progress(quiet: bool) -> impl Fn(Progress) {
    let told = std::cell::Cell::new(std::time::Instant::now());
    move |progress| {
        if !quiet && told.get().elapsed() >= Duration::from_secs(1) {
            told.set(std::time::Instant::now());
            tell(&format!("refgate: judged {} of {} commits\n", progress.judged, progress.total));
        }
    }
}
