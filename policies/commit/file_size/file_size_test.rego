package refgate.commit.file_size_test

import data.refgate.commit.file_size
import data.refgate.lib.examples_test as examples

deny(changes) := violations if {
	violations := file_size.deny with input as examples.commit_input({
		"commit": {"changes": changes},
		"params": {"bytes": 100},
	})
}

sized(change, bytes) := object.union(change, {"new": {"size": bytes}})

test_a_file_at_the_bound_passes if {
	deny([sized(examples.added("a"), 100), sized(examples.modified("b"), 0)]) == set()
}

test_a_larger_file_is_refused if {
	deny([sized(examples.added("a"), 101), examples.added("b")]) == {{
		"message": "file has 101 bytes, 100 allowed",
		"path": "a",
	}}
}

test_deleting_a_large_file_passes if {
	large := object.union(examples.removed("a"), {"old": {"size": 101}})
	deny([large]) == set()
}
