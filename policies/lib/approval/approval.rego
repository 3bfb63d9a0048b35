# METADATA
# title: Approvals of an update
# description: |
#   Counts the persons who signed that this commit may become this ref's value. refgate matches their statements to
#   repository, ref and commit; this counts whose they are. For rules that see an update.
package refgate.lib.approval

import data.refgate.lib.person
import data.refgate.lib.words

# METADATA
# description: |
#   Ids of those who approve by a signature that is good at receipt, of these groups, but neither the pusher nor
#   anyone of these ids. No groups mean anyone known.
approvers(groups, but) := {approval.signature.person.id |
	some approval in input.update.approvals
	approval.signature.status == "good"
	person.may(approval.signature.person, groups)
	not approval.signature.person.id in but
	approval.signature.person.id != input.push.pusher.person.id
}

# METADATA
# description: |
#   The pusher is a known person, so that his own approvals can be told from others'.
pusher_known if person.pusher_may(input.push.pusher, [])

# METADATA
# description: How to approve, as commands.
hint := sprintf("`git tag -s -m 'Refgate-Approve: %s %s %s' <name> %s`, then `%s`", [
	input.push.repository.path,
	input.update.ref,
	input.update.new,
	input.update.new,
	sprintf("git push <remote> refs/tags/<name>:refs/approvals/%s/<name>", [input.update.new]),
])

# METADATA
# description: How many approve, and how many must.
lacking(found, needed) := sprintf("approved by %s, %v needed", [_persons(found), needed])

_persons(found) := "nobody" if {
	count(found) == 0
} else := words.quoted(found)
