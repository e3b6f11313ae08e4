#!/usr/bin/env bash
# franz-go, a client in Go, with its administration: run.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
go_program franz-go
start_broker
run "$client" before "$address"
kill_broker
start_broker
run "$client" after "$address"
finish
