# METADATA
# title: Names as registered
# description: |
#   Author and committer go by the name that people.toml has for the person whose e-mail they show. The register is
#   seen for two persons, the one whose signature the commit carries and the pusher; a name of somebody else
#   passes. An e-mail that belongs to nobody known is refused unless `unknown`.
# schemas:
# - input: schema.commit
# custom:
#   not_for: projects whose contributors are not in people.toml, unless `unknown`
#   hint: >-
#     set your name with `git config user.name <name>`, then
#     `git commit --amend --no-edit`, with `--reset-author` if the work is yours; at an older commit stop first, by
#     `edit` in `git rebase -i -r {commit}^`
#   params:
#     unknown: {type: boolean, default: false, description: let e-mails pass that belong to nobody known}
package refgate.commit.author_name

deny contains _other_name("author", input.commit.author.name, registered) if {
	some registered in _registered(input.commit.author.claimed.id)
	input.commit.author.name != registered
}

deny contains _other_name("committer", input.commit.committer.name, registered) if {
	some registered in _registered(input.commit.committer.claimed.id)
	input.commit.committer.name != registered
}

deny contains sprintf("author '%s' shows an e-mail of nobody known", [input.commit.author.name]) if {
	not input.params.unknown
	not input.commit.author.claimed.known
}

deny contains sprintf("committer '%s' shows an e-mail of nobody known", [input.commit.committer.name]) if {
	not input.params.unknown
	not input.commit.committer.claimed.known
}

_other_name(role, name, registered) := sprintf("%s '%s' is registered as '%s'", [role, name, registered])

_registered(id) := _name_of(input.commit.signature.person, id) | _name_of(input.push.pusher.person, id)

# At most one name: none where this is somebody else, or where the register has no name.
_name_of(someone, id) := {someone.name |
	someone.known
	someone.id == id
	someone.name != ""
}
