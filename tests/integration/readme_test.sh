#!/usr/bin/env bash
# Runs every ```sh block of a document, in order, in one shell, from the top of a copy of the tree.
# Usage: readme_test.sh SOURCE_DIR DOCUMENT
set -euo pipefail
source_dir=$1
document=$2
cd "$source_dir"
commands=$(awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$document")
[[ -n $commands ]] || { echo "$document has no commands" >&2; exit 1; }
trap 'ops/run --stop' EXIT
bash -euxo pipefail -c "$commands"
