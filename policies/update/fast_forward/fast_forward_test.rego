package refgate.update.fast_forward_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.fast_forward

deny(update) := violations if {
	violations := fast_forward.deny with input as examples.update_input({"update": update})
}

test_growth_creation_deletion_and_no_move_pass if {
	deny({}) == set()
	deny(examples.created) == set()
	deny(examples.deleted) == set()
	deny({"history": "unchanged", "new": examples.old}) == set()
}

test_a_rewind_is_refused if {
	deny({"history": "rewind", "discarded": {"count": 1}}) == {"goes back, and loses 1 commit"}
}

test_a_rewrite_is_refused if {
	deny({"history": "diverged", "discarded": {"count": 2}}) == {"not a fast-forward, and loses 2 commits"}
}

test_unrelated_history_is_refused if {
	deny({"history": "unrelated"}) == {"moves to history that has nothing in common with the old"}
}

test_a_history_nobody_knows_is_refused if {
	deny({"history": "sideways"}) == {"not a fast-forward"}
}
