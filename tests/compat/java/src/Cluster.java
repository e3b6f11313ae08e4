package millstream.compat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The broker at an address, as clients of it. Settings are those of the clients, by name. */
record Cluster(String address) {
  static final Duration POLL = Duration.ofMillis(200);

  /** A group or topic nobody else uses is made from this and a word. */
  static Map<String, Object> with(Object... namesAndValues) {
    Map<String, Object> settings = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      settings.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return settings;
  }

  Admin admin() {
    return Admin.create(with("bootstrap.servers", address));
  }

  KafkaProducer<byte[], byte[]> producer(Object... namesAndValues) {
    Map<String, Object> settings = with(namesAndValues);
    settings.put("bootstrap.servers", address);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  KafkaConsumer<byte[], byte[]> consumer(Object... namesAndValues) {
    Map<String, Object> settings = with("auto.offset.reset", "earliest");
    settings.putAll(with(namesAndValues));
    settings.put("bootstrap.servers", address);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  void topic(String name, int partitions, String... configs) throws Exception {
    Map<String, String> settings = new HashMap<>();
    for (int i = 0; i < configs.length; i += 2) {
      settings.put(configs[i], configs[i + 1]);
    }
    NewTopic topic = new NewTopic(name, Optional.of(partitions), Optional.empty());
    try (Admin admin = admin()) {
      admin.createTopics(List.of(topic.configs(settings))).all().get();
    }
  }

  /** Sends `count` records, round robin over the partitions, whose values are 0, 1, 2, … */
  List<RecordMetadata> fill(String topic, int partitions, int count, Object... settings)
      throws Exception {
    List<RecordMetadata> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
      var pending = IntStream.range(0, count)
          .mapToObj(i -> producer.send(numbered(topic, i % partitions, i))).toList();
      for (var one : pending) {
        sent.add(one.get());
      }
    }
    return sent;
  }

  /** The record with a number as its value. */
  static ProducerRecord<byte[], byte[]> numbered(String topic, int partition, int number) {
    byte[] value = String.valueOf(number).getBytes();
    return new ProducerRecord<>(topic, partition, (long) number, null, value);
  }

  static int number(ConsumerRecord<byte[], byte[]> record) {
    return Integer.parseInt(new String(record.value()));
  }

  static List<TopicPartition> partitions(String topic, int count) {
    return IntStream.range(0, count).mapToObj(i -> new TopicPartition(topic, i)).toList();
  }

  /** Reads partitions from their beginning until `count` records are there, and no longer. */
  List<ConsumerRecord<byte[], byte[]>> read(String topic, int partitions, int count)
      throws Exception {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      consumer.assign(partitions(topic, partitions));
      consumer.seekToBeginning(consumer.assignment());
      return poll(consumer, count);
    }
  }

  /** Polls until `count` records are there; more is an error. */
  static List<ConsumerRecord<byte[], byte[]>> poll(Consumer<byte[], byte[]> consumer, int count)
      throws Exception {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    Checklist.until(count + " records", () -> {
      consumer.poll(POLL).forEach(records::add);
      return records.size() >= count;
    });
    Checklist.equal(records.size(), count);
    return records;
  }
}
