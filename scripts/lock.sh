#!/bin/sh
# Writes requirements.lock (what Grapevine runs on), requirements-dev.lock (the same and what its
# tests need) and scripts/requirements-uv.lock (the installer), with hashes, for every Python from
# 3.11 on and every system. Versions stay as they are where they still fit; --upgrade renews them.
set -eu
cd "$(dirname "$0")/.."
. scripts/uv.sh

compile() {
    target=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header --output-file "$target" "$@"
    { printf '# Written by "make lock" from pyproject.toml.\n' && grep -v '^#' "$target"; } >"$target.new"
    mv "$target.new" "$target"
}

# The build backend is locked too, with what it wants for an editable install: nothing unlocked is
# fetched when the project is installed.
backend() {
    echo editables
    "$python" -c 'import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
}

backend | compile requirements-dev.lock "$@" --group dev pyproject.toml -
backend | compile requirements.lock "$@" --constraint requirements-dev.lock pyproject.toml -
echo uv | compile scripts/requirements-uv.lock "$@" -
say 'The lock files are written.'
