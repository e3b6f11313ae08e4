package millstream.compat;

import static millstream.compat.Checklist.equal;
import static millstream.compat.Checklist.fails;
import static millstream.compat.Checklist.holds;
import static millstream.compat.Checklist.until;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** Members of classic groups share a topic of six partitions. */
final class GroupChecks {
  private static final int PARTITIONS = 6;

  private final Cluster cluster;

  GroupChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void all(Checklist list) {
    for (Class<?> assignor : List.of(RangeAssignor.class, RoundRobinAssignor.class,
        StickyAssignor.class, CooperativeStickyAssignor.class)) {
      String name = assignor.getSimpleName();
      list.check("group: " + name + ", a member joins and leaves", () -> shared(assignor));
    }
    list.check("group: cooperative members keep what is theirs", this::keeps);
    list.check("group: a member that is gone is dropped", this::dropped);
    list.check("group: a static member restarts unnoticed", this::staticRestart);
    list.check("group: a static member's double is fenced", this::staticDouble);
    list.check("group: more partitions are taken up", this::morePartitions);
  }

  /** No partition is owned by two, and every record is read once, whoever comes and goes. */
  private void shared(Class<?> assignor) throws Exception {
    String topic = "shared-" + assignor.getSimpleName();
    cluster.topic(topic, PARTITIONS);
    Object[] settings = {"partition.assignment.strategy", assignor.getName()};
    try (Member first = new Member(cluster, topic, topic, settings)) {
      until("all to one", () -> polled(first) && first.owned.size() == PARTITIONS);
      cluster.fill(topic, PARTITIONS, 60);
      until("60 records", () -> polled(first) && first.read.size() >= 60);
      List<Integer> numbers = new ArrayList<>();
      try (Member second = new Member(cluster, topic, topic, settings)) {
        until("three each", () -> polled(first, second)
            && first.owned.size() == 3 && second.owned.size() == 3);
        cluster.fill(topic, PARTITIONS, 60);
        until("120 records", () -> polled(first, second)
            && first.read.size() + second.read.size() >= 120);
        second.read.forEach(record -> numbers.add(Cluster.number(record)));
        equal(numbers.size(), 30);
      }
      until("all to one again", () -> polled(first) && first.owned.size() == PARTITIONS);
      cluster.fill(topic, PARTITIONS, 60);
      until("180 records", () -> polled(first) && first.read.size() + numbers.size() >= 180);
      first.read.forEach(record -> numbers.add(Cluster.number(record)));
      Collections.sort(numbers);
      equal(numbers, IntStream.range(0, 60).boxed().flatMap(i -> List.of(i, i, i).stream()).toList());
    }
  }

  private static boolean polled(Member... members) {
    Set<Integer> all = new TreeSet<>();
    for (Member member : members) {
      member.poll();
    }
    for (Member member : members) {
      member.owned.forEach(partition -> holds("owned by one member", all.add(partition)));
    }
    return true;
  }

  private void keeps() throws Exception {
    cluster.topic("keeps", PARTITIONS);
    Object[] settings =
        {"partition.assignment.strategy", CooperativeStickyAssignor.class.getName()};
    try (Member first = new Member(cluster, "keeps", "keeps", settings)) {
      until("all to one", () -> polled(first) && first.owned.size() == PARTITIONS);
      try (Member second = new Member(cluster, "keeps", "keeps", settings)) {
        until("three each", () -> polled(first, second)
            && first.owned.size() == 3 && second.owned.size() == 3);
        equal(first.revocations, 3);
        equal(second.revocations, 0);
      }
      until("all to one again", () -> polled(first) && first.owned.size() == PARTITIONS);
      equal(first.revocations, 3);
    }
  }

  private void dropped() throws Exception {
    cluster.topic("dropped", PARTITIONS);
    try (Member first = new Member(cluster, "dropped", "dropped")) {
      // Static members do not say that they leave, so that only their session ends.
      try (Member second = new Member(cluster, "dropped", "dropped",
          "group.instance.id", "silent", "session.timeout.ms", 6_000)) {
        until("three each", () -> polled(first, second)
            && first.owned.size() == 3 && second.owned.size() == 3);
      }
      until("all to one", () -> polled(first) && first.owned.size() == PARTITIONS);
    }
  }

  private void staticRestart() throws Exception {
    cluster.topic("static", PARTITIONS);
    try (Member first = new Member(cluster, "static", "static", "group.instance.id", "a")) {
      int generation;
      Set<Integer> owned;
      try (Member second = new Member(cluster, "static", "static", "group.instance.id", "b")) {
        until("three each", () -> polled(first, second)
            && first.owned.size() == 3 && second.owned.size() == 3);
        generation = second.generation();
        owned = new TreeSet<>(second.owned);
      }
      try (Member again = new Member(cluster, "static", "static", "group.instance.id", "b")) {
        until("the same as before", () -> polled(first, again) && again.owned.equals(owned));
        equal(again.generation(), generation);
        equal(first.generation(), generation);
        equal(first.owned.size(), 3);
      }
    }
  }

  private void staticDouble() throws Exception {
    cluster.topic("double", PARTITIONS);
    try (Member first = new Member(cluster, "double", "double", "group.instance.id", "a")) {
      until("all to one", () -> polled(first) && first.owned.size() == PARTITIONS);
      try (Member second = new Member(cluster, "double", "double", "group.instance.id", "a")) {
        until("all to the other", () -> {
          second.poll();
          return second.owned.size() == PARTITIONS;
        });
        fails(FencedInstanceIdException.class, () -> {
          until("fenced", () -> {
            first.poll();
            return false;
          });
          return null;
        });
      }
    }
  }

  private void morePartitions() throws Exception {
    cluster.topic("more", 2);
    try (Member first = new Member(cluster, "more", "more", "metadata.max.age.ms", 500);
        var admin = cluster.admin()) {
      until("both", () -> polled(first) && first.owned.size() == 2);
      admin.createPartitions(Map.of("more",
          NewPartitions.increaseTo(5))).all().get();
      until("all five", () -> polled(first) && first.owned.size() == 5);
      cluster.fill("more", 5, 50);
      until("50 records", () -> polled(first) && first.read.size() >= 50);
    }
  }
}
