package refgate.update.approved_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.approved

deny(people, different) := asked({"update": {"approvals": [by(someone) | some someone in people]}}, different)

asked(changes, different) := violations if {
	params := object.union({"count": 1, "groups": [], "unknown_pusher": false}, different)
	violations := approved.deny with input as object.union(examples.update_input({"params": params}), changes)
}

by(someone) := {"id": examples.old, "name": someone.id, "signature": examples.good_by(someone)}

messages(violations) := {violation.message | some violation in violations}

test_enough_approvals_pass if {
	deny([examples.bob], {}) == set()
	deny([examples.bob, examples.carol], {"count": 2}) == set()
	deny([examples.bob], {"groups": ["developers"]}) == set()
}

test_too_few_are_refused_with_the_way_to_approve if {
	place := sprintf("refs/tags/<name>:refs/approvals/%s/<name>", [examples.new])
	statement := sprintf("Refgate-Approve: acme/door refs/heads/main %s", [examples.new])
	deny([], {}) == {{
		"message": "approved by nobody, 1 needed",
		"hint": concat("", [
			"`git tag -s -m '",
			statement,
			"' <name> ",
			examples.new,
			"`, then `git push <remote> ",
			place,
			"`",
		]),
	}}
}

test_a_person_counts_once if {
	messages(deny([examples.bob, examples.bob], {"count": 2})) == {"approved by 'bob', 2 needed"}
}

test_the_pusher_does_not_count if {
	messages(deny([examples.alice], {})) == {"approved by nobody, 1 needed"}
}

test_only_good_signatures_of_the_groups_count if {
	messages(deny([examples.bob], {"groups": ["security"]})) == {"approved by nobody, 1 needed"}
	messages(deny([examples.stranger("signer")], {})) == {"approved by nobody, 1 needed"}
	expired := object.union(by(examples.bob), {"signature": {"status": "expired"}})
	messages(asked({"update": {"approvals": [expired]}}, {})) == {"approved by nobody, 1 needed"}
}

test_an_unknown_pusher_is_refused_unless_let_pass if {
	stranger := {
		"push": {"pusher": {"person": examples.stranger("pusher")}},
		"update": {"approvals": [by(examples.bob)]},
	}
	asked(stranger, {}) == {"pusher is nobody known, and may be one of the approvers"}
	asked(stranger, {"unknown_pusher": true}) == set()
}

test_a_deletion_takes_no_approval if {
	asked({"update": examples.deleted}, {}) == set()
	stranger := {"pusher": {"person": examples.stranger("pusher")}}
	asked({"update": examples.deleted, "push": stranger}, {}) == set()
}
