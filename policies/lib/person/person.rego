# METADATA
# title: Who may
# description: |
#   Judges persons by the groups that the operator put them in. Nobody unknown is ever in one.
package refgate.lib.person

# METADATA
# description: A known person, of one of these groups; no groups mean anyone known.
# scope: document
may(someone, groups) if {
	someone.known
	count(groups) == 0
}

may(someone, groups) if member(someone, groups)

# METADATA
# description: A known person of one of these groups; no groups mean nobody.
member(someone, groups) if {
	someone.known
	some group in someone.groups
	group in groups
}

# METADATA
# description: |
#   Whoever pushes, if the server named a person. A deploy key is no person, whoever the server says it belongs to.
pusher_may(pusher, groups) if {
	not pusher.deploy_key
	may(pusher.person, groups)
}

# METADATA
# description: The same, where no groups mean nobody.
pusher_member(pusher, groups) if {
	not pusher.deploy_key
	member(pusher.person, groups)
}
