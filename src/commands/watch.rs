//! The clock that the hook runs against. What does not finish in time is ended, whatever holds it up, and so is what
//! fails through a mistake of refgate's own: never without a word, and on record.
//!
//! A thread of its own watches: neither a rule inside one of the engine's builtins, nor a file that does not open, nor a
//! write to somebody who does not read can be interrupted.

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::error;

use crate::config::Limits;
use crate::facts::Forge;
use crate::record;
use crate::report::{self, Style};
use crate::verdict::{Decision, Failure};

use super::edge;

/// How long what was decided may take to be written and told once the time is over.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Ends the process when its time is over.
pub struct Watch(Arc<Watched>);

struct Watched {
    run: Mutex<Run>,
    changed: Condvar,
    started: Instant,
}

struct Run {
    terms: Terms,
    stage: Stage,
}

/// What the config says of a run that takes too long.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Wall clock, from the start of the process.
    pub deadline: Duration,
    pub log: Option<PathBuf>,
    pub style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Judging,
    /// There is a decision, on its way to the log.
    Recording,
    /// It stands, with this exit code; whether the pusher hears it changes nothing.
    Recorded(u8),
    /// Nothing was decided, and that is on its way.
    Ended,
}

impl Default for Terms {
    /// What holds until the config is read.
    fn default() -> Self {
        let Limits { deadline, violations_shown: shown, .. } = Limits::default();
        Self { deadline, log: None, style: Style { shown, forge: Forge::Plain } }
    }
}

impl Watch {
    /// Begins to watch. `unjudged` is the decision of a run that comes to none, but for the reason.
    pub fn start(unjudged: Decision) -> Result<Self, Failure> {
        let run = Mutex::new(Run { terms: Terms::default(), stage: Stage::Judging });
        let watched = Arc::new(Watched { run, changed: Condvar::new(), started: Instant::now() });
        let shared = watched.clone();
        watched.clone().watch_for_panics(unjudged.clone());
        match thread::Builder::new().spawn(move || watch(&shared, unjudged)) {
            Ok(_) => Ok(Self(watched)),
            Err(error) => Err(Failure::new("the clock cannot be watched", error.to_string())),
        }
    }

    /// From now on these hold.
    pub fn agree(&self, terms: Terms) {
        self.0.run().terms = terms;
        self.0.changed.notify_all();
    }

    /// There is a decision. Does not return when the time is over: another one was recorded then.
    pub fn recording(&self) {
        let mut run = self.0.run();
        while run.stage == Stage::Ended {
            run = self.0.changed.wait(run).unwrap_or_else(PoisonError::into_inner);
        }
        run.stage = Stage::Recording;
    }

    /// The decision is on record.
    pub fn recorded(&self, exit_code: u8) {
        self.0.run().stage = Stage::Recorded(exit_code);
    }
}

impl Watched {
    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mistake of refgate's own ends the process as well, in words for people: without a thread, in threads of others,
    /// and whether or not panics unwind.
    fn watch_for_panics(self: Arc<Self>, failed: Decision) {
        std::panic::set_hook(Box::new(move |panic| {
            let failure = Failure::new("refgate itself failed", panic.to_string());
            self.end(Decision { failure: Some(failure), ..failed.clone() });
        }));
    }

    /// Ends the process, with this decision unless there is one.
    fn end(&self, unjudged: Decision) -> ! {
        let mut run = self.run();
        if run.stage == Stage::Judging {
            run.stage = Stage::Ended;
            let terms = run.terms.clone();
            drop(run);
            say(terms, unjudged);
            std::process::exit(2);
        }
        drop(run);
        thread::sleep(LAST_WORDS);
        let stage = self.run().stage;
        std::process::exit(match stage {
            Stage::Recorded(exit_code) => i32::from(exit_code),
            Stage::Judging | Stage::Recording | Stage::Ended => 2,
        });
    }
}

fn watch(watched: &Watched, unjudged: Decision) {
    let mut run = watched.run();
    loop {
        let left = run.terms.deadline.saturating_sub(watched.started.elapsed());
        if left.is_zero() {
            break;
        }
        run = watched.changed.wait_timeout(run, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    let detail = format!("the deadline of {} ms passed", run.terms.deadline.as_millis());
    drop(run);
    watched.end(Decision { failure: Some(Failure::new("it takes too long", detail)), ..unjudged });
}

/// Records and tells that nothing was decided. Each in a thread of its own: what held up the run may hold up them.
fn say(terms: Terms, unjudged: Decision) {
    let (done, all_done) = channel();
    let words = report::render(&unjudged, terms.style);
    aside(done.clone(), move || edge::tell(&words));
    aside(done, move || {
        let id = &unjudged.id;
        error!(decision = %id, "{}", unjudged.failure.as_ref().map_or("", |failure| failure.detail.as_str()));
        if let Some(path) = &terms.log
            && let Err(cause) = record::append(path, &record::event(&unjudged))
        {
            error!(decision = %id, "decision log '{}': {cause}", path.display());
        }
    });
    let over = Instant::now() + LAST_WORDS;
    while all_done.recv_timeout(over.saturating_duration_since(Instant::now())).is_ok() {}
}

fn aside(done: Sender<()>, work: impl FnOnce() + Send + 'static) {
    // Without threads nothing can be said in time; the exit code says it.
    let _ = thread::Builder::new().spawn(move || {
        work();
        let _ = done.send(());
    });
}
