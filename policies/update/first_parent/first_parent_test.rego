package refgate.update.first_parent_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.first_parent

deny(update) := violations if {
	violations := first_parent.deny with input as examples.update_input({"update": update})
}

test_growth_along_the_first_parents_passes if {
	deny({}) == set()
}

test_swapped_parents_are_refused if {
	deny({"first_parent": false}) == {"old tip is not on the first-parent chain of the new one"}
}

test_a_rewrite_is_refused_too if {
	deny({"history": "diverged", "first_parent": false}) == {"old tip is not on the first-parent chain of the new one"}
}

test_creations_deletions_and_no_move_pass if {
	deny(examples.created) == set()
	deny(examples.deleted) == set()
	deny({"history": "unchanged", "first_parent": false}) == set()
}
