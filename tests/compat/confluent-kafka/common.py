"""What both parts of the checks use: the clients, and what was written before the crash."""

import sys

from checklist import until
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

ADDRESS = sys.argv[1]
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
# It gives up what it is at when it is dropped, so it never is.
ADMIN = AdminClient({"bootstrap.servers": ADDRESS})
# Keys, values and headers, null and empty told apart; a header may come twice.
RECORDS = [
    (b"key", b"value", [("one", b"1"), ("two", b""), ("one", b"again")]),
    (None, b"no key", []),
    (b"", b"empty key", [("null", None)]),
    (b"no value", None, []),
    (b"empty value", b"", []),
    (None, None, []),
] + [(b"%d" % number, b"text " * 20 + b"%d" % number, []) for number in range(494)]


def create(topic, partition_count=1):
    futures = ADMIN.create_topics([NewTopic(topic, partition_count, 1)])
    futures[topic].result()


def producer(**settings):
    settings = {name.replace("_", "."): value for name, value in settings.items()}
    return Producer({"bootstrap.servers": ADDRESS, "linger.ms": 20, **settings})


def consumer(group, **settings):
    settings = {name.replace("_", "."): value for name, value in settings.items()}
    return Consumer(
        {
            "bootstrap.servers": ADDRESS,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 200,
            **settings,
        }
    )


def produce(topic, values, **settings):
    """Produces one record for each value, to partitions in turn, and waits for all."""
    errors = []
    partition_count = len(ADMIN.list_topics(topic).topics[topic].partitions)
    client = producer(**settings)
    for number, value in enumerate(values):
        client.produce(
            topic,
            value=value,
            partition=number % partition_count,
            on_delivery=lambda error, _: errors.append(error) if error else None,
        )
    assert client.flush(60) == 0, "some were not acknowledged"
    assert not errors, errors[:3]


def messages(client, count):
    """So many messages, each without an error."""
    got = []

    def step():
        for message in client.consume(count - len(got), 0.5):
            if message.error():
                raise AssertionError(message.error())
            got.append(message)
        return len(got) >= count

    until(f"{count} messages", step)
    return got


def read(topic, count):
    """So many records of partition 0, as they came."""
    client = consumer("reader")
    client.assign([TopicPartition(topic, 0, 0)])
    got = messages(client, count)
    client.close()
    return [(message.key(), message.value(), message.headers() or []) for message in got]
