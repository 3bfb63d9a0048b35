# METADATA
# title: No new roots
# description: |
#   Every commit has a parent, so nobody grafts another history in. The first push to an empty repository brings its
#   root.
# custom:
#   hint: put the commits on top of what is there with `git rebase --root --onto {old}`
package refgate.commit.no_new_roots

deny contains "has no parent" if {
	count(input.commit.parents) == 0
	not input.push.repository.empty
}
