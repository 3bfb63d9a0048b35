package refgate.update.no_delete_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.no_delete

deny(update) := violations if {
	violations := no_delete.deny with input as examples.update_input({"update": update})
}

test_a_deletion_is_refused if {
	deny(examples.deleted) == {"may not be deleted"}
}

test_an_action_nobody_knows_is_refused if {
	deny({"action": "rename"}) == {"may not be deleted"}
}

test_creations_and_moves_pass if {
	deny({}) == set()
	deny(examples.created) == set()
}
