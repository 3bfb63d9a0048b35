# METADATA
# title: The first parent is the branch
# description: |
#   The old tip is on the first-parent chain of the new one, so that `git log --first-parent` keeps telling what the
#   branch went through. Merging the branch into one's own work and pushing the result swaps the parents.
# related_resources:
# - ref: https://git-scm.com/docs/git-log#Documentation/git-log.txt---first-parent
# schemas:
# - input: schema.update
# custom:
#   not_for: teams that merge the branch into their work and push the result, and mean to
#   hint: >-
#     merge the other way round with `git switch --detach {old}`, `git merge --no-ff {new}` and
#     `git push <remote> 'HEAD:{ref}'`
package refgate.update.first_parent

deny contains "old tip is not on the first-parent chain of the new one" if {
	not input.update.action in {"create", "delete"}
	input.update.history != "unchanged"
	not input.update.first_parent
}
