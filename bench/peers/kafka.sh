#!/usr/bin/env bash
# A single node of Apache Kafka (KRaft, broker and controller in one), to stand beside Millstream.
#
#   bench/peers/kafka.sh --data DIR [--port N] [--fsync] [--core LIST] [--heap SIZE]
#                        [--set KEY=VALUE]...
#   bench/peers/kafka.sh --archives
#
#   --data DIR        where it keeps its data; a folder that is not there is made and formatted
#   --port N          the port on 127.0.0.1; a free one if it is not given, or 0
#   --fsync           flushes each batch before it is acknowledged (log.flush.interval.messages=1);
#                     without it, Kafka's default: the page cache is taken for stable
#   --core LIST       the cores it may run on, as taskset takes them
#   --heap SIZE       the heap, from the start and at most; 1g if it is not given
#   --set KEY=VALUE   a server property more, after the script's own
#   --archives        fetches what is needed, prints the folder of the archives (a class path is
#                     that folder with /*), and ends
#
# Prints `ready HOST:PORT` when it serves, and stays in the foreground: SIGTERM or SIGINT ends it
# cleanly, with everything it started. What Kafka logs from WARN up goes to DIR.log. The archives
# come with Maven from its registry, once, into target/. Ends with 2 if the arguments are wrong or
# Java or Maven is missing, and with 1 if Kafka does not start.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
tools="${CARGO_TARGET_DIR:-$root/target}/peers/kafka"
start_seconds_max=120
stop_seconds_max=20

data="" port=0 heap=1g only_archives=""
pinned=() properties=()

fail() {
  echo "kafka.sh: $2" >&2
  exit "$1"
}

while (($# > 0)); do
  case "$1" in
    --fsync) properties+=(log.flush.interval.messages=1); shift; continue ;;
    --archives) only_archives=yes; shift; continue ;;
    --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
  esac
  (($# > 1)) || fail 2 "$1 is not known, or lacks its value: see --help"
  case "$1" in
    --data) data="$2" ;;
    --port) port="$2" ;;
    --core) pinned=(taskset --cpu-list "$2") ;;
    --heap) heap="$2" ;;
    --set) properties+=("$2") ;;
    *) fail 2 "$1 is not known: see --help" ;;
  esac
  shift 2
done

for needed in java mvn; do
  command -v "$needed" >/dev/null \
    || fail 2 "$needed is missing; on Debian: apt-get install default-jre-headless maven"
done

# A lock, since tests and benches may ask for the same folder at once.
fetch() {
  mkdir -p "$tools"
  exec 9>"$tools/lock"
  flock 9
  if ! cmp -s "$here/kafka/pom.xml" "$tools/pom.xml"; then
    rm -rf "$tools/archives"
    mvn --quiet --batch-mode -Dstyle.color=never --file "$here/kafka/pom.xml" dependency:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$tools/archives" >&2 \
      || fail 1 "Maven could not fetch Apache Kafka"
    cp "$here/kafka/pom.xml" "$tools/pom.xml"
  fi
  exec 9>&-
}

fetch
if [[ -n "$only_archives" ]]; then
  echo "$tools/archives"
  exit 0
fi
[[ -n "$data" ]] || fail 2 "--data is needed: see --help"

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the kernel takes the ports of outgoing connections.
free_port() {
  local candidate
  while candidate=$((10240 + RANDOM % 22000)) && listens "$candidate"; do :; done
  echo "$candidate"
}

((port != 0)) || port="$(free_port)"
while controller="$(free_port)" && ((controller == port)); do :; done
mkdir -p "$data"
data="$(realpath "$data")"
log="$data.log"
: >"$log"
cat >"$data.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
END
((${#properties[@]} == 0)) || printf '%s\n' "${properties[@]}" >>"$data.properties"

kafka() {
  # The collector's options are those of kafka-server-start; the process dies with this one.
  exec setpriv --pdeathsig KILL "${pinned[@]}" java -server "-Xms$heap" "-Xmx$heap" -XX:+UseG1GC \
    -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 \
    -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    -cp "$tools/archives/*" "$@" >>"$log" 2>&1
}

if [[ ! -e "$data/meta.properties" ]]; then
  (kafka kafka.tools.StorageTool format --cluster-id MkU3OEVBNTcwNTJENDM2Qg \
    --config "$data.properties") || { cat "$log" >&2; fail 1 "the data folder was not formatted"; }
fi

broker=""
stop() {
  trap '' TERM INT
  [[ -n "$broker" ]] || return 0
  kill -TERM "$broker" 2>/dev/null || true
  local deadline=$((SECONDS + stop_seconds_max))
  while kill -0 "$broker" 2>/dev/null; do
    ((SECONDS <= deadline)) || kill -KILL "$broker" 2>/dev/null || true
    sleep 0.05
  done
  wait "$broker" 2>/dev/null || true
}
trap 'stop; exit 0' TERM INT
trap stop EXIT

kafka kafka.Kafka "$data.properties" &
broker=$!
deadline=$((SECONDS + start_seconds_max))
until grep -q "Kafka Server started" "$log"; do
  if ((SECONDS > deadline)) || ! kill -0 "$broker" 2>/dev/null; then
    cat "$log" >&2
    fail 1 "Apache Kafka did not start"
  fi
  sleep 0.1
done
echo "ready 127.0.0.1:$port"

status=0
wait "$broker" || status=$?
broker=""
cat "$log" >&2
fail 1 "Apache Kafka ended by itself with status $status"
