#!/bin/sh
# Makes the environment: tools/setup.sh DIRECTORY. Needs only Python 3.11-3.13 with venv.
# Every version comes from requirements.lock and is checked against its hash. uv installs them (itself taken from the lock);
# where uv cannot be had or fails, pip does the same more slowly. Nothing here touches anything outside DIRECTORY.
set -eu

venv=${1:?usage: tools/setup.sh DIRECTORY}
in_range='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c "$in_range" >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    echo "No Python 3.11, 3.12 or 3.13 was found (python3 is: $(python3 --version 2>&1 || true))." >&2
    echo "Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13)," >&2
    echo "or name it: make lab PYTHON=/path/to/python3.12" >&2
    return 1
}

# An environment whose Python was upgraded away, or is out of range, is made anew; it holds nothing of yours.
if ! "$venv/bin/python" -c "$in_range" >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version) ($python)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "$python cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2
        exit 1
    fi
fi
python=$venv/bin/python

install_with_uv() {
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock >"$venv/uv.lock"
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$venv/uv.lock" &&
        "$python" -m uv pip install --python "$python" --compile-bytecode --require-hashes -r requirements.lock
}

if ! install_with_uv; then
    echo "uv could not install the packages; trying pip, which takes a few minutes." >&2
    "$python" -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
fi
# setuptools comes from the lock too, so building the package fetches nothing.
"$python" -m uv pip install --quiet --python "$python" --no-deps --no-build-isolation --editable . ||
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# The walk over events is compiled when it is first used, some ten seconds, and kept: better here than in a lesson.
"$python" - <<'EOF'
from funnel_utils import EventLog, Funnel
log = EventLog.from_story({"ana": ["a@0", "b@1m"]})
for options in ({}, {"entry": "every"}, {"ties": "increase"}, {"order": "unordered"}):
    Funnel(["a", "b"], window="1h", **options).run(log).steps
EOF
