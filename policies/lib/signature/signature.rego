# METADATA
# title: Whether a signature counts
# description: |
#   Reads the verification that refgate made; proves nothing itself, and says nothing about groups.
package refgate.lib.signature

# METADATA
# description: |
#   Good by a known person. `judge_at` is `receipt`, or `signing` for the time that the signer claims: then a key may
#   have expired or been retired since, but not revoked.
# scope: document
good(signature, judge_at) if {
	judge_at == "receipt"
	signature.status == "good"
	signature.person.known
}

good(signature, judge_at) if {
	judge_at == "signing"
	signature.at_signing == "good"
	signature.status in {"good", "expired", "retired"}
	signature.person.known
}

# METADATA
# description: Why a signature does not count. Defined for every signature.
fault(signature, judge_at) := sprintf("parameter 'judge_at' is '%s', not 'receipt' or 'signing'", [judge_at]) if {
	not judge_at in {"receipt", "signing"}
} else := sprintf("when it was signed: %s", [_words(signature.at_signing)]) if {
	judge_at == "signing"
	not signature.at_signing in {"good", "unsigned"}
} else := "signed by nobody known" if {
	signature.status == "good"
} else := signature.reason if {
	signature.reason != ""
} else := _words(signature.status)

# METADATA
# description: |
#   What helps against a fault, where this command signs anew. `""` where nothing but a signature is missing: how to
#   make one is for the rule's own hint to say.
hint(signature, command) := "" if {
	signature.status in {"bad", "malformed", "unsigned"}
} else := sprintf("set a key that counts here with %s and sign anew with `%s`, or %s", [
	"`git config user.signingKey <key>`",
	command,
	"ask your administrator to let this one count",
])

_words(status) := object.get(
	{
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
	},
	status,
	sprintf("signature is '%s'", [status]),
)
