package refgate.commit.max_changes_test

import data.refgate.commit.max_changes
import data.refgate.lib.examples_test as examples

deny(number, paths) := violations if {
	changes := [examples.added(name) | some name in array.slice(["a", "b", "c"], 0, number)]
	violations := max_changes.deny with input as examples.commit_input({
		"commit": {"changes": changes},
		"params": {"paths": paths},
	})
}

test_a_commit_at_the_bound_passes if {
	deny(0, 2) == set()
	deny(2, 2) == set()
}

test_one_more_is_refused if {
	deny(3, 2) == {"changes 3 paths, 2 allowed"}
	deny(1, 0) == {"changes 1 path, 0 allowed"}
}
