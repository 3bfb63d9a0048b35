//! What a push led to, and what must be true of each kind of answer.

use crate::stage::program::Finished;
use crate::stage::server::Server;
use crate::stage::snapshot::Snapshot;
use crate::stage::transcript::Told;

/// What every refused pusher reads first.
const REFUSED: &str = "refgate: push refused, no ref was updated";
/// What a pusher reads whose push could not be judged.
const NOT_JUDGED: &str = "refgate: cannot judge this push";

/// How a push ended, with the server's repository before and after.
#[must_use = "say whether the push should be accepted or refused"]
pub struct Outcome {
    /// Git, on the pusher's side, says that every ref was updated.
    pub succeeded: bool,
    pub told: Told,
    pub before: Snapshot,
    pub after: Snapshot,
    /// What a pusher has no business to read: where the operator's things are.
    pub secrets: Vec<String>,
}

impl Outcome {
    pub fn new(server: &Server, finished: Finished, before: Snapshot) -> Self {
        let secrets = vec![
            server.operator().display().to_string(),
            server.log().display().to_string(),
            "panicked at".to_string(),
            "RUST_BACKTRACE".to_string(),
        ];
        Self {
            succeeded: finished.status.success(),
            told: Told::new(finished.stderr),
            before,
            after: server.snapshot(),
            secrets,
        }
    }

    /// Git took the push, and the repository is not as it was.
    #[track_caller]
    pub fn accepted(self) -> Told {
        let told = self.taken();
        assert!(self.before != self.after, "accepted, and nothing changed:\n{}", told.plain);
        told
    }

    /// Git took the push, and the repository is as it was: there was nothing to do.
    #[track_caller]
    pub fn changed_nothing(self) -> Told {
        let told = self.taken();
        let differences = self.before.differences(&self.after);
        assert!(differences.is_empty(), "these should be as they were: {differences:#?}");
        told
    }

    /// A rule, or the gate, refused; these words were said (`…` between parts), and nothing is left behind.
    #[track_caller]
    pub fn refused(self, words: &str) -> Told {
        self.nothing_left();
        self.told.never_says(NOT_JUDGED).says(REFUSED).says(words)
    }

    /// refgate could not judge and said so in other words, without a word about the operator's things; nothing is
    /// left behind.
    #[track_caller]
    pub fn could_not_judge(self, words: &str) -> Told {
        self.nothing_left();
        let told = self.told.never_says(REFUSED).says(NOT_JUDGED).says(words);
        assert!(told.text.contains("<decision>"), "there is no id to quote in:\n{}", told.plain);
        told
    }

    /// The hook, whatever it is, declined, and nothing is left behind.
    #[track_caller]
    pub fn declined(self) -> Told {
        self.nothing_left();
        self.told
    }

    /// Git itself did not take the push; what its hook said does not matter.
    #[track_caller]
    pub fn failed(self) -> Told {
        assert!(!self.succeeded, "git took the push:\n{}", self.told.plain);
        self.told
    }

    #[track_caller]
    fn taken(&self) -> Told {
        let told = self.told.clone();
        assert!(self.succeeded, "git did not take the push:\n{}", told.plain);
        assert!(!told.text.contains(REFUSED), "taken and refused at once:\n{}", told.plain);
        assert_eq!(self.after.quarantines(), Vec::<String>::new(), "quarantines are left");
        self.keeps_secrets();
        told
    }

    #[track_caller]
    fn nothing_left(&self) {
        let words = &self.told.plain;
        assert!(!self.succeeded, "git took the push:\n{words}");
        assert!(words.contains("pre-receive hook declined"), "not the hook but something else stopped it:\n{words}");
        assert_eq!(self.after.quarantines(), Vec::<String>::new(), "quarantines are left");
        let differences = self.before.differences(&self.after);
        assert!(differences.is_empty(), "a refused push left traces: {differences:#?}");
        self.keeps_secrets();
    }

    #[track_caller]
    fn keeps_secrets(&self) {
        for secret in &self.secrets {
            assert!(!self.told.plain.contains(secret.as_str()), "the pusher reads '{secret}' in:\n{}", self.told.plain);
        }
    }
}
