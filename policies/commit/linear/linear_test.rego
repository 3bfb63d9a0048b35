package refgate.commit.linear_test

import data.refgate.commit.linear
import data.refgate.lib.examples_test as examples

deny(parents) := violations if {
	violations := linear.deny with input as examples.commit_input({"commit": {"parents": parents}})
}

test_commits_in_a_line_pass if {
	deny([]) == set()
	deny([examples.old]) == set()
}

test_a_merge_is_refused if {
	deny([examples.old, examples.new]) == {"merge of 2 parents"}
}
