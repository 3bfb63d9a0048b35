package refgate.update.naming_test

import data.refgate.lib.examples_test as examples
import data.refgate.update.naming

deny(name, different) := asked(examples.moved(sprintf("refs/heads/%s", [name]), "branch", name), different)

asked(update, different) := violations if {
	violations := naming.deny with input as examples.update_input({
		"update": update,
		"params": object.union({"allow": [], "deny": [], "non_ascii": false, "max_length": 40}, different),
	})
}

open := {"non_ascii": true}

outside := "name holds characters outside ASCII"

test_plain_names_pass if {
	every name in ["main", "fix/123-door", "release/1.0_rc+2", "überfahrt", "дом", "ветка/дверь", "ελλάδα", "枝"] {
		deny(name, open) == set()
	}
	deny("fix/#12@home=%ok,", {}) == set()
}

test_names_are_ascii_by_default if {
	deny("überfahrt", {}) == {outside}
	deny("дом", {}) == {outside}
}

test_names_that_git_reads_as_something_else_are_refused if {
	deny(examples.new, {}) == {"name is an object id to git"}
	deny(concat("", [examples.new, "ABCDEFabcdef000000000000"]), {"max_length": 64}) == {"name is an object id to git"}
	deny("deadbeef", {}) == set()
	every name in ["HEAD", "head", "FETCH_HEAD", "CHERRY_PICK_HEAD", "@"] {
		deny(name, {}) == {"name is a name that git keeps for itself"}
	}
	deny("ahead", {}) == set()
	every name in ["refs/heads/main", "heads/main", "tags/v1.0", "remotes/origin/main"] {
		deny(name, {}) == {"name begins like a full name"}
	}
	asked(examples.moved("refs/remotes/origin/main", "other", "remotes/origin/main"), {}) == set()
	deny("-x", {}) == {"name begins with a dash"}
	deny("--output=x", {}) == {"name begins with a dash"}
}

test_characters_that_a_shell_acts_on_are_refused if {
	every name in ["a$(id)", "a`id`", "a;b", "a|b", "a&b", "a<b", "a'b", "a\"b", "a!b", "{a,b}"] {
		deny(name, {}) == {"name holds characters that a shell acts on"}
	}
}

test_characters_that_cannot_be_seen_are_refused if {
	deny("a\u0085b", open) == {"name holds control characters"}
	deny("a\u202eb", open) == {"name holds characters that change the direction of text"}
	every name in ["a\u00a0b", "a\u200bb", "a\u2028b", "a\u3000b", "a\ufeffb", "a\u00adb"] {
		deny(name, open) == {"name holds characters that cannot be seen"}
	}
}

test_look_alikes_are_refused if {
	deny("ｍａｉｎ", open) == {"name holds other forms of plain letters"}
	deny("cafe\u0301", open) == {"name holds letters written as two characters"}
	deny("m\u0430in", open) == {"name mixes letters of different alphabets"}
	deny("mai\u043d", open) == {"name mixes letters of different alphabets"}
	deny("\u0441ore", open) == {"name mixes letters of different alphabets"}
	deny("release/\u0441\u043e\u0440\u0443", open) == {"name is written in letters that look like Latin ones"}
	every name in ["\u03bf", "\u0391", "\u0455"] {
		deny(name, open) == {"name is written in letters that look like Latin ones"}
	}
}

test_the_name_that_the_client_sent_counts_too if {
	alias := {"requested": "refs/heads/a\u200bb"}
	asked(alias, {}) == {outside, "name holds characters that cannot be seen"}
}

test_a_name_matches_what_is_allowed_and_nothing_denied if {
	patterns := {"allow": ["^(feat|fix)/", "^main$"], "deny": ["[A-Z]"]}
	deny("main", patterns) == set()
	deny("fix/door", patterns) == set()
	deny("door", patterns) == {"name matches none of '^(feat|fix)/', '^main$'"}
	deny("fix/Door", patterns) == {"name matches '[A-Z]'"}
}

test_a_name_has_its_length if {
	deny(concat("", [examples.new, "x"]), {}) == {"name has 41 characters, 40 allowed"}
	deny(concat("", ["x", examples.new]), {"max_length": 41}) == set()
}

test_deleting_an_odd_name_passes if {
	asked(object.union(examples.moved("refs/heads/-x", "branch", "-x"), examples.deleted), {}) == set()
}
