package refgate.commit.owners_test

import data.refgate.commit.owners

lines := `
*                        @platform   # everything else
/apps/shop/              @shop

# The last line that matches decides.
/libs/payments/          @payments erin@example.org
/libs/payments/docs/     @payments @alice
*.md
docs/*                   @platform
/apps/**/prices.csv      @payments @shop
/a?c.(x)                 @shop
build                    @platform
`

unsigned := {"status": "unsigned", "person": {"id": "?signer", "known": false, "groups": [], "emails": []}}

good(id, groups) := {
	"status": "good",
	"person": {"id": id, "known": true, "groups": groups, "emails": [sprintf("%s@example.org", [id])]},
}

deny(path, signature, approvals) := found if {
	found := owners.deny with input as {
		"commit": {"changes": [{"path": path}], "signature": signature},
		"update": {"approvals": [{"signature": approval} | some approval in approvals]},
	}
		with data.codeowners.lines as lines
}

belongs_to(path, words) := {{"message": sprintf("belongs to %s", [words]), "path": path}}

paths := {
	"apps/shop/cart.go": "@shop",
	"apps/shop/deep/er/cart.go": "@shop",
	"apps/shopping/cart.go": "@platform",
	"lib/apps/shop/cart.go": "@platform",
	"libs/payments/card.go": "@payments erin@example.org",
	"libs/payments/docs/card.txt": "@payments @alice",
	"docs/one.txt": "@platform",
	"apps/shop/prices.csv": "@payments @shop",
	"apps/shop/a/b/prices.csv": "@payments @shop",
	"apps/shop/a/b/xprices.csv": "@shop",
	"abc.(x)": "@shop",
	"abc.xx": "@platform",
	"tools/build": "@platform",
	"tools/build/x": "@platform",
	"Makefile": "@platform",
}

test_the_last_matching_line_decides[path] if {
	some path, words in paths
	deny(path, unsigned, []) == belongs_to(path, words)
}

test_a_line_without_owners_leaves_its_paths_to_everyone[path] if {
	some path in ["README.md", "libs/payments/docs/card.md"]
	deny(path, unsigned, []) == set()
}

test_nobody_owns_what_no_line_matches if {
	found := owners.deny with input as {"commit": {"changes": [{"path": "x"}], "signature": unsigned}, "update": {"approvals": []}}
		with data.codeowners.lines as "/y @shop"
	found == set()
}

test_owners_are_groups_persons_and_e_mails if {
	deny("apps/shop/cart.go", good("bob", ["shop"]), []) == set()
	deny("libs/payments/docs/x", good("alice", []), []) == set()
	deny("libs/payments/card.go", good("erin", []), []) == set()
}

test_others_are_refused if {
	deny("apps/shop/cart.go", good("erin", ["payments"]), []) == belongs_to("apps/shop/cart.go", "@shop")
	deny("libs/payments/docs/x", good("mallory", ["alicex"]), []) == belongs_to("libs/payments/docs/x", "@payments @alice")
}

test_only_a_good_signature_counts[status] if {
	some status in ["bad", "expired", "unknown_key"]
	signature := object.union(good("bob", ["shop"]), {"status": status})
	deny("apps/shop/cart.go", signature, []) == belongs_to("apps/shop/cart.go", "@shop")
	deny("apps/shop/cart.go", unsigned, [signature]) == belongs_to("apps/shop/cart.go", "@shop")
}

test_an_owner_s_approval_is_enough if {
	deny("apps/shop/cart.go", good("erin", ["payments"]), [good("bob", ["shop"])]) == set()
}
