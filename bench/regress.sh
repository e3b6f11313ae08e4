#!/usr/bin/env bash
# Counts the instructions of each inner loop with callgrind and holds them against those that are
# stored in bench/loops.txt: the same on every machine, and the same twice. Ends with 1 if a loop has
# become more expensive beyond noise.
#
#   bench/regress.sh            compare
#   bench/regress.sh --store    write bench/loops.txt anew
#
# Counts are of one compiler and one valgrind: the first lines of the file say which. With others,
# store them anew from the commit before, and compare then.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
stored=$here/loops.txt
# Less than this is noise: where the heap lies, how a hash table is filled.
noise_percent=2

command -v valgrind >/dev/null || { echo "regress.sh: valgrind is not installed" >&2; exit 2; }
cd "$here/.."
binary=$(cargo bench -p millstream-bench --bench loops --no-run --message-format=json |
    grep -o '"executable":"[^"]*loops-[^"]*"' | tail -n 1 | cut -d '"' -f 4)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Instructions within the stopwatch, of one run.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" -q \
        --toggle-collect='*stopwatch::time*' "$binary" --count "$1" "$2" >/dev/null 2>"$scratch/said" ||
        { cat "$scratch/said" >&2; exit 2; }
    awk '/^(summary|totals):/ { total = $2 } END { print total }' "$scratch/out"
}

# The loop alone: a long run without what the first time costs.
counted=$scratch/counted
"$binary" --names | while IFS=$'\t' read -r name count; do
    none=$(instructions "$name" 0)
    all=$(instructions "$name" "$count")
    printf '%s    %d\n' "$name" $(((all - none) / count))
done >"$counted"

if [[ ${1:-} == --store ]]; then
    {
        echo "# instructions of each inner loop: written by bench/regress.sh --store"
        echo "# $(rustc --version), $(valgrind --version)"
        cat "$counted"
    } >"$stored"
    echo "$(wc -l <"$counted") loops are stored"
    exit 0
fi

awk -F '    ' -v noise="$noise_percent" '
    /^#/ { next }
    NR == FNR { before[$1] = $2; next }
    !($1 in before) { printf "%-42s %9s -> %9d  new\n", $1, "-", $2; next }
    {
        change = before[$1] ? ($2 / before[$1] - 1) * 100 : 0
        word = change > noise ? "REGRESSION" : change < -noise ? "better" : ""
        printf "%-42s %9d -> %9d  %+6.1f %%  %s\n", $1, before[$1], $2, change, word
        if (change > noise) worse = 1
    }
    END { exit worse }
' "$stored" "$counted"
