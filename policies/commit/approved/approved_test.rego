package refgate.commit.approved_test

import data.refgate.commit.approved
import data.refgate.lib.examples_test as examples

deny(people, changes) := violations if {
	violations := approved.deny with input as object.union(
		examples.commit_input({
			"update": {"approvals": [by(someone) | some someone in people]},
			"params": {"count": 1, "groups": [], "unknown_pusher": false},
		}),
		changes,
	)
}

by(someone) := {"id": examples.old, "name": someone.id, "signature": examples.good_by(someone)}

signed_by(someone) := {"commit": {"signature": examples.good_by(someone)}}

unknown_pusher := {"push": {"pusher": {"person": examples.stranger("pusher")}}}

test_another_person_s_approval_passes if {
	deny([examples.bob], {}) == set()
}

test_too_few_approvals_are_refused if {
	some violation in deny([], {})
	violation.message == "approved by nobody, 1 needed"
	startswith(violation.hint, "`git tag -s -m 'Refgate-Approve: acme/door refs/heads/main ")
}

test_the_signer_does_not_count if {
	refused := deny([examples.bob], signed_by(examples.bob))
	{violation.message | some violation in refused} == {"approved by nobody, 1 needed"}
	deny([examples.bob, examples.carol], signed_by(examples.bob)) == set()
}

theirs(place) := {"commit": {
	place: {"claimed": {"id": "bob", "known": true}},
	"signature": examples.good_by(examples.alice),
}}

test_author_and_committer_do_not_count_whoever_signed if {
	every place in ["author", "committer"] {
		refused := deny([examples.bob], theirs(place))
		{violation.message | some violation in refused} == {"approved by nobody, 1 needed"}
		deny([examples.bob, examples.carol], theirs(place)) == set()
	}
}

test_without_a_good_signature_the_signer_cannot_be_told if {
	deny([examples.bob], {"commit": {"signature": examples.unsigned}}) == {{
		"message": "signer may be one of the approvers: not signed",
		"hint": "",
	}}
}

test_an_unknown_pusher_is_refused_unless_let_pass if {
	deny([examples.bob], unknown_pusher) == {{
		"message": "pusher is nobody known, and may be one of the approvers",
		"hint": "push from an account that is yours",
	}}
	deny([examples.bob], object.union(unknown_pusher, {"params": {"unknown_pusher": true}})) == set()
}
