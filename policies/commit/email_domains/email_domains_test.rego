package refgate.commit.email_domains_test

import data.refgate.commit.email_domains
import data.refgate.lib.examples_test as examples

deny(committer, author, params) := violations if {
	violations := email_domains.deny with input as examples.commit_input({
		"commit": {"committer": {"email": committer}, "author": {"email": author}},
		"params": object.union({"domains": ["example.org", ".example.com"], "author": true}, params),
	})
}

ours := "alice@example.org"

test_e_mails_of_the_domains_pass if {
	deny(ours, ours, {}) == set()
	deny("Alice@Example.ORG", "alice@mail.example.com", {}) == set()
}

test_another_committer_is_refused if {
	refused := {"committer 'alice@example.net' has no e-mail of 'example.org', '.example.com'"}
	deny("alice@example.net", ours, {}) == refused
}

test_what_only_resembles_a_domain_is_refused if {
	almost := [
		"",
		"example.org",
		"@example.org",
		"a@b@example.org",
		"a@example.org@elsewhere.example",
		"a@notexample.org",
		"a@example.com",
		"a@example.org.elsewhere.example",
	]
	every email in almost {
		count(deny(email, ours, {})) == 1
	}
}

test_another_author_is_refused_unless_not_judged if {
	refused := {"author 'bob@elsewhere.example' has no e-mail of 'example.org', '.example.com'"}
	deny(ours, "bob@elsewhere.example", {}) == refused
	deny(ours, "bob@elsewhere.example", {"author": false}) == set()
}

test_no_domains_mean_nobody if {
	count(deny(ours, ours, {"domains": []})) == 2
}
