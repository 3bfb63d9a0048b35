package refgate.lib.words_test

import data.refgate.lib.examples_test as examples
import data.refgate.lib.words

test_words_are_quoted_in_order if {
	words.quoted([]) == ""
	words.quoted(["b", "a"]) == "'b', 'a'"
}

test_somebody_is_named_by_id_and_nobody_is_not if {
	words.named(examples.alice) == "'alice'"
	words.named(examples.stranger("signer")) == "nobody known"
}

test_an_outsider_is_told_the_groups if {
	words.outsider(examples.bob, ["security", "oncall"]) == "'bob', who is in none of the groups 'security', 'oncall'"
	words.outsider(examples.bob, []) == "'bob'"
	words.outsider(examples.stranger("signer"), ["security"]) == "nobody known"
}

test_what_is_told_has_a_hint if words.told("not signed", "sign it") == {"message": "not signed", "hint": "sign it"}

test_one_is_singular if {
	words.counted(0, "path", "paths") == "0 paths"
	words.counted(1, "path", "paths") == "1 path"
	words.counted(2, "path", "paths") == "2 paths"
}
