# METADATA
# title: Tags are signed
# description: |
#   Every tag object carries a good signature of a person who may sign, a tag within a tag too. The signature of the
#   tagged commit does not count for the tag. A lightweight tag has nothing to sign: refused unless `lightweight`.
# related_resources:
# - ref: https://git-scm.com/docs/git-tag#Documentation/git-tag.txt---sign
# schemas:
# - input: schema.tag
# custom:
#   not_for: refs under `refs/tags/` that mark builds by the thousand, unless `lightweight`
#   hint: sign it with `git tag -s -f <name> <commit>`, then push again
#   params:
#     groups: {type: [group], default: [], description: who may sign; empty means anyone known}
#     judge_at: {type: string, default: receipt, description: "receipt, or signing for the time that the signer claims"}
#     lightweight: {type: boolean, default: false, description: let tags pass that have no tag object}
package refgate.tag.signed

import data.refgate.lib.person
import data.refgate.lib.signature
import data.refgate.lib.words

deny contains words.told(_complaint, _hint) if {
	not _signed
	not _lightweight
}

_lightweight if {
	input.params.lightweight
	input.tag.annotated == false
}

_signed if {
	_good
	_by_member
}

_good if {
	input.tag.annotated
	signature.good(input.tag.signature, input.params.judge_at)
}

_by_member if person.may(input.tag.signature.person, input.params.groups)

_hint := signature.hint(input.tag.signature, "git tag -s -f <name> <commit>")

default _complaint := "lightweight, so nobody can sign it"

_complaint := signature.fault(input.tag.signature, input.params.judge_at) if {
	input.tag.annotated
	not _good
}

_complaint := sprintf("signed by %s", [words.outsider(input.tag.signature.person, input.params.groups)]) if _good
