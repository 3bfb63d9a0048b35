# METADATA
# title: No new roots
# description: |
#   Every commit has a parent, so nobody grafts another history in. The first push to an empty repository brings its
#   root.
# schemas:
# - input: schema.commit
# custom:
#   not_for: repositories that take in others with their history, by subtree merges for instance
#   hint: >-
#     put the commits on top of what is there with `git rebase --root --onto <remote>/<branch>`, with `-S` if you sign,
#     then push again
package refgate.commit.no_new_roots

deny contains "has no parent" if {
	input.commit.root != false
	not input.push.repository.empty
}
