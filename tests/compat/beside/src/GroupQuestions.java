package millstream.beside;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;

/** What is asked of groups that are not there, by members that are none, and of commits. */
final class GroupQuestions {
  private final Broker broker;

  GroupQuestions(Broker broker) {
    this.broker = broker;
  }

  void all() throws Exception {
    coordinators();
    // Kafka makes the topic of offsets at the first question, and is not ready at once.
    while (broker.ask(find(0, "a-group")).toString().contains("errorCode=15")) {
      Thread.onSpinWait();
    }
    while (broker.ask(commit("ready", "", -1, "there", 0)).toString().contains("errorCode=1")) {
      Thread.onSpinWait();
    }
    members();
    commits();
    fetches();
    groups();
  }

  private static FindCoordinatorRequestData find(int type, String... keys) {
    return new FindCoordinatorRequestData().setKeyType((byte) type)
        .setCoordinatorKeys(List.of(keys));
  }

  private void coordinators() {
    broker.ask("coordinator: no kind", find(9, "x"));
    broker.ask("coordinator: no keys", find(0));
  }

  private JoinGroupRequestData join(String group, String member, int session) {
    var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
    protocols.add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName("range")
        .setMetadata(new byte[] {0, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
    return new JoinGroupRequestData().setGroupId(group).setMemberId(member)
        .setSessionTimeoutMs(session).setRebalanceTimeoutMs(1_000).setProtocolType("consumer")
        .setProtocols(protocols);
  }

  private void members() {
    broker.ask("join: first without an id", join("a-group", "", 10_000));
    broker.ask("join: an unknown member", join("a-group", "somebody", 10_000));
    broker.ask("join: a session too short", join("a-group", "", 1));
    broker.ask("join: a session too long", join("a-group", "", 100_000_000));
    broker.ask("join: no group", join("", "", 10_000));
    broker.ask("join: no protocols", join("a-group", "", 10_000)
        .setProtocols(new JoinGroupRequestData.JoinGroupRequestProtocolCollection()));
    broker.ask("join: no protocol type", join("a-group", "", 10_000).setProtocolType(""));
    broker.ask("sync: an unknown group", new SyncGroupRequestData().setGroupId("no-group")
        .setMemberId("x").setGenerationId(1).setProtocolType("consumer").setProtocolName("range"));
    broker.ask("sync: no group", new SyncGroupRequestData().setGroupId("").setMemberId("x")
        .setProtocolType("consumer").setProtocolName("range"));
    broker.ask("sync: no protocol", new SyncGroupRequestData().setGroupId("no-group")
        .setMemberId("x").setProtocolType(null).setProtocolName(null));
    for (String group : List.of("no-group", "")) {
      broker.ask("heartbeat of \"" + group + "\"", new HeartbeatRequestData().setGroupId(group)
          .setMemberId("x").setGenerationId(1));
      broker.ask("leave \"" + group + "\"", new LeaveGroupRequestData().setGroupId(group)
          .setMembers(List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId("x"))));
    }
    broker.ask("leave, a static member", new LeaveGroupRequestData().setGroupId("no-group")
        .setMembers(List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId("")
            .setGroupInstanceId("a"))));
  }

  private OffsetCommitRequestData commit(
      String group, String member, int generation, String topic, int partition) throws Exception {
    var one = new OffsetCommitRequestData.OffsetCommitRequestPartition()
        .setPartitionIndex(partition).setCommittedOffset(5).setCommittedMetadata("");
    Uuid id = topic.isEmpty() ? new Uuid(7, 7) : broker.id(topic);
    return new OffsetCommitRequestData().setGroupId(group).setMemberId(member)
        .setGenerationIdOrMemberEpoch(generation).setTopics(List.of(
            new OffsetCommitRequestData.OffsetCommitRequestTopic().setTopicId(id)
                .setPartitions(List.of(one))));
  }

  private void commits() throws Exception {
    broker.ask("commit: of no group's member", commit("commits", "", -1, "there", 0));
    broker.ask("commit: a partition that is not there", commit("commits", "", -1, "there", 9));
    broker.ask("commit: an unknown topic", commit("commits", "", -1, "", 0));
    broker.ask("commit: an unknown member", commit("commits", "x", 1, "there", 0));
    broker.ask("commit: of a group that is not there", commit("no-group", "x", 1, "there", 0));
    broker.ask("commit: no group", commit("", "", -1, "there", 0));
    var noted = commit("commits", "", -1, "there", 0);
    noted.topics().get(0).partitions().get(0).setCommittedMetadata("x".repeat(5_000));
    broker.ask("commit: a note too long", noted);
    var below = commit("commits", "", -1, "there", 1);
    below.topics().get(0).partitions().get(0).setCommittedOffset(-7);
    broker.ask("commit: below zero", below);
  }

  private OffsetFetchRequestData fetch(String group, Uuid topic, String member, int epoch) {
    var one = new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId(group)
        .setMemberId(member).setMemberEpoch(epoch).setTopics(null);
    if (topic != null) {
      one.setTopics(List.of(new OffsetFetchRequestData.OffsetFetchRequestTopics()
          .setTopicId(topic).setPartitionIndexes(List.of(0, 1, 9))));
    }
    return new OffsetFetchRequestData().setGroups(List.of(one));
  }

  private void fetches() throws Exception {
    Uuid there = broker.id("there");
    broker.ask("committed: all", fetch("commits", null, null, -1));
    broker.ask("committed: some", fetch("commits", there, null, -1));
    broker.ask("committed: an unknown group", fetch("no-group", there, null, -1));
    broker.ask("committed: all of an unknown group", fetch("no-group", null, null, -1));
    broker.ask("committed: an unknown topic", fetch("commits", new Uuid(7, 7), null, -1));
    broker.ask("committed: an unknown member", fetch("commits", there, "x", 3));
    broker.ask("committed: no group", fetch("", there, null, -1));
  }

  private void groups() {
    broker.ask("describe a group", new DescribeGroupsRequestData().setGroups(List.of("commits")));
    broker.ask("describe an unknown group",
        new DescribeGroupsRequestData().setGroups(List.of("no-group")));
    broker.ask("describe an unknown group, version 5",
        new DescribeGroupsRequestData().setGroups(List.of("no-group")), 5);
    broker.ask("describe no group", new DescribeGroupsRequestData().setGroups(List.of("")));
    broker.ask("list groups of a state",
        new ListGroupsRequestData().setStatesFilter(List.of("Stable", "Odd")));
    broker.ask("list groups of a type", new ListGroupsRequestData().setTypesFilter(List.of("odd")));
    for (String topic : List.of("there", "no-such-topic")) {
      for (String group : List.of("commits", "no-group")) {
        var topics = new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection();
        topics.add(new OffsetDeleteRequestData.OffsetDeleteRequestTopic().setName(topic)
            .setPartitions(List.of(new OffsetDeleteRequestData.OffsetDeleteRequestPartition())));
        broker.ask("delete offsets of " + group + " for " + topic,
            new OffsetDeleteRequestData().setGroupId(group).setTopics(topics));
      }
    }
    for (String group : List.of("commits", "no-group", "")) {
      broker.ask("delete the group \"" + group + "\"",
          new DeleteGroupsRequestData().setGroupsNames(List.of(group)));
    }
  }
}
