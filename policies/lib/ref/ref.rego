# METADATA
# title: Names of refs
# description: Takes full ref names apart. Patterns for refs belong to the binding, never to a rule.
package refgate.lib.ref

# METADATA
# description: The name without leading `refs/namespaces/<name>/` parts.
# related_resources:
# - ref: https://git-scm.com/docs/gitnamespaces
without_namespaces(name) := regex.replace(name, `^(?:refs/namespaces/[^/]+/)+refs/`, "refs/")

# METADATA
# description: The first two levels, as a prefix - `refs/heads/` for `refs/heads/main`.
namespace(name) := sprintf("%s/", [concat("/", array.slice(split(name, "/"), 0, 2))])
