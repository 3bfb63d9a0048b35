# METADATA
# title: E-mails of these domains
# description: |
#   Committer and author show an e-mail of one of the domains. A domain that begins with a dot stands for all below
#   it. An e-mail is a claim, never proof; `commit.identity` holds it against the signer.
# schemas:
# - input: schema.commit
# custom:
#   not_for: >-
#     proof of who somebody is: anyone can write any e-mail; that is what `commit.identity` is for
#   hint: >-
#     set your e-mail with `git config user.email <e-mail>`, then
#     `git commit --amend --no-edit`, with `--reset-author` if the work is yours; at an older commit stop first, by
#     `edit` in `git rebase -i -r {commit}^`
#   params:
#     domains: {type: [string], description: "such as example.org, or .example.org for all below it"}
#     author: {type: boolean, default: true, description: judge the author too}
package refgate.commit.email_domains

import data.refgate.lib.words

deny contains _foreign("committer", input.commit.committer.email) if not _ours(input.commit.committer.email)

deny contains _foreign("author", input.commit.author.email) if {
	input.params.author != false
	not _ours(input.commit.author.email)
}

_ours(email) if {
	domain := _domain(email)
	some ours in input.params.domains
	_within(domain, lower(ours))
}

_domain(email) := lower(parts[1]) if {
	parts := split(email, "@")
	count(parts) == 2
	parts[0] != ""
}

_within(domain, ours) if domain == ours

_within(domain, ours) if {
	startswith(ours, ".")
	endswith(domain, ours)
}

_foreign(role, email) := sprintf("%s '%s' has no e-mail of %s", [role, email, words.quoted(input.params.domains)])
