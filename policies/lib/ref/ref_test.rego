package refgate.lib.ref_test

import data.refgate.lib.ref

test_namespaces_are_peeled_from_the_front_only if {
	ref.without_namespaces("refs/heads/main") == "refs/heads/main"
	ref.without_namespaces("refs/namespaces/a/refs/heads/main") == "refs/heads/main"
	ref.without_namespaces("refs/namespaces/a/refs/namespaces/b/refs/tags/v1") == "refs/tags/v1"
	ref.without_namespaces("refs/namespaces/a/b/refs/heads/main") == "refs/namespaces/a/b/refs/heads/main"
	ref.without_namespaces("refs/heads/refs/namespaces/a/refs/heads/x") == "refs/heads/refs/namespaces/a/refs/heads/x"
}

test_a_namespace_is_two_levels if {
	ref.namespace("refs/heads/a/b") == "refs/heads/"
	ref.namespace("refs/stash") == "refs/stash/"
}
