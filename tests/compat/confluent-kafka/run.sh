#!/usr/bin/env bash
# confluent-kafka for Python, which is librdkafka: run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
python_environment confluent-kafka confluent-kafka==2.16.1
start_broker
run "$python" "$here/before.py" "$address"
kill_broker
start_broker
run "$python" "$here/after.py" "$address"
finish
