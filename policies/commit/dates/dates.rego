# METADATA
# title: Dates that can be true
# description: |
#   A commit claims neither to be made after it was received nor, if `past` says so, long before it was first pushed.
#   Both dates are the committer's word; the server's clock at receipt is what they are held against.
# schemas:
# - input: schema.commit
# custom:
#   not_for: imports and mirrors of old history, as far as `past` goes
#   hint: >-
#     set your clock, then make the dates anew with `git commit --amend --date=now --no-edit`, or of an older commit and
#     all after it with `git rebase -r --reset-author-date {commit}^`
#   params:
#     future: {type: duration, default: 5m, description: how far ahead dates may be}
#     past: {type: duration, default: 0s, description: how old a commit seen first may be; 0s for any age}
package refgate.commit.dates

deny contains sprintf("committer date is %v seconds after receipt", [input.commit.skew_seconds]) if {
	not input.commit.skew_seconds * 1000000000 <= input.params.future
}

deny contains sprintf("author date '%s' is after receipt", [input.commit.author.time]) if {
	not input.commit.author.time_ns <= input.push.received_at_ns + input.params.future
}

deny contains sprintf("committer date is %v seconds before receipt", [abs(input.commit.skew_seconds)]) if {
	input.params.past != 0
	input.commit.first_seen
	not input.commit.skew_seconds * -1000000000 <= input.params.past
}
