#!/bin/sh
# Stands in for Gitaly where it runs hooks: same folders, order, environment and streams. Not Gitaly.
#
# After Gitaly's internal/gitaly/hook/custom.go (a project's custom_hooks/pre-receive, its custom_hooks/pre-receive.d,
# custom_hooks_dir/pre-receive.d, each folder by name; first failure ends; directories, names ending in ~ and what is not
# executable passed over) and internal/command/command.go (the only variables that reach a hook).
set -eu
spool=$(mktemp)
trap 'rm -f "$spool"' EXIT
cat > "$spool"

kept="GL_ID GL_USERNAME GL_PROJECT_PATH GL_REPOSITORY GL_PROTOCOL HOME PATH LD_LIBRARY_PATH TZ GIT_EXEC_PATH \
GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"
options=$(env | sed -n 's/^\(GIT_PUSH_OPTION_[0-9]*\)=.*/\1/p')
[ -z "$options" ] || kept="$kept GIT_PUSH_OPTION_COUNT $options"

run() {
    [ -f "$1" ] && [ -x "$1" ] || return 0
    case $1 in *~) return 0 ;; esac
    set -- "$1"
    for name in $kept; do
        eval "[ -z \"\${$name+set}\" ] || set -- \"\$@\" \"$name=\${$name}\""
    done
    hook=$1
    shift
    out=$(mktemp) err=$(mktemp) code=0
    env -i "$@" GIT_DIR="$(pwd)" "$hook" < "$spool" > "$out" 2> "$err" || code=$?
    # What people read is stderr, or stdout where that is empty.
    if [ -s "$err" ]; then cat "$err" >&2; else cat "$out" >&2; fi
    rm -f "$out" "$err"
    return "$code"
}

run custom_hooks/pre-receive
for hook in custom_hooks/pre-receive.d/*; do run "$hook"; done
for hook in /var/opt/gitlab/gitaly/custom_hooks/pre-receive.d/*; do run "$hook"; done
