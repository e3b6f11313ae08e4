package millstream.compat;

import static millstream.compat.Checklist.equal;
import static millstream.compat.Checklist.fails;
import static millstream.compat.Checklist.holds;
import static millstream.compat.Checklist.until;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;

/** The admin client over groups and their offsets. */
final class GroupAdminChecks {
  private final Cluster cluster;
  private final Admin admin;

  GroupAdminChecks(Cluster cluster, Admin admin) {
    this.cluster = cluster;
    this.admin = admin;
  }

  void all(Checklist list) {
    list.check("admin: a group with a member, described and listed", this::described);
    list.check("admin: offsets of a group", this::offsets);
    list.check("admin: delete groups", this::deleted);
    list.check("admin: a static member is removed", this::removed);
  }

  private ConsumerGroupDescription describe(String group) throws Exception {
    return admin.describeConsumerGroups(Set.of(group)).all().get().get(group);
  }

  private Member member(String group, int partitions, Object... settings) throws Exception {
    cluster.topic(group, partitions);
    Member member = new Member(cluster, group, group, settings);
    until("all partitions", () -> {
      member.poll();
      return member.owned.size() == partitions;
    });
    return member;
  }

  private void described() throws Exception {
    try (Member member = member("admin-group", 2, "client.id", "somebody")) {
      ConsumerGroupDescription group = describe("admin-group");
      equal(group.groupState(), GroupState.STABLE);
      equal(group.partitionAssignor(), "range");
      var only = group.members().iterator().next();
      equal(only.clientId(), "somebody");
      equal(only.assignment().topicPartitions(), Set.copyOf(Cluster.partitions("admin-group", 2)));
      holds("listed as stable", admin.listGroups(ListGroupsOptions.forConsumerGroups()
          .inGroupStates(Set.of(GroupState.STABLE))).all().get().stream()
          .anyMatch(listed -> listed.groupId().equals("admin-group")));
      member.poll();
    }
    equal(describe("admin-group").groupState(), GroupState.EMPTY);
    fails(GroupIdNotFoundException.class, () -> describe("admin-no-group"));
  }

  private void offsets() throws Exception {
    cluster.topic("admin-commits", 2);
    cluster.fill("admin-commits", 2, 10);
    List<TopicPartition> places = Cluster.partitions("admin-commits", 2);
    Map<TopicPartition, OffsetAndMetadata> offsets = Map.of(
        places.get(0), new OffsetAndMetadata(1, "x"), places.get(1), new OffsetAndMetadata(2));
    admin.alterConsumerGroupOffsets("admin-commits", offsets).all().get();
    var read = admin.listConsumerGroupOffsets("admin-commits").partitionsToOffsetAndMetadata().get();
    equal(read, offsets);
    admin.deleteConsumerGroupOffsets("admin-commits", Set.of(places.get(0))).all().get();
    read = admin.listConsumerGroupOffsets("admin-commits").partitionsToOffsetAndMetadata().get();
    equal(read.keySet(), Set.of(places.get(1)));
    try (Member member = new Member(cluster, "admin-commits", "admin-commits")) {
      until("what was not committed", () -> {
        member.poll();
        return member.read.size() >= 5 + 3;
      });
      equal(member.read.size(), 5 + 3);
      fails(GroupSubscribedToTopicException.class, () -> admin
          .deleteConsumerGroupOffsets("admin-commits", Set.of(places.get(1)))
          .partitionResult(places.get(1)).get());
    }
  }

  private void deleted() throws Exception {
    try (Member member = member("admin-deleted", 1)) {
      fails(GroupNotEmptyException.class,
          () -> admin.deleteConsumerGroups(Set.of("admin-deleted")).all().get());
      member.poll();
    }
    admin.deleteConsumerGroups(Set.of("admin-deleted")).all().get();
    fails(GroupIdNotFoundException.class,
        () -> admin.deleteConsumerGroups(Set.of("admin-deleted")).all().get());
  }

  private void removed() throws Exception {
    Member member = member("admin-removed", 1, "group.instance.id", "a");
    member.close();
    equal(describe("admin-removed").members().size(), 1);
    admin.removeMembersFromConsumerGroup("admin-removed",
        new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("a")))).all().get();
    equal(describe("admin-removed").members().size(), 0);
  }
}
