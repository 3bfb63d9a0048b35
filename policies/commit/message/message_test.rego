package refgate.commit.message_test

import data.refgate.commit.message
import data.refgate.lib.examples_test as examples

params(different) := object.union(
	{
		"subject_max": -1,
		"match": [],
		"reject": [],
		"issue": [],
		"conventional": false,
		"types": ["feat", "fix"],
		"sign_off": false,
		"leftovers": false,
		"merges": false,
	},
	different,
)

deny(subject, different) := asked({"subject": subject, "message": sprintf("%s\n", [subject])}, different)

asked(commit, different) := violations if {
	violations := message.deny with input as examples.commit_input({"commit": commit, "params": params(different)})
}

test_a_plain_message_passes if {
	deny("add a door", {}) == set()
}

test_an_empty_subject_is_refused if {
	deny("", {}) == {"subject is empty"}
	deny(" \t", {}) == {"subject is empty"}
}

test_a_subject_has_its_length_in_characters if {
	deny("über", {"subject_max": 4}) == set()
	deny("übers", {"subject_max": 4}) == {"subject has 5 characters, 4 allowed"}
}

test_leftovers_are_refused_unless_let_pass if {
	every subject in ["fixup! add a door", "squash! add a door", "amend! add a door"] {
		deny(subject, {}) == {"leftover of fixup or squash"}
		deny(subject, {"leftovers": true}) == set()
	}
	deny("fixup the door", {}) == set()
}

test_every_pattern_to_match_matches if {
	deny("add a door", {"match": ["door", "^add"]}) == set()
	deny("add a door", {"match": ["door", "^remove"]}) == {"message does not match '^remove'"}
}

test_no_pattern_to_reject_matches if {
	deny("add a door", {"reject": ["(?i)wip", "window"]}) == set()
	deny("WIP door", {"reject": ["(?i)wip", "window"]}) == {"message matches '(?i)wip'"}
}

test_one_issue_is_named if {
	issue := {"issue": ["#[0-9]+", "DOOR-[0-9]+"]}
	deny("add a door (#7)", issue) == set()
	deny("DOOR-7: add a door", issue) == set()
	deny("add a door", issue) == {"message names no issue, none of '#[0-9]+', 'DOOR-[0-9]+' matches"}
}

test_conventional_commits_have_a_known_type_and_a_description if {
	conventional := {"conventional": true}
	every subject in ["feat: add a door", "fix(hinge)!: oil it", "Feat!: break the wall"] {
		deny(subject, conventional) == set()
	}
	every subject in ["add a door", "feat add", "feat:", "feat: ", "feat(): x", "feat:x", "wall: add a door", ": x"] {
		deny(subject, conventional) == {"subject is no Conventional Commit of type 'feat', 'fix'"}
	}
}

test_the_committer_signs_off if {
	sign_off := {"sign_off": true}
	asked({"trailers": [{"key": "signed-off-by", "value": "Alice Example <alice@example.org>"}]}, sign_off) == set()
	missing := {"no 'Signed-off-by: Alice Example <alice@example.org>'"}
	asked({"trailers": [{"key": "Signed-off-by", "value": "Bob Example <bob@example.org>"}]}, sign_off) == missing
	asked({"trailers": [{"key": "Acked-by", "value": "Alice Example <alice@example.org>"}]}, sign_off) == missing
	asked({}, sign_off) == missing
}

test_merges_are_judged_only_when_asked_for if {
	merge := {"merge": true, "subject": ""}
	asked(merge, {}) == set()
	asked(merge, {"merges": true}) == {"subject is empty"}
}
