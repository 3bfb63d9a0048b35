# METADATA
# title: Examples for tests
# description: |
#   Whole inputs as refgate builds them, one function per subject. Each takes what a test wants different and merges
#   it in: objects field by field, lists as a whole. No rule reads this package.
package refgate.lib.examples_test

alice := {
	"id": "alice",
	"known": true,
	"name": "Alice Example",
	"emails": ["alice@example.org"],
	"groups": ["maintainers", "security"],
}

bob := {
	"id": "bob",
	"known": true,
	"name": "Bob Example",
	"emails": ["bob@example.org"],
	"groups": ["developers"],
}

carol := {
	"id": "carol",
	"known": true,
	"name": "Carol Example",
	"emails": ["carol@example.org"],
	"groups": ["developers"],
}

forge := {
	"id": "forge",
	"known": true,
	"name": "Forge",
	"emails": ["noreply@forge.example.org"],
	"groups": [],
}

stranger(place) := {
	"id": sprintf("?%s", [place]),
	"known": false,
	"name": "",
	"emails": [],
	"groups": [],
}

key := {
	"fingerprint": "ssh:SHA256:AAAA",
	"algorithm": "ed25519",
	"bits": 256,
	"hardware": false,
	"user_presence": false,
	"authority": "",
	"expires_at": "",
	"expires_at_ns": 9223372036854775807,
}

no_key := {
	"fingerprint": "",
	"algorithm": "",
	"bits": 0,
	"hardware": false,
	"user_presence": false,
	"authority": "",
	"expires_at": "",
	"expires_at_ns": 0,
}

good_by(person) := {
	"status": "good",
	"format": "ssh",
	"person": person,
	"principals": person.emails,
	"key": key,
	"made_at": "",
	"made_at_ns": 0,
	"hash": "sha512",
	"at_signing": "good",
	"reason": "",
}

unsigned := {
	"status": "unsigned",
	"format": "",
	"person": stranger("signer"),
	"principals": [],
	"key": no_key,
	"made_at": "",
	"made_at_ns": 0,
	"hash": "",
	"at_signing": "unsigned",
	"reason": "not signed",
}

identity_of(person) := {
	"name": person.name,
	"email": person.emails[0],
	"time": "2026-06-01T12:00:00Z",
	"time_ns": 1780315200000000000,
	"claimed": {"id": person.id, "known": true},
}

unknown_identity := {
	"name": "Mallory",
	"email": "mallory@elsewhere.example",
	"time": "2026-06-01T12:00:00Z",
	"time_ns": 1780315200000000000,
	"claimed": {"id": "?claimed", "known": false},
}

id_of(digit) := concat("", [digit | some _ in numbers.range(1, 40)])

none := id_of("0")

old := id_of("a")

new := id_of("b")

# Monday, 2026-06-01 12:00 UTC, one minute after the commit was made.
received_at_ns := 1780315260000000000

push := {
	"repository": {
		"path": "acme/door",
		"name": "door",
		"owner": "acme",
		"kind": "code",
		"object_format": "sha1",
		"head": "refs/heads/main",
		"empty": false,
	},
	"pusher": {
		"name": "alice",
		"id": "1",
		"email": "alice@example.org",
		"key": "",
		"deploy_key": false,
		"person": alice,
	},
	"channel": {"forge": "plain", "protocol": "ssh", "trigger": "push", "address": "192.0.2.1"},
	"options": [],
	"certificate": {
		"status": "none",
		"nonce_status": "",
		"person": stranger("certificate"),
		"key": no_key,
	},
	"received_at": "2026-06-01T12:01:00Z",
	"received_at_ns": received_at_ns,
	"updates": [summary],
}

summary := {
	"ref": "refs/heads/main",
	"kind": "branch",
	"action": "update",
	"old": old,
	"new": new,
	"history": "fast_forward",
	"introduced": {"count": 1},
}

update := {
	"ref": "refs/heads/main",
	"requested": "refs/heads/main",
	"name": "main",
	"kind": "branch",
	"action": "update",
	"old": old,
	"new": new,
	"is_head": true,
	"history": "fast_forward",
	"first_parent": true,
	"introduced": {"count": 1},
	"discarded": {"count": 0, "commits": []},
	"target": {"type": "commit", "id": new},
	"changes": [],
	"approvals": [],
}

# What differs in an update of another ref.
moved(name, kind, short) := {"ref": name, "requested": name, "name": short, "kind": kind, "is_head": false}

created := {
	"action": "create",
	"old": none,
	"history": "created",
	"first_parent": false,
}

deleted := {
	"action": "delete",
	"new": none,
	"history": "deleted",
	"first_parent": false,
	"introduced": {"count": 0},
	"target": {"type": "", "id": ""},
}

commit := {
	"id": new,
	"tree": id_of("c"),
	"parents": [old],
	"merge": false,
	"root": false,
	"first_parent": true,
	"first_seen": true,
	"skew_seconds": -60,
	"author": identity_of(alice),
	"committer": identity_of(alice),
	"message": "add a door\n",
	"subject": "add a door",
	"trailers": [],
	"signature": good_by(alice),
	"changes": [added("src/door.c")],
	"odd_changes": [],
	"anomalies": [],
}

tag := {
	"annotated": true,
	"id": new,
	"name": "v1.0",
	"names_ref": true,
	"target": {"type": "commit", "id": id_of("d")},
	"tagger": identity_of(alice),
	"message": "version 1.0\n",
	"signature": good_by(alice),
	"depth": 0,
	"anomalies": [],
}

lightweight := {
	"annotated": false,
	"id": "",
	"name": "",
	"names_ref": false,
	"message": "",
	"signature": unsigned,
}

no_entry := {"id": "", "mode": "", "type": "", "size": 0}

file := {"id": id_of("e"), "mode": "100644", "type": "file", "size": 12}

added(path) := {"path": path, "action": "add", "old": no_entry, "new": file, "anomalies": []}

other_file := object.union(file, {"id": id_of("f")})

modified(path) := {"path": path, "action": "modify", "old": other_file, "new": file, "anomalies": []}

removed(path) := {"path": path, "action": "delete", "old": file, "new": no_entry, "anomalies": []}

push_input(different) := object.union({"version": 1, "params": {}, "push": push}, different)

update_input(different) := object.union(push_input({"update": update}), different)

commit_input(different) := object.union(update_input({"commit": commit}), different)

tag_input(different) := object.union(
	update_input({
		"update": object.union(moved("refs/tags/v1.0", "tag", "v1.0"), created),
		"tag": tag,
	}),
	different,
)
