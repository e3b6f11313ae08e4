package millstream.beside;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.serialization.StringSerializer;

/** One of the two brokers, with its answers so far, each under the name of its question. */
final class Broker {
  final Map<String, String> answers = new LinkedHashMap<>();
  final Admin admin;
  private final String address;

  Broker(String address) {
    this.address = address;
    this.admin = Admin.create(Map.of("bootstrap.servers", address));
  }

  /** A topic `there` of two partitions, with ten records in the first, of the milliseconds 0 to 9. */
  void prepare() throws Exception {
    var topic = new NewTopic("there", Optional.of(2), Optional.empty());
    admin.createTopics(List.of(topic, new NewTopic("other", 1, (short) 1))).all().get();
    Map<String, Object> settings = Map.of("bootstrap.servers", address, "linger.ms", 1_000,
        "enable.idempotence", false);
    var strings = new StringSerializer();
    try (var producer = new KafkaProducer<String, String>(settings, strings, strings)) {
      for (long time = 0; time < 10; time++) {
        producer.send(new ProducerRecord<>("there", 0, time, null, "value"));
      }
    }
  }

  Uuid id(String topic) throws Exception {
    return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).topicId();
  }

  void ask(String question, ApiMessage request) {
    answer(question, () -> ask(request).toString());
  }

  void ask(String question, ApiMessage request, int version) {
    answer(question, () -> {
      try (Wire wire = new Wire(address)) {
        return wire.ask(request, version).toString();
      }
    });
  }

  /** Each question has a connection of its own, since some are answered by its end. */
  ApiMessage ask(ApiMessage request) throws Exception {
    try (Wire wire = new Wire(address)) {
      return wire.ask(request);
    }
  }

  /** How an answer comes to be. */
  interface Answer {
    String get() throws Exception;
  }

  void answer(String question, Answer answer) {
    String text;
    try {
      text = neutral(answer.get());
    } catch (Exception failure) {
      text = failure.getClass().getSimpleName();
    }
    if (answers.put(question, text) != null) {
      throw new IllegalArgumentException("asked twice: " + question);
    }
  }

  /**
   * Without what differs from start to start. The words of an error are left out too: Kafka's are
   * made for its logs and change with its releases, ours are our own; clients decide by the code.
   */
  private String neutral(String text) {
    return text
        .replaceAll("[eE]rrorMessage=('.*?'(?=\\)|, [a-zA-Z]+=)|null)", "errorMessage=…")
        .replaceAll("\\b[A-Za-z0-9_-]{22}\\b", "ID")
        .replaceAll("(port|producerId)=\\d+", "$1=N")
        .replaceAll("(memberId)='[^']{20,}'", "$1='ID'")
        .replaceAll("(totalBytes|usableBytes|throttleTimeMs)=\\d+", "$1=N")
        // They are asked for one by one, by describing them.
        .replaceAll("configs=\\[CreatableTopicConfigs[^\\]]*\\]", "configs=[…]")
        .replaceAll("logDir='[^']*'", "logDir='DIR'");
  }
}
