# METADATA
# title: What the server itself makes
# description: |
#   Tells the merges of a merge button from those that a person pushes. For rules about commits: reads the input of
#   one, and what the configured server says about the push.
package refgate.lib.server

# METADATA
# description: |
#   An unsigned merge, new in a push that the server makes, at the tip, and with no changes of its own. Everything
#   that it brings is judged by itself.
merge if {
	input.commit.merge
	input.commit.first_seen
	input.commit.first_parent
	input.commit.signature.status == "unsigned"
	_server_pushes
	not _own_changes
}

# METADATA
# description: |
#   An unsigned merge with no changes of its own that a merge button brings in. Gitea makes such merges when it updates
#   a pull request's branch, and signs them with no key; by then nothing tells them from a person's, so only that they
#   change nothing speaks for them. Everything that they bring is judged by itself.
brought if {
	input.commit.merge
	input.commit.signature.status == "unsigned"
	input.push.channel.trigger == "merge"
	not _own_changes
}

_own_changes if some _ in input.commit.changes

_server_pushes if input.push.channel.trigger in {"merge", "update_branch"}

_server_pushes if input.push.channel.protocol == "web"
