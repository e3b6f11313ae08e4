#!/usr/bin/env bash
# Apache Kafka's own command-line tools, each as its script would start it.
#   tests/compat/kafka-cli/run.sh PATH/TO/millstream
# Fetches the tools with Maven into target/, starts the given program on a free port with data in a
# temporary folder, ends it by its process id, and prints `N passed, N failed` in the end.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
program="$(realpath "${1:?"usage: run.sh PATH/TO/millstream"}")"
tools="${CARGO_TARGET_DIR:-$root/target}/compat/kafka-cli"
package=org.apache.kafka.tools
passed=0
failed=0

fetch() {
  cmp -s "$here/pom.xml" "$tools/pom.xml" && return
  rm -rf "$tools"
  mkdir -p "$tools"
  mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$tools/archives"
  cp "$here/pom.xml" "$tools/pom.xml"
}

# Starts the program, and leaves its process id in `broker` and its address in `address`.
start() {
  local line=""
  mkfifo "$folder/says"
  "$program" start --data "$folder/data" --listen 127.0.0.1:0 >"$folder/says" 2>"$folder/log" &
  broker=$!
  exec 3<"$folder/says"
  read -r -t 30 line <&3 || true
  rm "$folder/says"
  [[ "$line" == "ready "* ]] || { echo "no ready line: $line" >&2; exit 1; }
  read -r _ address _ <<<"$line"
}

stop() {
  [[ -z "${broker:-}" ]] || { kill -TERM "$broker" && wait "$broker"; } 2>/dev/null || true
  broker=""
}

folder="$(mktemp -d)"
trap 'stop; rm -rf "$folder"' EXIT
fetch
start

# Runs a tool; the words after its class go to it. Its output is in `output`.
run() {
  local class="$1" status=0
  shift
  # kafka-cluster wants its command first, all others take their options in any order.
  local words=(--bootstrap-server "$address" "$@")
  [[ "$class" != ClusterTool ]] || words=("$@" --bootstrap-server "$address")
  output="$(timeout 60 java -XX:TieredStopAtLevel=1 -cp "$tools/archives/*" "$package.$class" \
    "${words[@]}" 2>&1 | sed '/^SLF4J/d')" || status=$?
  return "$status"
}

count() {
  if [[ "$1" == passed ]]; then
    passed=$((passed + 1))
    echo "ok      $2"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s (status %s)\n%s\n' "$2" "$3" "$(head -n 12 <<<"$output")"
  fi
}

# The tool must succeed and say what the pattern (extended, over all lines) says.
says() {
  local name="$1" pattern="$2" status=0
  shift 2
  run "$@" || status=$?
  if ((status == 0)) && grep -Eqz -- "$pattern" <<<"$output"; then
    count passed "$name"
  else
    count failed "$name, expected /$pattern/" "$status"
  fi
}

# The tool must say so, whether or not its exit code tells that it failed.
complains() {
  local name="$1" pattern="$2" status=0
  shift 2
  run "$@" || status=$?
  if grep -Eqz -- "$pattern" <<<"$output"; then
    count passed "$name"
  else
    count failed "$name, expected /$pattern/" "$status"
  fi
}

produce() {
  seq 1 10 | timeout 60 java -XX:TieredStopAtLevel=1 -cp "$tools/archives/*" \
    "$package.ConsoleProducer" --bootstrap-server "$address" --topic single 2>"$folder/log"
}

topic() { says "kafka-topics: $1" "$2" TopicCommand "${@:3}"; }
topic "create" "Created topic orders" --create --topic orders --partitions 3 \
  --config retention.ms=100000
topic "list" "orders" --list
topic "describe" "TopicId: [A-Za-z0-9_-]{22}.PartitionCount: 3.ReplicationFactor: 1.Configs: .*retention.ms=100000" \
  --describe --topic orders
topic "more partitions" "" --alter --topic orders --partitions 4
topic "describe a partition" "Topic: orders.Partition: 3.Leader: 1.Replicas: 1.Isr: 1" \
  --describe --topic orders
topic "nothing is under-replicated" "^.?$" --describe --under-replicated-partitions
topic "create if it is not there" "" --create --if-not-exists --topic orders
complains "kafka-topics: one that is there" 'there is a topic "orders"' \
  TopicCommand --create --topic orders
complains "kafka-topics: fewer partitions" "2 would not be more" \
  TopicCommand --alter --topic orders --partitions 2
topic "create another" "Created topic gone" --create --topic gone
topic "delete" "" --delete --topic gone

config() { says "kafka-configs: $1" "$2" ConfigCommand "${@:3}"; }
config "alter a topic" "Completed updating config for topic orders" \
  --alter --entity-type topics --entity-name orders --add-config 'cleanup.policy=[compact,delete]'
config "describe a topic" "cleanup.policy=compact,delete .*DYNAMIC_TOPIC_CONFIG" \
  --describe --entity-type topics --entity-name orders
config "describe all of a topic" "min.insync.replicas=1" \
  --describe --all --entity-type topics --entity-name orders
config "back to the default" "Completed updating config for topic orders" \
  --alter --entity-type topics --entity-name orders --delete-config cleanup.policy
config "alter a broker" "Completed updating config for broker 1" \
  --alter --entity-type brokers --entity-name 1 --add-config log.retention.ms=7000000
config "alter all brokers" "Completed updating default config for brokers" \
  --alter --entity-type brokers --entity-default --add-config log.retention.ms=8000000
config "describe a broker" "log.retention.ms=7000000 .*DYNAMIC_BROKER_CONFIG:log.retention.ms=7000000.*DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=8000000" \
  --describe --entity-type brokers --entity-name 1
config "alter a group" "Completed updating config for group readers" \
  --alter --entity-type groups --entity-name readers --add-config consumer.session.timeout.ms=50000
config "describe groups" "consumer.session.timeout.ms=50000" --describe --entity-type groups
config "alter client metrics" "Completed updating config for client-metric all" \
  --alter --entity-type client-metrics --entity-name all --add-config interval.ms=1000
config "describe client metrics" "interval.ms=1000" --describe --entity-type client-metrics
config "describe quotas" "^.?$" --describe --entity-type clients
config "describe loggers" "Dynamic configs for broker-logger 1 are" \
  --describe --entity-type broker-loggers --entity-name 1
complains "kafka-configs: one that is not known" "InvalidConfigurationException" \
  ConfigCommand --alter --entity-type topics --entity-name orders --add-config no.such=1

topic "create one with a partition" "Created topic single" --create --topic single --partitions 1
produce
says "kafka-get-offsets: latest" "single:0:10" GetOffsetShell --topic single
says "kafka-get-offsets: the latest time" "single:0:[0-9]" \
  GetOffsetShell --topic single --time max-timestamp
says "kafka-get-offsets: earliest" "orders:0:0.orders:1:0.orders:2:0.orders:3:0.single:0:0" \
  GetOffsetShell --time earliest
echo '{"version":1,"partitions":[{"topic":"single","partition":0,"offset":4}]}' \
  >"$folder/delete.json"
says "kafka-delete-records" "partition: single-0.low_watermark: 4" \
  DeleteRecordsCommand --offset-json-file "$folder/delete.json"
says "kafka-get-offsets: the beginning has moved" "single:0:4" \
  GetOffsetShell --topic single --time earliest
echo '{"version":1,"partitions":[{"topic":"single","partition":0,"offset":1000}]}' \
  >"$folder/beyond.json"
complains "kafka-delete-records: beyond the end" "OffsetOutOfRange|out of range" \
  DeleteRecordsCommand --offset-json-file "$folder/beyond.json"

says "kafka-console-consumer" "5.6.7.8.9.10.*Processed a total of 6 messages" \
  consumer.ConsoleConsumer --topic single --from-beginning --max-messages 6 --group line-readers
groups=consumer.group.ConsumerGroupCommand
says "kafka-consumer-groups: list" "line-readers" $groups --list
says "kafka-consumer-groups: describe" "line-readers +single +0 +10 +10 +0 " \
  $groups --describe --group line-readers
says "kafka-consumer-groups: state" "line-readers .*Empty +0" \
  $groups --describe --state --group line-readers
says "kafka-consumer-groups: reset" "line-readers +single +0 +4" \
  $groups --reset-offsets --to-earliest --topic single --group line-readers --execute
says "kafka-consumer-groups: describe again" "line-readers +single +0 +4 +10 +6 " \
  $groups --describe --group line-readers
says "kafka-consumer-groups: delete offsets" "single +0 +Successful" \
  $groups --delete-offsets --topic single --group line-readers
says "kafka-consumer-groups: delete" "Deletion of requested consumer groups .*successful" \
  $groups --delete --group line-readers
complains "kafka-consumer-groups: one that is gone" "GroupIdNotFoundException|does not exist" \
  $groups --describe --group line-readers

says "kafka-broker-api-versions" "Produce\(0\): 0 to 13.*DescribeTopicPartitions\(75\): 0" \
  BrokerApiVersionsCommand
says "kafka-log-dirs" '"partition":"orders-3".*"logDir":"'"$folder"'/data"' \
  LogDirsCommand --describe
says "kafka-log-dirs: of a topic" '"partition":"orders-0"' \
  LogDirsCommand --describe --topic-list orders
says "kafka-leader-election: none is needed" "Valid replica already elected|not needed" \
  LeaderElectionCommand --election-type preferred --topic orders --partition 0
says "kafka-leader-election: all" "" \
  LeaderElectionCommand --election-type preferred --all-topic-partitions
reassign=reassign.ReassignPartitionsCommand
says "kafka-reassign-partitions: list" "No partition reassignments found" $reassign --list
echo '{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1]}]}' \
  >"$folder/same.json"
says "kafka-reassign-partitions: to where it is" "Successfully started partition reassignment" \
  $reassign --execute --reassignment-json-file "$folder/same.json"
says "kafka-reassign-partitions: verify" "Reassignment of partition orders-0 is (completed|no longer)" \
  $reassign --verify --reassignment-json-file "$folder/same.json"
complains "kafka-acls: there is no authorizer" "SecurityDisabledException" AclCommand --list
says "kafka-transactions: producers" "ProducerEpoch.*CurrentTransactionStartOffset.*[0-9]+ +.0 +.-1 +.9 +.[0-9]+.None" \
  TransactionsCommand describe-producers --topic single --partition 0
says "kafka-cluster: id" "Cluster ID: [A-Za-z0-9_-]{22}" ClusterTool cluster-id
says "kafka-cluster: endpoints" "127.0.0.1" ClusterTool list-endpoints
says "kafka-client-metrics: list" "all" ClientMetricsCommand --list
says "kafka-groups: list" "GROUP" GroupsCommand --list
says "kafka-features: describe" "" FeatureCommand describe

stop
start
topic "after a restart" "PartitionCount: 4" --describe --topic orders
config "after a restart" "log.retention.ms=7000000" --describe --entity-type brokers --entity-name 1

echo "$passed passed, $failed failed"
((failed == 0))
