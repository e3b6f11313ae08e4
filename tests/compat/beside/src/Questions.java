package millstream.beside;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** What is asked of the cluster, its topics and its partitions, by the bytes of the protocol. */
final class Questions {
  private final Broker broker;

  Questions(Broker broker) {
    this.broker = broker;
  }

  void all() throws Exception {
    versions();
    metadata();
    createTopics();
    deleteTopics();
    createPartitions();
    deleteRecords();
    cluster();
    partitions();
    reassignments();
    new RecordQuestions(broker).all();
    new GroupQuestions(broker).all();
  }

  private void versions() throws Exception {
    var request = new ApiVersionsRequestData().setClientSoftwareName("beside")
        .setClientSoftwareVersion("1");
    var answer = (ApiVersionsResponseData) broker.ask(request);
    for (var api : answer.apiKeys()) {
      broker.answer("versions: " + ApiKeys.forId(api.apiKey()),
          () -> api.minVersion() + " to " + api.maxVersion());
    }
    for (var feature : answer.supportedFeatures()) {
      broker.answer("supported feature: " + feature.name(),
          () -> feature.minVersion() + " to " + feature.maxVersion());
    }
    for (var feature : answer.finalizedFeatures()) {
      broker.answer("finalized feature: " + feature.name(),
          () -> String.valueOf(feature.maxVersionLevel()));
    }
    broker.ask("versions: the client has no name",
        new ApiVersionsRequestData().setClientSoftwareName("").setClientSoftwareVersion("1"), 4);
    broker.ask("versions: the client's name is odd",
        new ApiVersionsRequestData().setClientSoftwareName("a b").setClientSoftwareVersion("1"), 4);
  }

  private void metadata() throws Exception {
    for (String name : List.of("there", "no-such-topic", "a/b", "", ".")) {
      broker.ask("metadata of \"" + name + "\"", metadata(false, named(name)));
    }
    broker.ask("metadata of an id", metadata(false, named(null).setTopicId(broker.id("there"))));
    broker.ask("metadata of an unknown id",
        metadata(false, named(null).setTopicId(new Uuid(7, 7))));
    broker.ask("metadata of no topics", metadata(false));
    broker.ask("metadata of a name in version 0", new MetadataRequestData()
        .setTopics(List.of(named("there").setTopicId(Uuid.ZERO_UUID))), 0);
    broker.ask("metadata with operations", metadata(false, named("there"))
        .setIncludeTopicAuthorizedOperations(true));
    broker.ask("metadata creates an invalid topic", metadata(true, named("a b")));
  }

  private static MetadataRequestData.MetadataRequestTopic named(String name) {
    return new MetadataRequestData.MetadataRequestTopic().setName(name);
  }

  private static MetadataRequestData metadata(
      boolean create, MetadataRequestData.MetadataRequestTopic... topics) {
    return new MetadataRequestData().setTopics(List.of(topics)).setAllowAutoTopicCreation(create);
  }

  private static CreatableTopic topic(String name, int partitions, int replicas) {
    return new CreatableTopic().setName(name).setNumPartitions(partitions)
        .setReplicationFactor((short) replicas);
  }

  private static CreatableTopic placed(String name, int first, int... replicas) {
    var all = new CreateTopicsRequestData.CreatableReplicaAssignmentCollection();
    all.add(new CreateTopicsRequestData.CreatableReplicaAssignment().setPartitionIndex(first)
        .setBrokerIds(Arrays.stream(replicas).boxed().toList()));
    var topic = topic(name, -1, -1);
    topic.setAssignments(all);
    return topic;
  }

  private static CreatableTopic configured(String name, String key, String value) {
    var all = new CreateTopicsRequestData.CreatableTopicConfigCollection();
    all.add(new CreateTopicsRequestData.CreatableTopicConfig().setName(key).setValue(value));
    var topic = topic(name, 1, 1);
    topic.setConfigs(all);
    return topic;
  }

  private void create(String question, boolean dry, CreatableTopic... topics) {
    var all = new CreateTopicsRequestData.CreatableTopicCollection();
    all.addAll(List.of(topics));
    broker.ask("create topic: " + question, new CreateTopicsRequestData().setTopics(all)
        .setValidateOnly(dry).setTimeoutMs(30_000));
  }

  private void createTopics() {
    create("plain", false, topic("plain", 3, 1));
    create("by default", false, topic("by-default", -1, -1));
    create("validated", true, topic("validated", 1, 1));
    create("placed", false, placed("placed", 0, 1));
    create("configured", false, configured("configured", "retention.ms", "77"));
    create("there already", false, topic("there", 1, 1));
    create("there already, validated", true, topic("there", 1, 1));
    create("twice in a request", false, topic("twice", 1, 1), topic("twice", 1, 1));
    create("collides", false, topic("dot.dot", 1, 1), topic("dot_dot", 1, 1));
    create("no name", false, topic("", 1, 1));
    create("a dot", false, topic(".", 1, 1));
    create("an odd name", false, topic("a b", 1, 1));
    create("a long name", false, topic("x".repeat(250), 1, 1));
    create("an internal name", false, topic("__cluster_metadata", 1, 1));
    create("no partitions", false, topic("none", 0, 1));
    create("fewer than no partitions", false, topic("fewer", -2, 1));
    create("too many replicas", false, topic("replicas", 1, 2));
    create("no replicas", false, topic("replicas", 1, 0));
    create("placed with a gap", false, placed("gap", 1, 1));
    create("placed nowhere", false, placed("nowhere", 0));
    create("placed at an unknown broker", false, placed("unknown", 0, 9));
    create("placed twice", false, placed("doubly", 0, 1, 1));
    var both = placed("both", 0, 1);
    both.setNumPartitions(1);
    create("placed and counted", false, both);
    create("an unknown configuration", false, configured("config", "no.such", "1"));
    create("a wrong configuration", false, configured("config", "retention.ms", "x"));
    create("a null configuration", false, configured("config", "retention.ms", null));
    create("none at all", false);
  }

  private void deleteTopics() {
    delete("there", new DeleteTopicsRequestData.DeleteTopicState().setName("plain"));
    delete("again", new DeleteTopicsRequestData.DeleteTopicState().setName("plain"));
    delete("by an unknown id",
        new DeleteTopicsRequestData.DeleteTopicState().setName(null).setTopicId(new Uuid(7, 7)));
    delete("without a name", new DeleteTopicsRequestData.DeleteTopicState().setName(""));
    delete("neither name nor id", new DeleteTopicsRequestData.DeleteTopicState().setName(null));
    delete("both name and id", new DeleteTopicsRequestData.DeleteTopicState().setName("placed")
        .setTopicId(new Uuid(7, 7)));
    delete("twice", new DeleteTopicsRequestData.DeleteTopicState().setName("configured"),
        new DeleteTopicsRequestData.DeleteTopicState().setName("configured"));
  }

  private void delete(String question, DeleteTopicsRequestData.DeleteTopicState... topics) {
    broker.ask("delete topic: " + question,
        new DeleteTopicsRequestData().setTopics(List.of(topics)).setTimeoutMs(30_000));
  }

  private void createPartitions() {
    grow("one more", "by-default", 2);
    grow("as many as there are", "by-default", 2);
    grow("fewer", "by-default", 1);
    grow("none", "by-default", 0);
    grow("of an unknown topic", "no-such-topic", 2);
    grow("more, placed wrongly", "by-default", 4, 1);
    grow("more, placed at an unknown broker", "by-default", 3, 9);
    grow("more, placed", "by-default", 3, 1);
  }

  private void grow(String question, String topic, int count, int... brokers) {
    var one = new CreatePartitionsTopic().setName(topic).setCount(count).setAssignments(null);
    if (brokers.length > 0) {
      one.setAssignments(Arrays.stream(brokers).mapToObj(id -> new
          CreatePartitionsRequestData.CreatePartitionsAssignment().setBrokerIds(List.of(id)))
          .toList());
    }
    var all = new CreatePartitionsRequestData.CreatePartitionsTopicCollection();
    all.add(one);
    broker.ask("partitions: " + question,
        new CreatePartitionsRequestData().setTopics(all).setTimeoutMs(30_000));
  }

  private void deleteRecords() {
    trim("some", "there", 0, 3);
    trim("before the beginning", "there", 0, 1);
    trim("beyond the end", "there", 0, 11);
    trim("below zero", "there", 0, -2);
    trim("of a partition that is not there", "there", 9, 0);
    trim("of an unknown topic", "no-such-topic", 0, 0);
  }

  private void trim(String question, String topic, int partition, long offset) {
    var place = new DeleteRecordsRequestData.DeleteRecordsPartition().setPartitionIndex(partition)
        .setOffset(offset);
    broker.ask("delete records: " + question, new DeleteRecordsRequestData().setTimeoutMs(30_000)
        .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic().setName(topic)
            .setPartitions(List.of(place)))));
  }

  private void cluster() {
    broker.ask("cluster", new DescribeClusterRequestData());
    broker.ask("cluster: operations",
        new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true));
    broker.ask("cluster: of controllers", new DescribeClusterRequestData().setEndpointType((byte) 2));
    broker.ask("cluster: of no kind", new DescribeClusterRequestData().setEndpointType((byte) 9));
    broker.ask("quotas", new DescribeClientQuotasRequestData());
    broker.ask("access lists", new DescribeAclsRequestData().setResourceTypeFilter((byte) 1)
        .setPatternTypeFilter((byte) 1).setOperation((byte) 1).setPermissionType((byte) 1));
    var topics = new DescribeLogDirsRequestData.DescribableLogDirTopicCollection();
    topics.add(new DescribeLogDirsRequestData.DescribableLogDirTopic().setTopic("other")
        .setPartitions(List.of(0, 9)));
    broker.ask("log directories", new DescribeLogDirsRequestData().setTopics(topics));
  }

  private void partitions() {
    for (String name : List.of("there", "no-such-topic", "a/b")) {
      broker.ask("topic partitions of " + name, new DescribeTopicPartitionsRequestData()
          .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(name))));
    }
    broker.ask("topic partitions, one at a time", new DescribeTopicPartitionsRequestData()
        .setResponsePartitionLimit(1)
        .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName("there"))));
    for (String name : List.of("there", "no-such-topic")) {
      var topics = new DescribeProducersRequestData.TopicRequestCollection();
      topics.add(new DescribeProducersRequestData.TopicRequest().setName(name)
          .setPartitionIndexes(List.of(0, 9)));
      broker.ask("producers of " + name, new DescribeProducersRequestData().setTopics(topics));
    }
  }

  private void reassignments() {
    for (int type : List.of(0, 1, 9)) {
      var wanted = new ElectLeadersRequestData.TopicPartitionsCollection();
      wanted.add(new ElectLeadersRequestData.TopicPartitions().setTopic("there")
          .setPartitions(List.of(0, 9)));
      wanted.add(new ElectLeadersRequestData.TopicPartitions().setTopic("no-such-topic")
          .setPartitions(List.of(0)));
      broker.ask("elect leaders, type " + type, new ElectLeadersRequestData()
          .setElectionType((byte) type).setTopicPartitions(wanted).setTimeoutMs(30_000));
    }
    reassign("to where it is", "there", 0, List.of(1));
    reassign("to an unknown broker", "there", 0, List.of(9));
    reassign("to nowhere", "there", 0, List.of());
    reassign("twice to one", "there", 0, List.of(1, 1));
    reassign("none to cancel", "there", 0, null);
    reassign("of a partition that is not there", "there", 9, List.of(1));
    reassign("of an unknown topic", "no-such-topic", 0, List.of(1));
    broker.ask("reassignments", new ListPartitionReassignmentsRequestData().setTopics(null));
  }

  private void reassign(String question, String topic, int partition, List<Integer> replicas) {
    var one = new ReassignablePartition().setPartitionIndex(partition).setReplicas(replicas);
    broker.ask("reassign: " + question, new AlterPartitionReassignmentsRequestData()
        .setTimeoutMs(30_000).setTopics(List.of(
            new ReassignableTopic().setName(topic).setPartitions(List.of(one)))));
  }
}
