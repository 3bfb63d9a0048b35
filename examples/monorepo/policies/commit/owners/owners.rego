# METADATA
# title: Owners change their paths
# description: |
#   Every change is signed by an owner of its path, or approved by one. Owners are those of CODEOWNERS: the last line
#   that matches a path decides, and a line without owners leaves its paths to everyone. `@name` is a group of
#   people.toml or the person of that name; an e-mail is the person who has it.
# schemas:
# - input: schema.commit
# custom:
#   hint: "ask an owner for `refgate approve`, or leave the path out with `git restore --staged --worktree --source={commit}^ -- '{path}'`"
package refgate.commit.owners

deny contains {"message": sprintf("belongs to %s", [concat(" ", owners)]), "path": change.path} if {
	some change in input.commit.changes
	owners := _owners(change.path)
	count(owners) > 0
	not _vouched_for(owners)
}

_vouched_for(owners) if {
	some someone in _voices
	some owner in owners
	_is(someone, owner)
}

# Whoever signed the commit, and whoever approved the update that brings it.
_voices contains input.commit.signature.person if input.commit.signature.status == "good"

_voices contains approval.signature.person if {
	some approval in input.update.approvals
	approval.signature.status == "good"
}

_is(someone, owner) if {
	someone.known
	trim_prefix(owner, "@") in someone.groups
}

_is(someone, owner) if {
	someone.known
	owner == concat("", ["@", someone.id])
}

_is(someone, owner) if {
	someone.known
	owner in someone.emails
}

_owners(path) := matching[count(matching) - 1] if {
	matching := [line.owners | some line in _lines; regex.match(line.pattern, path)]
	count(matching) > 0
} else := []

_lines := [{"pattern": _pattern(words[0]), "owners": array.slice(words, 1, count(words))} |
	some line in split(data.codeowners.lines, "\n")
	words := regex.split(`[ \t]+`, trim_space(regex.replace(line, `(^|[ \t])#.*$`, "")))
	words[0] != ""
]

# What a pattern of CODEOWNERS means, as a regular expression over whole paths.
_pattern(written) := concat("", [_start(written), _middle(written), _end(written)])

_start(written) := "^" if {
	contains(trim_suffix(written, "/"), "/")
} else := "^(?:.+/)?"

_middle(written) := many if {
	literal := regex.replace(trim_prefix(trim_suffix(written, "/"), "/"), `[.+^$(){}|\[\]\\]`, `\$0`)
	one := replace(literal, "?", "[^/]")
	deep := replace(replace(one, "**/", "(?:.+/)?"), "**", ".+")
	many := replace(deep, "*", "[^/]*")
}

_end(written) := "/" if {
	endswith(written, "/")
} else := "$" if {
	endswith(written, "/*")
} else := "(?:/|$)"
