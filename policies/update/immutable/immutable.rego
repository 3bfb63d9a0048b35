# METADATA
# title: What is published stays
# description: |
#   A ref, once created, neither moves nor goes away. Meant for tags; bind it to `refs/tags/**`. `exempt` names those
#   that move by design, such as `^v[0-9]+$`, by their short names.
# schemas:
# - input: schema.update
# custom:
#   not_for: tags that move by design, such as `latest`, unless `exempt` names them
#   hint: >-
#     leave it where it is, make a new tag with `git tag -s <new name> <commit>`, then push that with
#     `git push <remote> tag <new name>`
#   params:
#     exempt: {type: [regex], default: [], description: short names of refs that may move and go}
package refgate.update.immutable

deny contains {
	"message": "may not be deleted",
	"hint": "leave it out of the push, with `git push` naming only other refs and without `--mirror` and `--prune`",
} if {
	input.update.action == "delete"
	not _exempt
}

deny contains "may not move" if {
	not input.update.action in {"create", "delete"}
	input.update.old != input.update.new
	not _exempt
}

_exempt if {
	some name in input.params.exempt
	regex.match(name, input.update.name)
}
