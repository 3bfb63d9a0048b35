# METADATA
# title: Words for anomalies
# description: |
#   Says what refgate found odd about an object or a path. A name that is not known here still gets words.
package refgate.lib.anomaly

# METADATA
# description: What is odd about a commit or a tag.
object_words(name) := object.get(
	{
		"bidi_characters": "holds characters that change the direction of text",
		"control_characters": "holds control characters",
		"date_out_of_range": "holds a date that is out of range",
		"duplicate_parent": "names the same parent twice",
		"encoding": "declares an encoding other than UTF-8",
		"not_utf8": "holds bytes that are not UTF-8",
		"repeated_header": "repeats a header",
	},
	name,
	sprintf("has the anomaly '%s'", [name]),
)

# METADATA
# description: What is odd about a path or the entry there.
path_words(name) := object.get(
	{
		"bidi_characters": "path holds characters that change the direction of text",
		"control_characters": "path holds control characters",
		"dot_git_lookalike": "path looks like '.git' to some file systems",
		"folds_together": "path differs from its neighbour only in case or normalisation",
		"gitmodules": "file of submodules says what git refuses to follow",
		"mode": "entry has a mode that git does not write",
		"not_utf8": "path holds bytes that are not UTF-8",
		"symlink_escapes": "symlink leads out of the repository",
		"symlink_read_by_git": "symlink stands where git reads a file of its own",
	},
	name,
	sprintf("path has the anomaly '%s'", [name]),
)
