package refgate.update.who_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.who

deny(update, params) := by({}, update, params)

by(pusher, update, params) := violations if {
	violations := who.deny with input as examples.update_input({
		"update": update,
		"push": {"pusher": pusher},
		"params": object.union({"create": [], "update": [], "rewrite": [], "delete": [], "anyone": []}, params),
	})
}

rewritten := {"history": "diverged"}

test_each_action_has_its_groups if {
	deny(examples.created, {"create": ["maintainers"]}) == set()
	deny({}, {"update": ["maintainers"]}) == set()
	deny({"history": "unchanged"}, {"update": ["maintainers"]}) == set()
	deny(rewritten, {"rewrite": ["maintainers"]}) == set()
	deny(examples.deleted, {"delete": ["maintainers"]}) == set()
}

test_groups_for_one_action_open_no_other if {
	deny(examples.created, {"update": ["maintainers"]}) == {"'alice' may not create it"}
	deny({}, {"create": ["maintainers"], "rewrite": ["maintainers"]}) == {"'alice' may not update it"}
	deny(rewritten, {"update": ["maintainers"], "delete": ["maintainers"]}) == {"'alice' may not rewrite it"}
	deny({"history": "rewind"}, {"update": ["maintainers"]}) == {"'alice' may not rewrite it"}
	deny({"history": "unrelated"}, {"update": ["maintainers"]}) == {"'alice' may not rewrite it"}
	deny(examples.deleted, {"rewrite": ["maintainers"], "create": ["maintainers"]}) == {"'alice' may not delete it"}
}

test_anyone_known_may_what_is_open_to_anyone if {
	by({"person": examples.bob}, {}, {"anyone": ["update"]}) == set()
	by({"person": examples.bob}, rewritten, {"anyone": ["update"]}) == {"'bob' may not rewrite it"}
	by({"person": examples.stranger("pusher")}, {}, {"anyone": ["update"]}) == {"nobody known may not update it"}
}

test_a_deploy_key_is_in_no_group if {
	by({"deploy_key": true}, {}, {"update": ["maintainers"], "anyone": ["update"]}) == {"a deploy key may not update it"}
}

test_every_action_can_be_open_to_anyone if {
	every action, update in {
		"create": examples.created,
		"update": {},
		"rewrite": rewritten,
		"delete": examples.deleted,
	} {
		deny(update, {"anyone": [action]}) == set()
	}
}

test_an_action_nobody_knows_is_refused if {
	deny({"action": "rename"}, {"update": ["maintainers"]}) == {"'alice' may not rewrite it"}
	deny({}, {"update": ["maintainers"], "anyone": ["move"]}) == {"parameter 'anyone' names no action: 'move'"}
}
