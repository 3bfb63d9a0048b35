//! judge(): the whole pipeline, from git's commands to a decision.
//!
//! Loops and branches are here; the rooms answer one question each. Reads no environment, file or clock, and prints
//! nothing.

mod approvals;
mod ask;
mod assemble;
mod certificate;
mod intake;
mod kept;
mod question;
mod replay;
mod scope;
mod stop;
mod target;
mod workers;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::config::{Limits, Mode, Uncovered};
use crate::facts;
use crate::ids::{ObjectFormat, ObjectId, RefName};
use crate::input::{Memo, Subject};
use crate::policy::{Answer, AskLimits};
use crate::push;
use crate::repository::{Repository, Wanted};
use crate::server::OptionsError;
use crate::setup::Setup;
use crate::time::Time;
use crate::verdict::{Decision, Exemption, Failure, Findings, Inputs, JudgedUpdate, Metrics, Place};

pub use approvals::{reference as approval_ref, statement as approval_statement};
use ask::Worker;
use assemble::Authority;
pub use certificate::{Sent, Statement};
pub use intake::Intended;
use intake::Moves;
use kept::Kept;
use question::Question;
pub use replay::{Prospect, Replayed, replay};
use scope::Past;
use stop::{Stop, gate_violation};
use target::Target;

/// Answers held for questions that may come again.
const MEMO_ENTRIES: usize = 50_000;

/// Bytes of them: what rules say is as long as what was pushed makes it.
const MEMO_BYTES: usize = 32 << 20;

/// What arrived, as the edge read it.
pub struct Arrival<'a> {
    pub commands: Commands<'a>,
    /// What the server says of the push; its options, certificate and updates are filled in here.
    pub push: facts::Push,
    /// Push options as git counts them.
    pub options: Result<Vec<String>, OptionsError>,
    pub received: Time,
    pub id: String,
}

/// Where the list of updates comes from.
pub enum Commands<'a> {
    /// All of the hook's stdin: the client's text, to be checked against the repository.
    Stdin { text: &'a [u8], certificate: Option<Sent> },
    /// An update that somebody wants to know the verdict on, whatever the ref is now.
    Supposed(Intended),
}

/// How far judging is, told now and then.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub judged: usize,
    pub total: usize,
}

/// Judges one push, whole.
pub fn judge(setup: &Setup, repository: &Repository, arrival: Arrival, progress: &dyn Fn(Progress)) -> Decision {
    let started = Instant::now();
    let mut decision = Decision {
        id: arrival.id.clone(),
        received: arrival.received,
        push: None,
        updates: Vec::new(),
        findings: Findings::default(),
        failure: None,
        inputs: Inputs { files: setup.files.clone(), refs: BTreeMap::new(), config: kept::config(setup) },
        metrics: Metrics::default(),
    };
    match pipeline(setup, repository, arrival, &mut decision, progress) {
        Ok(()) => {}
        Err(Stop::Failed(failure)) => decision.failure = Some(failure),
        Err(Stop::Refused(violations)) => decision.findings.violations.extend(violations),
    }
    decision.metrics.elapsed_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    decision
}

fn pipeline(
    setup: &Setup,
    repository: &Repository,
    arrival: Arrival,
    decision: &mut Decision,
    progress: &dyn Fn(Progress),
) -> Result<(), Stop> {
    let mut gate = Gate::open(setup, repository, arrival.push, arrival.received);
    decision.push = Some(gate.push.clone());
    gate.push.options = arrival.options.map_err(intake::refuse_options)?;
    let intended = match arrival.commands {
        Commands::Supposed(intended) => {
            gate.push.repository.empty |= intended.is_first(repository)?;
            vec![intended]
        }
        Commands::Stdin { text, certificate } => {
            let commands =
                push::parse(text, repository.format(), setup.config.limits.updates).map_err(intake::refuse_stdin)?;
            if let Some(sent) = certificate {
                gate.push.certificate = gate.certificate(&sent, &commands)?;
            }
            let (intended, violations) = intake::resolve(repository, commands)?;
            decision.updates = judged(&intended, repository.format());
            if !violations.is_empty() {
                return Err(Stop::Refused(violations));
            }
            intended
        }
    };
    decision.updates = judged(&intended, repository.format());
    gate.judge(&intended, decision, progress)
}

fn judged(intended: &[Intended], format: ObjectFormat) -> Vec<JudgedUpdate> {
    intended.iter().map(|one| one.judged(ObjectId::null(format))).collect()
}

/// Everything that holds for the whole push.
struct Gate<'a> {
    setup: &'a Setup,
    repository: &'a Repository,
    authority: Authority<'a>,
    head: Option<RefName>,
    push: facts::Push,
    questions: Vec<Question<'a>>,
    memo: Memo<Answer>,
    /// The answer to most questions: one for all of them.
    no_objection: Arc<Answer>,
    asked: AtomicU64,
    evaluated: AtomicU64,
    /// Approvals looked at so far.
    approvals: AtomicUsize,
    /// Why rules that only warn could not be evaluated.
    errors: Mutex<Vec<String>>,
    /// What rules were shown, if it is to be kept.
    kept: Option<Kept>,
    received: Time,
}

/// All updates of the push, for what must be known of the others when one is judged.
struct Whole<'a> {
    targets: &'a [Target<'a>],
    moves: Moves<'a>,
    past: Past<'a>,
    /// Commits that no ref had before this push, once somebody wants to know.
    unseen: OnceCell<HashSet<ObjectId>>,
}

impl<'a> Gate<'a> {
    fn open(setup: &'a Setup, repository: &'a Repository, push: facts::Push, received: Time) -> Self {
        let questions = question::of(setup, &push.repository.path);
        Self {
            setup,
            repository,
            authority: Authority { config: &setup.config, people: &setup.people, keyring: &setup.keyring, received },
            head: repository.head().cloned(),
            push,
            questions,
            memo: Memo::new(MEMO_ENTRIES, MEMO_BYTES),
            no_objection: Arc::default(),
            asked: AtomicU64::new(0),
            evaluated: AtomicU64::new(0),
            approvals: AtomicUsize::new(0),
            errors: Mutex::default(),
            kept: setup.config.log.input.then(|| Kept::new(setup.config.limits.kept_bytes)),
            received,
        }
    }

    fn limits(&self) -> &Limits {
        &self.setup.config.limits
    }

    fn judge(
        mut self,
        intended: &[Intended],
        decision: &mut Decision,
        progress: &dyn Fn(Progress),
    ) -> Result<(), Stop> {
        let mut targets = Vec::new();
        let mut broken = Vec::new();
        for (index, one) in intended.iter().enumerate().filter(|(_, one)| !one.is_nothing()) {
            match Target::open(self.repository, index, one) {
                Ok(target) => targets.push(target),
                Err(Stop::Refused(violations)) => broken.extend(violations),
                Err(stop) => return Err(stop),
            }
        }
        self.absorb(decision, Findings { violations: broken, ..Findings::default() });
        self.absorb(decision, self.uncovered(&targets));
        let facts = self.update_facts(&targets)?;
        self.push.updates = facts.iter().map(summary).collect();
        let moves = Moves::of(intended);
        let past = self.past(&moves, decision)?;
        decision.push = Some(self.push.clone());
        let whole = Whole { targets: &targets, moves, past, unseen: OnceCell::new() };
        let mut workers = vec![self.worker()];
        self.absorb(decision, self.ask_push(&mut workers[0], &targets)?);
        for (target, fact) in targets.iter().zip(&facts) {
            self.absorb(decision, self.ask_update(&mut workers[0], &whole, target, fact)?);
            self.absorb(decision, self.ask_tags(&mut workers[0], &whole, target, fact)?);
            self.ask_commits(&mut workers, &whole, (target, fact), decision, progress)?;
        }
        let errors = std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner));
        self.absorb(decision, Findings { errors, ..Findings::default() });
        decision.metrics.asked = self.asked.load(Ordering::Relaxed);
        decision.metrics.evaluated = self.evaluated.load(Ordering::Relaxed);
        Ok(())
    }

    fn absorb(&self, decision: &mut Decision, findings: Findings) {
        for exempted in &findings.exempted {
            let count = match exempted.by {
                Exemption::Exception => &mut decision.metrics.excepted,
                Exemption::Override => &mut decision.metrics.overridden,
            };
            *count = count.saturating_add(1);
        }
        decision.findings.extend(findings, self.limits().violations);
    }

    fn worker(&self) -> Worker {
        let asker = self.setup.policy.asker(self.limits().deadline, AskLimits::of(self.limits()));
        let repository = self.repository.clone();
        let read = |path: &str| {
            let changes = ["commit.changes", "commit.odd_changes"].map(|changes| format!("{changes}.{path}"));
            self.questions.iter().any(|question| changes.iter().any(|path| question.reads(path)))
        };
        let wanted = match (read("old.size"), read("old") || read("new")) {
            (true, _) => Wanted::Everything,
            (false, true) => Wanted::WithoutOldSizes,
            (false, false) => Wanted::Nothing,
        };
        Worker { asker, repository: repository.telling(wanted) }
    }

    fn threads(&self) -> usize {
        match self.limits().threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        }
    }

    fn certificate(&self, sent: &Sent, commands: &[push::Command]) -> Result<facts::Certificate, Stop> {
        let place = Place::default();
        let id = ObjectId::parse(sent.blob.as_bytes(), self.repository.format()).ok_or_else(|| {
            Failure::new("its push certificate cannot be read", format!("GIT_PUSH_CERT is '{}'", sent.blob))
        })?;
        let blob = self
            .repository
            .blob(id, "object_bytes", self.limits().object_bytes)
            .map_err(|error| Stop::at(error, &place))?;
        certificate::verify(&blob, sent, commands, &self.push.options, &self.authority)
            .map_err(|message| Stop::Refused(vec![gate_violation("certificate", &place, message, "push again")]))
    }

    /// Questions of one subject whose refs include the target's.
    fn about(&self, target: &Target, subject: Subject) -> Vec<&Question<'a>> {
        let about = self.questions.iter().filter(|question| question.is_about(subject));
        about.filter(|question| self.includes(question, target)).collect()
    }

    /// Whether the question's refs include the target's; where names that differ in case are one to the file system,
    /// any of those.
    fn includes(&self, question: &Question, target: &Target) -> bool {
        let (refs, name, head) = (&question.binding.refs, &target.intended.stored, self.head.as_ref());
        match self.repository.folds_names() {
            true => refs.matches_folded(name, head),
            false => refs.matches(name, head),
        }
    }

    /// Updates that no enforcing rule would be asked about.
    fn uncovered(&self, targets: &[Target]) -> Findings {
        let mut findings = Findings::default();
        if self.setup.config.uncovered == Uncovered::Accept {
            return findings;
        }
        for target in targets {
            let covers =
                |question: &Question| question.binding.mode == Mode::Enforce && self.includes(question, target);
            if !self.questions.iter().any(covers) {
                let hint = "push to a ref that your administrator's rules cover";
                findings.violations.push(gate_violation("uncovered", &target.place, "no rule covers this ref", hint));
            }
        }
        findings
    }

    /// `moves` have the values of pushed refs: an update that is only supposed starts where it says, not where the
    /// ref is now.
    fn past(&self, moves: &Moves, decision: &mut Decision) -> Result<Past<'_>, Stop> {
        let history = &self.setup.config.history;
        let candidates = match history.baseline.as_written() {
            [] => Vec::new(),
            // The usual case needs no list of all refs.
            [only] if only == "HEAD" => match &self.head {
                Some(head) => self
                    .repository
                    .value(head)
                    .map_err(Failure::from)?
                    .map(|value| (head.clone(), value))
                    .into_iter()
                    .collect(),
                None => Vec::new(),
            },
            _ => self.repository.refs_below("refs/")?,
        };
        let mut baseline = Vec::new();
        for (name, value) in candidates {
            let Some(value) = moves.before(&name, Some(value)) else { continue };
            if history.baseline.matches_stored(&name, self.head.as_ref()) {
                decision.inputs.refs.insert(name.to_string(), value.to_string());
                baseline.push((name, value));
            }
        }
        Ok(Past {
            repository: self.repository,
            head: self.head.as_ref(),
            path: &self.push.repository.path,
            trusted: &history.trusted,
            baseline,
            received: self.received,
            limit: self.limits().commits,
        })
    }

    fn update_facts(&self, targets: &[Target]) -> Result<Vec<facts::Update>, Stop> {
        let everything = question::union(&self.questions);
        let push_wide = self.questions.iter().any(|question| question.reads("push.updates"));
        targets
            .iter()
            .map(|target| {
                let here: Vec<Question> =
                    self.questions.iter().copied().filter(|question| self.includes(question, target)).collect();
                let reads = if push_wide { everything.clone() } else { question::union(&here) };
                target.fact(self.repository, self.head.as_ref(), &reads)
            })
            .collect()
    }
}

fn summary(fact: &facts::Update) -> facts::UpdateSummary {
    facts::UpdateSummary {
        ref_name: fact.ref_name.clone(),
        kind: fact.kind,
        action: fact.action,
        old: fact.old.clone(),
        new: fact.new.clone(),
        history: fact.history,
        introduced: fact.introduced.clone(),
    }
}
