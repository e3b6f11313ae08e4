package millstream.compat;

import static millstream.compat.Checklist.equal;
import static millstream.compat.Checklist.fails;
import static millstream.compat.Checklist.holds;
import static millstream.compat.Checklist.until;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;

/** Reading by place, by time and in a group of one. Each topic holds numbered records. */
final class ConsumerChecks {
  private static final int SESSION_PARTITIONS = 400;

  private final Cluster cluster;

  ConsumerChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void all(Checklist list) {
    list.check("consumer: assign, seek, position", this::seek);
    list.check("consumer: beginning, end, by time", this::lookups);
    list.check("consumer: no offset and no reset", this::noReset);
    list.check("consumer: out of range, each reset", this::outOfRange);
    list.check("consumer: pause and resume", this::pause);
    list.check("consumer: commits, sync, async, with notes", this::commits);
    list.check("consumer: commits by itself when it closes", this::autoCommit);
    list.check("consumer: limits smaller than a batch", this::smallLimits);
    list.check("consumer: a long poll ends with the record", this::longPoll);
    list.check("consumer: partitions and topics, by pattern", this::patterns);
    list.check("consumer: read_committed without transactions", this::readCommitted);
    list.check("consumer: an invalid name of a topic", this::invalidTopic);
    list.check("consumer: a fetch session over many partitions", this::session);
  }

  private TopicPartition filled(String topic, int count) throws Exception {
    cluster.topic(topic, 1);
    cluster.fill(topic, 1, count);
    return new TopicPartition(topic, 0);
  }

  private void seek() throws Exception {
    TopicPartition place = filled("seek", 100);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("max.poll.records", 10)) {
      consumer.assign(List.of(place));
      for (int offset : List.of(90, 0, 42, 99)) {
        consumer.seek(place, offset);
        int expected = Math.min(10, 100 - offset);
        equal(Cluster.poll(consumer, expected).stream().map(Cluster::number).toList(),
            IntStream.range(offset, offset + expected).boxed().toList());
        equal(consumer.position(place), (long) offset + expected);
      }
      consumer.seekToEnd(List.of(place));
      equal(consumer.position(place), 100L);
      consumer.seekToBeginning(List.of(place));
      equal(consumer.position(place), 0L);
      consumer.poll(Cluster.POLL);
      until("a lag", () -> consumer.poll(Cluster.POLL) != null
          && consumer.currentLag(place).equals(OptionalLong.of(100 - consumer.position(place))));
    }
  }

  private void lookups() throws Exception {
    TopicPartition place = filled("lookups", 100);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(); Admin admin = cluster.admin()) {
      admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(20))).all().get();
      equal(consumer.beginningOffsets(List.of(place)), Map.of(place, 20L));
      equal(consumer.endOffsets(List.of(place)), Map.of(place, 100L));
      equal(consumer.offsetsForTimes(Map.of(place, 50L)).get(place).offset(), 50L);
      equal(consumer.offsetsForTimes(Map.of(place, 5L)).get(place).offset(), 20L);
      equal(consumer.offsetsForTimes(Map.of(place, 1_000L)).get(place), null);
    }
  }

  private void noReset() throws Exception {
    TopicPartition place = filled("no-reset", 1);
    try (KafkaConsumer<byte[], byte[]> consumer =
        cluster.consumer("group.id", "no-reset", "auto.offset.reset", "none")) {
      consumer.assign(List.of(place));
      fails(NoOffsetForPartitionException.class, () -> consumer.poll(Duration.ofSeconds(20)));
    }
  }

  private void outOfRange() throws Exception {
    TopicPartition place = filled("out-of-range", 10);
    for (String reset : List.of("earliest", "latest", "none")) {
      try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("auto.offset.reset", reset)) {
        consumer.assign(List.of(place));
        consumer.seek(place, 1_000);
        if (reset.equals("none")) {
          fails(OffsetOutOfRangeException.class, () -> consumer.poll(Duration.ofSeconds(20)));
        } else if (!reset.equals("earliest")) {
          until("a reset", () -> consumer.poll(Cluster.POLL) != null
              && consumer.position(place) == 10);
        } else {
          equal(Cluster.number(Cluster.poll(consumer, 10).get(0)), 0);
        }
      }
    }
  }

  private void pause() throws Exception {
    cluster.topic("pause", 2);
    cluster.fill("pause", 2, 20);
    List<TopicPartition> places = Cluster.partitions("pause", 2);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer()) {
      consumer.assign(places);
      consumer.pause(places.subList(0, 1));
      var first = Cluster.poll(consumer, 10);
      holds("only of partition 1", first.stream().allMatch(record -> record.partition() == 1));
      consumer.pause(places);
      equal(consumer.poll(Cluster.POLL).count(), 0);
      consumer.resume(places);
      var second = Cluster.poll(consumer, 10);
      holds("only of partition 0", second.stream().allMatch(record -> record.partition() == 0));
    }
  }

  private void commits() throws Exception {
    TopicPartition place = filled("commits", 10);
    try (KafkaConsumer<byte[], byte[]> consumer =
        cluster.consumer("group.id", "commits", "enable.auto.commit", false)) {
      consumer.subscribe(List.of("commits"));
      Cluster.poll(consumer, 10);
      consumer.commitSync();
      equal(consumer.committed(Set.of(place)).get(place).offset(), 10L);
      var noted = new OffsetAndMetadata(7, "a note");
      consumer.commitSync(Map.of(place, noted));
      equal(consumer.committed(Set.of(place)).get(place).metadata(), "a note");
      var done = new CompletableFuture<Exception>();
      consumer.commitAsync(Map.of(place, new OffsetAndMetadata(8)), (offsets, failure) ->
          done.complete(failure));
      until("the commit", () -> consumer.poll(Cluster.POLL) != null && done.isDone());
      equal(done.get(), null);
      equal(consumer.committed(Set.of(place)).get(place).offset(), 8L);
    }
    try (KafkaConsumer<byte[], byte[]> consumer =
        cluster.consumer("group.id", "commits", "enable.auto.commit", false)) {
      consumer.subscribe(List.of("commits"));
      equal(Cluster.poll(consumer, 2).stream().map(Cluster::number).toList(), List.of(8, 9));
    }
  }

  private void autoCommit() throws Exception {
    TopicPartition place = filled("auto-commit", 10);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("group.id", "auto-commit")) {
      consumer.subscribe(List.of("auto-commit"));
      Cluster.poll(consumer, 10);
    }
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("group.id", "auto-commit")) {
      equal(consumer.committed(Set.of(place)).get(place).offset(), 10L);
    }
  }

  private void smallLimits() throws Exception {
    cluster.topic("small-limits", 4);
    cluster.fill("small-limits", 4, 4_000, "linger.ms", 50);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("fetch.max.bytes", 100,
        "max.partition.fetch.bytes", 50, "max.poll.records", 77)) {
      consumer.assign(Cluster.partitions("small-limits", 4));
      Cluster.poll(consumer, 4_000);
    }
  }

  private void longPoll() throws Exception {
    TopicPartition place = filled("long-poll", 1);
    try (KafkaConsumer<byte[], byte[]> consumer =
        cluster.consumer("fetch.max.wait.ms", 20_000)) {
      consumer.assign(List.of(place));
      Cluster.poll(consumer, 1);
      equal(consumer.poll(Cluster.POLL).count(), 0);
      long begun = System.nanoTime();
      cluster.fill("long-poll", 1, 1);
      Cluster.poll(consumer, 1);
      holds("long before the wait ends", System.nanoTime() - begun < 15_000_000_000L);
      // To wait for the next long poll, which was sent at once, would take all of it.
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  private void patterns() throws Exception {
    for (String name : List.of("pattern-a", "pattern-b", "patterns")) {
      filled(name, 5);
    }
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("group.id", "patterns")) {
      consumer.subscribe(Pattern.compile("pattern-.*"));
      Cluster.poll(consumer, 10);
      equal(consumer.subscription(), Set.of("pattern-a", "pattern-b"));
      equal(consumer.partitionsFor("pattern-a").get(0).inSyncReplicas().length, 1);
      holds("listed", consumer.listTopics().keySet().contains("patterns"));
    }
  }

  private void readCommitted() throws Exception {
    TopicPartition place = filled("committed", 10);
    try (KafkaConsumer<byte[], byte[]> consumer =
        cluster.consumer("isolation.level", "read_committed")) {
      consumer.assign(List.of(place));
      Cluster.poll(consumer, 10);
      equal(consumer.endOffsets(List.of(place)), Map.of(place, 10L));
    }
  }

  private void invalidTopic() throws Exception {
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer("group.id", "invalid")) {
      consumer.subscribe(List.of("not a name"));
      fails(InvalidTopicException.class, () -> consumer.poll(Duration.ofSeconds(20)));
    }
  }

  /** Partitions come into the session, have records now and then, leave it and come back. */
  private void session() throws Exception {
    cluster.topic("session", SESSION_PARTITIONS);
    List<TopicPartition> places = Cluster.partitions("session", SESSION_PARTITIONS);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer()) {
      consumer.assign(places.subList(0, 100));
      cluster.fill("session", 100, 100);
      Cluster.poll(consumer, 100);
      consumer.assign(places);
      cluster.fill("session", SESSION_PARTITIONS, SESSION_PARTITIONS);
      Cluster.poll(consumer, SESSION_PARTITIONS);
      for (int partition : List.of(3, 250, 399, 3)) {
        try (var producer = cluster.producer()) {
          producer.send(Cluster.numbered("session", partition, 1)).get();
        }
        equal(Cluster.poll(consumer, 1).get(0).partition(), partition);
      }
      consumer.pause(places.subList(0, 200));
      cluster.fill("session", SESSION_PARTITIONS, SESSION_PARTITIONS);
      Cluster.poll(consumer, 200);
      consumer.resume(places);
      Cluster.poll(consumer, 200);
    }
  }
}
