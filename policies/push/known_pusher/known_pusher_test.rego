package refgate.push.known_pusher_test

import data.refgate.lib.examples_test as examples
import data.refgate.push.known_pusher

deny(pusher, params) := violations if {
	violations := known_pusher.deny with input as examples.push_input({
		"push": {"pusher": pusher},
		"params": object.union({"groups": [], "deploy_keys": false}, params),
	})
}

test_a_known_pusher_passes if {
	deny({}, {}) == set()
	deny({}, {"groups": ["maintainers"]}) == set()
}

test_a_stranger_is_refused if {
	deny({"name": "git", "person": examples.stranger("pusher")}, {}) == {"pushed by 'git', whom nobody knows"}
}

test_a_pusher_outside_the_groups_is_refused if {
	deny({}, {"groups": ["oncall"]}) == {"pushed by 'alice', who is in none of the groups 'oncall'"}
}

test_a_deploy_key_passes_only_when_asked_for if {
	deny({"deploy_key": true}, {}) == {"pushed by a deploy key"}
	deny({"deploy_key": true, "person": examples.stranger("pusher")}, {"deploy_keys": true}) == set()
	deny({"person": examples.stranger("pusher"), "name": ""}, {"deploy_keys": true}) == {"pushed by '', whom nobody knows"}
}
