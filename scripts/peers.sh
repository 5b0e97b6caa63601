#!/bin/sh
# Make .venv-peers with exactly what benchmarks/engine/peers/requirements.txt names. Does nothing when already done.
# PyStan's binaries do not load in Python 3.13 or newer, so this environment is made with 3.12.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "peers: $*" >&2; }

usable() {
    "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PEERS_PYTHON:-} python3.12 "$HOME"/.pyenv/versions/3.12*/bin/python3; do
        if usable "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

stamp=.venv-peers/peers.stamp
want=$({ pwd; cat benchmarks/engine/peers/requirements.txt; } | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    exit 0
fi
python=$(find_python) || {
    say "expected a Python 3.12 (with venv), on PATH or under ~/.pyenv/versions; found none. Name it: PEERS_PYTHON=..."
    exit 2
}
command -v g++ >/dev/null 2>&1 || say "no g++ here: PyStan's line of the table will say that it could not be built"
say "making .venv-peers with $python (about two minutes)"
rm -rf .venv-peers
"$python" -m venv .venv-peers
if [ -x .venv/boot/bin/uv ]; then
    VIRTUAL_ENV="$PWD/.venv-peers" .venv/boot/bin/uv pip install --quiet -r benchmarks/engine/peers/requirements.txt
else
    .venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/engine/peers/requirements.txt
fi
printf '%s\n' "$want" >"$stamp"
say "done"
