# METADATA
# title: Pushers are known
# description: |
#   The account that pushes belongs to a person the operator knows. A deploy key is no person, whoever owns it: it
#   passes with `deploy_keys` only.
# schemas:
# - input: schema.push
# custom:
#   not_for: a server that lets everybody in through one account and does not say who it is
#   hint: push from an account that is yours; see which one the server takes you for with `ssh -T <server>`
#   params:
#     groups: {type: [group], default: [], description: who may push; empty means anyone known}
#     deploy_keys: {type: boolean, default: false, description: let deploy keys pass}
package refgate.push.known_pusher

import data.refgate.lib.person
import data.refgate.lib.words

deny contains sprintf("pushed by %s", [_pusher]) if {
	not person.pusher_may(input.push.pusher, input.params.groups)
	not _deploy_key
}

_deploy_key if {
	input.params.deploy_keys
	input.push.pusher.deploy_key
}

_pusher := "a deploy key" if {
	input.push.pusher.deploy_key
} else := words.outsider(input.push.pusher.person, input.params.groups) if {
	input.push.pusher.person.known
} else := sprintf("'%s', whom nobody knows", [input.push.pusher.name])
