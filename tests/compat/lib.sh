# Sourced by the script of each client. It gives: a broker that is started, killed and started
# again on the same data, an environment for Python, and the count of what has passed.
#
#   source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
#   python_environment NAME PACKAGE...   # then "$python" is there
#   go_program NAME                      # then "$client" is the program of this folder
#   node_environment NAME                # then node finds what package.json names
#   start_broker                         # then "$address" is where it serves
#   run COMMAND...                       # its last line is `N passed, N failed`
#   kill_broker                          # as a crash would
#   finish                               # prints the sum, and ends with 1 if anything failed
#
# The first argument is the program, else `target/release/millstream`. The broker listens on a free
# port of COMPAT_HOST, else 127.0.0.1, with its data in a temporary folder, and is ended
# by its process id.

set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
program="${1:-$root/target/release/millstream}"
[[ -x "$program" ]] || { echo "$program is not there: cargo build --release" >&2; exit 2; }
scratch="$(mktemp -d "${TMPDIR:-/tmp}/millstream-compat.XXXXXX")"
broker=""
address=""
passed=0
failed=0
python=""
client=""

kill_broker() {
  [[ -n "$broker" ]] || return 0
  kill -KILL "$broker" 2>/dev/null || true
  wait "$broker" 2>/dev/null || true
  broker=""
}

leave() {
  kill_broker
  rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 130' INT TERM

# Waits for the line `ready HOST:PORT …`; the seconds are for a machine that is busy.
start_broker() {
  local deadline=$((SECONDS + 60))
  : >"$scratch/out"
  "$program" start --data "$scratch/data" --listen "${COMPAT_HOST:-127.0.0.1}:0" \
    --set group.initial.rebalance.delay.ms=0 >"$scratch/out" 2>>"$scratch/err" &
  broker=$!
  until address="$(sed -n 's/^ready \([^ ]*\).*/\1/p' "$scratch/out")" && [[ -n "$address" ]]; do
    if ((SECONDS > deadline)) || ! kill -0 "$broker" 2>/dev/null; then
      echo "the broker did not start:" >&2
      cat "$scratch/err" >&2
      exit 1
    fi
    sleep 0.02
  done
}

# An environment under target/, made once for each list of packages.
python_environment() {
  local name="$1" folder="$root/target/compat/$1"
  shift
  if [[ "$(cat "$folder/packages" 2>/dev/null)" != "$*" ]]; then
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
    echo "$*" >"$folder/packages"
  fi
  python="$folder/bin/python"
  export PYTHONPATH="$root/tests/compat" PYTHONDONTWRITEBYTECODE=1
}

# What Go fetches and builds stays under target/; the versions are those of go.mod and go.sum.
go_program() {
  client="$root/target/compat/$1"
  export GOPATH="$root/target/compat/go" GOCACHE="$root/target/compat/go-build" GOFLAGS=-modcacherw
  (cd "$here" && go build -mod=readonly -o "$client" .)
}

# The packages of package-lock.json, under target/.
node_environment() {
  local folder="$root/target/compat/$1"
  mkdir -p "$folder"
  if ! cmp -s "$here/package-lock.json" "$folder/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$folder"
    npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$folder"
    cp "$here/package-lock.json" "$folder/installed.json"
  fi
  export NODE_PATH="$folder/node_modules"
}

run() {
  local line
  "$@" | tee "$scratch/run" || true
  line="$(tail -n 1 "$scratch/run")"
  if [[ "$line" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
  else
    echo "$1 ended without its count"
    failed=$((failed + 1))
  fi
}

finish() {
  if [[ -n "$broker" ]] && ! kill -0 "$broker" 2>/dev/null; then
    echo "the broker is gone:"
    failed=$((failed + 1))
  fi
  ((failed == 0)) || cat "$scratch/err" >&2
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
