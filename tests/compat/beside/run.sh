#!/usr/bin/env bash
# The answers of an Apache Kafka beside ours: the same questions to both, by the bytes of the
# protocol; what differs must stand in differences.txt, with its reason.
#   tests/compat/beside/run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

archives="$("$root/bench/peers/kafka.sh" --archives)"
classes="${CARGO_TARGET_DIR:-$root/target}/compat/beside"
rm -rf "$classes"
mkdir -p "$classes"
javac -Xlint:all -Werror -proc:none -cp "$archives/*" -d "$classes" "$here"/src/*.java

kafka=""
leave_both() {
  [[ -z "$kafka" ]] || { kill -TERM "$kafka" && wait "$kafka"; } 2>/dev/null || true
  leave
}
trap leave_both EXIT

"$root/bench/peers/kafka.sh" --data "$scratch/kafka" >"$scratch/kafka-says" 2>"$scratch/kafka-err" &
kafka=$!
start_broker
until kafka_address="$(sed -n 's/^ready //p' "$scratch/kafka-says")" && [[ -n "$kafka_address" ]]; do
  kill -0 "$kafka" 2>/dev/null || { cat "$scratch/kafka-err" >&2; exit 1; }
  sleep 0.1
done

run java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
  -cp "$classes:$archives/*" millstream.beside.Beside "$kafka_address" "$address" \
  "$here/differences.txt"
finish
