package refgate.commit.protected_paths_test

import data.refgate.commit.protected_paths
import data.refgate.lib.examples_test as examples

deny(commit, groups) := violations if {
	violations := protected_paths.deny with input as examples.commit_input({
		"commit": commit,
		"params": {"groups": groups, "judge_at": "receipt"},
	})
}

test_a_member_of_the_groups_may_change if {
	deny({}, ["oncall", "security"]) == set()
}

test_every_path_is_its_own_violation if {
	changes := [examples.added("infra/a"), examples.modified("infra/b"), examples.removed("infra/c")]
	deny({"changes": changes, "signature": examples.good_by(examples.bob)}, ["security"]) == {
		{"message": "changed by 'bob', who is in none of the groups 'security'", "path": "infra/a"},
		{"message": "changed by 'bob', who is in none of the groups 'security'", "path": "infra/b"},
		{"message": "changed by 'bob', who is in none of the groups 'security'", "path": "infra/c"},
	}
}

test_only_a_good_signature_counts if {
	deny({"signature": examples.unsigned}, ["security"]) == {{
		"message": "only 'security' may change it: not signed",
		"path": "src/door.c",
	}}
	deny({"signature": {"status": "bad"}}, ["security"]) == {{
		"message": "only 'security' may change it: signature does not belong to this object",
		"path": "src/door.c",
	}}
}

test_no_groups_mean_nobody if {
	deny({}, []) == {{"message": "changed by 'alice'", "path": "src/door.c"}}
}

test_no_changes_pass if {
	deny({"changes": [], "signature": examples.unsigned}, ["security"]) == set()
}
