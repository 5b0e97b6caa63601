#!/bin/sh
# Make .venv with exactly what requirements.lock names. Does nothing when that is already done.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*" >&2; }

usable() { # a Python that is new enough and can make virtual environments
    "$1" -c 'import ensurepip, sys; sys.exit(not (3, 12) <= sys.version_info[:2])' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.14 python3 python \
        "$HOME"/.pyenv/versions/3.13*/bin/python3 \
        "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
        if usable "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

fingerprint() { # of the lock, the project's metadata and the place (an environment cannot be moved)
    { pwd; cat requirements.lock pyproject.toml scripts/setup.sh; } | cksum
}

stamp=.venv/setup.stamp
want=$(fingerprint)
if [ -x .venv/bin/causal-ssm ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    exit 0
fi

if ! [ -x .venv/bin/python ] || ! usable .venv/bin/python; then
    python=$(find_python) || {
        say "expected a Python 3.12 or newer (with venv), on PATH or under ~/.pyenv/versions; found none."
        say "To fix it: install one, or name it: PYTHON=/path/to/python3 make demo"
        exit 2
    }
    say "making .venv with $python"
    rm -rf .venv
    "$python" -m venv .venv
fi

rm -f "$stamp"
say "installing what requirements.lock names (about a minute)"
if .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --target .venv/boot uv >/dev/null 2>&1 &&
    VIRTUAL_ENV="$PWD/.venv" .venv/boot/bin/uv pip install --quiet --require-hashes -r requirements.lock; then
    :
else
    say "uv is not to be had here; pip does it (about three minutes)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
say "compiling the kernel and what Python imports (half a minute)"
.venv/bin/python scripts/bytecode.py >/dev/null 2>&1 & # without it runs are slower, not other
bytecode=$!
.venv/bin/python -m ssm_core.native.build >&2
wait "$bytecode" || say "Python's compiled files could not be written; every run takes some seconds longer"
printf '%s\n' "$want" >"$stamp"
say "done"
