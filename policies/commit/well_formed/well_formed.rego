# METADATA
# title: Nothing odd in commits
# description: |
#   Refuses what people and programs read differently: other encodings, control characters and characters that change
#   the direction of text, identities with odd spaces, dates out of range, paths that collide or look like `.git`
#   on some file systems, symlinks that lead out of the repository or stand where git reads a file of its own, lists of
#   submodules that git refuses to follow. Deleting such a path passes. What git itself would read in two ways is
#   refused before any rule.
# related_resources:
# - ref: https://git-scm.com/docs/git-fsck#_fsck_messages
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     imports of old history, in which oddities are common: list them under `trusted`, or allow them by name
#   hint: >-
#     make it anew with `git commit --amend`, at an older commit after `edit` in `git rebase -i -r {commit}^`, then push
#     again
#   params:
#     allow: {type: [string], default: [], description: "names of anomalies that pass, such as encoding"}
package refgate.commit.well_formed

import data.refgate.lib.anomaly

deny contains anomaly.object_words(name) if {
	some name in input.commit.anomalies
	not name in input.params.allow
}

deny contains {"message": anomaly.path_words(name), "path": change.path} if {
	some change in input.commit.odd_changes
	some name in change.anomalies
	not name in input.params.allow
}
