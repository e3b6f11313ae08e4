"""AdminClient of confluent-kafka, which is librdkafka."""

from checks import check, equal, raises
from confluent_kafka import (
    ElectionType,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
    libversion,
)
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

SECONDS = 20


def only(futures):
    """The one result of a call; raises what the call failed with."""
    (future,) = futures.values()
    return future.result(SECONDS)


def code_of(function, *arguments):
    return raises(KafkaException, function, *arguments).args[0].code()


def configs(admin, kind, name):
    resource = ConfigResource(kind, name)
    return only(admin.describe_configs([resource], request_timeout=SECONDS))


def change(admin, kind, name, entry, **options):
    resource = ConfigResource(kind, name, incremental_configs=[entry])
    return only(admin.incremental_alter_configs([resource], **options))


def make_topics(admin):
    topics = [
        NewTopic("c-orders", 3, 1, config={"retention.ms": "100000"}),
        NewTopic("c-orders", 1, 1),
        NewTopic("c default"),
        NewTopic("c-many", 2, 3),
    ]
    made = admin.create_topics(topics[:1])
    equal(only(made), None)
    codes = {
        name: code_of(future.result, SECONDS)
        for name, future in admin.create_topics(topics[1:]).items()
    }
    equal(
        codes,
        {
            "c-orders": KafkaError.TOPIC_ALREADY_EXISTS,
            "c default": KafkaError.TOPIC_EXCEPTION,
            "c-many": KafkaError.INVALID_REPLICATION_FACTOR,
        },
    )


def validate_topics(admin):
    equal(only(admin.create_topics([NewTopic("c-never", 1, 1)], validate_only=True)), None)
    assert "c-never" not in admin.list_topics(timeout=SECONDS).topics


def list_all(admin):
    listed = admin.list_topics(timeout=SECONDS)
    equal(len(listed.topics["c-orders"].partitions), 3)
    equal(listed.controller_id, 1)
    equal(list(listed.brokers), [1])


def more_partitions(admin):
    more = lambda name, count: only(admin.create_partitions([NewPartitions(name, count)]))
    equal(more("c-orders", 5), None)
    equal(code_of(more, "c-orders", 5), KafkaError.INVALID_PARTITIONS)
    equal(code_of(more, "c-nobody", 5), KafkaError.UNKNOWN_TOPIC_OR_PART)
    equal(len(admin.list_topics(timeout=SECONDS).topics["c-orders"].partitions), 5)


def describe_topic_configs(admin):
    found = configs(admin, ConfigResource.Type.TOPIC, "c-orders")
    names = {"cleanup.policy", "min.insync.replicas", "retention.ms", "message.timestamp.type"}
    assert names <= set(found), found.keys()
    equal((found["retention.ms"].value, found["retention.ms"].source), ("100000", 1))
    equal(found["cleanup.policy"].is_default, True)
    equal(list(found["retention.ms"].synonyms), ["retention.ms"])
    unknown = (configs, admin, ConfigResource.Type.TOPIC, "c-nobody")
    equal(code_of(*unknown), KafkaError.UNKNOWN_TOPIC_OR_PART)


def describe_broker_configs(admin):
    found = configs(admin, ConfigResource.Type.BROKER, "1")
    assert len(found) > 80, len(found)
    equal(found["node.id"].is_read_only, True)


def change_configs(admin):
    kind = ConfigResource.Type.TOPIC
    entry = lambda name, value, operation: ConfigEntry(
        name, value, incremental_operation=operation
    )
    change(admin, kind, "c-orders", entry("cleanup.policy", "compact", AlterConfigOpType.APPEND))
    equal(configs(admin, kind, "c-orders")["cleanup.policy"].value, "delete,compact")
    change(admin, kind, "c-orders", entry("cleanup.policy", "compact", AlterConfigOpType.SUBTRACT))
    equal(configs(admin, kind, "c-orders")["cleanup.policy"].value, "delete")
    change(admin, kind, "c-orders", entry("retention.ms", "200000", AlterConfigOpType.SET))
    dry = entry("retention.ms", "300000", AlterConfigOpType.SET)
    change(admin, kind, "c-orders", dry, validate_only=True)
    equal(configs(admin, kind, "c-orders")["retention.ms"].value, "200000")
    wrong = entry("retention.ms", "soon", AlterConfigOpType.SET)
    equal(code_of(change, admin, kind, "c-orders", wrong), KafkaError.INVALID_CONFIG)
    unknown = entry("no.such.thing", "1", AlterConfigOpType.SET)
    equal(code_of(change, admin, kind, "c-orders", unknown), KafkaError.INVALID_CONFIG)


def change_broker_configs(admin):
    kind = ConfigResource.Type.BROKER
    entry = ConfigEntry(
        "log.retention.ms", "7000000", incremental_operation=AlterConfigOpType.SET
    )
    change(admin, kind, "1", entry)
    found = configs(admin, kind, "1")["log.retention.ms"]
    equal((found.value, found.source), ("7000000", 2))
    fixed = ConfigEntry("node.id", "2", incremental_operation=AlterConfigOpType.SET)
    equal(code_of(change, admin, kind, "1", fixed), KafkaError.INVALID_REQUEST)
    entry = ConfigEntry("log.retention.ms", None, incremental_operation=AlterConfigOpType.DELETE)
    change(admin, kind, "1", entry)
    equal(configs(admin, kind, "1")["log.retention.ms"].value, None)


def replace_configs(admin):
    replace = lambda settings: only(
        admin.alter_configs(
            [ConfigResource(ConfigResource.Type.TOPIC, "c-orders", set_config=settings)]
        )
    )
    replace({"segment.bytes": "2000000", "retention.ms": "200000"})
    replace({"retention.ms": "200000"})
    found = configs(admin, ConfigResource.Type.TOPIC, "c-orders")
    equal((found["segment.bytes"].source, found["retention.ms"].value), (5, "200000"))


def describe_topics(admin):
    names = TopicCollection(["c-orders", "c-nobody"])
    futures = admin.describe_topics(names, include_authorized_operations=True)
    found = futures["c-orders"].result(SECONDS)
    equal(len(found.partitions), 5)
    assert AclOperation.ALTER_CONFIGS in found.authorized_operations, found.authorized_operations
    unknown = futures["c-nobody"].result
    equal(code_of(unknown, SECONDS), KafkaError.UNKNOWN_TOPIC_OR_PART)


def describe_cluster(admin):
    found = admin.describe_cluster(include_authorized_operations=True).result(SECONDS)
    equal([node.id for node in found.nodes], [1])
    equal(found.controller.id, 1)
    equal(len(found.cluster_id), 22)
    assert AclOperation.CLUSTER_ACTION in found.authorized_operations


def offsets_and_deletion(admin, address):
    producer = Producer({"bootstrap.servers": address})
    for number in range(10):
        producer.produce("c-orders", b"value", partition=0, timestamp=1000 + number)
    equal(producer.flush(SECONDS), 0)
    partition = TopicPartition("c-orders", 0)

    def offset(spec):
        found = only(admin.list_offsets({partition: spec}))
        return found.offset

    equal(offset(OffsetSpec.earliest()), 0)
    equal(offset(OffsetSpec.latest()), 10)
    equal(offset(OffsetSpec.max_timestamp()), 9)
    equal(offset(OffsetSpec.for_timestamp(1004)), 4)
    committed = admin.list_offsets(
        {partition: OffsetSpec.latest()}, isolation_level=IsolationLevel.READ_COMMITTED
    )
    equal(only(committed).offset, 10)
    delete = lambda until: only(admin.delete_records([TopicPartition("c-orders", 0, until)]))
    equal(delete(4).low_watermark, 4)
    equal(offset(OffsetSpec.earliest()), 4)
    equal(code_of(delete, 11), KafkaError.OFFSET_OUT_OF_RANGE)
    equal(delete(-1).low_watermark, 10)


def elect_leaders(admin):
    wanted = [TopicPartition("c-orders", 0), TopicPartition("c-nobody", 0)]
    found = admin.elect_leaders(ElectionType.PREFERRED, wanted).result(SECONDS)
    codes = {partition.topic: error.code() for partition, error in found.items()}
    expected = {
        "c-orders": KafkaError.ELECTION_NOT_NEEDED,
        "c-nobody": KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
    equal(codes, expected)


def describe_acls(admin):
    everything = AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        None,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    # The broker answers SECURITY_DISABLED, as kafka-python shows; this client gives no rules.
    equal(admin.describe_acls(everything).result(SECONDS), [])


def delete_topics(admin):
    equal(only(admin.create_topics([NewTopic("c-gone", 1, 1)])), None)
    equal(only(admin.delete_topics(["c-gone"])), None)
    gone = lambda: only(admin.delete_topics(["c-gone"]))
    equal(code_of(gone), KafkaError.UNKNOWN_TOPIC_OR_PART)


def run(address):
    version = libversion()[0]
    admin = AdminClient({"bootstrap.servers": address})
    for function in [
        make_topics,
        validate_topics,
        list_all,
        more_partitions,
        describe_topic_configs,
        describe_broker_configs,
        change_configs,
        change_broker_configs,
        replace_configs,
        describe_topics,
        describe_cluster,
        elect_leaders,
        describe_acls,
        delete_topics,
    ]:
        check(f"librdkafka {version}: {function.__name__}", function, admin)
    check(f"librdkafka {version}: offsets_and_deletion", offsets_and_deletion, admin, address)


def kept(admin):
    equal(len(admin.list_topics(timeout=SECONDS).topics["c-orders"].partitions), 5)
    found = configs(admin, ConfigResource.Type.TOPIC, "c-orders")
    equal((found["retention.ms"].value, found["segment.bytes"].source), ("200000", 5))
    earliest = only(admin.list_offsets({TopicPartition("c-orders", 0): OffsetSpec.earliest()}))
    equal(earliest.offset, 10)


def run_after_restart(address):
    admin = AdminClient({"bootstrap.servers": address})
    check("librdkafka: kept over a restart", kept, admin)
