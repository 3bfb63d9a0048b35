package refgate.commit.dates_test

import data.refgate.commit.dates
import data.refgate.lib.examples_test as examples

second := 1000000000

deny(commit, past) := violations if {
	violations := dates.deny with input as examples.commit_input({
		"commit": commit,
		"params": {"future": 10 * second, "past": past * second},
	})
}

test_a_date_within_the_bounds_passes if {
	deny({}, 0) == set()
	deny({"skew_seconds": 10, "author": {"time_ns": examples.received_at_ns + (10 * second)}}, 60) == set()
	deny({"skew_seconds": -60}, 60) == set()
}

test_a_committer_date_in_the_future_is_refused if {
	deny({"skew_seconds": 11}, 0) == {"committer date is 11 seconds after receipt"}
	deny({"skew_seconds": 9223372036854775807}, 0) == {"committer date is 9223372036854775807 seconds after receipt"}
}

test_an_author_date_in_the_future_is_refused if {
	later := {"time": "2026-06-01T12:02:00Z", "time_ns": examples.received_at_ns + (60 * second)}
	deny({"author": later}, 0) == {"author date '2026-06-01T12:02:00Z' is after receipt"}
}

test_an_old_commit_is_refused_on_first_sight_when_asked_for if {
	deny({"skew_seconds": -61}, 0) == set()
	deny({"skew_seconds": -61}, 60) == {"committer date is 61 seconds before receipt"}
	deny({"skew_seconds": -61, "first_seen": false}, 60) == set()
}
