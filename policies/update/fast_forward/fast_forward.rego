# METADATA
# title: History only grows
# description: |
#   A ref that exists may only move forward: to a commit that has its old value as an ancestor. Rewinds, rewrites and
#   moves to unrelated history are refused. Deletions are the business of `update.no_delete`; bind both, or a rewrite
#   becomes a deletion and a creation.
# related_resources:
# - ref: https://git-scm.com/docs/git-push#_note_about_fast_forwards
# schemas:
# - input: schema.update
# custom:
#   not_for: branches that people rewrite by habit, such as their own while they work on them
#   hint: >-
#     put your commits on top of what is there with `git pull --rebase`, with `-S` if you sign, then push again without
#     `--force`
package refgate.update.fast_forward

import data.refgate.lib.words

deny contains _complaint if not input.update.history in {"created", "deleted", "fast_forward", "unchanged"}

default _complaint := "not a fast-forward"

_complaint := sprintf("goes back, and loses %s", [_lost]) if input.update.history == "rewind"

_complaint := sprintf("not a fast-forward, and loses %s", [_lost]) if input.update.history == "diverged"

_complaint := "moves to history that has nothing in common with the old" if input.update.history == "unrelated"

_lost := words.counted(input.update.discarded.count, "commit", "commits")
