#!/usr/bin/env bash
# kafka-python, which is a client in pure Python: run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
python_environment kafka-python "kafka-python[crc32c,lz4,snappy,zstd]==3.0.12"
start_broker
run "$python" "$here/before.py" "$address"
kill_broker
start_broker
run "$python" "$here/after.py" "$address"
finish
