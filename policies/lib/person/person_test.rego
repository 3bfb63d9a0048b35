package refgate.lib.person_test

import data.refgate.lib.examples_test as examples
import data.refgate.lib.person

# Nobody unknown has groups; should one ever, they open nothing.
odd := object.union(examples.stranger("signer"), {"groups": ["security"]})

pusher(someone, deploy_key) := {"person": someone, "deploy_key": deploy_key}

test_no_groups_mean_anyone_known_or_nobody if {
	person.may(examples.bob, [])
	not person.member(examples.bob, [])
	not person.may(examples.stranger("signer"), [])
}

test_one_common_group_is_enough if {
	person.may(examples.alice, ["oncall", "security"])
	person.member(examples.alice, ["oncall", "security"])
	not person.may(examples.bob, ["oncall", "security"])
	not person.member(examples.bob, ["oncall", "security"])
}

test_nobody_unknown_is_in_a_group if {
	not person.may(odd, ["security"])
	not person.member(odd, ["security"])
}

test_a_deploy_key_is_no_person if {
	person.pusher_may(pusher(examples.alice, false), [])
	person.pusher_member(pusher(examples.alice, false), ["security"])
	not person.pusher_may(pusher(examples.alice, true), [])
	not person.pusher_member(pusher(examples.alice, true), ["security"])
}
