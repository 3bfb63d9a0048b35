package refgate.commit.linear_test

import data.refgate.commit.linear
import data.refgate.lib.examples_test as examples

deny(merge) := violations if {
	violations := linear.deny with input as examples.commit_input({"commit": {"merge": merge}})
}

test_commits_in_a_line_pass if {
	deny(false) == set()
}

test_a_merge_is_refused if {
	deny(true) == {"is a merge"}
}
