#!/usr/bin/env bash
# Apache Kafka's Java client (kafka-clients) against the broker, and the programs with which Kafka
# tests and measures itself.
#   tests/compat/java/run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

archives="$("$root/bench/peers/kafka.sh" --archives)"
classes="${CARGO_TARGET_DIR:-$root/target}/compat/java"
java=(java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error
  -cp "$classes:$archives/*")
rm -rf "$classes"
mkdir -p "$classes"
javac -Xlint:all -Werror -proc:none -cp "$archives/*" -d "$classes" "$here"/src/*.java

# The tool must succeed and print what the pattern (extended, over all lines) says.
says() {
  local name="$1" pattern="$2" output="" status=0
  shift 2
  output="$(timeout 60 "${java[@]}" "$@" 2>&1)" || status=$?
  if ((status == 0)) && grep -Eqz -- "$pattern" <<<"$output"; then
    passed=$((passed + 1))
    echo "ok     $name"
  else
    failed=$((failed + 1))
    printf 'FAILED %s (status %s), expected /%s/\n%s\n' "$name" "$status" "$pattern" \
      "$(tail -n 12 <<<"$output")"
  fi
}

own_programs() {
  local tools=org.apache.kafka.tools broker=(--bootstrap-server "$address")
  for acks in 0 1 -1; do
    says "VerifiableProducer: acks $acks" '"name":"tool_data".*"sent":2000,"acked":2000|"acked":2000' \
      $tools.VerifiableProducer "${broker[@]}" --topic verified --max-messages 2000 --acks $acks
  done
  says "VerifiableConsumer: all of it, with commits" '"count":6000|offsets_committed.*"offset":6000' \
    $tools.VerifiableConsumer "${broker[@]}" --topic verified --group-id verified \
    --max-messages 6000 --reset-policy earliest
  says "VerifiableConsumer: a static member, cooperative" '"name":"records_consumed"' \
    $tools.VerifiableConsumer "${broker[@]}" --topic verified --group-id verified-static \
    --group-instance-id a --max-messages 100 --reset-policy earliest \
    --assignment-strategy org.apache.kafka.clients.consumer.CooperativeStickyAssignor
  says "ProducerPerformance" "50000 records sent, .*99.9th" \
    $tools.ProducerPerformance "${broker[@]}" --topic measured --num-records 50000 \
    --record-size 1000 --throughput -1
  says "ProducerPerformance: zstd, large batches" "50000 records sent, .*99.9th" \
    $tools.ProducerPerformance "${broker[@]}" --topic measured --num-records 50000 \
    --record-size 1000 --throughput -1 \
    --command-property compression.type=zstd batch.size=500000 linger.ms=20
  says "ConsumerPerformance" ", 1[0-9]{5}, " \
    $tools.ConsumerPerformance "${broker[@]}" --topic measured --num-records 100000
}

start_broker
mkdir "$scratch/crash"
run "${java[@]}" millstream.compat.Main "$address" "$program" "$scratch/crash"
own_programs
finish
