#!/usr/bin/env bash
# Apache Kafka's Java client (kafka-clients) against the broker: producer, consumer, groups, admin.
#   tests/compat/java/run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

archives="$("$root/bench/peers/kafka.sh" --archives)"
classes="${CARGO_TARGET_DIR:-$root/target}/compat/java"
rm -rf "$classes"
mkdir -p "$classes"
javac -Xlint:all -Werror -proc:none -cp "$archives/*" -d "$classes" "$here"/src/*.java

start_broker
mkdir "$scratch/crash"
run java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
  -cp "$classes:$archives/*" millstream.compat.Main "$address" "$program" "$scratch/crash"
finish
