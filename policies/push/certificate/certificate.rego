# METADATA
# title: Pushes are signed
# description: |
#   The push carries a certificate (`git push --signed`) with a good signature of a known person, made for this very
#   connection: the server's nonce must be in it and fresh. What the server pushes for its users (merge button, web
#   editor) carries none; `server_pushes` lets that pass.
# related_resources:
# - ref: https://git-scm.com/docs/git-push#Documentation/git-push.txt---signedtruefalseif-asked
# schemas:
# - input: schema.push
# custom:
#   not_for: servers without `receive.certNonceSeed`, and people whose pushes a forge's pages make for them
#   hint: push again with `git push --signed`
#   params:
#     groups: {type: [group], default: [], description: who may sign pushes; empty means anyone known}
#     pusher: {type: boolean, default: false, description: the signer is also the one the server says is pushing}
#     slop: {type: boolean, default: false, description: let a nonce pass that git calls stale but within its slop}
#     server_pushes: {type: boolean, default: false, description: let the server's own pushes pass without}
package refgate.push.certificate

import data.refgate.lib.person
import data.refgate.lib.words

deny contains _fault if {
	not _good
	not _server_push
}

deny contains sprintf("certificate has a nonce that is '%s'", [input.push.certificate.nonce_status]) if {
	_good
	not _fresh
}

deny contains sprintf("certificate signed by %s", [_outsider]) if {
	_good
	not person.may(input.push.certificate.person, input.params.groups)
}

deny contains sprintf("certificate signed by %s, but the server names another pusher", [_signer]) if {
	_good
	input.params.pusher != false
	not _by_pusher
}

_good if {
	input.push.certificate.status == "good"
	input.push.certificate.person.known
}

_fault := "push is not signed" if {
	input.push.certificate.status == "none"
} else := "push is signed by nobody known" if {
	input.push.certificate.status == "good"
} else := sprintf("signature of the push is '%s'", [input.push.certificate.status])

_fresh if input.push.certificate.nonce_status == "OK"

_fresh if {
	input.params.slop
	input.push.certificate.nonce_status == "SLOP"
}

_by_pusher if {
	person.pusher_may(input.push.pusher, [])
	input.push.pusher.person.id == input.push.certificate.person.id
}

_server_push if {
	input.params.server_pushes
	input.push.certificate.status == "none"
	_by_server
}

_by_server if input.push.channel.trigger in {"edit", "internal", "merge", "update_branch"}

_by_server if input.push.channel.protocol == "web"

_signer := words.named(input.push.certificate.person)

_outsider := words.outsider(input.push.certificate.person, input.params.groups)
