package millstream.compat;

import static millstream.compat.Checklist.equal;
import static millstream.compat.Checklist.fails;
import static millstream.compat.Checklist.holds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

/** What a producer sends is what a consumer reads, or the producer learns why not. */
final class ProducerChecks {
  private final Cluster cluster;

  ProducerChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void all(Checklist list) {
    for (String acks : List.of("0", "1", "all")) {
      list.check("producer: acks=" + acks, () -> acks(acks));
    }
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      list.check("producer: " + codec + " with keys, headers, nulls", () -> codec(codec));
    }
    list.check("producer: idempotent, five in flight, in order", this::idempotent);
    list.check("producer: batches of a megabyte", this::largeBatches);
    list.check("producer: a record that is too large for the topic", this::tooLarge);
    list.check("producer: a batch that is too large is split", this::split);
    list.check("producer: times of creation and of the append", this::times);
    list.check("producer: a time too far ahead is refused", this::timeTooFarAhead);
    list.check("producer: a topic is created when it is written to", this::autoCreated);
    list.check("producer: topic settings choose the codec", this::topicCodec);
  }

  private void acks(String acks) throws Exception {
    String topic = "acks-" + acks;
    cluster.topic(topic, 1);
    List<RecordMetadata> sent =
        cluster.fill(topic, 1, 100, "acks", acks, "enable.idempotence", acks.equals("all"));
    equal(sent.stream().allMatch(RecordMetadata::hasOffset), !acks.equals("0"));
    equal(cluster.read(topic, 1, 100).stream().map(Cluster::number).toList(),
        IntStream.range(0, 100).boxed().toList());
  }

  private void codec(String codec) throws Exception {
    String topic = "codec-" + codec;
    cluster.topic(topic, 1);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    byte[] large = new byte[100_000];
    new Random(7).nextBytes(large);
    for (byte[] key : Arrays.asList(null, new byte[0], "key ü".getBytes("UTF-8"))) {
      for (byte[] value : Arrays.asList(null, new byte[0], "value".getBytes(), large)) {
        var record = new ProducerRecord<>(topic, 0, 1_700_000_000_000L, key, value);
        record.headers().add("name", "first".getBytes()).add("name", new byte[0])
            .add(new RecordHeader("nothing", (byte[]) null)).add("", "no name".getBytes());
        records.add(record);
      }
    }
    try (KafkaProducer<byte[], byte[]> producer =
        cluster.producer("compression.type", codec, "linger.ms", 50)) {
      records.forEach(producer::send);
    }
    List<ConsumerRecord<byte[], byte[]>> read = cluster.read(topic, 1, records.size());
    for (int i = 0; i < records.size(); i++) {
      equal(read.get(i).key(), records.get(i).key());
      equal(read.get(i).value(), records.get(i).value());
      equal(read.get(i).headers(), records.get(i).headers());
      equal(read.get(i).timestamp(), records.get(i).timestamp());
      equal(read.get(i).offset(), (long) i);
    }
  }

  private void idempotent() throws Exception {
    cluster.topic("idempotent", 3);
    List<RecordMetadata> sent = cluster.fill("idempotent", 3, 30_000, "enable.idempotence", true,
        "max.in.flight.requests.per.connection", 5, "batch.size", 500, "linger.ms", 0);
    List<ConsumerRecord<byte[], byte[]>> read = cluster.read("idempotent", 3, 30_000);
    for (ConsumerRecord<byte[], byte[]> record : read) {
      equal((long) Cluster.number(record), record.offset() * 3 + record.partition());
    }
    equal(sent.get(29_999).offset(), 9_999L);
  }

  private void largeBatches() throws Exception {
    cluster.topic("large-batches", 1);
    byte[] value = new byte[10_000];
    new Random(8).nextBytes(value);
    try (KafkaProducer<byte[], byte[]> producer =
        cluster.producer("batch.size", 1_000_000, "linger.ms", 200)) {
      for (int i = 0; i < 1_000; i++) {
        producer.send(new ProducerRecord<>("large-batches", value));
      }
    }
    for (ConsumerRecord<byte[], byte[]> record : cluster.read("large-batches", 1, 1_000)) {
      equal(record.value(), value);
    }
  }

  private void tooLarge() throws Exception {
    cluster.topic("too-large", 1);
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer("max.request.size", 5_000_000)) {
      // The default of max.message.bytes is a megabyte and some bytes for the batch around it.
      fails(RecordTooLargeException.class,
          () -> producer.send(new ProducerRecord<>("too-large", new byte[1_100_000])).get());
      producer.send(new ProducerRecord<>("too-large", new byte[1_000_000])).get();
    }
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer("max.request.size", 1_000)) {
      fails(RecordTooLargeException.class,
          () -> producer.send(new ProducerRecord<>("too-large", new byte[1_100])).get());
    }
    equal(cluster.read("too-large", 1, 1).get(0).value().length, 1_000_000);
  }

  private void split() throws Exception {
    cluster.topic("split", 1, "max.message.bytes", "20000");
    List<Future<RecordMetadata>> pending = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        cluster.producer("batch.size", 200_000, "linger.ms", 100)) {
      for (int i = 0; i < 100; i++) {
        pending.add(producer.send(new ProducerRecord<>("split", new byte[1_500])));
      }
    }
    for (Future<RecordMetadata> one : pending) {
      one.get();
    }
    cluster.read("split", 1, 100);
  }

  private void times() throws Exception {
    long before = System.currentTimeMillis();
    cluster.topic("time-of-append", 1, "message.timestamp.type", "LogAppendTime");
    cluster.topic("time-of-creation", 1);
    long told = cluster.fill("time-of-append", 1, 1).get(0).timestamp();
    holds("the time of the append is now", told >= before - 1_000);
    ConsumerRecord<byte[], byte[]> read = cluster.read("time-of-append", 1, 1).get(0);
    equal(read.timestampType(), TimestampType.LOG_APPEND_TIME);
    equal(read.timestamp(), told);
    equal(cluster.fill("time-of-creation", 1, 3).get(2).timestamp(), 2L);
    read = cluster.read("time-of-creation", 1, 3).get(2);
    equal(read.timestampType(), TimestampType.CREATE_TIME);
    equal(read.timestamp(), 2L);
  }

  private void timeTooFarAhead() throws Exception {
    cluster.topic("time-ahead", 1);
    long ahead = System.currentTimeMillis() + 2 * 3_600_000;
    try (KafkaProducer<byte[], byte[]> producer = cluster.producer()) {
      fails(InvalidTimestampException.class, () -> producer.send(
          new ProducerRecord<>("time-ahead", 0, ahead, null, new byte[1])).get());
    }
  }

  private void autoCreated() throws Exception {
    equal(cluster.fill("auto-created", 1, 1).get(0).offset(), 0L);
    cluster.read("auto-created", 1, 1);
  }

  private void topicCodec() throws Exception {
    cluster.topic("topic-codec", 1, "compression.type", "zstd");
    cluster.fill("topic-codec", 1, 500, "compression.type", "gzip");
    equal(cluster.read("topic-codec", 1, 500).stream().map(Cluster::number).toList(),
        IntStream.range(0, 500).boxed().toList());
  }
}
