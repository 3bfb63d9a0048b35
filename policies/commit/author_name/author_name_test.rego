package refgate.commit.author_name_test

import data.refgate.commit.author_name
import data.refgate.lib.examples_test as examples

deny(author, committer, changes) := violations if {
	violations := author_name.deny with input as object.union(
		examples.commit_input({
			"commit": {"author": author, "committer": committer},
			"params": {"unknown": false},
		}),
		changes,
	)
}

bobs := examples.identity_of(examples.bob)

test_the_registered_name_passes if {
	deny({}, {}, {}) == set()
}

test_another_name_is_refused if {
	deny({"name": "A. Example"}, {}, {}) == {"author 'A. Example' is registered as 'Alice Example'"}
	deny({}, {"name": "root"}, {}) == {"committer 'root' is registered as 'Alice Example'"}
}

test_the_pusher_s_name_is_known_too if {
	called := object.union(bobs, {"name": "Bobby"})
	deny(called, {}, {}) == set()
	deny(called, {}, {"push": {"pusher": {"person": examples.bob}}}) == {"author 'Bobby' is registered as 'Bob Example'"}
}

test_a_person_without_a_registered_name_goes_by_any if {
	nameless := {"name": ""}
	changes := {"commit": {"signature": {"person": nameless}}, "push": {"pusher": {"person": nameless}}}
	deny({"name": "A. Example"}, {}, changes) == set()
}

test_an_e_mail_of_nobody_known_is_refused_unless_let_pass if {
	deny(examples.unknown_identity, {}, {}) == {"author 'Mallory' shows an e-mail of nobody known"}
	deny({}, examples.unknown_identity, {}) == {"committer 'Mallory' shows an e-mail of nobody known"}
	deny(examples.unknown_identity, {}, {"params": {"unknown": true}}) == set()
	deny({}, examples.unknown_identity, {"params": {"unknown": true}}) == set()
}

test_what_a_stranger_is_called_registers_nothing if {
	claimed := {"claimed": {"id": "?x", "known": false}}
	stranger := {"id": "?x", "known": false, "name": "Somebody"}
	deny(claimed, {}, {"commit": {"signature": {"person": stranger}}, "params": {"unknown": true}}) == set()
}
