# METADATA
# title: Committers are who signed
# description: |
#   The committer's e-mail belongs to the person whose good signature the commit carries; by parameter also the
#   author's, and by parameter that person is also the one who pushes it first. A server's own key may sign for its
#   users: say `signs_for = "committers"` of its account in people.toml, or name it in `server_signers`; then the
#   committer must be a known person, and on first sight the pusher. `server_merges` lets unsigned merges pass that
#   change nothing of their own: those that the server makes, if they show the pusher as author or committer, and those
#   that a merge button brings in, if the committer is known.
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     projects that apply other people's commits as they are: the committer has to be who signed
#   hint: >-
#     set your own e-mail with `git config user.email <e-mail>`, then `git commit --amend --reset-author --no-edit -S`
#   params:
#     author: {type: boolean, default: false, description: the signer is the author; not asked of server_signers}
#     pusher: {type: boolean, default: false, description: whoever pushes a commit first is its signer}
#     judge_at: {type: string, default: receipt, description: "receipt, or signing for the time that the signer claims"}
#     server_signers: {type: [person], default: "@signs_for.committers", description: whose key signs for committers}
#     server_merges: {type: boolean, default: false, description: let the server's own unsigned merges pass}
package refgate.commit.identity

import data.refgate.lib.person
import data.refgate.lib.server
import data.refgate.lib.signature
import data.refgate.lib.words

deny contains sprintf("nobody vouches for committer '%s': %s", [input.commit.committer.email, _fault]) if {
	not _good
	not _server_merge
}

deny contains _foreign("committer", input.commit.committer.email, input.commit.committer.claimed) if {
	_good
	not _server_signed
	not _signers(input.commit.committer.claimed)
}

deny contains _foreign("author", input.commit.author.email, input.commit.author.claimed) if {
	_good
	not _server_signed
	input.params.author != false
	not _signers(input.commit.author.claimed)
}

deny contains sprintf("pushed by %s, but signed by '%s'", [_pusher, input.commit.signature.person.id]) if {
	_good
	not _server_signed
	input.params.pusher != false
	input.commit.first_seen != false
	not _pushed_by(input.commit.signature.person.id)
}

deny contains sprintf("committer '%s' belongs to nobody known", [input.commit.committer.email]) if {
	count(input.params.server_signers) > 0
	_server_signed
	not input.commit.committer.claimed.known
}

deny contains sprintf("pushed by %s, but the committer is '%s'", [_pusher, input.commit.committer.email]) if {
	count(input.params.server_signers) > 0
	_server_signed
	input.commit.first_seen != false
	not _pushed_by(input.commit.committer.claimed.id)
}

_good if signature.good(input.commit.signature, input.params.judge_at)

_fault := signature.fault(input.commit.signature, input.params.judge_at)

_server_signed if {
	count(input.params.server_signers) > 0
	_good
	input.commit.signature.person.id in input.params.server_signers
}

_server_merge if {
	input.params.server_merges
	server.merge
	_pusher_shows
}

_server_merge if {
	input.params.server_merges
	server.brought
	input.commit.committer.claimed.known
	person.pusher_may(input.push.pusher, [])
}

_pusher_shows if _pushed_by(input.commit.author.claimed.id)

_pusher_shows if _pushed_by(input.commit.committer.claimed.id)

_signers(claimed) if {
	claimed.known
	claimed.id == input.commit.signature.person.id
}

_pushed_by(id) if {
	person.pusher_may(input.push.pusher, [])
	input.push.pusher.person.id == id
}

_foreign(role, email, claimed) := sprintf("%s '%s' belongs to '%s', but '%s' signed", [
	role,
	email,
	claimed.id,
	input.commit.signature.person.id,
]) if {
	claimed.known
} else := sprintf("%s '%s' belongs to nobody known", [role, email])

default _pusher := "a deploy key"

_pusher := words.named(input.push.pusher.person) if not input.push.pusher.deploy_key
