# METADATA
# title: Known kinds of refs only
# description: |
#   Only branches, tags and approvals may be pushed, and what the configured server pushes for itself; every other
#   namespace is closed unless a prefix opens it. Both the name that the client asked for and the ref that git will
#   move are judged, so neither a symbolic ref nor `refs/namespaces/` leads around this rule. `refs/replace/` would
#   change what others see of old commits: only a prefix that names it opens it.
#   An approval is a tag object at `refs/approvals/<commit>/<name>`; moving or deleting one withdraws somebody's word.
# related_resources:
# - ref: https://git-scm.com/docs/gitglossary#Documentation/gitglossary.txt-refnamespace
# schemas:
# - input: schema.update
# custom:
#   not_for: a server that people push to under refs of its own, such as `refs/for/`, unless a prefix opens them
#   hint: push a branch with `git push <remote> HEAD:refs/heads/<name>`, a tag with `git push <remote> tag <name>`
#   params:
#     prefixes: {type: [string], default: [], description: "further namespaces, such as refs/notes/ with its slash"}
#     approval_groups: {type: [group], default: [], description: who may move or delete approvals; empty means nobody}
package refgate.update.namespaces

import data.refgate.lib.person
import data.refgate.lib.ref
import data.refgate.lib.words

deny contains sprintf("namespace '%s' is closed", [ref.namespace(name)]) if {
	some name in _names
	not _open(name)
}

deny contains "branch does not point to a commit" if {
	input.update.kind == "branch"
	input.update.action != "delete"
	input.update.target.type != "commit"
}

deny contains sprintf("prefix '%s' must begin with 'refs/' and end in '/'", [prefix]) if {
	some prefix in input.params.prefixes
	not regex.match(`^refs/(?:.*/)?$`, prefix)
}

deny contains "approval is not named refs/approvals/<commit>/<name>" if {
	_approval
	not regex.match(`^refs/approvals/(?:[0-9a-f]{40}|[0-9a-f]{64})/[^/]+$`, _stored)
}

deny contains "approval is not an annotated tag" if {
	_approval
	input.update.action != "delete"
	input.update.target.type != "tag"
}

deny contains sprintf("approval may not be withdrawn by %s", [_withdrawer]) if {
	_approval
	input.update.action != "create"
	not person.pusher_member(input.push.pusher, input.params.approval_groups)
}

# The ref that git will move, as it is called inside its namespace; and what the client called it, where a crossing
# into another namespace still shows.
_stored := ref.without_namespaces(input.update.ref)

_names := {_stored, input.update.requested}

_approval if {
	some name in _names
	startswith(name, "refs/approvals/")
}

_open(name) if {
	some prefix in {"refs/heads/", "refs/tags/", "refs/approvals/"}
	startswith(name, prefix)
}

_open(name) if {
	not startswith(name, "refs/replace/")
	some prefix in input.params.prefixes
	startswith(name, prefix)
}

_open(name) if {
	some prefix in input.params.prefixes
	startswith(prefix, "refs/replace/")
	startswith(name, prefix)
}

# The server keeps a ref for each pull request, and pushes it by itself.
_open(name) if {
	input.push.channel.forge == "gitea"
	input.push.channel.trigger == "internal"
	startswith(name, "refs/pull/")
}

# A push to one of these asks the server to open or renew a pull request; the server stores no such ref.
_open(name) if {
	input.push.channel.forge == "gitea"
	input.update.action == "create"
	startswith(name, "refs/for/")
}

default _withdrawer := "a deploy key"

_withdrawer := words.outsider(input.push.pusher.person, input.params.approval_groups) if {
	not input.push.pusher.deploy_key
}
