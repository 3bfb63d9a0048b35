package refgate.tag.names_ref_test

import data.refgate.lib.examples_test as examples
import data.refgate.tag.names_ref

deny(tag, update) := violations if {
	violations := names_ref.deny with input as examples.tag_input({"tag": tag, "update": update})
}

test_a_tag_in_its_place_passes if {
	deny({}, {}) == set()
}

test_a_tag_under_another_name_is_refused if {
	deny({"names_ref": false}, {"ref": "refs/tags/v3.0"}) == {"tag object is named 'v1.0'"}
	deny({"names_ref": false}, {"ref": "refs/meta/v1.0"}) == {"tag object is named 'v1.0'"}
}

test_an_approval_is_named_by_its_last_part if {
	place := sprintf("refs/approvals/%s", [examples.new])
	deny({"name": "alice", "names_ref": false}, {"ref": sprintf("%s/alice", [place])}) == set()
	deny({"name": "alice", "names_ref": false}, {"ref": sprintf("refs/namespaces/a/%s/alice", [place])}) == set()
	deny({"name": "bob", "names_ref": false}, {"ref": sprintf("%s/alice", [place])}) == {"tag object is named 'bob'"}
	deny({"name": "alice", "names_ref": false}, {"ref": sprintf("%s/x/alice", [place])}) == {"tag object is named 'alice'"}
	deny({"name": "x", "names_ref": false}, {"ref": sprintf("%s/x/alice", [place])}) == {"tag object is named 'x'"}
	deny({"names_ref": false}, {"ref": "refs/meta/a/v1.0"}) == {"tag object is named 'v1.0'"}
}

test_inner_and_lightweight_tags_pass if {
	deny({"name": "inner", "names_ref": false, "depth": 1}, {}) == set()
	deny(examples.lightweight, {}) == set()
}
