# METADATA
# title: Refs stay
# description: |
#   A ref may not be deleted. What deletes refs without a push (a server's web page, a shell on the server) passes no
#   hook.
# schemas:
# - input: schema.update
# custom:
#   not_for: >-
#     branches with a short life: name those that shall stay in `refs`
#   hint: leave it out of the push, with `git push` naming only other refs and without `--mirror` and `--prune`
package refgate.update.no_delete

deny contains "may not be deleted" if not input.update.action in {"create", "update"}
