# METADATA
# title: No merges
# description: History is a line, every commit has at most one parent.
# schemas:
# - input: schema.commit
# custom:
#   not_for: projects that merge; `update.first_parent` keeps their history readable
#   hint: replay your commits in a line with `git rebase <remote>/<branch>`, with `-S` if you sign, then push again
package refgate.commit.linear

deny contains "is a merge" if input.commit.merge != false
