package millstream.compat;

import static millstream.compat.Checklist.equal;
import static millstream.compat.Checklist.fails;
import static millstream.compat.Checklist.holds;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.quota.ClientQuotaFilter;

/** The admin client over topics, configurations, offsets and the cluster. */
final class AdminChecks {
  private final Cluster cluster;
  private final Admin admin;

  AdminChecks(Cluster cluster, Admin admin) {
    this.cluster = cluster;
    this.admin = admin;
  }

  void all(Checklist list) {
    list.check("admin: create, describe and delete topics", this::topics);
    list.check("admin: topics that cannot be created", this::refusedTopics);
    list.check("admin: topics by id", this::topicsById);
    list.check("admin: more partitions", this::partitions);
    list.check("admin: configurations of topics", this::topicConfigs);
    list.check("admin: configurations of brokers", this::brokerConfigs);
    list.check("admin: offsets of each kind", this::offsets);
    list.check("admin: delete records", this::deleteRecords);
    list.check("admin: the cluster and its features", this::cluster);
    list.check("admin: producers of a partition", this::producers);
    list.check("admin: log directories", this::logDirs);
    list.check("admin: elections and reassignments", this::reassignments);
    list.check("admin: quotas and access lists", this::quotas);
  }

  private void topics() throws Exception {
    NewTopic byCount = new NewTopic("admin-count", 3, (short) 1).configs(Map.of("retention.ms", "5"));
    NewTopic byPlan = new NewTopic("admin-plan", Map.of(0, List.of(1), 1, List.of(1)));
    var created = admin.createTopics(List.of(byCount, byPlan));
    created.all().get();
    equal(created.numPartitions("admin-count").get(), 3);
    equal(created.config("admin-count").get().get("retention.ms").value(), "5");
    var described = admin.describeTopics(Set.of("admin-count", "admin-plan")).allTopicNames().get();
    equal(described.get("admin-plan").partitions().size(), 2);
    equal(described.get("admin-count").partitions().get(2).leader().id(), 1);
    equal(described.get("admin-count").topicId(), created.topicId("admin-count").get());
    var dry = new CreateTopicsOptions().validateOnly(true);
    admin.createTopics(List.of(new NewTopic("admin-dry", 1, (short) 1)), dry).all().get();
    holds("only validated", !admin.listTopics().names().get().contains("admin-dry"));
    admin.deleteTopics(Set.of("admin-plan")).all().get();
    fails(UnknownTopicOrPartitionException.class,
        () -> admin.describeTopics(Set.of("admin-plan")).allTopicNames().get());
    fails(UnknownTopicOrPartitionException.class,
        () -> admin.deleteTopics(Set.of("admin-plan")).all().get());
  }

  private void refusedTopics() throws Exception {
    cluster.topic("admin-there", 1);
    refused(TopicExistsException.class, new NewTopic("admin-there", 1, (short) 1));
    refused(InvalidTopicException.class, new NewTopic("a/b", 1, (short) 1));
    refused(InvalidPartitionsException.class, new NewTopic("admin-none", 0, (short) 1));
    refused(InvalidReplicationFactorException.class, new NewTopic("admin-many", 1, (short) 3));
    refused(InvalidReplicaAssignmentException.class,
        new NewTopic("admin-gap", Map.of(1, List.of(1))));
    refused(InvalidConfigurationException.class,
        new NewTopic("admin-config", 1, (short) 1).configs(Map.of("retention.ms", "soon")));
  }

  private void refused(Class<? extends Exception> kind, NewTopic topic) throws Exception {
    fails(kind, () -> admin.createTopics(List.of(topic)).all().get());
  }

  private void topicsById() throws Exception {
    cluster.topic("admin-id", 2);
    Uuid id = admin.describeTopics(Set.of("admin-id")).allTopicNames().get()
        .get("admin-id").topicId();
    var byId = TopicCollection.ofTopicIds(List.of(id));
    TopicDescription described = admin.describeTopics(byId).allTopicIds().get().get(id);
    equal(described.name(), "admin-id");
    admin.deleteTopics(byId).all().get();
    fails(UnknownTopicIdException.class, () -> admin.describeTopics(byId).allTopicIds().get());
  }

  private void partitions() throws Exception {
    cluster.topic("admin-more", 1);
    admin.createPartitions(Map.of("admin-more", NewPartitions.increaseTo(4))).all().get();
    equal(admin.describeTopics(Set.of("admin-more")).allTopicNames().get()
        .get("admin-more").partitions().size(), 4);
    fails(InvalidPartitionsException.class, () ->
        admin.createPartitions(Map.of("admin-more", NewPartitions.increaseTo(2))).all().get());
  }

  private Config config(ConfigResource resource) throws Exception {
    return admin.describeConfigs(List.of(resource)).all().get().get(resource);
  }

  private void topicConfigs() throws Exception {
    cluster.topic("admin-configs", 1);
    var topic = new ConfigResource(ConfigResource.Type.TOPIC, "admin-configs");
    equal(config(topic).get("retention.ms").source(), ConfigEntry.ConfigSource.DEFAULT_CONFIG);
    var set = new AlterConfigOp(new ConfigEntry("retention.ms", "77"), AlterConfigOp.OpType.SET);
    var add = new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"),
        AlterConfigOp.OpType.APPEND);
    admin.incrementalAlterConfigs(Map.of(topic, List.of(set, add))).all().get();
    equal(config(topic).get("retention.ms").value(), "77");
    equal(config(topic).get("retention.ms").source(),
        ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
    equal(config(topic).get("cleanup.policy").value(), "delete,compact");
    var drop = new AlterConfigOp(new ConfigEntry("retention.ms", null),
        AlterConfigOp.OpType.DELETE);
    admin.incrementalAlterConfigs(Map.of(topic, List.of(drop))).all().get();
    equal(config(topic).get("retention.ms").value(), "604800000");
    var wrong = new AlterConfigOp(new ConfigEntry("no.such", "1"), AlterConfigOp.OpType.SET);
    fails(InvalidConfigurationException.class,
        () -> admin.incrementalAlterConfigs(Map.of(topic, List.of(wrong))).all().get());
    var gone = new ConfigResource(ConfigResource.Type.TOPIC, "admin-no-such");
    fails(UnknownTopicOrPartitionException.class, () -> config(gone));
  }

  private void brokerConfigs() throws Exception {
    var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
    equal(config(broker).get("num.partitions").value(), "1");
    var set = new AlterConfigOp(new ConfigEntry("log.retention.ms", "88000000"),
        AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(broker, List.of(set))).all().get();
    equal(config(broker).get("log.retention.ms").source(),
        ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG);
    var resources = admin.listConfigResources(Set.of(ConfigResource.Type.BROKER),
        new ListConfigResourcesOptions()).all().get();
    holds("the broker is listed", resources.contains(broker));
  }

  private ListOffsetsResultInfo offset(TopicPartition place, OffsetSpec spec) throws Exception {
    return admin.listOffsets(Map.of(place, spec)).all().get().get(place);
  }

  private void offsets() throws Exception {
    cluster.topic("admin-offsets", 1);
    cluster.fill("admin-offsets", 1, 50);
    var place = new TopicPartition("admin-offsets", 0);
    equal(offset(place, OffsetSpec.earliest()).offset(), 0L);
    equal(offset(place, OffsetSpec.latest()).offset(), 50L);
    equal(offset(place, OffsetSpec.latest()).leaderEpoch(), Optional.of(0));
    equal(offset(place, OffsetSpec.forTimestamp(20)).offset(), 20L);
    equal(offset(place, OffsetSpec.forTimestamp(20)).timestamp(), 20L);
    equal(offset(place, OffsetSpec.maxTimestamp()).offset(), 49L);
    equal(offset(place, OffsetSpec.maxTimestamp()).timestamp(), 49L);
    equal(offset(place, OffsetSpec.earliestLocal()).offset(), 0L);
    equal(offset(place, OffsetSpec.latestTiered()).offset(), -1L);
  }

  private void deleteRecords() throws Exception {
    cluster.topic("admin-delete", 1);
    cluster.fill("admin-delete", 1, 50);
    var place = new TopicPartition("admin-delete", 0);
    var deleted = admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(20)));
    equal(deleted.lowWatermarks().get(place).get().lowWatermark(), 20L);
    fails(OffsetOutOfRangeException.class,
        () -> admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(51))).all().get());
    admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(-1))).all().get();
    equal(offset(place, OffsetSpec.earliest()).offset(), 50L);
  }

  private void cluster() throws Exception {
    var described = admin.describeCluster();
    equal(described.nodes().get().size(), 1);
    equal(described.controller().get().id(), 1);
    equal(described.clusterId().get().length(), 22);
    var features = admin.describeFeatures().featureMetadata().get();
    holds("features", features.finalizedFeatures() != null);
  }

  private void producers() throws Exception {
    cluster.topic("admin-producers", 1);
    cluster.fill("admin-producers", 1, 5, "enable.idempotence", true, "linger.ms", 100);
    var place = new TopicPartition("admin-producers", 0);
    var active = admin.describeProducers(Set.of(place)).all().get().get(place).activeProducers();
    equal(active.size(), 1);
    equal(active.get(0).lastSequence(), 4);
  }

  private void logDirs() throws Exception {
    cluster.topic("admin-dirs", 2);
    cluster.fill("admin-dirs", 2, 10);
    var directories = admin.describeLogDirs(Set.of(1)).allDescriptions().get().get(1);
    equal(directories.size(), 1);
    var directory = directories.values().iterator().next();
    equal(directory.error(), null);
    holds("it has bytes", directory.replicaInfos().get(new TopicPartition("admin-dirs", 1)).size() > 0);
  }

  private void reassignments() throws Exception {
    cluster.topic("admin-leaders", 1);
    var place = new TopicPartition("admin-leaders", 0);
    var elected = admin.electLeaders(ElectionType.PREFERRED, Set.of(place)).partitions().get();
    holds("none was needed", elected.get(place).get() instanceof ElectionNotNeededException);
    equal(admin.listPartitionReassignments().reassignments().get(), Map.of());
    var same = Optional.of(new NewPartitionReassignment(List.of(1)));
    admin.alterPartitionReassignments(Map.of(place, same)).all().get();
    var elsewhere = Optional.of(new NewPartitionReassignment(List.of(2)));
    fails(InvalidReplicaAssignmentException.class,
        () -> admin.alterPartitionReassignments(Map.of(place, elsewhere)).all().get());
  }

  private void quotas() throws Exception {
    equal(admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get(), Map.of());
    fails(SecurityDisabledException.class, () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
  }
}
