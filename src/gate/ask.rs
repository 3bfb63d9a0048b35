//! Putting questions: the documents for each subject, the rules about them, and what their answers come to.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use crate::config::{CommitScope, Mode};
use crate::facts::{self, Action, Certificate, CertificateStatus, Change, RefKind, Status};
use crate::ids::ObjectId;
use crate::input::{self, Draft, MemoKey, Reads, Stem, Subject};
use crate::pattern::PathPatterns;
use crate::policy::{Answer, Asker, Finding, HintValues, cut};
use crate::repository::Repository;
use crate::verdict::{Decision, Failure, Findings, Place};

use super::assemble::subject;
use super::intake::Moves;
use super::question::{self, Circumstances, Question};
use super::scope::{Scope, too_many};
use super::stop::{Stop, gate_violation};
use super::target::Target;
use super::{Gate, Progress, Whole, approvals, kept, workers};

/// Bytes of a subject that are kept of each place where something was found.
const SUBJECT_BYTES: usize = 1000;

/// What one thread works with.
pub struct Worker {
    pub asker: Asker,
    /// A handle of its own, with its own caches.
    pub repository: Repository,
}

/// What is the same for every commit of one update.
struct CommitContext<'a> {
    target: &'a Target<'a>,
    scope: &'a Scope,
    questions: &'a [&'a Question<'a>],
    /// What each question's documents have in common.
    stems: Vec<Stem>,
    reads: Reads,
    unseen: &'a HashSet<ObjectId>,
}

impl<'a> Gate<'a> {
    pub fn ask_push(&self, worker: &mut Worker, targets: &[Target]) -> Result<Findings, Stop> {
        let mut findings = Findings::default();
        for question in self.questions.iter().filter(|question| question.is_about(Subject::Push)) {
            if !targets.iter().any(|target| self.includes(question, target)) {
                continue;
            }
            let stem = Stem::new(&input::PushInput::new(&question.rule.params, &self.push), &question.rule.reads);
            let place = Place::default();
            let answer = self.ask(worker, question, &place, &stem.alone(), &mut findings)?;
            let about = self.circumstances(None, None, HintValues::default());
            findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &place, &about), usize::MAX);
        }
        Ok(findings)
    }

    pub fn ask_update(
        &self,
        worker: &mut Worker,
        whole: &Whole,
        target: &Target,
        fact: &facts::Update,
    ) -> Result<Findings, Stop> {
        let mut findings = Findings::default();
        let tip_signer = OnceCell::new();
        for question in self.about(target, Subject::Update) {
            let fact = match self.update_for(question, whole, target, fact) {
                Ok(fact) => fact,
                Err(stop) => {
                    findings.extend(stop.findings()?, usize::MAX);
                    continue;
                }
            };
            let plain = target.action == Action::Update && target.new_tip.is_some();
            if question.binding.paths.is_some() && plain && fact.changes.is_empty() {
                continue;
            }
            let answer =
                self.ask(worker, question, &target.place, &self.stem(question, &fact).alone(), &mut findings)?;
            if answer.deny.is_empty() && answer.warn.is_empty() {
                continue;
            }
            // Exceptions and overrides ask who signed, whether or not the rules do.
            let signer = tip_signer.get_or_init(|| self.tip_signer(target));
            let about = self.circumstances(Some(target), signer.as_ref(), target.hint(""));
            findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &target.place, &about), usize::MAX);
        }
        Ok(findings)
    }

    /// What the documents of a question have in common, for one update.
    fn stem(&self, question: &Question, fact: &facts::Update) -> Stem {
        let common = input::UpdateInput::new(&question.rule.params, &self.push, fact);
        Stem::new(&common, &question.rule.reads)
    }

    /// The update as one question sees it: with changes, cut down to the binding's paths, and approvals, if it reads
    /// them.
    fn update_for(
        &self,
        question: &Question,
        whole: &Whole,
        target: &Target,
        fact: &facts::Update,
    ) -> Result<facts::Update, Stop> {
        let mut fact = fact.clone();
        let narrowed = question.is_about(Subject::Update) && question.binding.paths.is_some();
        if question.reads("update.changes") || narrowed {
            fact.changes =
                target.changes(self.repository, self.head_tip(&whole.moves)?, question.binding.paths.as_ref())?;
        }
        if question.reads("update.approvals") {
            fact.approvals = self.approvals(target, &whole.moves)?;
        }
        Ok(fact)
    }

    /// Every tag object that the update brings, and the ref itself where it is a tag without one.
    pub fn ask_tags(
        &self,
        worker: &mut Worker,
        whole: &Whole,
        target: &Target,
        fact: &facts::Update,
    ) -> Result<Findings, Stop> {
        let mut findings = Findings::default();
        let questions = self.about(target, Subject::Tag);
        if questions.is_empty() || target.is_unchanged() || target.action == Action::Delete {
            return Ok(findings);
        }
        let mut documents: Vec<facts::Tag> = Vec::new();
        for (depth, id) in target.tags.iter().enumerate() {
            let raw = self.repository.tag(*id).map_err(|error| Stop::at(error, &target.place))?;
            documents.push(self.authority.tag(&raw, &target.intended.stored, depth));
        }
        if documents.is_empty() && target.kind == RefKind::Tag {
            documents.push(self.authority.lightweight(target.object.clone()));
        }
        for question in &questions {
            let stem = self.stem(question, &self.update_for(question, whole, target, fact)?);
            for tag in &documents {
                let place = Place { tag: tag.id.clone(), ..target.place.clone() };
                let signer = good_signer(&tag.signature);
                let draft = stem.about("tag", tag, &question.rule.reads);
                let answer = self.ask(worker, question, &place, &draft, &mut findings)?;
                let about = Circumstances {
                    person: &tag.signature.person,
                    ..self.circumstances(Some(target), signer, target.hint(""))
                };
                findings.extend(question.sort(answer.deny.clone(), answer.warn.clone(), &place, &about), usize::MAX);
            }
        }
        Ok(findings)
    }

    pub fn ask_commits(
        &self,
        workers: &mut Vec<Worker>,
        whole: &Whole,
        (target, fact): (&Target, &facts::Update),
        decision: &mut Decision,
        progress: &dyn Fn(Progress),
    ) -> Result<(), Stop> {
        let questions = self.about(target, Subject::Commit);
        let Some(tip) = target.new_tip.filter(|_| !questions.is_empty() && !target.is_unchanged()) else {
            return Ok(());
        };
        let scope = whole.past.scope(target, tip, &questions)?;
        let before = decision.metrics.commits;
        let total = before.saturating_add(scope.commits.len() as u64);
        if total > self.limits().commits as u64 {
            // Walking over all the others' history too would only take time.
            return Err(too_many(target, usize::try_from(total).unwrap_or(usize::MAX), self.limits().commits));
        }
        if self.kept.is_some() {
            let scopes = scope.noted(target.intended.stored.as_str(), &questions);
            self.absorb(decision, Findings { scopes, ..Findings::default() });
        }
        self.repository.expect(scope.commits.len());
        let nothing = HashSet::new();
        let unseen = match questions.iter().any(|question| question.reads("commit.first_seen")) {
            true => self.unseen(whole, target)?,
            false => &nothing,
        };
        let stems = questions
            .iter()
            .map(|question| Ok(self.stem(question, &self.update_for(question, whole, target, fact)?)))
            .collect::<Result<_, Stop>>()?;
        let reads = question::union(questions.iter().copied());
        let context = CommitContext { target, stems, scope: &scope, questions: &questions, reads, unseen };
        let mut judged = usize::try_from(before).unwrap_or(usize::MAX);
        let total_so_far = judged.saturating_add(scope.commits.len());
        if workers::shared(scope.commits.len()) {
            workers.resize_with(self.threads().max(1), || self.worker());
        }
        workers::in_order(
            &scope.commits,
            workers,
            |worker, id| self.ask_commit(worker, *id, &context),
            |findings: Result<Findings, Stop>| {
                judged = judged.saturating_add(1);
                progress(Progress { judged, total: total_so_far });
                self.absorb(decision, findings?);
                Ok::<(), Stop>(())
            },
        )?;
        decision.metrics.commits = total;
        Ok(())
    }

    /// Commits that no ref had before this push, among all that questions ask this of.
    fn unseen<'w>(&self, whole: &'w Whole, target: &Target) -> Result<&'w HashSet<ObjectId>, Stop> {
        if let Some(unseen) = whole.unseen.get() {
            return Ok(unseen);
        }
        let stop = |error| Stop::at(error, &target.place);
        let refs = self.repository.refs_below("refs/")?;
        let others = refs.into_iter().filter(|(name, _)| !whole.moves.touch(name)).map(|(_, value)| value);
        let mut hidden = BTreeSet::new();
        for value in others.chain(whole.moves.iter().filter_map(|one| one.old)) {
            hidden.extend(self.repository.tip(value).map_err(stop)?);
        }
        let asked = whole.targets.iter().filter(|target| {
            self.about(target, Subject::Commit).iter().any(|question| question.reads("commit.first_seen"))
        });
        let new: Vec<ObjectId> = asked.filter_map(|target| target.new_tip).collect();
        let hidden: Vec<ObjectId> = hidden.into_iter().collect();
        let unseen = self.repository.range_of_all(&new, &hidden).map_err(stop)?;
        Ok(whole.unseen.get_or_init(|| unseen.into_iter().collect()))
    }

    fn ask_commit(&self, worker: &mut Worker, id: ObjectId, context: &CommitContext) -> Result<Findings, Stop> {
        let place = Place { commit: id.to_string(), ..context.target.place.clone() };
        let raw = match worker.repository.commit(id) {
            Ok(raw) => raw,
            Err(error) => return Stop::at(error, &place).findings(),
        };
        let mut fact = self.authority.commit(&raw, &context.reads);
        fact.first_parent = context.scope.first_parent.contains(&id);
        fact.first_seen = context.unseen.contains(&id);
        let place = Place { subject: cut(subject(&fact.message), SUBJECT_BYTES), ..place };
        let mut findings = Findings::default();
        let mut known: Vec<(Changes, Vec<Change>)> = Vec::new();
        for (position, (question, stem)) in context.questions.iter().zip(&context.stems).enumerate() {
            if !context.scope.concerns(position, id) {
                continue;
            }
            let paths = question.binding.paths.as_ref();
            let (all, odd) = (question.reads("commit.changes"), question.reads("commit.odd_changes"));
            fact.changes.clear();
            fact.odd_changes.clear();
            if all || odd || paths.is_some() {
                let wanted = (question.binding.commits, paths);
                let have = match known.iter().position(|(have, _)| *have == wanted) {
                    Some(have) => have,
                    None => match worker.repository.commit_changes(&raw, wanted.0, wanted.1) {
                        Ok(changes) => {
                            known.push((wanted, changes));
                            known.len() - 1
                        }
                        Err(error) => return Stop::at(error, &place).findings(),
                    },
                };
                let changes = &known[have].1;
                if paths.is_some() && changes.is_empty() {
                    continue;
                }
                if all {
                    fact.changes.clone_from(changes);
                }
                if odd {
                    fact.odd_changes.extend(changes.iter().filter(|change| change.is_odd()).cloned());
                }
            }
            let draft = stem.about("commit", &fact, &question.rule.reads);
            let answer = self.ask(worker, question, &place, &draft, &mut findings)?;
            if answer.deny.is_empty() && answer.warn.is_empty() {
                continue;
            }
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

    /// Puts one question, unless the very same was put before; `findings` takes note of it where that is wanted.
    fn ask(
        &self,
        worker: &mut Worker,
        question: &Question,
        place: &Place,
        draft: &Draft,
        findings: &mut Findings,
    ) -> Result<Arc<Answer>, Stop> {
        let key = draft.key(question.entry, question.position);
        let answer = self.answer(worker, question, key, draft)?;
        let kept = self.kept.as_ref().map(|kept| kept.keep(key, draft, &answer));
        match kept {
            Some(Some(document)) => findings.asked.push(kept::asked(question, place, document, &answer)),
            Some(None) => findings.unkept += 1,
            None => {}
        }
        Ok(answer)
    }

    fn answer(
        &self,
        worker: &mut Worker,
        question: &Question,
        key: MemoKey,
        draft: &Draft,
    ) -> Result<Arc<Answer>, Stop> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let bytes = draft.bytes();
        if bytes > self.limits().input_bytes {
            let message = format!(
                "what {} would be asked about has {bytes} bytes, more than {} (limit 'input_bytes')",
                question.rule.code,
                self.limits().input_bytes
            );
            return Err(Stop::Refused(vec![gate_violation(
                "limit",
                &Place::default(),
                message,
                "push less at a time",
            )]));
        }
        if let Some(answer) = self.memo.recall(&key) {
            return Ok(answer);
        }
        self.evaluated.fetch_add(1, Ordering::Relaxed);
        let answer = match worker.asker.ask(question.rule, &draft.document()) {
            Ok(answer) => answer,
            Err(error) if question.binding.mode == Mode::Warn => {
                self.errors.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
                let message = "this rule could not be evaluated".to_string();
                Answer {
                    warn: vec![Finding { message, path: String::new(), hint: String::new() }],
                    ..Answer::default()
                }
            }
            Err(error) => {
                let cause = "one of its rules could not be evaluated";
                return Err(Stop::Failed(Failure::new(cause, error.to_string())));
            }
        };
        let bytes = answer.bytes();
        let (answer, bytes) = match answer == *self.no_objection {
            true => (self.no_objection.clone(), 0),
            false => (Arc::new(answer), bytes),
        };
        self.memo.remember(key, answer.clone(), bytes);
        Ok(answer)
    }

    /// Who stands behind what is asked about. A person is proven by a push certificate, or by having signed what the
    /// server says they push.
    fn circumstances<'s>(
        &'s self,
        target: Option<&'s Target>,
        signer: Option<&'s facts::Person>,
        hint: HintValues<'s>,
    ) -> Circumstances<'s> {
        let Certificate { status, nonce_status, person: certified, .. } = &self.push.certificate;
        let certified =
            (*status == CertificateStatus::Signed(Status::Good) && nonce_status == "OK").then_some(certified);
        // A signature alone says nothing about this push: anyone may push what somebody else signed.
        let signed_by_pusher = signer.filter(|signer| signer.id == self.push.pusher.person.id);
        Circumstances {
            person: &self.push.pusher.person,
            proven: certified.or(signed_by_pusher),
            override_reason: self
                .push
                .options
                .iter()
                .filter_map(|option| option.strip_prefix("refgate.override="))
                .find(|reason| !reason.trim().is_empty()),
            stored: target.map(|target| &target.intended.stored),
            head: self.head.as_ref(),
            received: self.received,
            hint,
        }
    }

    /// The good signer of the commit or tag that the update ends in.
    fn tip_signer(&self, target: &Target) -> Option<facts::Person> {
        let signature = match (target.tags.first(), target.new_tip) {
            (Some(tag), _) => {
                let raw = self.repository.tag(*tag).ok()?;
                self.authority.tag(&raw, &target.intended.stored, 0).signature
            }
            (None, Some(tip)) => {
                let raw = self.repository.commit(tip).ok()?;
                self.authority.signature(raw.signed.as_ref(), raw.committer.time, "signer")
            }
            (None, None) => return None,
        };
        good_signer(&signature).cloned()
    }

    fn approvals(&self, target: &Target, moves: &Moves) -> Result<Vec<facts::Approval>, Stop> {
        let Some(tip) = target.new_tip else { return Ok(Vec::new()) };
        let standing = approvals::standing(self.repository, tip, moves)?;
        // Whoever may push may pile them up, and each is read for every question that asks.
        let (limit, before) = (self.limits().approvals, self.approvals.fetch_add(standing.len(), Ordering::Relaxed));
        let count = before.saturating_add(standing.len());
        if count > limit {
            let message = format!("{count} approvals to look at in one push, more than {limit} (limit 'approvals')");
            let hint = "ask your administrator to delete approvals that nobody needs, or to raise the limit";
            return Err(Stop::Refused(vec![gate_violation("limit", &target.place, message, hint)]));
        }
        let path = &self.push.repository.path;
        let statement = approvals::statement(path, target.intended.stored.without_namespaces(), &tip.to_string());
        Ok(approvals::read(self.repository, &self.authority, standing, tip, &statement))
    }

    /// The commit that HEAD's branch was at before the push.
    fn head_tip(&self, moves: &Moves) -> Result<Option<ObjectId>, Failure> {
        let Some(head) = &self.head else {
            return Ok(None);
        };
        match moves.before(head, self.repository.value(head).map_err(Failure::from)?) {
            Some(value) => self.repository.tip(value).map_err(Failure::from),
            None => Ok(None),
        }
    }
}

type Changes<'a> = (CommitScope, Option<&'a PathPatterns>);

fn good_signer(signature: &facts::Signature) -> Option<&facts::Person> {
    (signature.status == Status::Good && signature.person.known).then_some(&signature.person)
}
