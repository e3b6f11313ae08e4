"""Kills a broker again and again while it is written to and read from.

Three producers, two of them idempotent, and two groups of two members each, one of them static,
all of them librdkafka. The broker is started again at once, on the same data and address. In the
end each acknowledged record is there, in order, once if its producer is idempotent, and no group
has read again what it had committed.
"""

import collections
import signal
import socket
import subprocess
import sys
import threading

from checklist import equal, run, until
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PROGRAM, DATA, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
ROUND_S = 3
TOPIC = "crashed"
# A partition for each producer, so that its order can be seen.
IS_IDEMPOTENT = [True, True, False]
GROUPS = {"dynamic": False, "static": True}


def free_port():
    """One that no client gets for its own end, or it would connect to itself meanwhile."""
    for port in range(19_000, 20_000):
        try:
            socket.create_server(("127.0.0.1", port)).close()
            return port
        except OSError:
            continue
    raise AssertionError("no free port")


class Broker:
    """A process that is killed and started again."""

    def __init__(self):
        self.address = f"127.0.0.1:{free_port()}"
        self.start()

    def start(self):
        settings = ["--set", "group.initial.rebalance.delay.ms=0"]
        command = [PROGRAM, "start", "--data", DATA, "--listen", self.address, *settings]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        if not line.startswith(f"ready {self.address}"):
            raise AssertionError(self.process.stderr.read().decode())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        equal(self.process.wait(30), 0)


BROKER = Broker()
IS_OVER = threading.Event()
IS_READ = threading.Event()
LOCK = threading.Lock()
ACKNOWLEDGED = collections.defaultdict(set)
# Of each group and partition: what was read at which offset, and how far it has committed.
READ = {group: collections.defaultdict(list) for group in GROUPS}
COMMITTED = {group: collections.Counter() for group in GROUPS}
FAULTS = []


def settings(**more):
    quiet = {"bootstrap.servers": BROKER.address, "log_level": 0}
    return quiet | {name.replace("_", "."): value for name, value in more.items()}


def guarded(work):
    """A thread whose fault is a fault of the test."""

    def live():
        try:
            work()
        except Exception as error:  # pylint: disable=broad-except
            FAULTS.append(repr(error))

    thread = threading.Thread(target=live)
    thread.start()
    return thread


def produce(partition):
    more = {"enable_idempotence": IS_IDEMPOTENT[partition], "linger_ms": 5, "acks": "all"}
    client = Producer(settings(max_in_flight_requests_per_connection=1, **more))

    def delivered(error, message):
        if error:
            FAULTS.append(f"produce to {partition}: {error}")
        else:
            ACKNOWLEDGED[partition].add(int(message.value()))

    number = 0
    while not IS_OVER.is_set():
        client.produce(TOPIC, b"%d" % number, partition=partition, on_delivery=delivered)
        number += 1
        client.poll(0.001)
    equal(client.flush(60), 0)


def note(group, polled):
    """Notes what was read; gives what to commit."""
    ends = {}
    with LOCK:
        for message in polled:
            if message.error():
                continue
            partition, offset = message.partition(), message.offset()
            if offset < COMMITTED[group][partition]:
                FAULTS.append(f"{group} reads {partition}@{offset} behind its commit")
            READ[group][partition, offset].append(int(message.value()))
            ends[partition] = offset + 1
    return [TopicPartition(TOPIC, partition, end) for partition, end in ends.items()]


def consume(group, name):
    more = {"group_instance_id": name} if GROUPS[group] else {}
    client = Consumer(
        settings(
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=300,
            partition_assignment_strategy="cooperative-sticky",
            **more,
        )
    )
    client.subscribe([TOPIC])
    while not IS_READ.is_set():
        places = note(group, client.consume(200, 0.2))
        try:
            if places:
                client.commit(offsets=places, asynchronous=False)
        except KafkaException:
            # It was killed meanwhile, or the group is being rebalanced: not committed.
            continue
        with LOCK:
            for place in places:
                old = COMMITTED[group][place.partition]
                COMMITTED[group][place.partition] = max(old, place.offset)
    client.close()


def read_by(group, partition):
    """What a group has read of a partition, in the order of the offsets, each once."""
    with LOCK:
        places = sorted(place for place in READ[group] if place[0] == partition)
        return [READ[group][place][0] for place in places]


def nothing_is_lost_doubled_or_out_of_order():
    admin = AdminClient(settings())
    admin.create_topics([NewTopic(TOPIC, len(IS_IDEMPOTENT), 1)])[TOPIC].result()
    partitions = range(len(IS_IDEMPOTENT))
    producers = [guarded(lambda mine=partition: produce(mine)) for partition in partitions]
    consumers = [
        guarded(lambda mine=group, name=f"{group}-{number}": consume(mine, name))
        for group in GROUPS
        for number in range(2)
    ]
    try:
        for _ in range(ROUNDS):
            IS_OVER.wait(ROUND_S)
            BROKER.kill()
            BROKER.start()
        IS_OVER.wait(ROUND_S)
        IS_OVER.set()
        for producer in producers:
            producer.join()
        until_all_is_read(partitions)
    finally:
        IS_OVER.set()
        IS_READ.set()
        for consumer in consumers:
            consumer.join()
    equal(FAULTS, [])
    for group in GROUPS:
        equal([place for place, values in READ[group].items() if len(set(values)) > 1], [])
        for partition in partitions:
            check_order(read_by(group, partition), IS_IDEMPOTENT[partition])
    count = sum(len(numbers) for numbers in ACKNOWLEDGED.values())
    print(f"       {ROUNDS} kills, {count} records acknowledged")
    BROKER.end()


def until_all_is_read(partitions):
    def is_all_read():
        wanted = [(group, partition) for group in GROUPS for partition in partitions]
        is_read = [ACKNOWLEDGED[place[1]] <= set(read_by(*place)) for place in wanted]
        return all(is_read) or IS_READ.wait(0.2)

    until("all that was acknowledged", is_all_read)


def check_order(values, is_idempotent):
    """In order; what was sent again without idempotence may come again, from where it began."""
    if is_idempotent:
        equal(values, list(range(len(values))))
        return
    assert set(values) == set(range(max(values) + 1)), "a record is missing"
    firsts = list(dict.fromkeys(values))
    equal(firsts, sorted(firsts))


try:
    run([nothing_is_lost_doubled_or_out_of_order])
finally:
    BROKER.process.kill()
