# METADATA
# title: A tag object is named like its ref
# description: |
#   The name inside a tag object is the name of the ref that it is pushed to, so that an old signed tag cannot be shown
#   under a new name. At `refs/approvals/<commit>/<name>` the name is the last part. Tags within tags keep their own
#   names, and a lightweight tag has none.
# schemas:
# - input: schema.tag
# custom:
#   not_for: tags that are pushed under other names by design, as some mirrors do
#   hint: make a tag of that name with `git tag -s <name> <commit>`, then push `refs/tags/<name>`
package refgate.tag.names_ref

import data.refgate.lib.ref

deny contains sprintf("tag object is named '%s'", [input.tag.name]) if {
	not _exempt
	not _names_ref
}

_exempt if input.tag.annotated == false

_exempt if input.tag.depth > 0

_names_ref if input.tag.names_ref

_names_ref if {
	parts := split(ref.without_namespaces(input.update.ref), "/")
	count(parts) == 4
	array.slice(parts, 0, 2) == ["refs", "approvals"]
	parts[3] == input.tag.name
}
