# METADATA
# title: Names that mean one thing
# description: |
#   Refuses names of refs that people or programs take for something else: object ids, `HEAD` and its kin, a full name
#   within a name, a leading dash, characters that a shell acts on, that cannot be seen or that look like others. By
#   default names are ASCII; with `non_ascii`, names that mix Latin with look-alikes or consist of them stay refused.
#   `allow` and `deny` are about the short name: one of `allow` must match, if there are any, and none of `deny` may.
#   Deleting a ref passes, whatever its name.
# related_resources:
# - ref: https://git-scm.com/docs/git-check-ref-format
# - ref: https://www.unicode.org/reports/tr39/
# schemas:
# - input: schema.update
# custom:
#   not_for: >-
#     refs that mirror another project's: their names are not yours to choose
#   hint: >-
#     choose another name, push a branch with `git push <remote> {new}:refs/heads/<name>`, make a tag with
#     `git tag -s <name> <commit>` and push that with `git push <remote> tag <name>`
#   params:
#     allow: {type: [regex], default: [], description: one of these must match the short name; none means any name}
#     deny: {type: [regex], default: [], description: none of these may match the short name}
#     non_ascii: {type: boolean, default: false, description: let names hold characters outside ASCII}
#     max_length: {type: integer, default: 120, description: characters of the short name}
package refgate.update.naming

import data.refgate.lib.words

deny contains sprintf("name %s", [fault]) if {
	input.update.action != "delete"
	some fault in _faults
}

_names := {input.update.name, input.update.requested}

_faults contains sprintf("matches none of %s", [words.quoted(input.params.allow)]) if {
	count(input.params.allow) > 0
	not _allowed
}

_faults contains sprintf("matches '%s'", [pattern]) if {
	some pattern in input.params.deny
	regex.match(pattern, input.update.name)
}

_faults contains sprintf("has %v characters, %v allowed", [count(input.update.name), input.params.max_length]) if {
	not count(input.update.name) <= input.params.max_length
}

_faults contains fault if {
	some name in _names
	some fault, pattern in _oddities
	regex.match(pattern, name)
}

_faults contains "holds characters outside ASCII" if {
	input.params.non_ascii != true
	some name in _names
	regex.match(`[^\x00-\x7f]`, name)
}

# The short name alone: every full name begins with refs/, and the short name of other refs with their namespace.
_faults contains "begins like a full name" if {
	input.update.kind != "other"
	regex.match(`^(?:refs|heads|tags|remotes)/`, input.update.name)
}

_faults contains "begins with a dash" if startswith(input.update.name, "-")

_faults contains "is an object id to git" if {
	regex.match(`^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`, input.update.name)
}

_faults contains "is a name that git keeps for itself" if {
	regex.match(`^(?i:@|(?:[a-z]+_)*head)$`, input.update.name)
}

_allowed if {
	some pattern in input.params.allow
	regex.match(pattern, input.update.name)
}

_oddities := {
	"holds characters that a shell acts on": "[$`;|&<>(){}'\"!]",
	"holds control characters": `[\x00-\x1f\x7f-\x{9f}]`,
	"holds characters that change the direction of text": `[\x{61c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`,
	"holds characters that cannot be seen": concat("", [
		`[\x{a0}\x{ad}\x{34f}\x{115f}\x{1160}\x{1680}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2000}-\x{200d}`,
		`\x{2028}\x{2029}\x{202f}\x{205f}-\x{2064}\x{206a}-\x{206f}\x{2800}\x{3000}\x{3164}`,
		`\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff0}-\x{fffb}\x{e0000}-\x{e0fff}]`,
	]),
	"holds other forms of plain letters": `[\x{ff01}-\x{ff5e}\x{1d400}-\x{1d7ff}\x{2100}-\x{214f}\x{fb00}-\x{fb06}]`,
	"holds letters written as two characters": `[A-Za-z]\p{M}`,
	"mixes letters of different alphabets": concat("", [
		`[A-Za-z][^/]*[\p{Greek}\p{Cyrillic}\p{Armenian}\p{Coptic}\p{Cherokee}]|`,
		`[\p{Greek}\p{Cyrillic}\p{Armenian}\p{Coptic}\p{Cherokee}][^/]*[A-Za-z]`,
	]),
	"is written in letters that look like Latin ones": sprintf(`(?:^|/)[-._0-9]*%s[-._0-9%s]*(?:/|$)`, [
		sprintf("[%s]", [_twins]),
		_twins,
	]),
}

# Letters of Greek and Cyrillic that look like Latin ones in most fonts (Unicode Technical Standard 39, confusables).
_twins := concat("", [
	`\x{391}\x{392}\x{395}-\x{397}\x{399}\x{39a}\x{39c}\x{39d}\x{39f}\x{3a1}\x{3a4}\x{3a5}\x{3a7}`,
	`\x{3b1}\x{3b9}\x{3ba}\x{3bd}\x{3bf}\x{3c1}\x{3c5}\x{405}\x{406}\x{408}\x{410}\x{412}\x{415}`,
	`\x{41a}\x{41c}-\x{41e}\x{420}-\x{423}\x{425}\x{430}\x{435}\x{43e}\x{440}\x{441}\x{443}\x{445}`,
	`\x{455}\x{456}\x{458}\x{474}\x{475}\x{4bb}\x{4c0}\x{4cf}\x{501}\x{50c}\x{51a}-\x{51d}`,
])
