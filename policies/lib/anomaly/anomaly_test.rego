package refgate.lib.anomaly_test

import data.refgate.lib.anomaly

objects := {
	"bidi_characters": "holds characters that change the direction of text",
	"control_characters": "holds control characters",
	"date_out_of_range": "holds a date that is out of range",
	"duplicate_parent": "names the same parent twice",
	"encoding": "declares an encoding other than UTF-8",
	"not_utf8": "holds bytes that are not UTF-8",
	"repeated_header": "repeats a header",
	"new_kind": "has the anomaly 'new_kind'",
}

paths := {
	"bidi_characters": "path holds characters that change the direction of text",
	"control_characters": "path holds control characters",
	"dot_git_lookalike": "path looks like '.git' to some file systems",
	"folds_together": "path differs from its neighbour only in case or normalisation",
	"gitmodules": "file of submodules says what git refuses to follow",
	"mode": "entry has a mode that git does not write",
	"not_utf8": "path holds bytes that are not UTF-8",
	"symlink_escapes": "symlink leads out of the repository",
	"symlink_read_by_git": "symlink stands where git reads a file of its own",
	"new_kind": "path has the anomaly 'new_kind'",
}

test_every_anomaly_of_an_object_has_words if {
	every name, words in objects {
		anomaly.object_words(name) == words
	}
}

test_every_anomaly_of_a_path_has_words if {
	every name, words in paths {
		anomaly.path_words(name) == words
	}
}
