package millstream.beside;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** What is asked of records: where they are, to read them, to write them. */
final class RecordQuestions {
  private final Broker broker;
  private Uuid there;

  RecordQuestions(Broker broker) {
    this.broker = broker;
  }

  void all() throws Exception {
    there = broker.id("there");
    listOffsets();
    epochs();
    fetch();
    produce();
    broker.ask("producer id", new InitProducerIdRequestData().setTransactionalId(null)
        .setTransactionTimeoutMs(1_000));
    broker.ask("producer id, one that is known", new InitProducerIdRequestData()
        .setTransactionalId(null).setTransactionTimeoutMs(1_000).setProducerId(5)
        .setProducerEpoch((short) 3));
  }

  private void listOffsets() {
    for (long time : List.of(-1L, -2L, -3L, -4L, -5L, -6L, -7L, -100L, 0L, 5L, 9L, 10L)) {
      offset("at " + time, "there", 0, time, -1);
    }
    offset("of an empty partition", "there", 1, 5, -1);
    offset("the greatest time of an empty partition", "there", 1, -3, -1);
    offset("of a partition that is not there", "there", 9, -1, -1);
    offset("of an unknown topic", "no-such-topic", 0, -1, -1);
    offset("with the epoch", "there", 0, -1, 0);
    offset("with an epoch to come", "there", 0, -1, 7);
  }

  private void offset(String question, String topic, int partition, long time, int epoch) {
    var one = new ListOffsetsRequestData.ListOffsetsPartition().setPartitionIndex(partition)
        .setTimestamp(time).setCurrentLeaderEpoch(epoch);
    broker.ask("offset " + question, new ListOffsetsRequestData().setReplicaId(-1).setTopics(
        List.of(new ListOffsetsRequestData.ListOffsetsTopic().setName(topic)
            .setPartitions(List.of(one)))));
  }

  private void epochs() {
    for (int[] pair : new int[][] {{0, 0}, {-1, 0}, {0, 5}, {9, 0}, {0, -1}}) {
      var one = new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition().setPartition(0)
          .setCurrentLeaderEpoch(pair[0]).setLeaderEpoch(pair[1]);
      for (String topic : List.of("there", "no-such-topic")) {
        var topics = new OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection();
        topics.add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic().setTopic(topic)
            .setPartitions(List.of(one.duplicate())));
        broker.ask("end of epoch " + pair[1] + " at " + pair[0] + " in " + topic,
            new OffsetForLeaderEpochRequestData().setReplicaId(-1).setTopics(topics));
      }
    }
  }

  private FetchRequestData fetch(Uuid topic, int partition, long offset) {
    var one = new FetchRequestData.FetchPartition().setPartition(partition).setFetchOffset(offset)
        .setPartitionMaxBytes(1_000_000);
    return new FetchRequestData().setMinBytes(0).setMaxWaitMs(0).setSessionId(0)
        .setSessionEpoch(-1).setTopics(List.of(
            new FetchRequestData.FetchTopic().setTopicId(topic).setPartitions(List.of(one))));
  }

  private void fetch() {
    broker.ask("fetch: at the end", fetch(there, 0, 10));
    broker.ask("fetch: beyond the end", fetch(there, 0, 11));
    broker.ask("fetch: before the beginning", fetch(there, 0, 2));
    broker.ask("fetch: below zero", fetch(there, 0, -5));
    broker.ask("fetch: a partition that is not there", fetch(there, 9, 0));
    broker.ask("fetch: an unknown id", fetch(new Uuid(7, 7), 0, 0));
    broker.ask("fetch: no id", fetch(Uuid.ZERO_UUID, 0, 0));
    broker.ask("fetch: an unknown session", fetch(there, 0, 10).setSessionId(99).setSessionEpoch(5));
    broker.ask("fetch: an epoch without a session", fetch(there, 0, 10).setSessionEpoch(5));
    var behind = fetch(there, 0, 10);
    behind.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(7);
    broker.ask("fetch: an epoch to come", behind);
    var diverging = fetch(there, 0, 10);
    diverging.topics().get(0).partitions().get(0).setLastFetchedEpoch(3);
    broker.ask("fetch: an epoch that never was", diverging);
  }

  private void produce() {
    produce("acks 2", there, 0, 2, records("a"));
    produce("a partition that is not there", there, 9, 1, records("a"));
    produce("an unknown id", new Uuid(7, 7), 0, 1, records("a"));
    produce("no records", there, 1, 1, MemoryRecords.EMPTY);
    produce("too large", there, 1, 1, records("x".repeat(1_100_000)));
    ByteBuffer broken = records("a").buffer();
    broken.put(broken.limit() - 2, (byte) 99);
    produce("a broken checksum", there, 1, 1, MemoryRecords.readableRecords(broken));
    produce("an old batch", there, 1, 1, MemoryRecords.withRecords((byte) 1, Compression.NONE,
        new SimpleRecord(1_700_000_000_000L, "a".getBytes())));
    produce("a sequence from the middle", there, 1, 1, MemoryRecords.withIdempotentRecords(
        Compression.NONE, 4_000, (short) 0, 7, new SimpleRecord("a".getBytes())));
    produce("two batches", there, 1, 1, two());
    produce("after all that", there, 1, -1, records("a"));
  }

  private static MemoryRecords records(String value) {
    return MemoryRecords.withRecords(Compression.NONE,
        new SimpleRecord(1_700_000_000_000L, value.getBytes()));
  }

  private static MemoryRecords two() {
    ByteBuffer one = records("a").buffer();
    ByteBuffer both = ByteBuffer.allocate(2 * one.remaining()).put(one.duplicate()).put(one);
    return MemoryRecords.readableRecords(both.flip());
  }

  private void produce(String question, Uuid topic, int partition, int acks, MemoryRecords records) {
    var data = new ProduceRequestData.PartitionProduceData().setIndex(partition).setRecords(records);
    var topics = new ProduceRequestData.TopicProduceDataCollection();
    topics.add(new ProduceRequestData.TopicProduceData().setTopicId(topic)
        .setPartitionData(List.of(data)));
    broker.ask("produce: " + question, new ProduceRequestData().setAcks((short) acks)
        .setTimeoutMs(30_000).setTopicData(topics));
  }
}
