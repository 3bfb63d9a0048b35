# METADATA
# title: Updates are approved
# description: |
#   So many persons approved that exactly this commit becomes this ref's value, each by a signature that is good at
#   receipt, and none of them pushes it. An update does not show who signed its commits: bind `commit.approved` beside
#   this rule, or a signer's own approval counts. Deleting a ref takes no approval; `update.no_delete` refuses that.
# schemas:
# - input: schema.update
# custom:
#   not_for: >-
#     teams whose reviews live in a forge's pages only: it sees signed tags, not clicks
#   params:
#     count: {type: integer, default: 1, description: persons who must approve}
#     groups: {type: [group], default: [], description: whose approvals count; empty means anyone known}
#     unknown_pusher: {type: boolean, default: false, description: let pushers pass whom nobody knows}
package refgate.update.approved

import data.refgate.lib.approval

deny contains {"message": approval.lacking(_approvers, input.params.count), "hint": approval.hint} if {
	input.update.action != "delete"
	not count(_approvers) >= input.params.count
}

deny contains "pusher is nobody known, and may be one of the approvers" if {
	input.update.action != "delete"
	not approval.pusher_known
	not input.params.unknown_pusher
}

_approvers := approval.approvers(input.params.groups, set())
