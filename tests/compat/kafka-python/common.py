"""What both parts of the checks use: the clients, and what was written before the crash."""

import sys

from checklist import until
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

ADDRESS = sys.argv[1]
ADMIN = KafkaAdminClient(bootstrap_servers=ADDRESS)
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
# Keys, values and headers, null and empty told apart; a header may come twice.
RECORDS = [
    (b"key", b"value", [("one", b"1"), ("two", b""), ("one", b"again")]),
    (None, b"no key", []),
    (b"", b"empty key", [("three", b"\x00\xff")]),
    (b"no value", None, []),
    (b"empty value", b"", []),
] + [(b"%d" % number, b"text " * 20 + b"%d" % number, []) for number in range(495)]


def create(topic, partition_count=1):
    ADMIN.create_topics({topic: {"num_partitions": partition_count, "replication_factor": 1}})


def producer(**settings):
    return KafkaProducer(bootstrap_servers=ADDRESS, linger_ms=20, **settings)


def consumer(group, *topics, **settings):
    return KafkaConsumer(
        *topics,
        bootstrap_servers=ADDRESS,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=200,
        **settings,
    )


def produce(topic, values, partition_count=1, **settings):
    """Produces one record for each value, to partitions in turn, and waits for all."""
    client = producer(**settings)
    sent = [
        client.send(topic, value=value, partition=number % partition_count)
        for number, value in enumerate(values)
    ]
    client.flush(60)
    for future in sent:
        future.get(60)
    client.close()


def messages(client, count):
    """So many messages."""
    got = []

    def step():
        polled = client.poll(timeout_ms=200, max_records=count - len(got))
        for some in polled.values():
            got.extend(some)
        return len(got) >= count

    until(f"{count} messages", step)
    return got


def read(topic, count):
    """So many records of partition 0, as they came."""
    client = consumer(None)
    client.assign([TopicPartition(topic, 0)])
    got = messages(client, count)
    client.close()
    return [(message.key, message.value, list(message.headers)) for message in got]
