package refgate.commit.no_new_roots_test

import data.refgate.commit.no_new_roots
import data.refgate.lib.examples_test as examples

deny(root, empty) := violations if {
	violations := no_new_roots.deny with input as examples.commit_input({
		"commit": {"root": root},
		"push": {"repository": {"empty": empty}},
	})
}

test_a_commit_with_a_parent_passes if {
	deny(false, false) == set()
}

test_a_root_is_refused if {
	deny(true, false) == {"has no parent"}
}

test_an_empty_repository_takes_its_root if {
	deny(true, true) == set()
}
