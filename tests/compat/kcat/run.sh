#!/usr/bin/env bash
# kcat as Debian has it, which is librdkafka of some years ago: run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
command -v kcat >/dev/null || { echo "kcat is missing: apt-get install kcat" >&2; exit 2; }

codecs=(none gzip snappy lz4 zstd)
# Offset, length of the key, key, length of the value, value, headers; -1 is null.
layout='%o|%K|%k|%S|%s|%h\n'

client() {
  timeout 60 kcat -b "$address" "$@"
}

# All of a topic of one partition, in a layout.
all() {
  client -C -t "$1" -p 0 -o beginning -e -q -f "${2:-$layout}"
}

# Runs a check, which is a function: one that gives an error fails, the others go on.
check() {
  local name="${1//_/ } ${2:-}" status
  # Beside `||` or `if` the shell would go on after an error within.
  set +e
  (set -e; "$@") >"$scratch/said" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "ok     ${name% }"
  else
    failed=$((failed + 1))
    echo "FAILED ${name% } (status $status)"
    head -c 2000 "$scratch/said"
  fi
}

equal() {
  [[ "$1" == "$2" ]] || { printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2"; return 1; }
}

records_of() {
  local headers="one=1,two=,three=NULL,one=again"
  equal "$(all "codec-$1" | sed -n 1,5p)" "0|3|key|5|value|$headers
1|8|no value|-1||$headers
2|-1||6|no key|$headers
3|11|empty value|0||
4|0||9|empty key|"
  equal "$(all "codec-$1" '%s\n' | tail -n +6)" "$(seq -f 'text text text text %g' 1 500)"
}

keys_values_and_headers_with() {
  local topic="codec-$1"
  # With -Z what is empty is sent as null.
  printf 'key=value\nno value=\n=no key\n' | client -P -t "$topic" -z "$1" -K = -Z \
    -H one=1 -H two= -H three -H one=again
  printf 'empty value=\n=empty key\n' | client -P -t "$topic" -z "$1" -K =
  seq -f 'text text text text %g' 1 500 | client -P -t "$topic" -z "$1"
  records_of "$1"
}

each_record_once_and_in_order_when_idempotent() {
  seq 1 4000 | client -P -t idempotent -p 0 -z lz4 -X enable.idempotence=true
  equal "$(all idempotent '%s\n')" "$(seq 1 4000)"
}

lines_as_json() {
  printf 'key=a "value"\n' | client -P -t json -K = -H one=1 -H none
  local found
  found="$(client -C -t json -o beginning -e -q -J | sed -E 's/"ts":[0-9]+/"ts":0/')"
  equal "$found" '{"topic":"json","partition":0,"offset":0,"tstype":"create","ts":0,"broker":1,"headers":["one","1","none",null],"key":"key","payload":"a \"value\""}'
}

offsets_by_time() {
  local number times time
  for number in 1 2 3; do
    echo "$number" | client -P -t timed
  done
  mapfile -t times < <(all timed '%T\n')
  time="${times[1]}"
  equal "$(client -C -t timed -p 0 -o "s@$time" -e -q)" $'2\n3'
  equal "$(client -C -t timed -p 0 -o "s@$((time + 1))" -e -q)" 3
  equal "$(client -C -t timed -p 0 -o "s@$time" -o "e@$((time + 1))" -e -q)" 2
  equal "$(client -Q -t "timed:0:$time")" "timed [0] offset 1"
  equal "$(client -Q -t timed:0:-1)" "timed [0] offset 3"
  equal "$(client -Q -t timed:0:-2)" "timed [0] offset 0"
}

from_an_offset_and_from_the_end() {
  seq 0 9 | client -P -t placed
  equal "$(client -C -t placed -p 0 -o 7 -e -q)" $'7\n8\n9'
  equal "$(client -C -t placed -p 0 -o -2 -e -q)" $'8\n9'
  equal "$(client -C -t placed -p 0 -o beginning -c 3 -q)" $'0\n1\n2'
}

# What a group has not read yet; it is committed when the client closes.
group_reads() {
  client -G "$1" -e -q -f '%o:%s\n' -X auto.offset.reset=earliest \
    -X "partition.assignment.strategy=$2" grouped
}

a_group_goes_on_where_it_has_committed() {
  seq 0 99 | client -P -t grouped
  local strategy
  for strategy in range cooperative-sticky; do
    equal "$(group_reads "group-$strategy" "$strategy")" "$(seq 0 99 | sed 's/.*/&:&/')"
  done
  seq 100 149 | client -P -t grouped
  for strategy in range cooperative-sticky; do
    equal "$(group_reads "group-$strategy" "$strategy")" "$(seq 100 149 | sed 's/.*/&:&/')"
  done
}

a_group_goes_on_after_the_crash() {
  seq 150 199 | client -P -t grouped
  local strategy
  for strategy in range cooperative-sticky; do
    equal "$(group_reads "group-$strategy" "$strategy")" "$(seq 150 199 | sed 's/.*/&:&/')"
  done
}

the_metadata() {
  equal "$(client -L -t codec-none | sed -E 's/ \(from.*//')" "Metadata for codec-none
 1 brokers:
  broker 1 at $address (controller)
 1 topics:
  topic \"codec-none\" with 1 partitions:
    partition 0, leader 1, replicas: 1, isrs: 1"
  client -L -J | grep -F '{"topic":"codec-gzip","partitions":[{"partition":0,"leader":1,"replicas":[{"id":1}],"isrs":[{"id":1}]}]}'
}

# Message format 0 is not taken, as in Apache Kafka 4; the old client hears no answer to it.
a_client_from_before_record_batches_is_refused() {
  local status=0
  echo old | client -P -t codec-none -X api.version.request=false \
    -X broker.version.fallback=0.9.0 -X message.timeout.ms=2000 || status=$?
  ((status != 0)) || { echo "it was taken"; return 1; }
  records_of none
}

start_broker
for codec in "${codecs[@]}"; do
  check keys_values_and_headers_with "$codec"
done
check each_record_once_and_in_order_when_idempotent
check lines_as_json
check offsets_by_time
check from_an_offset_and_from_the_end
check a_group_goes_on_where_it_has_committed
check the_metadata
check a_client_from_before_record_batches_is_refused
kill_broker
start_broker
for codec in "${codecs[@]}"; do
  check records_of "$codec"
done
check a_group_goes_on_after_the_crash
check the_metadata
finish
