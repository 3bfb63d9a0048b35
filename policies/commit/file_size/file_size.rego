# METADATA
# title: Files of a reasonable size
# description: |
#   No file that a commit adds or changes is larger than this. Once in history a file stays there, so each commit is
#   judged, not only what is left of it at the tip.
# related_resources:
# - ref: https://git-lfs.com
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     bounding what a clone weighs: many small files weigh as much as a large one
#   hint: >-
#     take it out with `git rm --cached '{path}'` and `git commit --amend --no-edit`, or keep it in `git lfs`; at an
#     older commit stop first, by `edit` in `git rebase -i -r {commit}^`
#   params:
#     bytes: {type: integer, default: 5242880, description: size of one file}
package refgate.commit.file_size

deny contains {"message": message, "path": change.path} if {
	some change in input.commit.changes
	not change.new.size <= input.params.bytes
	message := sprintf("file has %v bytes, %v allowed", [change.new.size, input.params.bytes])
}
