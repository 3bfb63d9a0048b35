# METADATA
# title: Times when refs rest
# description: |
#   Freezes, each with a name, from its first day through its last, in UTC: `first_day = { launch = "2026-12-20" }`,
#   `last_day = { launch = "2027-01-03" }`. A freeze without a first day has begun, one without a last day never ends.
#   And weekdays on which refs rest, by their English names, between two full hours. Members of the exempt groups may
#   push at any time.
# schemas:
# - input: schema.update
# custom:
#   not_for: >-
#     hours that follow summer time: the offset from UTC is fixed
#   hint: push again once it is over, or ask one of the exempt groups; `date -u` tells the time that counts
#   params:
#     first_day: {type: {string: date}, default: {}, description: first day of each freeze}
#     last_day: {type: {string: date}, default: {}, description: last day of each freeze}
#     weekdays: {type: [string], default: [], description: "days on which refs rest, such as friday"}
#     from_hour: {type: integer, default: 0, description: hour of the weekdays from which refs rest}
#     to_hour: {type: integer, default: 24, description: hour of the weekdays until which refs rest}
#     utc_offset_minutes: {type: integer, default: 0, description: how far weekdays and hours are ahead of UTC}
#     exempt: {type: [group], default: [], description: who may push at any time; empty means nobody}
package refgate.update.window

import data.refgate.lib.person

deny contains sprintf("frozen for '%s'", [name]) if {
	not _exempt
	some name in _begun
	not name in _over
}

deny contains sprintf("rests on %ss from %v to %v o'clock", [
	_weekday,
	input.params.from_hour,
	input.params.to_hour,
]) if {
	not _exempt
	_hour >= input.params.from_hour
	_hour < input.params.to_hour
	some day in input.params.weekdays
	lower(day) == _weekday
}

deny contains sprintf("parameter 'weekdays' names no day: '%s'", [day]) if {
	some day in input.params.weekdays
	not lower(day) in {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

deny contains sprintf("hours from %v to %v are no part of a day", [input.params.from_hour, input.params.to_hour]) if {
	not _part_of_a_day
}

_part_of_a_day if {
	input.params.from_hour >= 0
	input.params.from_hour < input.params.to_hour
	input.params.to_hour <= 24
}

_exempt if person.pusher_member(input.push.pusher, input.params.exempt)

_begun contains name if {
	some name, first_ns in input.params.first_day
	input.push.received_at_ns >= first_ns
}

_begun contains name if {
	some name in object.keys(input.params.last_day)
	not name in object.keys(input.params.first_day)
}

_over contains name if {
	some name, last_ns in input.params.last_day
	input.push.received_at_ns >= last_ns + _day_ns
}

_local_ns := input.push.received_at_ns + (input.params.utc_offset_minutes * 60000000000)

_weekday := lower(time.weekday(_local_ns))

_hour := time.clock(_local_ns)[0]

_day_ns := 86400000000000
