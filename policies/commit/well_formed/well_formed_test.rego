package refgate.commit.well_formed_test

import data.refgate.commit.well_formed
import data.refgate.lib.examples_test as examples

deny(commit, allow) := violations if {
	violations := well_formed.deny with input as examples.commit_input({"commit": commit, "params": {"allow": allow}})
}

odd(change, anomalies) := object.union(change, {"anomalies": anomalies})

test_a_plain_commit_passes if {
	deny({}, []) == set()
}

test_each_anomaly_of_the_commit_is_told if {
	deny({"anomalies": ["encoding", "duplicate_parent"]}, []) == {
		"declares an encoding other than UTF-8",
		"names the same parent twice",
	}
}

test_each_anomaly_of_a_path_is_told if {
	changes := [
		odd(examples.added(".git "), ["dot_git_lookalike"]),
		odd(examples.modified("README"), ["folds_together"]),
	]
	deny({"odd_changes": changes}, []) == {
		{"message": "path looks like '.git' to some file systems", "path": ".git "},
		{"message": "path differs from its neighbour only in case or normalisation", "path": "README"},
	}
}

test_an_anomaly_nobody_knows_is_refused if {
	deny({"anomalies": ["new_kind"], "odd_changes": [odd(examples.added("a"), ["new_kind"])]}, []) == {
		"has the anomaly 'new_kind'",
		{"message": "path has the anomaly 'new_kind'", "path": "a"},
	}
}

test_only_what_is_allowed_passes if {
	commit := {"anomalies": ["encoding", "not_utf8"], "odd_changes": [odd(examples.added("a"), ["not_utf8", "mode"])]}
	deny(commit, ["not_utf8", "encoding"]) == {{"message": "entry has a mode that git does not write", "path": "a"}}
}
