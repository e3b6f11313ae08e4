package millstream.compat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** One member of a group: what it owns by its listener's word, and what it has read. */
final class Member implements AutoCloseable, ConsumerRebalanceListener {
  final KafkaConsumer<byte[], byte[]> consumer;
  final Set<Integer> owned = new TreeSet<>();
  final List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
  int revocations;

  Member(Cluster cluster, String group, String topic, Object... settings) {
    var all = new ArrayList<Object>(List.of("group.id", group, "heartbeat.interval.ms", 200));
    all.addAll(List.of(settings));
    consumer = cluster.consumer(all.toArray());
    consumer.subscribe(List.of(topic), this);
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    partitions.forEach(partition -> owned.add(partition.partition()));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    partitions.forEach(partition -> owned.remove(partition.partition()));
    revocations += partitions.size();
  }

  void poll() {
    consumer.poll(Cluster.POLL).forEach(read::add);
  }

  int generation() {
    return consumer.groupMetadata().generationId();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
