# METADATA
# title: Pushes of a reasonable size
# description: |
#   How much one push may carry: refs, deletions, commits added to refs that exist, push options. A bound of -1 is
#   none. Commits of new refs are not counted, since most of a new branch is old history.
# schemas:
# - input: schema.push
# custom:
#   not_for: >-
#     mirrors and imports: bring old history in first, then bind it
#   hint: push in parts, naming a few refs at a time with `git push <remote> <ref> <ref>`
#   params:
#     updates: {type: integer, default: 50, description: refs in one push}
#     deletions: {type: integer, default: 5, description: refs that one push deletes}
#     commits: {type: integer, default: 1000, description: commits that one push adds to refs that exist}
#     options: {type: integer, default: 10, description: push options}
package refgate.push.limits

import data.refgate.lib.words

deny contains _too_many(words.counted(_updates, "ref", "refs"), input.params.updates) if {
	not _within(_updates, input.params.updates)
}

deny contains _too_many(words.counted(_deletions, "deletion", "deletions"), input.params.deletions) if {
	not _within(_deletions, input.params.deletions)
}

deny contains _too_many(words.counted(_commits, "new commit", "new commits"), input.params.commits) if {
	not _within(_commits, input.params.commits)
}

deny contains _too_many(words.counted(_options, "push option", "push options"), input.params.options) if {
	not _within(_options, input.params.options)
}

_updates := count(input.push.updates)

_deletions := count([update | some update in input.push.updates; update.action == "delete"])

_commits := sum([update.introduced.count | some update in input.push.updates; update.action == "update"])

_options := count(input.push.options)

_within(_, -1) := true

_within(number, bound) if number <= bound

_too_many(what, bound) := sprintf("%s at once, %v allowed", [what, bound])
