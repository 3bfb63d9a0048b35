package refgate.update.namespaces_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.namespaces

params(different) := object.union({"prefixes": [], "approval_groups": []}, different)

deny(update, changed) := violations if {
	violations := namespaces.deny with input as examples.update_input({"update": update, "params": params(changed)})
}

by(channel, update) := violations if {
	violations := namespaces.deny with input as examples.update_input({
		"update": update,
		"params": params({}),
		"push": {"channel": channel},
	})
}

named(name) := examples.moved(name, "other", trim_prefix(name, "refs/"))

approval := object.union(
	named(sprintf("refs/approvals/%s/alice", [examples.new])),
	{"target": {"type": "tag", "id": examples.new}},
)

tag := examples.moved("refs/tags/v1.0", "tag", "v1.0")

test_branches_tags_and_new_approvals_pass if {
	deny({}, {}) == set()
	deny(examples.deleted, {}) == set()
	deny(tag, {}) == set()
	deny(object.union(approval, examples.created), {}) == set()
}

test_other_namespaces_are_closed if {
	deny(named("refs/meta/config"), {}) == {"namespace 'refs/meta/' is closed"}
	deny(named("refs/notes/commits"), {}) == {"namespace 'refs/notes/' is closed"}
	deny(named("refs/stash"), {}) == {"namespace 'refs/stash/' is closed"}
	deny(named("refs/pull/1/head"), {}) == {"namespace 'refs/pull/' is closed"}
	deny(named("refs/headsx/main"), {}) == {"namespace 'refs/headsx/' is closed"}
}

test_a_prefix_opens_a_namespace if {
	deny(named("refs/meta/config"), {"prefixes": ["refs/meta/"]}) == set()
	deny(named("refs/notes/commits"), {"prefixes": ["refs/meta/"]}) == {"namespace 'refs/notes/' is closed"}
	deny(named("refs/notes/commits"), {"prefixes": ["refs/"]}) == set()
}

test_replacements_need_a_prefix_that_names_them if {
	deny(named("refs/replace/aaaa"), {}) == {"namespace 'refs/replace/' is closed"}
	deny(named("refs/replace/aaaa"), {"prefixes": ["refs/"]}) == {"namespace 'refs/replace/' is closed"}
	deny(named("refs/replace/aaaa"), {"prefixes": ["refs/replace/"]}) == set()
	deny(named("refs/replace/aa/a"), {"prefixes": ["refs/replace/aa/"]}) == set()
	deny(named("refs/replace/bb/b"), {"prefixes": ["refs/replace/aa/"]}) == {"namespace 'refs/replace/' is closed"}
}

test_a_prefix_that_is_none_is_refused if {
	deny({}, {"prefixes": ["refs/meta"]}) == {"prefix 'refs/meta' must begin with 'refs/' and end in '/'"}
	deny({}, {"prefixes": [""]}) == {"prefix '' must begin with 'refs/' and end in '/'"}
}

test_a_repository_s_own_namespace_passes_and_a_crossing_does_not if {
	deny({"ref": "refs/namespaces/a/refs/namespaces/b/refs/heads/main"}, {}) == set()
	crossing := "refs/namespaces/a/refs/heads/main"
	deny({"ref": crossing, "requested": crossing}, {}) == {"namespace 'refs/namespaces/' is closed"}
	deny({"ref": "refs/namespaces/a/refs/meta/config"}, {}) == {"namespace 'refs/meta/' is closed"}
}

test_a_symbolic_ref_leads_nowhere_else if {
	deny({"ref": "refs/meta/config", "requested": "refs/heads/alias"}, {}) == {"namespace 'refs/meta/' is closed"}
}

test_a_branch_must_point_to_a_commit if {
	deny({"target": {"type": "tag"}}, {}) == {"branch does not point to a commit"}
}

test_approvals_are_tag_objects_in_their_place if {
	created := object.union(approval, examples.created)
	deny(object.union(created, {"target": {"type": "commit"}}), {}) == {"approval is not an annotated tag"}
	misplaced := object.union(created, {"ref": "refs/approvals/main/alice", "requested": "refs/approvals/main/alice"})
	deny(misplaced, {}) == {"approval is not named refs/approvals/<commit>/<name>"}
}

test_an_approval_is_withdrawn_by_its_groups_only if {
	gone := object.union(approval, examples.deleted)
	deny(gone, {}) == {"approval may not be withdrawn by 'alice'"}
	deny(gone, {"approval_groups": ["oncall"]}) == {
		"approval may not be withdrawn by 'alice', who is in none of the groups 'oncall'",
	}
	deny(approval, {"approval_groups": ["oncall"]}) == {
		"approval may not be withdrawn by 'alice', who is in none of the groups 'oncall'",
	}
	deny(gone, {"approval_groups": ["security"]}) == set()
}

test_a_deploy_key_withdraws_no_approval if {
	refused := namespaces.deny with input as examples.update_input({
		"update": object.union(approval, examples.deleted),
		"params": params({"approval_groups": ["security"]}),
		"push": {"pusher": {"deploy_key": true}},
	})
	refused == {"approval may not be withdrawn by a deploy key"}
}

test_only_gitea_itself_pushes_its_pull_requests if {
	pull := named("refs/pull/1/head")
	by({"forge": "gitea", "trigger": "internal"}, pull) == set()
	by({"forge": "gitea", "trigger": "push"}, pull) == {"namespace 'refs/pull/' is closed"}
	by({"forge": "gitea", "trigger": "internal"}, named("refs/meta/config")) == {"namespace 'refs/meta/' is closed"}
	by({"forge": "gitlab", "trigger": "internal"}, pull) == {"namespace 'refs/pull/' is closed"}
}

test_only_gitea_opens_pull_requests_by_push if {
	review := named("refs/for/main/topic")
	opened := object.union(review, examples.created)
	by({"forge": "gitea", "trigger": "push"}, opened) == set()
	by({"forge": "gitea", "trigger": "push"}, review) == {"namespace 'refs/for/' is closed"}
	meta := object.union(named("refs/meta/config"), examples.created)
	by({"forge": "gitea", "trigger": "push"}, meta) == {"namespace 'refs/meta/' is closed"}
	by({"forge": "plain", "trigger": "push"}, opened) == {"namespace 'refs/for/' is closed"}
}
