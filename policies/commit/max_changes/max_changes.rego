# METADATA
# title: Commits of a reasonable size
# description: |
#   How many paths one commit changes. Of a merge only its own changes count. With the binding's `paths`, only those
#   do.
# schemas:
# - input: schema.commit
# custom:
#   not_for: generated files and vendored code, unless `paths` leaves them out
#   hint: >-
#     split it with `git reset {commit}^` and several `git add` and `git commit`; at an older commit stop first, by
#     `edit` in `git rebase -i -r {commit}^`
#   params:
#     paths: {type: integer, default: 500, description: paths that one commit changes}
package refgate.commit.max_changes

import data.refgate.lib.words

deny contains sprintf("changes %s, %v allowed", [words.counted(_number, "path", "paths"), input.params.paths]) if {
	not _number <= input.params.paths
}

# Counted by one field, so that the rule reads no other.
_number := count([change.action | some change in input.commit.changes])
