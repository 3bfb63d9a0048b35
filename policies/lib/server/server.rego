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

_own_changes if some _ in input.commit.changes

_server_pushes if input.push.channel.trigger in {"merge", "update_branch"}

_server_pushes if input.push.channel.protocol == "web"
