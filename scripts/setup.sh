#!/bin/sh
# Makes .venv ready: `scripts/setup.sh run` with what Grapevine runs on, `scripts/setup.sh dev`
# with what its tests need as well. Quick when there is nothing to do. `run` never removes what
# `dev` brought, and what `dev` brings is enough for `run`.
set -eu
cd "$(dirname "$0")/.."

# What an environment was made from: the lock, the project file and the place it stands in.
wanted() { { pwd && cat "$1" pyproject.toml; } | cksum; }

# Whether .venv is in working order and was last made from this lock.
ready() {
    [ -x .venv/bin/python ] && [ -x .venv/bin/grapevine ] && [ "$(cat "$2" 2>/dev/null)" = "$(wanted "$1")" ]
}

run_lock=requirements.lock run_stamp=.venv/.ready-to-run
dev_lock=requirements-dev.lock dev_stamp=.venv/.ready-for-dev

case "${1:-}" in
run)
    if ready $run_lock $run_stamp || ready $dev_lock $dev_stamp; then exit 0; fi
    lock=$run_lock stamp=$run_stamp install='install --quiet --compile-bytecode --require-hashes -r'
    ;;
dev)
    if ready $dev_lock $dev_stamp; then exit 0; fi
    lock=$dev_lock stamp=$dev_stamp install='sync --quiet --compile-bytecode --require-hashes'
    ;;
*)
    echo 'Say "scripts/setup.sh run" or "scripts/setup.sh dev".' >&2
    exit 2
    ;;
esac

. scripts/uv.sh

# Scripts in an environment know its place, so one that was moved is made again.
if [ ! -x .venv/bin/python ] || ! grep -qsF "$PWD/.venv" .venv/bin/activate; then
    say "Making .venv with $("$python" --version) ..."
    uv venv --quiet --clear --python "$python" .venv
fi

say "Installing what $lock names ..."
rm -f "$stamp"
# shellcheck disable=SC2086 # the verb and its options are words of their own
VIRTUAL_ENV="$PWD/.venv" uv pip $install "$lock" ||
    fail 'The packages could not be installed: is this machine online? Run the same command again when it is.'
VIRTUAL_ENV="$PWD/.venv" uv pip install --quiet --no-deps --no-build-isolation --editable .
# Where Python may not write what it compiled, every start would compile all anew.
.venv/bin/python -m compileall -q bot adapters storage
wanted "$lock" >"$stamp"
say 'Ready.'
