"""What is checked when the broker was killed and has started again."""

from checklist import equal, run
from common import CODECS, RECORDS, consumer, messages, read
from confluent_kafka import TopicPartition


def records_of_each_codec_are_there():
    for codec in CODECS:
        equal(read(f"codec-{codec}", len(RECORDS)), RECORDS)


def a_group_goes_on_where_it_had_committed():
    client = consumer("kept-over-crash")
    partitions = [TopicPartition("kept-over-crash", number) for number in range(3)]
    committed = client.committed(partitions, timeout=30)
    # Nothing was read of the last partition, perhaps: -1001.
    begins = {place.partition: max(place.offset, 0) for place in committed}
    equal(sum(begins.values()), 1500)
    client.subscribe(["kept-over-crash"])
    got = messages(client, 1500)
    client.close()
    numbers = {int(message.value()) for message in got}
    equal(len(numbers), 1500)
    for partition, begin in begins.items():
        mine = [message.offset() for message in got if message.partition() == partition]
        equal(mine, list(range(begin, 1000)))


def notes_and_altered_offsets_are_there():
    client = consumer("noted")
    found = client.committed([TopicPartition("noted", 0)], timeout=30)[0]
    equal((found.offset, found.metadata), (7, "a note"))
    client.close()
    client = consumer("altered")
    found = client.committed([TopicPartition("altered", 0), TopicPartition("altered", 1)], timeout=30)
    equal([place.offset for place in found], [5, 6])
    client.close()


run(
    [
        records_of_each_codec_are_there,
        a_group_goes_on_where_it_had_committed,
        notes_and_altered_offsets_are_there,
    ]
)
