# METADATA
# title: Nothing odd in tags
# description: |
#   Refuses what people and programs read differently in a tag object: bytes that are not UTF-8, control characters and
#   characters that change the direction of text, a tagger with odd spaces, dates out of range.
# schemas:
# - input: schema.tag
# custom:
#   not_for: >-
#     mirrors of projects with old tags: allow what they have by name
#   hint: make it anew with `git tag -s -f <name> <commit>`, then push again
#   params:
#     allow: {type: [string], default: [], description: "names of anomalies that pass, such as encoding"}
package refgate.tag.well_formed

import data.refgate.lib.anomaly

deny contains anomaly.object_words(name) if {
	some name in input.tag.anomalies
	not name in input.params.allow
}
