package refgate.commit.ticket_test

import data.refgate.commit.ticket

deny(subject, merge) := violations if {
	violations := ticket.deny with input as {
		"params": {"project": "SHOP"},
		"commit": {"subject": subject, "merge": merge},
	}
}

test_a_ticket_at_the_beginning_passes if {
	deny("SHOP-12: add a door", false) == set()
}

test_a_merge_needs_none if {
	deny("Merge branch 'door'", true) == set()
}

test_anything_else_is_refused[subject] if {
	some subject in ["add a door", "SHOP-: add a door", "see SHOP-12: add a door", "WEB-12: add a door"]
	deny(subject, false) == {"subject names no ticket of 'SHOP'"}
}
