package refgate.update.immutable_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.immutable

deny(name, update) := violations if {
	violations := immutable.deny with input as examples.update_input({
		"update": object.union(examples.moved(sprintf("refs/tags/%s", [name]), "tag", name), update),
		"params": {"exempt": ["^v[0-9]+$", "^latest$"]},
	})
}

test_a_new_tag_passes if {
	deny("v1.0", examples.created) == set()
}

test_a_tag_may_not_move_in_any_direction if {
	deny("v1.0", {}) == {"may not move"}
	deny("v1.0", {"history": "rewind"}) == {"may not move"}
	deny("v1.0", {"new": examples.old, "history": "unchanged"}) == set()
}

test_a_tag_may_not_go if {
	some violation in deny("v1.0", examples.deleted)
	violation.message == "may not be deleted"
	startswith(violation.hint, "leave it out of the push")
}

test_exempt_tags_move_and_go if {
	deny("v1", {}) == set()
	deny("v1", examples.deleted) == set()
	deny("latest", {}) == set()
	deny("latest-2", {}) == {"may not move"}
}
