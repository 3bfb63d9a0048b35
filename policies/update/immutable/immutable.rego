# METADATA
# title: What is published stays
# description: |
#   A ref, once created, neither moves nor goes away. Meant for tags; bind it to `refs/tags/**`. `exempt` names those
#   that move by design, such as `^v[0-9]+$`, by their short names.
# schemas:
# - input: schema.update
# custom:
#   not_for: tags that move by design, such as `latest`, unless `exempt` names them
#   hint: publish under a new name with `git push <remote> {new}:refs/tags/<name>`
#   params:
#     exempt: {type: [regex], default: [], description: short names of refs that may move and go}
package refgate.update.immutable

deny contains "may not be deleted" if {
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
