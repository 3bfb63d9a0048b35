//! Rules written by hand, each a temptation to read too little.

/// Rules in which something tempts to read too little.
pub const TRICKY: &[&str] = &[
    // Two values of one rule are an error, even where they agree in what is read.
    "who := input.commit.author\nwho := input.commit.committer\ndeny contains who.name",
    "who := c.new if some c in input.commit.changes\ndeny contains who.type",
    "who := input.commit.changes[_].new\ndeny contains who.type",
    "who(c) := c.author\nwho(c) := c.committer\ndeny contains who(input.commit).name",
    "who(c) := x.new if some x in c.changes\ndeny contains who(input.commit).type",
    "by := {c.action: c | some c in input.commit.changes}\ndeny contains by[_].new.type",
    "by[c.action] := c if some c in input.commit.changes\ndeny contains by[_].new.type",
    "deny contains \"x\" if count({c.action: c.new | some c in input.commit.changes}) > 0",
    // Equal members of a set are one.
    "new contains c.new if some c in input.commit.changes\ndeny contains \"x\" if count(new) > 1",
    "new contains c.new if some c in input.commit.changes\ndeny contains sprintf(\"%v\", [[n.type | some n in new]])",
    "deny contains \"x\" if count({c.new | some c in input.commit.changes}) > 1",
    "deny contains \"x\" if count({input.commit.author, input.commit.committer}) > 1",
    "deny contains sprintf(\"%v\", [[n.mode | some n in {c.new | some c in input.commit.changes}]])",
    "deny contains sprintf(\"%v\", [[n.mode | some n in ({c.new | some c in input.commit.changes} | {c.old | some c in input.commit.changes})]])",
    "deny contains sprintf(\"%v\", [count({c.new | some c in input.commit.changes} - {c.old | some c in input.commit.changes})])",
    // Sorting looks at everything.
    "deny contains sort([c.new | some c in input.commit.changes])[0].mode",
    "deny contains \"x\" if max([c.new | some c in input.commit.changes]).size > 1",
    // Comparing looks at everything, on either side and however it is written.
    "deny contains \"x\" if input.commit.author == input.commit.committer",
    "deny contains \"x\" if { a := input.commit.author; b := input.commit.committer; a != b }",
    "deny contains a.name if { a := input.commit.author; a = input.commit.committer }",
    "deny contains a.name if { [a, a] = [input.commit.author, input.commit.committer] }",
    "deny contains \"x\" if input.commit.author in [input.commit.committer]",
    "same(a, b) if a == b\ndeny contains \"x\" if same(input.commit.author, input.commit.committer)",
    "deny contains i if { some i, c in input.commit.changes; c.new == c.old }",
    "deny contains \"x\" if { every c in input.commit.changes { c.new == c.old } }",
    "deny contains \"x\" if { xs := [c.new | some c in input.commit.changes]; xs[0] == xs[1] }",
    // An argument that is only there, and one that is taken apart.
    "f(_, x) := x.name\ndeny contains f(input.commit.changes[0], input.commit.author)",
    "f([a, b]) := a.name if a == b\ndeny contains f([input.commit.author, input.commit.committer])",
    // How much there is, and that there is anything.
    "deny contains \"x\" if count(input.commit.changes) > 2",
    "deny contains \"x\" if input.commit.changes[2]",
    "deny contains \"x\" if not input.commit.changes[2]",
    "deny contains \"x\" if { some _ in input.commit.changes }",
    "deny contains \"x\" if count(input.commit.author) > 3",
    "deny contains \"x\" if is_object(input.commit.author)",
    // Parts that go through functions, lists and defaults.
    "f(x) := x.author\ndeny contains a.name if { a := input.commit.committer; f(input.commit, a) }",
    "first(xs) := xs[0]\ndeny contains first(input.commit.changes).path",
    "deny contains x.mode if { some x in array.concat([c.new | some c in input.commit.changes], [c.old | some c in input.commit.changes]); x.size > 1 }",
    "deny contains object.get({\"a\": input.commit.author}, \"b\", input.commit.committer).name",
    "who := input.commit.author if input.commit.merge else := input.commit.committer\ndeny contains who.name",
    "deny contains who.name if { some who in [input.commit.author, input.commit.committer]; who.email == \"b\" }",
    "deny contains input.commit[who].name if { some who in [\"author\", \"committer\"]; input.commit[who].email == \"b\" }",
    "deny contains \"x\" if { some i; input.commit.changes[i].new == input.commit.changes[i].old }",
    "deny contains x.name if { x.email == \"b\"; some x in [input.commit.author, input.commit.committer] }",
    // What a parameter rules out is not read, but what stands before it may raise an error.
    "deny contains \"x\" if { to_number(input.commit.subject) > 0; input.params.off; to_number(input.commit.id) > 0 }",
    "deny contains \"x\" if { v := to_number(input.commit.subject); input.params.off; v > 0 }",
    "deny contains \"x\" if { some c in input.commit.changes; to_number(c.path) > 0; input.params.off }",
    "deny contains \"x\" if not lax\nlax if { a := to_number(input.commit.id); a > 0; not input.params.on; to_number(input.commit.tree) > 0 }",
    "deny contains \"x\" if { some c in input.commit.changes; c.path in input.params.none; a := to_number(input.commit.id); a > 0 }",
    "deny contains \"x\" if { z := input.commit.id; z in input.params.none; a := to_number(z); a > 0 }",
    "deny contains \"x\" if { to_number(input.commit.id) > 0; lax }\nlax if { input.params.off; to_number(input.commit.tree) > 0 }",
    "deny contains \"x\" if { lax; to_number(input.commit.id) > 0 }\nlax if { to_number(input.commit.tree) > 0; input.params.off }",
    // Rules with longer names.
    "a.b := input.commit.author\na.c := input.commit.committer\ndeny contains a.b.name",
    "a[c.path].x contains c.new if some c in input.commit.changes\ndeny contains sprintf(\"%v\", [count(a[_].x)])",
    "a.b contains c.new if some c in input.commit.changes\ndeny contains n.mode if some n in a.b",
    // Several variables at once.
    "deny contains sprintf(\"%v\", [i]) if { input.commit.changes[i].path == input.update.changes[i].path }",
    "deny contains x.mode if { some c in input.commit.changes; some x in [c.old, c.new]; x.type == c.new.type }",
    "deny contains sprintf(\"%v\", [[y.mode | some x in xs; y := x.old]]) if xs := [c | some c in input.commit.changes; c.new.size > 1]",
    "deny contains \"x\" if { some k, v in {\"a\": input.commit.author, \"b\": input.commit.committer}; k == \"b\"; v.name == \"b\" }",
    "default f(_) := \"d\"\nf(c) := c.old.mode if c.new.size > 1\ndeny contains f(c) if some c in input.commit.changes",
    // Whole values, under names of their own.
    "deny contains sprintf(\"%v\", [c]) if { c := {\"a\": input.commit.author}[k]; k != \"b\" }",
    "deny contains json.marshal([x | some x in [input.commit.author, input.commit.committer]])",
];
