# METADATA
# title: Commits are signed
# description: |
#   Every commit carries a good signature of a person who may sign. Judged at receipt, since a signer writes the time
#   of signing himself; `judge_at = "signing"` takes his word for it and lets keys count that have expired since.
#   `server_merges` lets unsigned merges pass that change nothing of their own: those that the server makes for a pusher
#   who may sign, new and at the tip, and those that such a pusher's merge button brings in.
# related_resources:
# - ref: https://git-scm.com/docs/git-commit#Documentation/git-commit.txt---gpg-signkeyid
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     projects whose contributors have no keys: with `commits = "first_parent"` a signed merge vouches for them
#   hint: >-
#     sign it with `git commit --amend --no-edit -S`, or an older one and all after it with
#     `git rebase -f -r -S {commit}^`, then push again
#   params:
#     groups: {type: [group], default: [], description: who may sign; empty means anyone known}
#     judge_at: {type: string, default: receipt, description: "receipt, or signing for the time that the signer claims"}
#     require_presence: {type: boolean, default: false, description: only hardware keys that somebody touched}
#     server_merges: {type: boolean, default: false, description: let the server's own unsigned merges pass}
package refgate.commit.signed

import data.refgate.lib.person
import data.refgate.lib.server
import data.refgate.lib.signature
import data.refgate.lib.words

deny contains words.told(_complaint, _hint) if {
	not _signed
	not _server_merge
}

_signed if {
	_good
	_by_member
	_present
}

_good if signature.good(input.commit.signature, input.params.judge_at)

_by_member if person.may(input.commit.signature.person, input.params.groups)

_present if input.params.require_presence == false

_present if {
	input.commit.signature.key.hardware
	input.commit.signature.key.user_presence
}

_server_merge if {
	input.params.server_merges
	server.merge
	person.pusher_may(input.push.pusher, input.params.groups)
}

_server_merge if {
	input.params.server_merges
	server.brought
	person.pusher_may(input.push.pusher, input.params.groups)
}

_hint := signature.hint(input.commit.signature, "git rebase -f -r -S <commit>^")

default _complaint := "signed with a key that nobody had to touch"

_complaint := signature.fault(input.commit.signature, input.params.judge_at) if not _good

_complaint := sprintf("signed by %s", [words.outsider(input.commit.signature.person, input.params.groups)]) if {
	_good
	not _by_member
}
