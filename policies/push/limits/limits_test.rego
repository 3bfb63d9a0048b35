package refgate.push.limits_test

import data.refgate.lib.examples_test as examples
import data.refgate.push.limits

deny(push, bounds) := violations if {
	violations := limits.deny with input as examples.push_input({
		"push": push,
		"params": object.union({"updates": -1, "deletions": -1, "commits": -1, "options": -1}, bounds),
	})
}

growth(number) := object.union(examples.summary, {"introduced": {"count": number}})

branch(number) := object.union(growth(number), examples.created)

gone := object.union(examples.summary, examples.deleted)

test_a_push_at_the_bounds_passes if {
	push := {"updates": [growth(3), growth(2), gone], "options": ["a"]}
	deny(push, {"updates": 3, "deletions": 1, "commits": 5, "options": 1}) == set()
}

test_one_more_is_refused if {
	push := {"updates": [growth(3), growth(2), gone], "options": ["a"]}
	deny(push, {"updates": 2, "deletions": 0, "commits": 4, "options": 0}) == {
		"3 refs at once, 2 allowed",
		"1 deletion at once, 0 allowed",
		"5 new commits at once, 4 allowed",
		"1 push option at once, 0 allowed",
	}
}

test_bounds_are_told_in_the_right_number if {
	deny({"updates": [growth(1)], "options": []}, {"updates": 0, "commits": 0}) == {
		"1 ref at once, 0 allowed",
		"1 new commit at once, 0 allowed",
	}
	deny({"updates": [gone, gone], "options": ["a", "b"]}, {"deletions": 1, "options": 1}) == {
		"2 deletions at once, 1 allowed",
		"2 push options at once, 1 allowed",
	}
}

test_the_history_of_a_new_ref_does_not_count if {
	deny({"updates": [branch(9000)]}, {"commits": 1}) == set()
}

test_without_bounds_anything_passes if {
	deny({"updates": [growth(9000), gone], "options": ["a", "b"]}, {}) == set()
}
