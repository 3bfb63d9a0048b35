# METADATA
# title: Messages as agreed
# description: |
#   What a commit message must look like. Always: there is a subject, and it is no leftover of `git commit --fixup` or
#   `--squash`. By parameter: how long the subject may be, patterns that must or must not match the whole message,
#   Conventional Commits, an issue key, a sign-off by the committer. Merges are judged with `merges` only.
# related_resources:
# - ref: https://www.conventionalcommits.org/en/v1.0.0/
# - ref: https://developercertificate.org/
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     judging whether a message is any good: it sees its form
#   hint: >-
#     reword it with `git commit --amend`, or an older one by `reword` in `git rebase -i -r {commit}^`; sign off from
#     it on with `git rebase -r --signoff {commit}^`; fold leftovers into the commit that they belong to with
#     `git rebase -i -r --autosquash <commit>^`
#   params:
#     subject_max: {type: integer, default: 72, description: "characters of the subject, -1 for any number"}
#     match: {type: [regex], default: [], description: all of these must match the message}
#     reject: {type: [regex], default: [], description: none of these may match the message}
#     issue: {type: [regex], default: [], description: "one of these must match the message, such as [A-Z]+-[0-9]+"}
#     conventional: {type: boolean, default: false, description: the subject is a Conventional Commit}
#     types:
#       type: [string]
#       default: [build, chore, ci, docs, feat, fix, perf, refactor, revert, style, test]
#       description: types of Conventional Commits
#     sign_off: {type: boolean, default: false, description: the committer signs off}
#     leftovers: {type: boolean, default: false, description: let fixup and squash commits pass}
#     merges: {type: boolean, default: false, description: judge merges too}
package refgate.commit.message

import data.refgate.lib.words

deny contains fault if {
	not _exempt
	some fault in _faults
}

_exempt if {
	input.commit.merge
	input.params.merges == false
}

_faults contains "subject is empty" if trim_space(input.commit.subject) == ""

_faults contains sprintf("subject has %v characters, %v allowed", [_length, input.params.subject_max]) if {
	not _short
}

_faults contains "leftover of fixup or squash" if {
	input.params.leftovers != true
	regex.match(`^(?:fixup|squash|amend)! `, input.commit.subject)
}

_faults contains sprintf("message does not match '%s'", [pattern]) if {
	some pattern in input.params.match
	not regex.match(pattern, input.commit.message)
}

_faults contains sprintf("message matches '%s'", [pattern]) if {
	some pattern in input.params.reject
	regex.match(pattern, input.commit.message)
}

_faults contains sprintf("message names no issue, none of %s matches", [words.quoted(input.params.issue)]) if {
	count(input.params.issue) > 0
	not _names_issue
}

_faults contains sprintf("subject is no Conventional Commit of type %s", [words.quoted(input.params.types)]) if {
	input.params.conventional != false
	not _conventional
}

_faults contains sprintf("no 'Signed-off-by: %s'", [_committer]) if {
	input.params.sign_off != false
	not _signed_off
}

_length := count(input.commit.subject)

_short if input.params.subject_max == -1

_short if _length <= input.params.subject_max

_names_issue if {
	some pattern in input.params.issue
	regex.match(pattern, input.commit.message)
}

_conventional if {
	regex.match(`^[A-Za-z]+(?:\([^()]+\))?!?: +[^ ]`, input.commit.subject)
	type := regex.find_n(`^[A-Za-z]+`, input.commit.subject, 1)[0]
	some known in input.params.types
	lower(known) == lower(type)
}

_signed_off if {
	some trailer in input.commit.trailers
	lower(trailer.key) == "signed-off-by"
	trailer.value == _committer
}

_committer := sprintf("%s <%s>", [input.commit.committer.name, input.commit.committer.email])
