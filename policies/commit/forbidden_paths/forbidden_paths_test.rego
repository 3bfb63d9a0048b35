package refgate.commit.forbidden_paths_test

import data.refgate.commit.forbidden_paths
import data.refgate.lib.examples_test as examples

deny(changes, reason) := violations if {
	violations := forbidden_paths.deny with input as examples.commit_input({
		"commit": {"changes": changes},
		"params": {"reason": reason},
	})
}

test_whatever_is_added_or_changed_is_refused if {
	executable := object.union(examples.modified("run"), {"action": "mode"})
	link := object.union(examples.modified("link"), {"action": "type"})
	deny([examples.added("a.key"), examples.modified("b.key"), executable, link], "") == {
		{"message": "stays out of this repository", "path": "a.key"},
		{"message": "stays out of this repository", "path": "b.key"},
		{"message": "stays out of this repository", "path": "run"},
		{"message": "stays out of this repository", "path": "link"},
	}
}

test_the_reason_is_told if {
	deny([examples.added("a.key")], "secrets live in the vault") == {{
		"message": "stays out of this repository: secrets live in the vault",
		"path": "a.key",
	}}
}

test_deleting_passes if {
	deny([examples.removed("a.key")], "") == set()
	deny([], "") == set()
}
