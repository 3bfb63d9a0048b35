package refgate.commit.identity_test

import data.refgate.commit.identity
import data.refgate.lib.examples_test as examples

params(different) := object.union(
	{
		"author": false,
		"pusher": false,
		"judge_at": "receipt",
		"server_signers": [],
		"server_merges": false,
	},
	different,
)

deny(commit, changed) := pushed({}, commit, changed)

pushed(push, commit, changed) := {violation.message | some violation in judged(push, commit, changed)}

judged(push, commit, changed) := violations if {
	violations := identity.deny with input as examples.commit_input({
		"commit": commit,
		"push": push,
		"params": params(changed),
	})
}

by_bob := {"signature": examples.good_by(examples.bob)}

bob_pushes := {"pusher": {"person": examples.bob}}

test_one_s_own_commit_passes if {
	deny({}, {}) == set()
	deny({}, {"author": true, "pusher": true}) == set()
}

test_somebody_else_s_committer_is_refused if {
	deny(by_bob, {}) == {"committer 'alice@example.org' belongs to 'alice', but 'bob' signed"}
}

test_a_committer_nobody_knows_is_refused if {
	deny({"committer": examples.unknown_identity}, {}) == {"committer 'mallory@elsewhere.example' belongs to nobody known"}
}

test_two_unknowns_are_not_the_same if {
	stranger := examples.stranger("claimed")
	refused := deny({"committer": examples.unknown_identity, "signature": examples.good_by(stranger)}, {})
	refused == {"nobody vouches for committer 'mallory@elsewhere.example': signed by nobody known"}
}

test_without_a_good_signature_nobody_vouches if {
	deny({"signature": examples.unsigned}, {}) == {"nobody vouches for committer 'alice@example.org': not signed"}
	deny({"signature": {"status": "expired"}}, {}) == {
		"nobody vouches for committer 'alice@example.org': signed with a key that has expired",
	}
	deny({"signature": {"status": "expired"}}, {"judge_at": "signing"}) == set()
}

test_an_e_mail_is_to_be_set_only_where_it_is_at_fault if {
	of_e_mail := "git config user.email <e-mail>"
	every violation in judged({}, by_bob, {}) {
		contains(violation.hint, of_e_mail)
	}
	every violation in judged({}, {"signature": {"status": "expired"}}, {}) {
		contains(violation.hint, "git config user.signingKey <key>")
	}
	{violation.hint | some violation in judged({}, {"signature": examples.unsigned}, {})} == {""}
	every violation in judged(bob_pushes, {}, {"pusher": true}) {
		not contains(violation.hint, of_e_mail)
	}
}

test_an_e_mail_is_nobody_s_unless_it_is_known if {
	claimed := {"committer": {"claimed": {"id": "alice", "known": false}}}
	deny(claimed, {}) == {"committer 'alice@example.org' belongs to nobody known"}
}

test_another_author_is_refused_when_asked_for if {
	deny({"author": examples.identity_of(examples.bob)}, {}) == set()
	deny({"author": examples.identity_of(examples.bob)}, {"author": true}) == {
		"author 'bob@example.org' belongs to 'bob', but 'alice' signed",
	}
	deny({"author": examples.unknown_identity}, {"author": true}) == {
		"author 'mallory@elsewhere.example' belongs to nobody known",
	}
}

test_another_pusher_is_refused_on_first_sight_when_asked_for if {
	pushed(bob_pushes, {}, {}) == set()
	pushed(bob_pushes, {}, {"pusher": true}) == {"pushed by 'bob', but signed by 'alice'"}
	pushed(bob_pushes, {"first_seen": false}, {"pusher": true}) == set()
	pushed(bob_pushes, {"signature": examples.unsigned}, {"pusher": true}) == {
		"nobody vouches for committer 'alice@example.org': not signed",
	}
	pushed({"pusher": {"person": examples.stranger("pusher")}}, {}, {"pusher": true}) == {
		"pushed by nobody known, but signed by 'alice'",
	}
	pushed({"pusher": {"deploy_key": true}}, {}, {"pusher": true}) == {"pushed by a deploy key, but signed by 'alice'"}
}

test_the_server_s_key_signs_for_the_committer_who_pushes if {
	by_forge := {"signature": examples.good_by(examples.forge)}
	deny(by_forge, {}) == {"committer 'alice@example.org' belongs to 'alice', but 'forge' signed"}
	forge := {"server_signers": ["forge"], "author": true, "pusher": true}
	deny(by_forge, forge) == set()
	pushed(bob_pushes, by_forge, forge) == {"pushed by 'bob', but the committer is 'alice@example.org'"}
	pushed(bob_pushes, object.union(by_forge, {"first_seen": false}), forge) == set()
	deny({"committer": examples.unknown_identity, "signature": by_forge.signature, "first_seen": false}, forge) == {
		"committer 'mallory@elsewhere.example' belongs to nobody known",
	}
	deny({"signature": object.union(by_forge.signature, {"status": "bad"})}, forge) == {
		"nobody vouches for committer 'alice@example.org': signature does not belong to this object",
	}
}

test_a_merge_by_the_server_shows_its_pusher if {
	merge := {"merge": true, "changes": [], "signature": examples.unsigned}
	button := {"channel": {"trigger": "merge"}}
	allowed := {"server_merges": true}
	pushed(button, merge, allowed) == set()
	unknown_committer := object.union(merge, {"committer": examples.unknown_identity})
	pushed({"channel": {"trigger": "update_branch"}}, unknown_committer, allowed) == set()
	pushed(button, object.union(merge, {"author": examples.unknown_identity}), allowed) == set()
	pushed(button, merge, {}) == {"nobody vouches for committer 'alice@example.org': not signed"}
	pushed(object.union({"channel": {"trigger": "update_branch"}}, bob_pushes), merge, allowed) == {
		"nobody vouches for committer 'alice@example.org': not signed",
	}
	pushed({}, merge, allowed) == {"nobody vouches for committer 'alice@example.org': not signed"}
}

test_a_merge_that_a_merge_button_brings_in_has_a_known_committer if {
	brought := {"merge": true, "changes": [], "signature": examples.unsigned, "first_seen": false, "first_parent": false}
	button := object.union({"channel": {"trigger": "merge"}}, bob_pushes)
	allowed := {"server_merges": true}
	pushed(button, brought, allowed) == set()
	pushed(button, brought, {}) == {"nobody vouches for committer 'alice@example.org': not signed"}
	pushed(button, object.union(brought, {"committer": examples.unknown_identity}), allowed) == {
		"nobody vouches for committer 'mallory@elsewhere.example': not signed",
	}
	pushed({"channel": {"trigger": "merge"}, "pusher": {"deploy_key": true}}, brought, allowed) == {
		"nobody vouches for committer 'alice@example.org': not signed",
	}
}

test_the_server_s_key_must_be_good if {
	forged := object.union(examples.good_by(examples.forge), {"status": "bad"})
	refused := deny({"signature": forged, "committer": examples.unknown_identity}, {"server_signers": ["forge"]})
	refused == {
		"nobody vouches for committer 'mallory@elsewhere.example': signature does not belong to this object",
	}
}
