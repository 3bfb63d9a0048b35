package refgate.push.certificate_test

import data.refgate.lib.examples_test as examples
import data.refgate.push.certificate

signed := {"status": "good", "nonce_status": "OK", "person": examples.alice}

deny(changes, params) := pushed({"certificate": object.union(signed, changes)}, params)

pushed(push, params) := violations if {
	violations := certificate.deny with input as examples.push_input({
		"push": push,
		"params": object.union({"groups": [], "pusher": false, "slop": false, "server_pushes": false}, params),
	})
}

test_a_signed_push_passes if {
	deny({}, {}) == set()
	deny({}, {"groups": ["security"], "pusher": true}) == set()
}

test_a_push_without_certificate_is_refused if {
	pushed({}, {}) == {"push is not signed"}
	pushed({}, {"groups": ["security"], "pusher": true}) == {"push is not signed"}
}

test_a_certificate_that_is_not_good_is_refused if {
	deny({"status": "bad"}, {}) == {"signature of the push is 'bad'"}
	deny({"person": examples.stranger("certificate")}, {}) == {"push is signed by nobody known"}
}

test_a_nonce_that_is_not_fresh_is_refused if {
	deny({"nonce_status": ""}, {}) == {"certificate has a nonce that is ''"}
	deny({"nonce_status": "BAD"}, {"slop": true}) == {"certificate has a nonce that is 'BAD'"}
	deny({"nonce_status": "SLOP"}, {}) == {"certificate has a nonce that is 'SLOP'"}
	deny({"nonce_status": "SLOP"}, {"slop": true}) == set()
}

test_only_the_groups_may_sign if {
	deny({}, {"groups": ["oncall"]}) == {"certificate signed by 'alice', who is in none of the groups 'oncall'"}
}

test_another_pusher_is_refused_when_asked_for if {
	message := "certificate signed by 'alice', but the server names another pusher"
	bob := {"certificate": signed, "pusher": {"person": examples.bob}}
	pushed(bob, {}) == set()
	pushed(bob, {"pusher": true}) == {message}
	pushed({"certificate": signed, "pusher": {"deploy_key": true}}, {"pusher": true}) == {message}
}

test_the_server_s_own_pushes_pass_when_asked_for if {
	allowed := {"server_pushes": true}
	every trigger in ["edit", "internal", "merge", "update_branch"] {
		pushed({"channel": {"trigger": trigger}}, allowed) == set()
	}
	pushed({"channel": {"trigger": "", "protocol": "web"}}, allowed) == set()
	pushed({"channel": {"trigger": "merge"}}, {}) == {"push is not signed"}
	bad := {"channel": {"trigger": "merge"}, "certificate": {"status": "bad"}}
	pushed(bad, allowed) == {"signature of the push is 'bad'"}
	pushed({"channel": {"trigger": "push"}}, allowed) == {"push is not signed"}
}
