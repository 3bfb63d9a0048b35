# METADATA
# title: Who may do what to a ref
# description: |
#   Which groups may create a ref, move it forward, rewrite it, delete it. What no group is named for, nobody may;
#   `anyone` opens single actions to every known pusher. To rewrite is to move a ref to anything that does not have
#   its old value as an ancestor.
# schemas:
# - input: schema.update
# custom:
#   not_for: >-
#     a server that does not tell people apart: then nobody may do anything
#   hint: push to a branch of your own with `git push <remote> HEAD:refs/heads/<name>`, or ask one of these groups
#   params:
#     create: {type: [group], default: [], description: who may create refs}
#     update: {type: [group], default: [], description: who may move refs forward}
#     rewrite: {type: [group], default: [], description: who may rewrite refs}
#     delete: {type: [group], default: [], description: who may delete refs}
#     anyone:
#       type: [string]
#       default: []
#       description: "what anyone known may do: create, update, rewrite, delete"
package refgate.update.who

import data.refgate.lib.person
import data.refgate.lib.words

deny contains sprintf("%s may not %s it", [_pusher, _action]) if not _may

deny contains sprintf("parameter 'anyone' names no action: '%s'", [action]) if {
	some action in input.params.anyone
	not action in {"create", "update", "rewrite", "delete"}
}

default _action := "rewrite"

_action := "create" if input.update.action == "create"

_action := "delete" if input.update.action == "delete"

_action := "update" if {
	input.update.action == "update"
	input.update.history in {"fast_forward", "unchanged"}
}

_may if {
	_action in input.params.anyone
	person.pusher_may(input.push.pusher, [])
}

_may if {
	_action == "create"
	person.pusher_member(input.push.pusher, input.params.create)
}

_may if {
	_action == "update"
	person.pusher_member(input.push.pusher, input.params.update)
}

_may if {
	_action == "rewrite"
	person.pusher_member(input.push.pusher, input.params.rewrite)
}

_may if {
	_action == "delete"
	person.pusher_member(input.push.pusher, input.params.delete)
}

_pusher := "a deploy key" if {
	input.push.pusher.deploy_key
} else := words.named(input.push.pusher.person)
