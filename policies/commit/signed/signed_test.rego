package refgate.commit.signed_test

import data.refgate.commit.signed
import data.refgate.lib.examples_test as examples

params(different) := object.union(
	{
		"groups": [],
		"judge_at": "receipt",
		"require_presence": false,
		"server_merges": false,
	},
	different,
)

deny(signature, changed) := {violation.message | some violation in judged(signature, changed)}

judged(signature, changed) := violations if {
	violations := signed.deny with input as examples.commit_input({
		"commit": {"signature": signature},
		"params": params(changed),
	})
}

merged(channel, pusher, commit, changed) := {violation.message | some violation in violations} if {
	violations := signed.deny with input as examples.commit_input({
		"commit": object.union({"merge": true, "changes": [], "signature": examples.unsigned}, commit),
		"push": {"channel": channel, "pusher": pusher},
		"params": params(object.union({"server_merges": true}, changed)),
	})
}

test_a_good_signature_passes if {
	deny({}, {}) == set()
	deny({}, {"groups": ["security"]}) == set()
}

test_an_unsigned_commit_is_refused if {
	deny(examples.unsigned, {}) == {"not signed"}
}

test_every_other_status_is_refused_in_its_own_words if {
	deny({"status": "unknown_key", "reason": "no such key"}, {}) == {"no such key"}
	deny({"status": "revoked"}, {}) == {"signed with a key that was revoked"}
	deny({"status": "sideways"}, {}) == {"signature is 'sideways'"}
}

test_who_has_signed_is_not_told_to_sign_but_with_which_key if {
	{violation.hint | some violation in judged(examples.unsigned, {})} == {""}
	every violation in judged({"status": "unknown_key"}, {}) {
		contains(violation.hint, "git config user.signingKey <key>")
	}
	every violation in judged(examples.good_by(examples.bob), {"groups": ["security"]}) {
		contains(violation.hint, "git rebase -f -r -S <commit>^")
	}
}

test_a_good_signature_of_nobody_is_refused if {
	deny({"person": examples.stranger("signer")}, {}) == {"signed by nobody known"}
}

test_only_the_groups_may_sign if {
	deny(examples.good_by(examples.bob), {"groups": ["security"]}) == {
		"signed by 'bob', who is in none of the groups 'security'",
	}
	deny(examples.good_by(examples.bob), {"groups": ["security", "developers"]}) == set()
}

test_a_key_expired_since_counts_only_when_judged_at_signing if {
	deny({"status": "expired"}, {}) == {"signed with a key that has expired"}
	deny({"status": "expired"}, {"judge_at": "signing"}) == set()
	deny({"status": "retired"}, {"judge_at": "signing"}) == set()
}

test_a_key_revoked_since_never_counts if {
	deny({"status": "revoked"}, {"judge_at": "signing"}) == {"signed with a key that was revoked"}
}

test_a_key_expired_at_signing_is_refused if {
	deny({"at_signing": "expired"}, {"judge_at": "signing"}) == {"when it was signed: signed with a key that has expired"}
	deny(examples.unsigned, {"judge_at": "signing"}) == {"not signed"}
}

test_a_time_to_judge_at_that_nobody_knows_is_refused if {
	deny({}, {"judge_at": "dawn"}) == {"parameter 'judge_at' is 'dawn', not 'receipt' or 'signing'"}
}

test_presence_takes_a_hardware_key_and_a_touch if {
	required := {"require_presence": true}
	deny({"key": {"hardware": true, "user_presence": true}}, required) == set()
	deny({"key": {"hardware": true}}, required) == {"signed with a key that nobody had to touch"}
	deny({"key": {"user_presence": true}}, required) == {"signed with a key that nobody had to touch"}
	deny({"key": {"hardware": true}}, {}) == set()
}

test_a_merge_by_the_server_passes_when_asked_for if {
	merged({"trigger": "merge"}, {}, {}, {}) == set()
	merged({"trigger": "update_branch"}, {}, {}, {}) == set()
	merged({"trigger": "", "protocol": "web"}, {}, {}, {}) == set()
	merged({"trigger": "merge"}, {}, {}, {"server_merges": false}) == {"not signed"}
}

test_a_merge_that_is_not_the_server_s_own_is_refused if {
	merged({"trigger": "push"}, {}, {}, {}) == {"not signed"}
	merged({"trigger": "edit"}, {}, {}, {}) == {"not signed"}
	merged({"trigger": "merge"}, {}, {"merge": false}, {}) == {"not signed"}
	merged({"trigger": "update_branch"}, {}, {"first_seen": false}, {}) == {"not signed"}
	merged({"trigger": "update_branch"}, {}, {"first_parent": false}, {}) == {"not signed"}
	merged({"trigger": "merge"}, {}, {"changes": [examples.added("evil")]}, {}) == {"not signed"}
	merged({"trigger": "merge"}, {}, {"signature": {"status": "bad", "reason": ""}}, {}) == {
		"signature does not belong to this object",
	}
}

test_a_merge_that_a_merge_button_brings_in_passes_when_asked_for if {
	brought := {"first_seen": false, "first_parent": false}
	merged({"trigger": "merge"}, {}, brought, {}) == set()
	merged({"trigger": "merge"}, {}, brought, {"server_merges": false}) == {"not signed"}
	merged({"trigger": "push"}, {}, brought, {}) == {"not signed"}
	merged({"trigger": "merge"}, {}, object.union(brought, {"changes": [examples.added("evil")]}), {}) == {"not signed"}
	merged({"trigger": "merge"}, {"person": examples.stranger("pusher")}, brought, {}) == {"not signed"}
}

test_a_merge_by_the_server_is_made_for_a_pusher_who_may_sign if {
	merged({"trigger": "merge"}, {"person": examples.bob}, {}, {"groups": ["developers"]}) == set()
	merged({"trigger": "merge"}, {"person": examples.bob}, {}, {"groups": ["security"]}) == {"not signed"}
	merged({"trigger": "merge"}, {"person": examples.stranger("pusher")}, {}, {}) == {"not signed"}
	merged({"trigger": "merge"}, {"deploy_key": true}, {}, {}) == {"not signed"}
}
