//! judge(): the whole pipeline, from git's commands to a decision.
//!
//! Loops and branches are here; the rooms answer one question each. Reads no environment, file or clock, and prints
//! nothing.

mod approvals;
mod assemble;
mod intake;
mod question;
mod scope;
mod target;
mod workers;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::config::{CommitScope, Limits, Mode, Uncovered};
use crate::facts::{self, Action, Change, RefKind, Status};
use crate::ids::{ObjectFormat, ObjectId, RefName};
use crate::input::{self, Memo, MemoKey, Reads, Subject};
use crate::pattern::PathPatterns;
use crate::policy::{Answer, AskLimits, Asker, HintValues};
use crate::push;
use crate::repository::{ObjectError, Repository};
use crate::setup::Setup;
use crate::time::Time;
use crate::verdict::{Decision, Failure, Findings, Inputs, Metrics, Place, Violation};

use assemble::{Authority, subject};
use intake::gate_violation;
pub use intake::Intended;
use question::{Circumstances, Question};
use scope::{Past, Scope};
use target::Target;

/// Answers held for questions that may come again.
const MEMO_ENTRIES: usize = 100_000;

/// What arrived, as the edge read it.
pub struct Arrival<'a> {
    pub commands: Commands<'a>,
    /// What the server and the environment say of the push; its `updates` are filled in here.
    pub push: facts::Push,
    pub received: Time,
    pub id: String,
}

/// Where the list of updates comes from.
pub enum Commands<'a> {
    /// All of the hook's stdin: the client's text, to be checked against the repository.
    Stdin(&'a [u8]),
    /// An update that somebody wants to know the verdict on, whatever the ref is now.
    Supposed(Intended),
}

/// How far judging is, told now and then.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub judged: usize,
    pub total: usize,
}

/// Why judging stopped early.
pub enum Stop {
    Failed(Failure),
    Refused(Vec<Violation>),
    RefusedAt(Vec<Intended>, Vec<Violation>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Judges one push, whole.
pub fn judge(setup: &Setup, repository: &Repository, arrival: Arrival, progress: &dyn Fn(Progress)) -> Decision {
    let started = Instant::now();
    let mut decision = Decision {
        id: arrival.id,
        received: arrival.received,
        push: Some(arrival.push.clone()),
        updates: Vec::new(),
        findings: Findings::default(),
        failure: None,
        inputs: Inputs { files: setup.files.clone(), refs: BTreeMap::new() },
        metrics: Metrics::default(),
    };
    let null = ObjectId::null(repository.format());
    let intended = match arrival.commands {
        Commands::Stdin(stdin) => push::parse(stdin, repository.format(), setup.config.limits.updates)
            .map_err(intake::refuse_stdin)
            .and_then(|commands| intake::resolve(repository, commands)),
        Commands::Supposed(intended) => Ok(vec![intended]),
    };
    let stop = match intended {
        Ok(intended) => {
            decision.updates = intended.iter().map(|one| one.judged(null)).collect();
            match Gate::open(setup, repository, arrival.push, arrival.received) {
                Ok(gate) => gate.judge(&intended, &mut decision, progress).err(),
                Err(failure) => Some(Stop::Failed(failure)),
            }
        }
        Err(stop) => Some(stop),
    };
    match stop {
        None => {}
        Some(Stop::Failed(failure)) => decision.failure = Some(failure),
        Some(Stop::Refused(violations)) => decision.findings.violations.extend(violations),
        Some(Stop::RefusedAt(intended, violations)) => {
            decision.updates = intended.iter().map(|one| one.judged(null)).collect();
            decision.findings.violations.extend(violations);
        }
    }
    decision.metrics.elapsed_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    decision
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
    asked: AtomicU64,
    evaluated: AtomicU64,
    received: Time,
}

impl<'a> Gate<'a> {
    fn open(setup: &'a Setup, repository: &'a Repository, push: facts::Push, received: Time) -> Result<Self, Failure> {
        let holds_here = |question: &Question| {
            question.binding.mode != Mode::Off && question.binding.repositories.matches(&push.repository.path)
        };
        let questions = setup
            .config
            .bindings
            .iter()
            .zip(setup.policy.bound())
            .enumerate()
            .flat_map(|(entry, (binding, rules))| {
                rules.iter().enumerate().map(move |(position, rule)| Question { entry, position, binding, rule })
            })
            .filter(holds_here)
            .collect();
        Ok(Self {
            setup,
            repository,
            authority: Authority { config: &setup.config, people: &setup.people, keyring: &setup.keyring, received },
            head: repository.head(),
            push,
            questions,
            memo: Memo::new(MEMO_ENTRIES),
            asked: AtomicU64::new(0),
            evaluated: AtomicU64::new(0),
            received,
        })
    }

    fn limits(&self) -> &Limits {
        &self.setup.config.limits
    }

    fn judge(mut self, intended: &[Intended], decision: &mut Decision, progress: &dyn Fn(Progress)) -> Result<(), Stop> {
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
        let past = self.past(decision)?;
        let facts = self.update_facts(&targets)?;
        self.push.updates = facts.iter().map(summary).collect();
        decision.push = Some(self.push.clone());
        let mut workers: Vec<Worker> = (0..self.threads()).map(|_| Worker { asker: self.setup.policy.asker(self.limits().deadline, AskLimits::default()) }).collect();
        self.absorb(decision, self.ask_push(&mut workers[0], &targets)?);
        for (target, fact) in targets.iter().zip(&facts) {
            self.absorb(decision, self.ask_update(&mut workers[0], target, fact, intended)?);
            self.absorb(decision, self.ask_tags(&mut workers[0], target, fact)?);
            self.ask_commits(&mut workers, target, fact, &past, decision, progress)?;
        }
        decision.metrics.asked = self.asked.load(Ordering::Relaxed);
        decision.metrics.evaluated = self.evaluated.load(Ordering::Relaxed);
        Ok(())
    }

    fn absorb(&self, decision: &mut Decision, findings: Findings) {
        decision.findings.extend(findings, self.limits().violations);
    }

    fn threads(&self) -> usize {
        match self.limits().threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        }
    }

    /// Questions of one subject whose refs include the target's.
    fn about(&self, target: &Target, subject: Subject) -> Vec<&Question<'a>> {
        let matches = |question: &&Question| question.binding.refs.matches(&target.intended.stored, self.head.as_ref());
        self.questions.iter().filter(|question| question.is_about(subject)).filter(matches).collect()
    }

    /// Updates that no enforcing rule would be asked about.
    fn uncovered(&self, targets: &[Target]) -> Findings {
        let mut findings = Findings::default();
        if self.setup.config.uncovered == Uncovered::Accept {
            return findings;
        }
        for target in targets {
            let covers = |question: &Question| {
                question.binding.mode == Mode::Enforce && question.binding.refs.matches(&target.intended.stored, self.head.as_ref())
            };
            if !self.questions.iter().any(covers) {
                let hint = "push to a ref that your administrator's rules cover";
                findings.violations.push(gate_violation("uncovered", target.place.clone(), "no rule covers this ref", hint));
            }
        }
        findings
    }

    fn past(&self, decision: &mut Decision) -> Result<Past<'_>, Stop> {
        let history = &self.setup.config.history;
        let mut baseline = Vec::new();
        for name in self.repository.baseline_candidates(&history.baseline, self.head.as_ref()).map_err(Failure::from)? {
            decision.inputs.refs.insert(name.0.to_string(), name.1.to_string());
            baseline.push(name);
        }
        Ok(Past {
            repository: self.repository,
            head: self.head.as_ref(),
            path: &self.push.repository.path,
            trusted: &history.trusted,
            baseline,
            received: self.received,
        })
    }

    fn update_facts(&self, targets: &[Target]) -> Result<Vec<facts::Update>, Failure> {
        let everything = question::union(&self.questions);
        let push_wide = self.questions.iter().any(|question| question.reads("push.updates"));
        targets
            .iter()
            .map(|target| {
                let here: Vec<Question> = self
                    .questions
                    .iter()
                    .copied()
                    .filter(|question| question.binding.refs.matches(&target.intended.stored, self.head.as_ref()))
                    .collect();
                let reads = if push_wide { everything.clone() } else { question::union(&here) };
                target.fact(self.repository, self.head.as_ref(), &reads)
            })
            .collect()
    }

    fn ask_push(&self, worker: &mut Worker, targets: &[Target]) -> Result<Findings, Stop> {
        let mut findings = Findings::default();
        for question in self.questions.iter().filter(|question| question.is_about(Subject::Push)) {
            let concerned = |target: &Target| question.binding.refs.matches(&target.intended.stored, self.head.as_ref());
            if !targets.iter().any(concerned) {
                continue;
            }
            let document = input::PushInput::new(&question.rule.params, &self.push);
            let answer = self.ask(worker, question, input::project(&document, &question.rule.reads))?;
            let about = self.circumstances(None, None, HintValues::default());
            findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &Place::default(), &about), usize::MAX);
        }
        Ok(findings)
    }

    fn ask_update(&self, worker: &mut Worker, target: &Target, fact: &facts::Update, intended: &[Intended]) -> Result<Findings, Stop> {
        let mut findings = Findings::default();
        let tip_signer = OnceCell::new();
        for question in self.about(target, Subject::Update) {
            let mut fact = fact.clone();
            let paths = question.binding.paths.as_ref();
            if question.reads("update.changes") || paths.is_some() {
                let head = self.head_tip()?;
                fact.changes = match target.changes(self.repository, head, paths) {
                    Ok(changes) => changes,
                    Err(Stop::Refused(violations)) => {
                        findings.violations.extend(violations);
                        continue;
                    }
                    Err(stop) => return Err(stop),
                };
                let plain = target.action == Action::Update && target.new_tip.is_some();
                if paths.is_some() && plain && fact.changes.is_empty() {
                    continue;
                }
            }
            if question.reads("update.approvals") {
                fact.approvals = self.approvals(target, intended)?;
            }
            let document = input::UpdateInput::new(&question.rule.params, &self.push, &fact);
            let answer = self.ask(worker, question, input::project(&document, &question.rule.reads))?;
            let signer = tip_signer.get_or_init(|| self.tip_signer(target));
            let about = self.circumstances(Some(target), signer.as_ref(), target.hint(""));
            findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &target.place, &about), usize::MAX);
        }
        Ok(findings)
    }

    /// Every tag object that the update brings, and the ref itself where it is a tag without one.
    fn ask_tags(&self, worker: &mut Worker, target: &Target, fact: &facts::Update) -> Result<Findings, Stop> {
        let mut findings = Findings::default();
        let questions = self.about(target, Subject::Tag);
        if questions.is_empty() || target.is_unchanged() || target.action == Action::Delete {
            return Ok(findings);
        }
        let mut documents: Vec<facts::Tag> = target
            .tags
            .iter()
            .enumerate()
            .map(|(depth, raw)| self.authority.tag(raw, &target.intended.stored, depth))
            .collect();
        if documents.is_empty() && target.kind == RefKind::Tag {
            documents.push(self.authority.lightweight(target.object.clone()));
        }
        for tag in &documents {
            let place = Place { tag: tag.id.clone(), ..target.place.clone() };
            let signer = good_signer(&tag.signature);
            for question in &questions {
                let document = input::TagInput::new(&question.rule.params, &self.push, fact, tag);
                let answer = self.ask(worker, question, input::project(&document, &question.rule.reads))?;
                let about = Circumstances { person: &tag.signature.person, ..self.circumstances(Some(target), signer, target.hint("")) };
                findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &place, &about), usize::MAX);
            }
        }
        Ok(findings)
    }

    fn ask_commits(
        &self,
        workers: &mut [Worker],
        target: &Target,
        fact: &facts::Update,
        past: &Past,
        decision: &mut Decision,
        progress: &dyn Fn(Progress),
    ) -> Result<(), Stop> {
        let questions = self.about(target, Subject::Commit);
        let Some(tip) = target.new_tip.filter(|_| !questions.is_empty() && !target.is_unchanged()) else {
            return Ok(());
        };
        let scope = past.scope(target, tip, &questions)?;
        let before = decision.metrics.commits;
        let total = before.saturating_add(scope.commits.len() as u64);
        if total > self.limits().commits as u64 {
            let message = format!("{total} commits to judge, more than {} (limit 'commits')", self.limits().commits);
            let hint = "push the history in smaller steps, or ask your administrator to trust it";
            self.absorb(decision, Findings { violations: vec![gate_violation("limit", target.place.clone(), message, hint)], ..Findings::default() });
            return Ok(());
        }
        let unseen = self.first_seen(tip, &questions)?;
        let context = CommitContext { target, fact, scope: &scope, questions: &questions, reads: question::union(questions.iter().copied()), unseen };
        let mut judged = 0;
        workers::in_order(
            &scope.commits,
            workers,
            |worker, id| self.ask_commit(worker, *id, &context),
            |findings: Result<Findings, Stop>| {
                judged += 1;
                progress(Progress { judged, total: scope.commits.len() });
                self.absorb(decision, findings?);
                Ok::<(), Stop>(())
            },
        )?;
        decision.metrics.commits = total;
        Ok(())
    }

    /// Commits that no ref had before this push, if any question wants to know.
    fn first_seen(&self, tip: ObjectId, questions: &[&Question]) -> Result<HashSet<ObjectId>, Failure> {
        if !questions.iter().any(|question| question.reads("commit.first_seen")) {
            return Ok(HashSet::new());
        }
        let mut tips = BTreeSet::new();
        for (_, value) in self.repository.refs_below("refs/").map_err(Failure::from)? {
            tips.extend(self.repository.tip(value).map_err(Failure::from)?);
        }
        let unseen = self.repository.range(tip, &tips.into_iter().collect::<Vec<_>>()).map_err(Failure::from)?;
        Ok(unseen.into_iter().collect())
    }

    fn ask_commit(&self, worker: &mut Worker, id: ObjectId, context: &CommitContext) -> Result<Findings, Stop> {
        let place = Place { commit: id.to_string(), ..context.target.place.clone() };
        let raw = match self.repository.commit(id) {
            Ok(raw) => raw,
            Err(error) => return refused_or_failed(stop_at(error, place)),
        };
        let mut fact = self.authority.commit(&raw, &context.reads);
        fact.first_parent = context.scope.first_parent.contains(&id);
        fact.first_seen = context.unseen.contains(&id);
        let place = Place { subject: subject(&fact.message), ..place };
        let mut findings = Findings::default();
        let mut known: Vec<(Changes, Vec<Change>)> = Vec::new();
        for (_, question) in context.questions.iter().enumerate().filter(|(position, _)| context.scope.concerns(*position, id)) {
            let paths = question.binding.paths.as_ref();
            fact.changes.clear();
            if question.reads("commit.changes") || paths.is_some() {
                let wanted = (question.binding.commits, paths);
                if !known.iter().any(|(have, _)| *have == wanted) {
                    match self.repository.commit_changes(&raw, wanted.0, wanted.1) {
                        Ok(changes) => known.push((wanted, changes)),
                        Err(error) => return refused_or_failed(stop_at(error, place)),
                    }
                }
                if let Some((_, changes)) = known.iter().find(|(have, _)| *have == wanted) {
                    fact.changes.clone_from(changes);
                }
                if paths.is_some() && fact.changes.is_empty() {
                    continue;
                }
            }
            let document = input::CommitInput::new(&question.rule.params, &self.push, context.fact, &fact);
            let answer = self.ask(worker, question, input::project(&document, &question.rule.reads))?;
            if answer.deny.is_empty() && answer.warn.is_empty() {
                continue;
            }
            // Exceptions and overrides ask who signed, whether or not the rules do.
            let signature = self.authority.signature(raw.signed.as_ref(), raw.committer.time, "signer");
            let signer = good_signer(&signature);
            let nobody = facts::Person::unknown("signer");
            let about = Circumstances {
                person: signer.unwrap_or(&nobody),
                ..self.circumstances(Some(context.target), signer, context.target.hint(&place.commit))
            };
            findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &place, &about), usize::MAX);
        }
        Ok(findings)
    }

    /// Puts one question, unless the very same was put before.
    fn ask(&self, worker: &mut Worker, question: &Question, document: serde_json::Value) -> Result<Arc<Answer>, Stop> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let key = MemoKey::new(question.entry, question.position, &document);
        if let Some(answer) = self.memo.recall(&key) {
            return Ok(answer);
        }
        self.evaluated.fetch_add(1, Ordering::Relaxed);
        let answer = worker
            .asker
            .ask(question.rule, document)
            .map_err(|error| Stop::Failed(Failure::new("one of its rules could not be evaluated", error.to_string())))?;
        let answer = Arc::new(answer);
        self.memo.remember(key, answer.clone());
        Ok(answer)
    }
}

type Changes<'a> = (CommitScope, Option<&'a PathPatterns>);

/// One thread's own engine.
struct Worker {
    asker: Asker,
}

/// What is the same for every commit of one update.
struct CommitContext<'a> {
    target: &'a Target<'a>,
    fact: &'a facts::Update,
    scope: &'a Scope,
    questions: &'a [&'a Question<'a>],
    reads: Reads,
    unseen: HashSet<ObjectId>,
}

impl<'a> Gate<'a> {
    /// Who stands behind what is asked about: `signer` proves a person where there is one, else the push certificate.
    fn circumstances<'s>(&'s self, target: Option<&'s Target>, signer: Option<&'s facts::Person>, hint: HintValues<'s>) -> Circumstances<'s> {
        let certificate = &self.push.certificate;
        let certified = (certificate.status == facts::CertificateStatus::Signed(Status::Good)).then_some(&certificate.person);
        Circumstances {
            person: &self.push.pusher.person,
            proven: signer.or(certified),
            override_reason: self.push.options.iter().find_map(|option| option.strip_prefix("refgate.override=")),
            stored: target.map(|target| &target.intended.stored),
            head: self.head.as_ref(),
            received: self.received,
            hint,
        }
    }

    /// The good signer of the commit or tag that the update ends in.
    fn tip_signer(&self, target: &Target) -> Option<facts::Person> {
        let signature = match (target.tags.first(), target.new_tip) {
            (Some(tag), _) => self.authority.tag(tag, &target.intended.stored, 0).signature,
            (None, Some(tip)) => {
                let raw = self.repository.commit(tip).ok()?;
                self.authority.signature(raw.signed.as_ref(), raw.committer.time, "signer")
            }
            (None, None) => return None,
        };
        good_signer(&signature).cloned()
    }

    fn approvals(&self, target: &Target, intended: &[Intended]) -> Result<Vec<facts::Approval>, Failure> {
        match target.new_tip {
            Some(tip) => {
                let path = &self.push.repository.path;
                approvals::read(self.repository, &self.authority, path, &target.intended.stored, tip, intended)
            }
            None => Ok(Vec::new()),
        }
    }

    /// The commit that HEAD's branch was at before the push.
    fn head_tip(&self) -> Result<Option<ObjectId>, Failure> {
        let Some(head) = &self.head else {
            return Ok(None);
        };
        match self.repository.value(head).map_err(Failure::from)? {
            Some(value) => self.repository.tip(value).map_err(Failure::from),
            None => Ok(None),
        }
    }
}

fn good_signer(signature: &facts::Signature) -> Option<&facts::Person> {
    (signature.status == Status::Good && signature.person.known).then_some(&signature.person)
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

/// What a repository cannot give is the pusher's to mend, or a reason why nothing can be judged.
fn stop_at(error: ObjectError, place: Place) -> Stop {
    match error {
        ObjectError::Ambiguous { id, reason } => {
            let hint = "make it anew with a current git, then push again";
            let message = format!("object {} is read differently by different programs: {reason}", id.short());
            Stop::Refused(vec![gate_violation("ambiguous", place, message, hint)])
        }
        ObjectError::Limit { name, limit, id } => {
            let message = format!("object {} is beyond the limit '{name}' ({limit})", id.short());
            Stop::Refused(vec![gate_violation("limit", place, message, "push less at a time, or ask your administrator to raise the limit")])
        }
        other => Stop::Failed(other.into()),
    }
}

fn refused_or_failed(stop: Stop) -> Result<Findings, Stop> {
    match stop {
        Stop::Refused(violations) => Ok(Findings { violations, ..Findings::default() }),
        other => Err(other),
    }
}
