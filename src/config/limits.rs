//! `[limits]`: a name and a default for every quantity that an outsider can grow.

use std::time::Duration;

use crate::config::document::{Findings, Table};
use crate::config::quantity;

/// Every quantity that an outsider can grow. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Ref updates in one push.
    pub updates: usize,
    /// Commits judged in one push.
    pub commits: usize,
    /// Commits walked to find out what is judged and how history relates; a merge counts once for each parent.
    pub walked_commits: usize,
    pub parents: usize,
    /// Annotated tags within tags.
    pub tag_depth: usize,
    /// A commit or tag object, message and signature included.
    pub object_bytes: usize,
    /// The headers of a commit or tag without its signature.
    pub header_bytes: usize,
    pub message_bytes: usize,
    pub signature_bytes: usize,
    /// One tree object.
    pub tree_bytes: usize,
    /// A file that a three-way line merge reads.
    pub merge_file_bytes: usize,
    /// Merge bases that a merge's own changes are worked out from.
    pub merge_bases: usize,
    /// Commits walked to find one merge's bases.
    pub merge_base_commits: usize,
    /// Lines compared with lines to work out one merge.
    pub merge_steps: usize,
    /// Tree entries visited in one push, to begin with.
    pub tree_entries: usize,
    /// Tree entries that each judged commit adds to these.
    pub tree_entries_per_commit: usize,
    /// Folders within folders.
    pub path_depth: usize,
    pub path_bytes: usize,
    /// Changed paths in one commit or update.
    pub changes: usize,
    /// Refs listed below one prefix.
    pub listed_refs: usize,
    /// Approvals looked at in one push, once for each rule that asks and each update.
    pub approvals: usize,
    /// One document shown to a rule, as JSON.
    pub input_bytes: usize,
    /// Violations that one answer of a rule may hold; the next one says how many more there were.
    pub answer_violations: usize,
    /// A message, hint or path that a rule gives; what is longer is cut.
    pub answer_text_bytes: usize,
    /// Documents of one push that are kept for the log.
    pub kept_bytes: usize,
    pub push_options: usize,
    pub push_option_bytes: usize,
    /// Violations printed in full.
    pub violations_shown: usize,
    /// Violations kept for the log.
    pub violations: usize,
    /// Wall clock for the whole run.
    pub deadline: Duration,
    /// Threads that judge commits; 0: one per processor.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            updates: 10_000,
            commits: 100_000,
            walked_commits: 2_000_000,
            parents: 64,
            tag_depth: 4,
            object_bytes: 4 << 20,
            header_bytes: 64 << 10,
            message_bytes: 1 << 20,
            signature_bytes: 64 << 10,
            tree_bytes: 64 << 20,
            merge_file_bytes: 1 << 20,
            merge_bases: 8,
            merge_base_commits: 100_000,
            merge_steps: 300_000_000,
            tree_entries: 10_000_000,
            tree_entries_per_commit: 20_000,
            path_depth: 256,
            path_bytes: 4096,
            changes: 100_000,
            listed_refs: 1_000_000,
            approvals: 10_000,
            input_bytes: 16 << 20,
            answer_violations: 1000,
            answer_text_bytes: 4096,
            kept_bytes: 64 << 20,
            push_options: 100,
            push_option_bytes: 64 << 10,
            violations_shown: 20,
            violations: 10_000,
            deadline: Duration::from_secs(300),
            threads: 0,
        }
    }
}

/// A limit's kind: how it is written, and whether nothing at all makes sense.
enum Quantity<'l> {
    Bytes(&'l mut usize),
    BytesOrNone(&'l mut usize),
    Count(&'l mut usize),
    CountOrNone(&'l mut usize),
    Time(&'l mut Duration),
}

/// No run is meant to take longer, and arithmetic on the clock stays in range.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Limits {
    /// Every limit by its name, as it could be written in the file.
    pub fn as_written(&self) -> Vec<(&'static str, String)> {
        let mut copy = self.clone();
        let written = |quantity| match quantity {
            Quantity::Bytes(bytes) | Quantity::BytesOrNone(bytes) => quantity::size_in_words(*bytes),
            Quantity::Count(count) | Quantity::CountOrNone(count) => count.to_string(),
            Quantity::Time(time) => quantity::duration_in_words(*time),
        };
        copy.quantities().into_iter().map(|(name, quantity)| (name, written(quantity))).collect()
    }

    pub(super) fn parse(mut table: Table<'_>, findings: &mut Findings) -> Self {
        let mut limits = Self::default();
        for (name, quantity) in limits.quantities() {
            if let Some(value) = table.take(name) {
                match quantity {
                    Quantity::Bytes(limit) => quantity::size(&value, 1, findings, limit),
                    Quantity::BytesOrNone(limit) => quantity::size(&value, 0, findings, limit),
                    Quantity::Count(limit) => quantity::count(&value, 1, findings, limit),
                    Quantity::CountOrNone(limit) => quantity::count(&value, 0, findings, limit),
                    Quantity::Time(limit) => {
                        quantity::duration(&value, Duration::from_millis(1)..=LONGEST, findings, limit)
                    }
                }
            }
        }
        table.finish(findings);
        limits
    }

    /// Names and kinds, once. Without `..`, so that a new limit asks for its own.
    fn quantities(&mut self) -> Vec<(&'static str, Quantity<'_>)> {
        let Self {
            updates,
            commits,
            walked_commits,
            parents,
            tag_depth,
            object_bytes,
            header_bytes,
            message_bytes,
            signature_bytes,
            tree_bytes,
            merge_file_bytes,
            merge_bases,
            merge_base_commits,
            merge_steps,
            tree_entries,
            tree_entries_per_commit,
            path_depth,
            path_bytes,
            changes,
            listed_refs,
            approvals,
            input_bytes,
            answer_violations,
            answer_text_bytes,
            kept_bytes,
            push_options,
            push_option_bytes,
            violations_shown,
            violations,
            deadline,
            threads,
        } = self;
        vec![
            ("updates", Quantity::Count(updates)),
            ("commits", Quantity::Count(commits)),
            ("walked_commits", Quantity::Count(walked_commits)),
            ("parents", Quantity::Count(parents)),
            ("tag_depth", Quantity::CountOrNone(tag_depth)),
            ("object_bytes", Quantity::Bytes(object_bytes)),
            ("header_bytes", Quantity::Bytes(header_bytes)),
            ("message_bytes", Quantity::Bytes(message_bytes)),
            ("signature_bytes", Quantity::Bytes(signature_bytes)),
            ("tree_bytes", Quantity::Bytes(tree_bytes)),
            ("merge_file_bytes", Quantity::BytesOrNone(merge_file_bytes)),
            ("merge_bases", Quantity::CountOrNone(merge_bases)),
            ("merge_base_commits", Quantity::CountOrNone(merge_base_commits)),
            ("merge_steps", Quantity::CountOrNone(merge_steps)),
            ("tree_entries", Quantity::Count(tree_entries)),
            ("tree_entries_per_commit", Quantity::CountOrNone(tree_entries_per_commit)),
            ("path_depth", Quantity::Count(path_depth)),
            ("path_bytes", Quantity::Bytes(path_bytes)),
            ("changes", Quantity::Count(changes)),
            ("listed_refs", Quantity::Count(listed_refs)),
            ("approvals", Quantity::CountOrNone(approvals)),
            ("input_bytes", Quantity::Bytes(input_bytes)),
            ("answer_violations", Quantity::Count(answer_violations)),
            ("answer_text_bytes", Quantity::Bytes(answer_text_bytes)),
            ("kept_bytes", Quantity::BytesOrNone(kept_bytes)),
            ("push_options", Quantity::CountOrNone(push_options)),
            ("push_option_bytes", Quantity::BytesOrNone(push_option_bytes)),
            ("violations_shown", Quantity::Count(violations_shown)),
            ("violations", Quantity::Count(violations)),
            ("deadline", Quantity::Time(deadline)),
            ("threads", Quantity::CountOrNone(threads)),
        ]
    }
}
