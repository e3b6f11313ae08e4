#!/usr/bin/env bash
# kafkajs, a client in JavaScript, with its administration: run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
node_environment kafkajs
start_broker
run node "$here/before.js" "$address"
kill_broker
start_broker
run node "$here/after.js" "$address"
finish
