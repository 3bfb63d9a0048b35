# METADATA
# title: Commits are approved by others
# description: |
#   So many persons approved the update that brings this commit, by signatures that are good at receipt, and none of
#   them signed the commit, stands in it as author or committer, or pushes it. The commit's own signature must be good,
#   or nobody could tell. Bind `update.approved` beside it for updates that bring no new commit.
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     teams whose reviews live in a forge's pages only: it sees signed tags, not clicks
#   hint: >-
#     sign it with `git commit --amend --no-edit -S`, or an older one and all after it with
#     `git rebase -f -r -S {commit}^`, then have the new tip approved
#   params:
#     count: {type: integer, default: 1, description: persons who must approve}
#     groups: {type: [group], default: [], description: whose approvals count; empty means anyone known}
#     unknown_pusher: {type: boolean, default: false, description: let pushers pass whom nobody knows}
package refgate.commit.approved

import data.refgate.lib.approval
import data.refgate.lib.signature

deny contains {"message": approval.lacking(_approvers, input.params.count), "hint": approval.hint} if {
	not count(_approvers) >= input.params.count
}

deny contains {"message": sprintf("signer may be one of the approvers: %s", [_fault]), "hint": _hint} if {
	not signature.good(input.commit.signature, "receipt")
}

deny contains {
	"message": "pusher is nobody known, and may be one of the approvers",
	"hint": "push from an account that is yours",
} if {
	not approval.pusher_known
	not input.params.unknown_pusher
}

_approvers := approval.approvers(input.params.groups, {
	input.commit.signature.person.id,
	input.commit.author.claimed.id,
	input.commit.committer.claimed.id,
})

_hint := signature.hint(input.commit.signature, "git rebase -f -r -S <commit>^")

_fault := signature.fault(input.commit.signature, "receipt")
