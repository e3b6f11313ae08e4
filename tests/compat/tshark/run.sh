#!/usr/bin/env bash
# What clients and broker say to each other, read by a third: run.sh [PROGRAM] [CLIENT...]
#
# Runs the clients against brokers on an address of their own, records that, and has tshark dissect
# it. Each version of each message, by direction, is one check: passed if tshark found nothing
# malformed in any. What this tshark does not know yet is counted and named, and is not judged.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
for tool in dumpcap tshark; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install tshark" >&2; exit 2; }
done
clients=("${@:2}")
((${#clients[@]})) || clients=(kcat franz-go sarama kafkajs)
capture=""

end_capture() {
  [[ -n "$capture" ]] || return 0
  kill -INT "$capture" 2>/dev/null || true
  wait "$capture" || true
  capture=""
}
trap 'end_capture; leave' EXIT

# Nobody else uses this address of the loopback, so no port need be known beforehand.
export COMPAT_HOST=127.87.0.1
dumpcap -q -i lo -B 64 -f "tcp and host $COMPAT_HOST" -w "$scratch/capture" 2>"$scratch/err" &
capture=$!
until grep -q "^File:" "$scratch/err"; do
  kill -0 "$capture" || { cat "$scratch/err" >&2; exit 2; }
  sleep 0.02
done
for client in "${clients[@]}"; do
  line="$("$root/tests/compat/$client/run.sh" "$program" 2>/dev/null | tail -n 1)" || true
  echo "$client: $line"
done
end_capture
tail -n 1 "$scratch/err"

read_capture() {
  tshark -r "$scratch/capture" "$@" 2>/dev/null
}
decode=()
for port in $(read_capture -Y 'tcp.flags.syn==1 && tcp.flags.ack==1' -T fields -e tcp.srcport | sort -u); do
  decode+=(-d "tcp.port==$port,kafka")
done
read_capture "${decode[@]}" -Y kafka -T fields -E occurrence=f -e _ws.col.Info \
  -e kafka.pdu_length_mismatch -e _ws.malformed >"$scratch/frames"

# Where tshark 4.0 is known to be wrong, or not about us: message, and why.
defects='JoinGroup: the metadata of members is bytes, which it takes as missing, in requests too
SyncGroup: the assignments are bytes, which it takes as missing, in requests too
DescribeGroups: metadata and assignments are bytes, which it takes as missing
DeleteTopics v1 Response: the time of throttling came with version 1, and it does not read it
Produce v1 Request: a message set as an old client sends it, on purpose, and which is refused'

awk -F '\t' -v defects="$defects" '
  BEGIN {
    count = split(defects, lines, "\n")
    for (number = 1; number <= count; number++) {
      split(lines[number], parts, ": ")
      why[parts[1]] = parts[2]
    }
  }
  function reason(name, words) {
    split(name, words, " ")
    return name in why ? why[name] : why[words[1]]
  }
  {
    info = $1
    sub(/^Kafka /, "", info)
    if (info ~ /Request Missing/) { undecoded += 1; next }
    # A message as such: `Fetch v11 Response`.
    match(info, /^[A-Za-z0-9 ]+ v[0-9]+ (Request|Response)/)
    name = RSTART ? substr(info, RSTART, RLENGTH) : "?"
    if (info ~ /\[Unsupported API version\]|\[Unknown API key\]/ || name == "?") {
      unknown[name] += 1
      next
    }
    frames[name] += 1
    # Only a message that is longer than what was read may be a known defect.
    if ($3 != "" && ($2 == "" && name != "Produce v1 Request" || reason(name) == "")) bad[name] += 1
    else if ($3 != "") excused[name] += 1
  }
  END {
    for (name in frames) {
      verdict = name in bad ? "FAILED" : "ok"
      failed += name in bad
      passed += !(name in bad)
      note = name in excused ? "; " excused[name] " are called malformed: " reason(name) : ""
      printf "%-6s %s: %d frames%s\n", verdict, name, frames[name], note | "sort"
    }
    close("sort")
    for (name in unknown) printf "not known to this tshark: %s (%d)\n", name, unknown[name] | "sort -V"
    close("sort -V")
    printf "answers to requests that it does not know: %d\n", undecoded
    printf "%d passed, %d failed\n", passed, failed
  }' "$scratch/frames" >"$scratch/verdict"
run cat "$scratch/verdict"
finish
