//! `refgate pre-receive`: the hook. Exits 0 only after an accepting decision is on disk.

use std::io::Read;
use std::mem::ManuallyDrop;

use tracing::error;

use crate::cli::Config;
use crate::config::{Limits, LogConfig};
use crate::facts::Forge;
use crate::gate::{self, Arrival, Commands};
use crate::ids::RefName;
use crate::record;
use crate::report::{self, Style};
use crate::repository::Repository;
use crate::server;
use crate::setup::Setup;
use crate::time::Time;
use crate::verdict::{Decision, Failure, Findings, Inputs, Metrics};

use super::watch::{Terms, Watch};
use super::{edge, operator};

/// Bytes of the longest line of stdin that can be judged.
const LINE_BYTES: usize = RefName::LONGEST + 2 * 65 + 1;

pub fn run(options: &Config) -> u8 {
    operator::speak_to_syslog();
    let received = edge::now();
    let id = edge::decision_id();
    let mut log = LogConfig::default();
    let mut style = Style { shown: Limits::default().violations_shown, forge: Forge::Plain };
    let watch = Watch::start(unjudged(id.clone(), received, Failure::new("", "")));
    let judged = match &watch {
        Ok(watch) => judge(options, received, &id, &mut log, &mut style, watch),
        Err(failure) => Err(failure.clone()),
    };
    let mut decision = judged.unwrap_or_else(|failure| unjudged(id, received, failure));
    if let Ok(watch) = &watch {
        watch.recording();
    }
    if let Some(path) = &log.path
        && let Err(cause) = record::append(path, &record::event(&decision))
    {
        error!(decision = %decision.id, "decision log '{}': {cause}", path.display());
        // A refusal stands without its record; an acceptance does not.
        if decision.verdict().exit_code() == 0 {
            decision.failure = Some(Failure::new("the decision could not be recorded", cause.to_string()));
        }
    }
    if let Ok(watch) = &watch {
        watch.recorded(decision.verdict().exit_code());
    }
    if let Some(failure) = &decision.failure {
        error!(decision = %decision.id, "{}: {}", failure.cause, failure.detail);
    }
    edge::tell(&report::render(&decision, style));
    decision.verdict().exit_code()
}

fn judge(
    options: &Config,
    received: Time,
    id: &str,
    log: &mut LogConfig,
    style: &mut Style,
    watch: &Watch,
) -> Result<Decision, Failure> {
    let environment = &edge::environment()?;
    let location = edge::location(environment)?;
    // The process ends soon: to give thousands of keys and rules back one by one would only take time.
    let setup: ManuallyDrop<Setup> = ManuallyDrop::new(edge::load_setup(options.config.as_deref(), &location.git_dir)?);
    let limits = &setup.config.limits;
    log.clone_from(&setup.config.log);
    *style = Style { shown: limits.violations_shown, forge: setup.config.server.forge };
    watch.agree(Terms { deadline: limits.deadline, log: log.path.clone(), style: *style });
    for warning in &setup.warnings {
        tracing::warn!(decision = %id, "{}", warning.render());
    }
    let repository = Repository::open(&location, limits).map_err(Failure::from)?;
    let push = edge::push_fact(&setup, &repository, environment, &location.git_dir, received)?;
    let stdin = read_stdin(limits)?;
    let certificate = edge::certificate(environment);
    let commands = Commands::Stdin { text: &stdin, certificate };
    let options = server::options(environment, limits);
    let arrival = Arrival { commands, push, options, received, id: id.to_string() };
    Ok(gate::judge(&setup, &repository, arrival, &edge::progress(false)))
}

/// All of stdin, or as much as the limit on updates can need and a byte more.
fn read_stdin(limits: &Limits) -> Result<Vec<u8>, Failure> {
    let cannot = |error: std::io::Error| Failure::new("git's list of updates could not be read", error.to_string());
    let most = limits.updates.saturating_add(1).saturating_mul(LINE_BYTES);
    let mut stdin = Vec::new();
    std::io::stdin().lock().take(most as u64).read_to_end(&mut stdin).map_err(cannot)?;
    Ok(stdin)
}

fn unjudged(id: String, received: Time, failure: Failure) -> Decision {
    Decision {
        id,
        received,
        push: None,
        updates: Vec::new(),
        findings: Findings::default(),
        failure: Some(failure),
        inputs: Inputs::default(),
        metrics: Metrics::default(),
    }
}
