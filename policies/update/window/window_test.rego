package refgate.update.window_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.window

params(different) := object.union(
	{
		"first_day": {},
		"last_day": {},
		"weekdays": [],
		"from_hour": 0,
		"to_hour": 24,
		"utc_offset_minutes": 0,
		"exempt": [],
	},
	different,
)

deny(push, different) := violations if {
	violations := window.deny with input as examples.update_input({"push": push, "params": params(different)})
}

at(timestamp) := {"received_at": timestamp, "received_at_ns": time.parse_rfc3339_ns(timestamp)}

day(date) := time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [date]))

launch := {"first_day": {"launch": day("2026-06-01")}, "last_day": {"launch": day("2026-06-03")}}

test_without_freezes_refs_move if {
	deny({}, {}) == set()
}

test_a_freeze_lasts_from_its_first_day_through_its_last if {
	deny(at("2026-05-31T23:59:59Z"), launch) == set()
	deny(at("2026-06-01T00:00:00Z"), launch) == {"frozen for 'launch'"}
	deny(at("2026-06-03T23:59:59Z"), launch) == {"frozen for 'launch'"}
	deny(at("2026-06-04T00:00:00Z"), launch) == set()
}

test_a_freeze_with_one_end_is_open_at_the_other if {
	begun := {"first_day": {"audit": day("2026-06-01")}}
	deny(at("2026-05-31T00:00:00Z"), begun) == set()
	deny(at("2036-06-01T00:00:00Z"), begun) == {"frozen for 'audit'"}
	ending := {"last_day": {"audit": day("2026-06-01")}}
	deny(at("2016-06-01T00:00:00Z"), ending) == {"frozen for 'audit'"}
	deny(at("2026-06-02T00:00:00Z"), ending) == set()
}

test_refs_rest_on_weekdays_between_hours if {
	monday := {"weekdays": ["Monday"], "from_hour": 12, "to_hour": 13}
	deny(at("2026-06-01T11:59:59Z"), monday) == set()
	deny(at("2026-06-01T12:00:00Z"), monday) == {"rests on mondays from 12 to 13 o'clock"}
	deny(at("2026-06-01T13:00:00Z"), monday) == set()
	deny(at("2026-06-02T12:00:00Z"), monday) == set()
	deny(at("2026-05-31T23:59:59Z"), {"weekdays": ["sunday"]}) == {"rests on sundays from 0 to 24 o'clock"}
}

test_every_day_of_the_week_can_rest if {
	days := ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
	every number, name in days {
		today := {"received_at_ns": day("2026-06-01") + ((number * 24) * 3600000000000)}
		deny(today, {"weekdays": days}) == {sprintf("rests on %ss from 0 to 24 o'clock", [name])}
	}
}

test_the_offset_moves_weekdays_and_hours if {
	monday := {"weekdays": ["monday"], "utc_offset_minutes": 120}
	deny(at("2026-05-31T22:00:00Z"), monday) == {"rests on mondays from 0 to 24 o'clock"}
	deny(at("2026-06-01T22:00:00Z"), monday) == set()
}

test_a_day_nobody_knows_is_refused if {
	deny({}, {"weekdays": ["fryday"]}) == {"parameter 'weekdays' names no day: 'fryday'"}
}

test_hours_that_are_no_part_of_a_day_are_refused if {
	deny({}, {"from_hour": 22, "to_hour": 6}) == {"hours from 22 to 6 are no part of a day"}
	deny({}, {"from_hour": 6, "to_hour": 6}) == {"hours from 6 to 6 are no part of a day"}
	deny({}, {"from_hour": -1}) == {"hours from -1 to 24 are no part of a day"}
	deny({}, {"to_hour": 25}) == {"hours from 0 to 25 are no part of a day"}
}

test_exempt_groups_push_at_any_time if {
	closed := object.union(launch, {"weekdays": ["monday"], "exempt": ["security"]})
	deny({}, closed) == set()
	deny({"pusher": {"person": examples.bob}}, closed) == {
		"frozen for 'launch'",
		"rests on mondays from 0 to 24 o'clock",
	}
}
