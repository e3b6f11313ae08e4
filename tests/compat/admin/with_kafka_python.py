"""KafkaAdminClient of kafka-python."""

import kafka
import kafka.errors as errors
from checks import check, equal, raises
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    ResourcePatternFilter,
    ResourceType,
)


def configs(admin, kind, name, kept="all", synonyms=False):
    resource = ConfigResource(kind, name)
    found = admin.describe_configs([resource], include_synonyms=synonyms, config_filter=kept)
    return found[kind.name.lower()][name]


def make_topics(admin):
    options = {
        "num_partitions": 3,
        "replication_factor": 1,
        "configs": {"retention.ms": "100000"},
    }
    made = admin.create_topics({"p-orders": options})
    topic = made["topics"][0]
    equal((topic["num_partitions"], topic["replication_factor"]), (3, 1))
    found = {name: topic["configs"][name]["value"] for name in ["retention.ms", "cleanup.policy"]}
    equal(found, {"retention.ms": "100000", "cleanup.policy": "delete"})
    create = lambda name, **options: admin.create_topics({name: options})
    raises(errors.TopicAlreadyExistsError, create, "p-orders")
    raises(errors.InvalidTopicError, create, "p orders")
    many = lambda: create("p-many", num_partitions=1, replication_factor=2)
    raises(errors.InvalidReplicationFactorError, many)
    wrong = lambda: create("p-wrong", configs={"no.such": "1"})
    raises(errors.InvalidConfigurationError, wrong)
    admin.create_topics({"p-never": {}}, validate_only=True)
    assert "p-never" not in admin.list_topics()
    assert "p-orders" in admin.list_topics()


def more_partitions(admin):
    admin.create_partitions({"p-orders": 4})
    admin.create_partitions({"p-orders": {"count": 5, "assignments": [[1]]}})
    raises(errors.InvalidPartitionsError, admin.create_partitions, {"p-orders": 5})
    (topic,) = admin.describe_topics(["p-orders"])
    equal(len(topic["partitions"]), 5)


def describe(admin):
    found = configs(admin, ConfigResourceType.TOPIC, "p-orders", synonyms=True)
    assert len(found) > 30, len(found)
    equal(found["retention.ms"]["value"], "100000")
    modified = configs(admin, ConfigResourceType.TOPIC, "p-orders", kept="modified")
    equal(list(modified), ["retention.ms"])
    assert len(configs(admin, ConfigResourceType.BROKER, "1")) > 80
    equal(configs(admin, ConfigResourceType.BROKER_LOGGER, "1"), {})
    assert "consumer.session.timeout.ms" in configs(admin, ConfigResourceType.GROUP, "any")
    assert "interval.ms" in configs(admin, ConfigResourceType.CLIENT_METRICS, "any")


def change(admin):
    topic = lambda changes: [ConfigResource(ConfigResourceType.TOPIC, "p-orders", changes)]
    admin.alter_configs(topic({"cleanup.policy": ("APPEND", "compact")}))
    found = configs(admin, ConfigResourceType.TOPIC, "p-orders")
    equal(found["cleanup.policy"]["value"], "delete,compact")
    admin.alter_configs(topic({"segment.bytes": "2000000"}), incremental=False)
    found = configs(admin, ConfigResourceType.TOPIC, "p-orders", kept="modified")
    equal(set(found), {"cleanup.policy", "retention.ms", "segment.bytes"})
    admin.reset_configs(topic(["cleanup.policy", "segment.bytes"]))
    found = configs(admin, ConfigResourceType.TOPIC, "p-orders", kept="modified")
    equal(set(found), {"retention.ms"})
    group = ConfigResource(
        ConfigResourceType.GROUP, "p-readers", {"consumer.session.timeout.ms": "50000"}
    )
    admin.alter_configs([group])
    metrics = ConfigResource(ConfigResourceType.CLIENT_METRICS, "p-all", {"interval.ms": "1000"})
    admin.alter_configs([metrics])
    found = admin.list_config_resources()
    assert "p-orders" in found["topic"], found
    equal((found["broker"], found["broker_logger"]), (["1"], ["1"]))
    equal((found["group"], found["client_metrics"]), (["p-readers"], ["p-all"]))
    equal(set(admin.list_config_resources(["GROUP"])), {"group"})


def cluster(admin):
    found = admin.describe_cluster()
    equal([broker["broker_id"] for broker in found["brokers"]], [1])
    equal((found["controller_id"], len(found["cluster_id"])), (1, 22))


def pages(admin):
    first = admin.describe_topic_partitions(["p-orders"], response_partition_limit=3)
    equal(len(first["topics"][0]["partitions"]), 3)
    cursor = first["next_cursor"]
    equal((cursor["topic_name"], cursor["partition_index"]), ("p-orders", 3))
    second = admin.describe_topic_partitions(["p-orders"], cursor=cursor)
    indexes = [found["partition_index"] for found in second["topics"][0]["partitions"]]
    equal((indexes, second["next_cursor"]), ([3, 4], None))


def offsets_and_deletion(admin, address):
    producer = KafkaProducer(bootstrap_servers=address, enable_idempotence=True)
    for number in range(10):
        producer.send("p-orders", b"value", partition=0, timestamp_ms=1000 + number)
    producer.flush()
    partition = TopicPartition("p-orders", 0)
    offset = lambda spec: admin.list_partition_offsets({partition: spec})[partition].offset
    equal([offset(spec) for spec in [-1, -2, -3, -4, 1004]], [10, 0, 9, 0, 4])
    (writer,) = admin.describe_producers([partition])[partition].active_producers
    equal((writer.producer_epoch, writer.last_sequence, writer.last_timestamp), (0, 9, 1009))
    producer.close()
    deleted = admin.delete_records({partition: 4})
    equal(deleted[partition]["low_watermark"], 4)
    raises(errors.OffsetOutOfRangeError, admin.delete_records, {partition: 11})
    equal(offset(-2), 4)


def directories(admin):
    (broker,) = admin.describe_log_dirs()
    (directory,) = broker["log_dirs"]
    sizes = {topic["name"]: len(topic["partitions"]) for topic in directory["topics"]}
    equal(sizes["p-orders"], 5)
    (broker,) = admin.describe_log_dirs({"p-orders": [0, 4]})
    (topic,) = broker["log_dirs"][0]["topics"]
    equal([partition["partition_index"] for partition in topic["partitions"]], [0, 4])


def leaders_and_moves(admin):
    elected = admin.elect_leaders(0, {"p-orders": [0, 1]})
    (topic,) = elected.replica_election_results
    codes = {partition.error_code for partition in topic.partition_result}
    equal(codes, {errors.ElectionNotNeededError.errno})
    equal(admin.list_partition_reassignments(), {})
    partition = TopicPartition("p-orders", 0)
    moved = lambda replicas: admin.alter_partition_reassignments({partition: replicas})[partition]
    equal(moved([1]), None)
    equal(moved(None), errors.NoReassignmentInProgressError)
    equal(moved([2]), errors.InvalidReplicationAssignmentError)


def no_acls(admin):
    everything = ACLFilter(
        None,
        "*",
        ACLOperation.ANY,
        ACLPermissionType.ANY,
        ResourcePatternFilter(ResourceType.ANY, "any", ACLResourcePatternType.ANY),
    )
    raises(errors.SecurityDisabledError, admin.describe_acls, everything)


def delete_topics(admin):
    admin.create_topics(["p-gone"])
    admin.delete_topics(["p-gone"])
    raises(errors.UnknownTopicOrPartitionError, admin.delete_topics, ["p-gone"])


def run(address):
    admin = KafkaAdminClient(bootstrap_servers=address)
    name = f"kafka-python {kafka.__version__}"
    for function in [
        make_topics,
        more_partitions,
        describe,
        change,
        cluster,
        pages,
        directories,
        leaders_and_moves,
        no_acls,
        delete_topics,
    ]:
        check(f"{name}: {function.__name__}", function, admin)
    check(f"{name}: offsets_and_deletion", offsets_and_deletion, admin, address)
    admin.close()


def kept(admin):
    (topic,) = admin.describe_topics(["p-orders"])
    equal(len(topic["partitions"]), 5)
    equal(admin.list_config_resources(["GROUP"]), {"group": ["p-readers"]})
    partition = TopicPartition("p-orders", 0)
    equal(admin.list_partition_offsets({partition: -2})[partition].offset, 4)
    (writer,) = admin.describe_producers([partition])[partition].active_producers
    equal(writer.last_sequence, 9)


def run_after_restart(address):
    admin = KafkaAdminClient(bootstrap_servers=address)
    check("kafka-python: kept over a restart", kept, admin)
    admin.close()
