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
#     sign it with `git commit --amend --no-edit -S`, or an older one and all after it with
#     `git rebase -f -r -S {commit}^`, then push again
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

deny contains words.told(sprintf("nobody vouches for committer '%s': %s", [_email, _fault]), _hint) if {
	not _good
	not _server_merge
}

deny contains words.told(_foreign("committer", _email, input.commit.committer.claimed), _own_email) if {
	_good
	not _server_signed
	not _signers(input.commit.committer.claimed)
}

deny contains words.told(_foreign("author", _author, input.commit.author.claimed), _own_email) if {
	_good
	not _server_signed
	input.params.author != false
	not _signers(input.commit.author.claimed)
}

deny contains words.told(sprintf("pushed by %s, but signed by '%s'", [_pusher, _signer]), _own_push) if {
	_good
	not _server_signed
	input.params.pusher != false
	input.commit.first_seen != false
	not _pushed_by(_signer)
}

deny contains words.told(sprintf("committer '%s' belongs to nobody known", [_email]), _own_email) if {
	count(input.params.server_signers) > 0
	_server_signed
	not input.commit.committer.claimed.known
}

deny contains words.told(sprintf("pushed by %s, but the committer is '%s'", [_pusher, _email]), _own_push) if {
	count(input.params.server_signers) > 0
	_server_signed
	input.commit.first_seen != false
	not _pushed_by(input.commit.committer.claimed.id)
}

_good if signature.good(input.commit.signature, input.params.judge_at)

_fault := signature.fault(input.commit.signature, input.params.judge_at)

_hint := signature.hint(input.commit.signature, "git rebase -f -r -S <commit>^")

_own_email := concat(" ", [
	"set your own e-mail with `git config user.email <e-mail>`, then `git commit --amend --no-edit -S`, with",
	"`--reset-author` if the work is yours; at an older commit stop first, by `edit` in `git rebase -i -r -S <commit>^`",
])

_own_push := "let whoever made it push it, or sign it yourself with `git rebase -f -r -S <commit>^`"

_email := input.commit.committer.email

_author := input.commit.author.email

_signer := input.commit.signature.person.id

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
