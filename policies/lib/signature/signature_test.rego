package refgate.lib.signature_test

import data.refgate.lib.examples_test as examples
import data.refgate.lib.signature

statuses := {
	"bad": "signature does not belong to this object",
	"expired": "signed with a key that has expired",
	"malformed": "signature cannot be read",
	"not_yet_valid": "signed with a key that is not valid yet",
	"retired": "signed with a key that was retired",
	"revoked": "signed with a key that was revoked",
	"unknown_key": "signed with an unknown key",
	"unsigned": "not signed",
	"unsupported": "signature is of a kind that is not verified",
	"untrusted": "signed with a key that no person has",
	"weak": "signed with a digest or key that is too weak",
	"new_kind": "signature is 'new_kind'",
}

of(status, at_signing) := object.union(
	examples.good_by(examples.alice),
	{"status": status, "at_signing": at_signing},
)

by_stranger := examples.good_by(examples.stranger("signer"))

test_good_counts_at_receipt_and_at_signing if {
	signature.good(of("good", "good"), "receipt")
	signature.good(of("good", "good"), "signing")
}

test_no_other_status_counts_at_receipt if {
	every status, _ in statuses {
		not signature.good(of(status, "good"), "receipt")
	}
}

test_at_signing_a_key_may_have_ended_since_but_for_revocation if {
	every status, _ in statuses {
		not signature.good(of("good", status), "signing")
	}
	{status | some status, _ in statuses; signature.good(of(status, "good"), "signing")} == {"expired", "retired"}
}

test_nobody_known_never_counts if {
	not signature.good(by_stranger, "receipt")
	not signature.good(by_stranger, "signing")
	signature.fault(by_stranger, "receipt") == "signed by nobody known"
	signature.fault(by_stranger, "signing") == "signed by nobody known"
}

test_a_time_to_judge_at_that_nobody_knows_never_counts if {
	not signature.good(of("good", "good"), "")
	signature.fault(of("good", "good"), "") == "parameter 'judge_at' is '', not 'receipt' or 'signing'"
}

test_every_status_has_words if {
	every status, words in statuses {
		signature.fault(of(status, "bad"), "receipt") == words
	}
}

test_the_reason_goes_before_the_words_of_the_status if {
	told := object.union(of("expired", "good"), {"reason": "key ended yesterday"})
	signature.fault(told, "receipt") == "key ended yesterday"
}

test_at_signing_the_words_are_about_that_time if {
	signature.fault(of("good", "weak"), "signing") == "when it was signed: signed with a digest or key that is too weak"
	signature.fault(of("unsigned", "unsigned"), "signing") == "not signed"
	signature.fault(of("revoked", "good"), "signing") == "signed with a key that was revoked"
}

test_only_who_has_not_signed_is_told_to_sign if {
	every status in ["bad", "malformed", "unsigned"] {
		signature.hint(of(status, "good"), "git x") == ""
	}
	every status in ["expired", "good", "unknown_key", "new_kind"] {
		contains(signature.hint(of(status, "good"), "git x"), "and sign anew with `git x`")
	}
}
