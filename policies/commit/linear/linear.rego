# METADATA
# title: No merges
# description: History is a line, every commit has at most one parent.
# custom:
#   hint: replay your commits in a line with `git rebase {old}`, then push again
package refgate.commit.linear

deny contains "is a merge" if input.commit.merge != false
