#!/usr/bin/env bash
# Where the time of a shard goes: records its threads with perf, prints the share of each stage, and
# leaves the folded stacks for a flame graph.
#
#   bench/profile.sh PID [SECONDS] [FOLDED_FILE]
#
# Stacks are whole only if the program was built with frame pointers:
#   RUSTFLAGS="-C force-frame-pointers=yes" cargo build --release
# A flame graph of the file, with any tool that reads folded stacks (`cargo install inferno`):
#   inferno-flamegraph <shard.folded >shard.svg
set -euo pipefail

process=${1:?usage: profile.sh PID [SECONDS] [FOLDED_FILE]}
seconds=${2:-10}
folded=${3:-shard.folded}

command -v perf >/dev/null || { echo "profile.sh: perf is not installed" >&2; exit 2; }
threads=$(grep -l '^shard-' "/proc/$process/task/"*/comm 2>/dev/null | cut -d / -f 5 | paste -sd , - || true)
[[ -n $threads ]] || { echo "profile.sh: process $process has no shard" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The clock of the core rather than its cycle counter, which few virtual machines have.
perf record --quiet --event cpu-clock --freq 997 --call-graph fp --tid "$threads" \
    --output "$scratch/data" -- sleep "$seconds"

# One line for each stack: frames from the thread down to where it was, and how often.
perf script --input "$scratch/data" --fields comm,ip,sym 2>/dev/null | awk '
    function flush() { if (stack != "") count[name stack]++; stack = ""; name = "" }
    /^[^ \t]/ { flush(); name = $1; next }
    NF == 0 { flush(); next }
    { $1 = ""; sub(/^ /, ""); gsub(/;/, ":"); stack = ";" $0 stack }
    END { flush(); for (line in count) print line, count[line] }
' >"$folded"

# In the kernel the first rule that fits a stack names its stage; elsewhere the innermost frame that
# is of one of our rooms does.
awk '
    BEGIN {
        kernel[1] = "receive";        rule[1] = ";(tcp_recvmsg|io_recv)"
        kernel[2] = "send";           rule[2] = ";(tcp_sendmsg|io_send)"
        kernel[3] = "disk";           rule[3] = ";(ext4_|xfs_|iomap_|blkdev_|blk_|io_write|io_read|io_fsync)"
        kernel[4] = "other packets";  rule[4] = ";(tcp_|ip_|net_rx_action|__napi)"
        kernel[5] = "ring and sleep"; rule[5] = ";(__do_sys_io_uring_enter|io_uring|io_cqring|do_syscall_64)"
        kernels = 5
        room[1] = "millstream_batch|crc_fast|crc32c"; stage[1] = "batches, checksums"
        room[2] = "millstream_wire";                  stage[2] = "messages"
        room[3] = "millstream_(log|replica)";         stage[3] = "log"
        room[4] = "millstream_io";                    stage[4] = "executor"
        room[5] = "millstream_(broker|controller|coordinator|bench)"; stage[5] = "broker"
        rooms = 5
    }
    function stage_of(stack,    i, frame, frames, count) {
        for (i = 1; i <= kernels; i++) if (stack ~ rule[i]) return kernel[i]
        count = split(stack, frames, ";")
        for (frame = count; frame > 0; frame--)
            for (i = 1; i <= rooms; i++) if (frames[frame] ~ room[i]) return stage[i]
        return "other"
    }
    { total += $NF; share[stage_of($0)] += $NF }
    END {
        if (!total) { print "the shard did nothing"; exit }
        for (name in share) printf "%5.1f %%  %s\n", 100 * share[name] / total, name
    }
' "$folded" | sort -rn
echo "stacks: $folded"
