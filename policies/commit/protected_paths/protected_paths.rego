# METADATA
# title: Paths that only some may change
# description: |
#   Every change is signed by a person of one of the groups. Which paths: the binding's `paths`; without them, all.
#   What a merge merely brings along is judged where it was made; what its merger decided is the merger's.
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     keeping secrets: who may change a file is not who may read it
#   hint: >-
#     take the change out with `git restore --staged --worktree --source={commit}^ -- '{path}'` and ask one of these
#     groups to make it, or keep it if you are of them; then `git commit --amend --no-edit -S`; at an older commit stop
#     first, by `edit` in `git rebase -i -r -S {commit}^`
#   params:
#     groups: {type: [group], description: who may change these paths}
#     judge_at: {type: string, default: receipt, description: "receipt, or signing for the time that the signer claims"}
package refgate.commit.protected_paths

import data.refgate.lib.person
import data.refgate.lib.signature
import data.refgate.lib.words

deny contains {"message": _complaint, "path": change.path} if {
	some change in input.commit.changes
	not _by_member
}

_good if signature.good(input.commit.signature, input.params.judge_at)

_by_member if {
	_good
	person.member(input.commit.signature.person, input.params.groups)
}

_complaint := sprintf("changed by %s", [words.outsider(input.commit.signature.person, input.params.groups)]) if {
	_good
} else := sprintf("only %s may change it: %s", [
	words.quoted(input.params.groups),
	signature.fault(input.commit.signature, input.params.judge_at),
])
