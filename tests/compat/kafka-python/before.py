"""What is checked on a broker that has just begun."""

import threading

from checklist import equal, run, until
from common import ADMIN, CODECS, RECORDS, consumer, create, messages, produce, producer, read
from kafka import TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.structs import OffsetAndMetadata

# Members that are still there when the broker goes.
LEFT_OPEN = []


def each_codec_keeps_keys_values_and_headers():
    for codec in CODECS:
        topic = f"codec-{codec}"
        create(topic)
        client = producer(compression_type=None if codec == "none" else codec)
        for key, value, headers in RECORDS:
            client.send(topic, key=key, value=value, headers=headers)
        client.flush(60)
        client.close()
        equal(read(topic, len(RECORDS)), RECORDS)


def an_idempotent_producer_writes_each_record_once_and_in_order():
    create("idempotent", 4)
    values = [b"%d" % number for number in range(4000)]
    produce("idempotent", values, 4, enable_idempotence=True)
    client = consumer("idempotent", "idempotent")
    got = messages(client, len(values))
    client.close()
    for partition in range(4):
        mine = [message for message in got if message.partition == partition]
        equal([message.offset for message in mine], list(range(1000)))
        equal([message.value for message in mine], values[partition::4])


class Member:
    """A consumer on a thread of its own: its calls wait for the others to join."""

    def __init__(self, group, topic, assignor, **settings):
        self.held = set()
        self.got = []
        self.error = None
        self.is_over = threading.Event()
        self.is_to_commit = threading.Event()
        settings["partition_assignment_strategy"] = [assignor]
        self.client = consumer(group, topic, **settings)
        self.thread = threading.Thread(target=self.live)
        self.thread.start()

    def live(self):
        try:
            while not self.is_over.is_set():
                for some in self.client.poll(timeout_ms=100).values():
                    self.got.extend((message.partition, message.offset) for message in some)
                if self.is_to_commit.is_set():
                    self.client.commit()
                    self.is_to_commit.clear()
                self.held = {place.partition for place in self.client.assignment()}
            self.client.close(autocommit=False)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def check(self):
        if self.error:
            raise self.error

    def commit(self):
        self.is_to_commit.set()
        until("a commit", lambda: self.check() or not self.is_to_commit.wait(0.05) or None)

    def close(self):
        self.is_over.set()
        self.thread.join(60)
        self.check()


def share(name, assignor):
    """Two members share a topic, one leaves, and the other has all again."""
    topic = f"shared-{name}"
    create(topic, 6)
    produce(topic, [b"first"] * 600, 6)
    pause = threading.Event()
    members = [Member(name, topic, assignor)]

    def reach(what, is_reached):
        def step():
            for member in members:
                member.check()
            return is_reached() or pause.wait(0.05)

        until(what, step)

    try:
        first = members[0]
        reach("all to one", lambda: len(first.held) == 6 and len(first.got) == 600)
        first.commit()
        second = Member(name, topic, assignor)
        members.append(second)
        reach("half to each", lambda: len(first.held) == 3 and len(second.held) == 3)
        equal(first.held | second.held, set(range(6)))
        produce(topic, [b"second"] * 600, 6)
        reach("all to both", lambda: len(first.got) + len(second.got) == 1200)
        equal(len(set(first.got + second.got)), 1200)
        second.commit()
        second.close()
        reach("all to the one that is left", lambda: len(first.held) == 6)
    finally:
        for member in members:
            member.close()
    equal(len(first.got) + len(second.got), 1200)


def two_members_share_by_range():
    share("range", RangePartitionAssignor)


def two_members_share_and_keep_what_they_can():
    share("cooperative", CooperativeStickyAssignor)


def a_group_goes_on_where_it_has_committed():
    create("resumed")
    produce("resumed", [b"%d" % number for number in range(100)])
    for begin, count in [(0, 30), (30, 50), (80, 20)]:
        client = consumer("resumed", "resumed")
        got = messages(client, count)
        equal([message.offset for message in got], list(range(begin, begin + count)))
        client.commit()
        client.close()


def a_note_is_committed_beside_the_offset():
    create("noted")
    client = consumer("noted")
    place = TopicPartition("noted", 0)
    client.assign([place])
    client.commit({place: OffsetAndMetadata(7, "a note", -1)})
    found = client.committed(place, metadata=True)
    equal((found.offset, found.metadata), (7, "a note"))
    client.close()


def offsets_are_found_by_time():
    create("timed")
    client = producer()
    for number in range(10):
        client.send("timed", value=b"%d" % number, timestamp_ms=1_700_000_000_000 + 1000 * number)
    client.flush(60)
    client.close()
    reader = consumer(None)
    place = TopicPartition("timed", 0)
    asked = [(0, 0), (1_700_000_004_000, 4), (1_700_000_004_001, 5)]
    for time_ms, offset in asked:
        equal(reader.offsets_for_times({place: time_ms})[place].offset, offset)
    equal(reader.offsets_for_times({place: 1_800_000_000_000})[place], None)
    equal((reader.beginning_offsets([place]), reader.end_offsets([place])), ({place: 0}, {place: 10}))
    reader.close()


def groups_are_listed_described_and_deleted():
    create("described", 2)
    client = consumer("described", "described", client_id="me")
    until("all", lambda: client.poll(timeout_ms=100) or len(client.assignment()) == 2)
    listed = {group["group_id"]: group for group in ADMIN.list_groups()}
    equal(listed["described"]["group_state"], "Stable")
    equal(listed["described"]["protocol_type"], "consumer")
    found = ADMIN.describe_groups(["described"])["described"]
    equal((found["group_state"], found["protocol_data"]), ("Stable", "range"))
    (member,) = found["members"]
    equal((member["client_id"], member["client_host"]), ("me", "/127.0.0.1"))
    refused = ADMIN.delete_groups(["described"])["described"]
    assert "NonEmpty" in str(refused), refused
    client.close()
    equal(ADMIN.delete_groups(["described"])["described"], "OK")
    assert "described" not in {group["group_id"] for group in ADMIN.list_groups()}


def offsets_of_a_group_are_listed_altered_and_deleted():
    create("altered", 2)
    places = [TopicPartition("altered", number) for number in range(2)]
    asked = {place: OffsetAndMetadata(5 + place.partition, "", -1) for place in places}
    ADMIN.alter_group_offsets("altered", asked)
    found = ADMIN.list_group_offsets({"altered": None})["altered"]
    equal({place.partition: value.offset for place, value in found.items()}, {0: 5, 1: 6})
    ADMIN.delete_group_offsets("altered", places[:1])
    found = ADMIN.list_group_offsets({"altered": None})["altered"]
    equal({place.partition: value.offset for place, value in found.items()}, {1: 6})


def what_the_crash_must_not_take():
    create("kept-over-crash", 3)
    produce("kept-over-crash", [b"%d" % number for number in range(3000)], 3)
    client = consumer("kept-over-crash", "kept-over-crash")
    messages(client, 1500)
    client.commit()
    LEFT_OPEN.append(client)


run(
    [
        each_codec_keeps_keys_values_and_headers,
        an_idempotent_producer_writes_each_record_once_and_in_order,
        two_members_share_by_range,
        two_members_share_and_keep_what_they_can,
        a_group_goes_on_where_it_has_committed,
        a_note_is_committed_beside_the_offset,
        offsets_are_found_by_time,
        groups_are_listed_described_and_deleted,
        offsets_of_a_group_are_listed_altered_and_deleted,
        what_the_crash_must_not_take,
    ]
)
