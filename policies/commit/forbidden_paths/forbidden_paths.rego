# METADATA
# title: Paths that stay out
# description: |
#   Nothing may be added or changed at these paths; deleting what is there passes. Which paths: the binding's `paths`.
#   Without them every change is refused.
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     finding secrets: it sees names of files, not what is in them
#   hint: >-
#     take it out with `git rm --cached '{path}'` and `git commit --amend --no-edit`; at an older commit stop first, by
#     `edit` in `git rebase -i -r {commit}^`
#   params:
#     reason: {type: string, default: "", description: "why, in a few words for the pusher"}
package refgate.commit.forbidden_paths

deny contains {"message": _message, "path": change.path} if {
	some change in input.commit.changes
	change.action != "delete"
}

_message := "stays out of this repository" if {
	input.params.reason == ""
} else := sprintf("stays out of this repository: %s", [input.params.reason])
