#!/usr/bin/env bash
# Administration by confluent-kafka's AdminClient (librdkafka) and by kafka-python's.
#   tests/compat/admin/run.sh PATH/TO/millstream
# Makes a Python environment under target/, starts the given program on a free port with data in a
# temporary folder, ends it by its process id, and prints `N passed, N failed` in the end.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
program="$(realpath "${1:?"usage: run.sh PATH/TO/millstream"}")"
target="${CARGO_TARGET_DIR:-$root/target}"
environment="$target/compat/admin-venv"
requirements="$here/requirements.txt"

if ! cmp -s "$requirements" "$environment/requirements.txt"; then
  rm -rf "$environment"
  mkdir -p "$(dirname "$environment")"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --requirement "$requirements"
  cp "$requirements" "$environment/requirements.txt"
fi

exec "$environment/bin/python" -B "$here/main.py" "$program"
