package refgate.tag.signed_test

import data.refgate.lib.examples_test as examples
import data.refgate.tag.signed

deny(tag, different) := {violation.message | some violation in judged(tag, different)}

judged(tag, different) := violations if {
	violations := signed.deny with input as examples.tag_input({
		"tag": tag,
		"params": object.union({"groups": [], "judge_at": "receipt", "lightweight": false}, different),
	})
}

test_a_signed_tag_passes if {
	deny({}, {}) == set()
	deny({}, {"groups": ["maintainers"]}) == set()
}

test_an_unsigned_tag_is_refused_at_any_depth if {
	deny({"signature": examples.unsigned}, {}) == {"not signed"}
	deny({"signature": examples.unsigned, "depth": 1}, {}) == {"not signed"}
	deny({"signature": examples.unsigned}, {"lightweight": true}) == {"not signed"}
}

test_a_lightweight_tag_passes_only_when_asked_for if {
	deny(examples.lightweight, {}) == {"lightweight, so nobody can sign it"}
	deny(examples.lightweight, {"lightweight": true}) == set()
}

test_a_lightweight_tag_has_no_signature_whatever_is_said if {
	deny({"annotated": false}, {}) == {"lightweight, so nobody can sign it"}
}

test_who_has_signed_is_not_told_to_sign_but_with_which_key if {
	{violation.hint | some violation in judged({"signature": examples.unsigned}, {})} == {""}
	every violation in judged({"signature": {"status": "unknown_key"}}, {}) {
		contains(violation.hint, "git config user.signingKey <key>` and sign anew with `git tag -s -f <name> <commit>`")
	}
}

test_only_the_groups_may_sign if {
	deny({"signature": examples.good_by(examples.bob)}, {"groups": ["maintainers"]}) == {
		"signed by 'bob', who is in none of the groups 'maintainers'",
	}
}

test_a_key_expired_since_counts_only_when_judged_at_signing if {
	deny({"signature": {"status": "expired"}}, {}) == {"signed with a key that has expired"}
	deny({"signature": {"status": "expired"}}, {"judge_at": "signing"}) == set()
}
