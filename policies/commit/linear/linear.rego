# METADATA
# title: No merges
# description: History is a line, every commit has at most one parent.
# custom:
#   hint: replay your commits in a line with `git rebase {old}`, then push again
package refgate.commit.linear

import data.refgate.lib.words

deny contains sprintf("merge of %s", [words.counted(count(input.commit.parents), "parent", "parents")]) if {
	not count(input.commit.parents) <= 1
}
