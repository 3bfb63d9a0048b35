# METADATA
# title: Words for messages
# description: Renders lists for people. Escapes nothing, refgate does that where it speaks.
package refgate.lib.words

# METADATA
# description: Each in single quotes, with commas between.
quoted(words) := concat(", ", [sprintf("'%s'", [word]) | some word in words])

# METADATA
# description: Who somebody is, for a sentence.
named(someone) := sprintf("'%s'", [someone.id]) if {
	someone.known
} else := "nobody known"

# METADATA
# description: Why somebody may not, given the groups that may.
outsider(someone, groups) := sprintf("%s, who is in none of the groups %s", [named(someone), quoted(groups)]) if {
	someone.known
	count(groups) > 0
} else := named(someone)

# METADATA
# description: A violation with a hint of its own.
told(message, hint) := {"message": message, "hint": hint}

# METADATA
# description: A number and what it counts, in the singular or the plural.
counted(number, singular, plural) := sprintf("%v %s", [number, singular]) if {
	number == 1
} else := sprintf("%v %s", [number, plural])
