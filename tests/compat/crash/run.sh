#!/usr/bin/env bash
# A broker that is killed again and again under load: run.sh [PROGRAM [ROUNDS]]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
python_environment confluent-kafka confluent-kafka==2.16.1
run "$python" "$here/crash.py" "$program" "$scratch/data" "${2:-20}"
finish
