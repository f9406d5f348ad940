# To be sourced from the top of the repository: puts uv on PATH and offers `say` and `fail`.
# uv comes from PATH or, where there is none, from pip into .tools, checked against its hash.

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Prints the first Python that is new enough.
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

PATH="$PWD/.tools/bin:$PATH"
python=$(find_python) || fail 'Grapevine needs Python 3.11 or newer: please install it and run this again.'

if ! command -v uv >/dev/null 2>&1; then
    "$python" -m pip --version >/dev/null 2>&1 ||
        fail "Neither uv nor pip was found: please install one of them (on Debian: apt install python3-pip) and run this again."
    say 'Fetching uv, the installer, into .tools ...'
    PIP_REQUIRE_VIRTUALENV=0 PIP_USER=0 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$python" -m pip install -qq --require-hashes --no-deps --upgrade --target .tools \
        -r scripts/requirements-uv.lock ||
        fail 'uv could not be fetched: is this machine online?'
fi
