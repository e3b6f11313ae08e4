"""What is checked on a broker that has just begun."""

from checklist import equal, run, until
from common import ADMIN, CODECS, RECORDS, consumer, create, messages, produce, producer, read
from confluent_kafka import ConsumerGroupState, KafkaError, KafkaException, TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions as GroupPartitions

# Members that are still there when the broker goes.
LEFT_OPEN = []


def each_codec_keeps_keys_values_and_headers():
    for codec in CODECS:
        topic = f"codec-{codec}"
        create(topic)
        client = producer(compression_type=codec)
        for key, value, headers in RECORDS:
            client.produce(topic, key=key, value=value, headers=headers)
        equal(client.flush(60), 0)
        equal(read(topic, len(RECORDS)), RECORDS)


def an_idempotent_producer_writes_each_record_once_and_in_order():
    create("idempotent", 4)
    values = [b"%d" % number for number in range(4000)]
    produce("idempotent", values, enable_idempotence=True)
    client = consumer("idempotent")
    client.subscribe(["idempotent"])
    got = messages(client, len(values))
    client.close()
    for partition in range(4):
        mine = [message for message in got if message.partition() == partition]
        equal([message.offset() for message in mine], list(range(1000)))
        equal([message.value() for message in mine], values[partition::4])


class Member:
    """A consumer of a group that notes what it is given and what is taken from it."""

    def __init__(self, group, topic, **settings):
        self.is_cooperative = "cooperative" in settings.get("partition_assignment_strategy", "")
        self.held, self.lost = set(), set()
        self.client = consumer(group, **settings)
        self.client.subscribe([topic], on_assign=self.given, on_revoke=self.taken)

    def given(self, client, partitions):
        if self.is_cooperative:
            client.incremental_assign(partitions)
        else:
            client.assign(partitions)
        self.held |= {partition.partition for partition in partitions}

    def taken(self, client, partitions):
        if self.is_cooperative:
            client.incremental_unassign(partitions)
        else:
            client.unassign()
        gone = {partition.partition for partition in partitions}
        self.held -= gone
        self.lost |= gone

    def poll(self, got):
        for message in self.client.consume(100, 0.1):
            assert not message.error(), message.error()
            got.append((message.partition(), message.offset()))


def share(strategy):
    """Two members share a topic, one leaves, and the other has all again."""
    topic = f"shared-{strategy}"
    create(topic, 6)
    produce(topic, [b"first %d" % number for number in range(600)])
    got = []
    first = Member(strategy, topic, partition_assignment_strategy=strategy)
    until("all to one", lambda: first.poll(got) or len(got) == 600 and len(first.held) == 6)
    first.client.commit(asynchronous=False)
    second = Member(strategy, topic, partition_assignment_strategy=strategy)

    def both():
        first.poll(got)
        second.poll(got)
        return len(first.held) == 3 and len(second.held) == 3

    until("half to each", both)
    equal(first.held | second.held, set(range(6)))
    produce(topic, [b"second %d" % number for number in range(600)])
    until("all to both", lambda: both() and len(got) == 1200)
    equal(len(set(got)), 1200)
    for member in [first, second]:
        member.client.commit(asynchronous=False)
    second.client.close()
    until("all to the one that is left", lambda: first.poll(got) or len(first.held) == 6)
    first.client.close()
    equal(len(got), 1200)
    return first


def two_members_share_by_range():
    first = share("range")
    equal(first.lost, set(range(6)))


def two_members_share_and_keep_what_they_can():
    first = share("cooperative-sticky")
    equal(first.held, set())


def a_cooperative_member_is_left_what_it_keeps():
    create("kept", 4)
    got = []
    first = Member("kept", "kept", partition_assignment_strategy="cooperative-sticky")
    until("all to one", lambda: first.poll(got) or len(first.held) == 4)
    second = Member("kept", "kept", partition_assignment_strategy="cooperative-sticky")
    until("half to each", lambda: first.poll(got) or second.poll(got) or len(second.held) == 2)
    equal((len(first.held), first.lost), (2, second.held))
    first.client.close()
    second.client.close()


def a_group_goes_on_where_it_has_committed():
    create("resumed")
    produce("resumed", [b"%d" % number for number in range(100)])
    for begin, count in [(0, 30), (30, 50), (80, 20)]:
        client = consumer("resumed")
        client.subscribe(["resumed"])
        got = messages(client, count)
        equal([message.offset() for message in got[:count]], list(range(begin, begin + count)))
        client.commit(got[count - 1], asynchronous=False)
        client.close()


def a_note_is_committed_beside_the_offset():
    create("noted")
    client = consumer("noted")
    client.commit(offsets=[TopicPartition("noted", 0, 7, "a note")], asynchronous=False)
    found = client.committed([TopicPartition("noted", 0)], timeout=30)[0]
    equal((found.offset, found.metadata), (7, "a note"))
    client.close()


def a_static_member_comes_back_to_what_it_had():
    create("static", 4)
    settings = {"partition_assignment_strategy": "range"}
    first = Member("static", "static", group_instance_id="one", **settings)
    second = Member("static", "static", group_instance_id="two", **settings)
    got = []

    def both():
        first.poll(got)
        second.poll(got)
        return len(first.held) == 2 and len(second.held) == 2

    until("half to each", both)
    held = set(second.held)
    first.lost.clear()
    # A static member that closes does not leave.
    second.client.close()
    second = Member("static", "static", group_instance_id="two", **settings)
    until("the same", lambda: first.poll(got) or second.poll(got) or second.held == held)
    equal(first.lost, set())
    first.client.close()
    second.client.close()


def offsets_are_found_by_time():
    create("timed")
    client = producer()
    for number in range(10):
        client.produce("timed", value=b"%d" % number, timestamp=1_700_000_000_000 + 1000 * number)
    equal(client.flush(60), 0)
    reader = consumer("timed")
    asked = [(0, 0), (1_700_000_004_000, 4), (1_700_000_004_001, 5), (1_800_000_000_000, -1)]
    for time_ms, offset in asked:
        found = reader.offsets_for_times([TopicPartition("timed", 0, time_ms)], timeout=30)[0]
        equal(found.offset, offset)
    equal(reader.get_watermark_offsets(TopicPartition("timed", 0), timeout=30), (0, 10))
    reader.close()


def groups_are_listed_and_described():
    client = consumer("described", client_id="me")
    create("described", 2)
    client.subscribe(["described"])
    until("all", lambda: client.poll(0.1) or len(client.assignment()) == 2)
    listed = ADMIN.list_consumer_groups(states={ConsumerGroupState.STABLE}).result()
    equal(listed.errors, [])
    names = [group.group_id for group in listed.valid]
    # The static members before have not left, so their group is stable too.
    assert "described" in names and "resumed" not in names, names
    found = ADMIN.describe_consumer_groups(["described"])["described"].result()
    equal((found.state, found.partition_assignor), (ConsumerGroupState.STABLE, "range"))
    (member,) = found.members
    equal((member.client_id, member.host), ("me", "/127.0.0.1"))
    partitions = sorted(place.partition for place in member.assignment.topic_partitions)
    equal(partitions, [0, 1])
    refused = refusal(ADMIN.delete_consumer_groups(["described"])["described"])
    equal(refused, KafkaError.NON_EMPTY_GROUP)
    client.close()
    ADMIN.delete_consumer_groups(["described"])["described"].result()
    refused = refusal(ADMIN.delete_consumer_groups(["described"])["described"])
    equal(refused, KafkaError.GROUP_ID_NOT_FOUND)


def refusal(future):
    try:
        future.result()
    except KafkaException as error:
        return error.args[0].code()
    return None


def offsets_of_a_group_are_listed_and_altered():
    create("altered", 2)
    partitions = [TopicPartition("altered", 0, 5), TopicPartition("altered", 1, 6)]
    asked = [GroupPartitions("altered", partitions)]
    ADMIN.alter_consumer_group_offsets(asked)["altered"].result()
    for topics in [None, [TopicPartition("altered", 0), TopicPartition("altered", 1)]]:
        asked = [GroupPartitions("altered", topics)]
        found = ADMIN.list_consumer_group_offsets(asked)["altered"].result()
        got = sorted((place.partition, place.offset) for place in found.topic_partitions)
        equal(got, [(0, 5), (1, 6)])


def what_a_topic_had_is_not_the_next_ones():
    create("again")
    client = consumer("again")
    client.commit(offsets=[TopicPartition("again", 0, 7)], asynchronous=False)
    ADMIN.delete_topics(["again"])["again"].result()
    create("again")
    found = client.committed([TopicPartition("again", 0)], timeout=30)[0]
    assert found.offset < 0, found
    client.close()


def what_the_crash_must_not_take():
    create("kept-over-crash", 3)
    produce("kept-over-crash", [b"%d" % number for number in range(3000)])
    client = consumer("kept-over-crash")
    client.subscribe(["kept-over-crash"])
    messages(client, 1500)
    client.commit(asynchronous=False)
    LEFT_OPEN.append(client)


run(
    [
        each_codec_keeps_keys_values_and_headers,
        an_idempotent_producer_writes_each_record_once_and_in_order,
        two_members_share_by_range,
        two_members_share_and_keep_what_they_can,
        a_cooperative_member_is_left_what_it_keeps,
        a_group_goes_on_where_it_has_committed,
        a_note_is_committed_beside_the_offset,
        a_static_member_comes_back_to_what_it_had,
        offsets_are_found_by_time,
        groups_are_listed_and_described,
        offsets_of_a_group_are_listed_and_altered,
        what_a_topic_had_is_not_the_next_ones,
        what_the_crash_must_not_take,
    ]
)
