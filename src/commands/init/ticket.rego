# METADATA
# title: Commits name their ticket
# description: The subject of every commit begins with a ticket of the project, such as 'SHOP-12'. Merges need none.
# schemas:
# - input: schema.commit
# custom:
#   hint: "name it with `git commit --amend`, for example 'SHOP-12: add a door'"
#   params:
#     project: {type: string, description: key of the project}
package refgate.commit.ticket

deny contains sprintf("subject names no ticket of '%s'", [input.params.project]) if {
	not input.commit.merge
	not regex.match(sprintf(`^%s-[0-9]+: `, [input.params.project]), input.commit.subject)
}
