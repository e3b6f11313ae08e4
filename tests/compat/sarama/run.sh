#!/usr/bin/env bash
# sarama, a client in Go, with its administration: run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
go_program sarama
start_broker
run "$client" before "$address"
kill_broker
start_broker
run "$client" after "$address"
finish
