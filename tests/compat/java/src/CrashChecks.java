package millstream.compat;

import static millstream.compat.Checklist.equal;
import static millstream.compat.Checklist.until;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;

/** The broker is killed and started again, and the clients that were there go on. */
final class CrashChecks {
  private static final int CRASHES = 3;
  private static final int RECORDS = 2_000;

  private final String program;
  private final Path folder;

  CrashChecks(String program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  void all(Checklist list) {
    list.check("crash: an idempotent producer goes on, nothing lost or doubled", this::producer);
    list.check("crash: a consumer without a group goes on", this::consumer);
    list.check("crash: a member goes on from what it committed", () -> member("range"));
    list.check("crash: a static member goes on", () -> member("range", "group.instance.id", "a"));
  }

  private void producer() throws Exception {
    try (Broker broker = new Broker(program, folder.resolve("producer"))) {
      Cluster cluster = new Cluster(broker.address());
      cluster.topic("crash", 1);
      List<Future<RecordMetadata>> pending = new ArrayList<>();
      try (KafkaProducer<byte[], byte[]> producer =
          cluster.producer("batch.size", 200, "linger.ms", 0)) {
        for (int crash = 0; crash < CRASHES; crash++) {
          for (int i = 0; i < RECORDS; i++) {
            pending.add(producer.send(Cluster.numbered("crash", 0, pending.size())));
          }
          // Some are acknowledged, some are on their way, some wait in the client.
          pending.get(pending.size() - RECORDS / 2).get();
          broker.kill();
          broker.start();
        }
      }
      for (int i = 0; i < pending.size(); i++) {
        equal(pending.get(i).get().offset(), (long) i);
      }
      equal(cluster.read("crash", 1, pending.size()).stream().map(Cluster::number).toList(),
          IntStream.range(0, CRASHES * RECORDS).boxed().toList());
    }
  }

  private void consumer() throws Exception {
    try (Broker broker = new Broker(program, folder.resolve("consumer"))) {
      Cluster cluster = new Cluster(broker.address());
      cluster.topic("crash", 3);
      try (var consumer = cluster.consumer()) {
        consumer.assign(Cluster.partitions("crash", 3));
        for (int crash = 0; crash < CRASHES; crash++) {
          cluster.fill("crash", 3, 300);
          Cluster.poll(consumer, 300);
          broker.kill();
          broker.start();
        }
        equal(consumer.poll(Cluster.POLL).count(), 0);
      }
    }
  }

  private void member(String group, Object... settings) throws Exception {
    try (Broker broker = new Broker(program, folder.resolve("member-" + settings.length))) {
      Cluster cluster = new Cluster(broker.address());
      cluster.topic("crash", 3);
      try (Member member = new Member(cluster, group, "crash", settings)) {
        for (int crash = 1; crash <= CRASHES; crash++) {
          int expected = crash * 300;
          cluster.fill("crash", 3, 300);
          until(expected + " records", () -> {
            member.poll();
            return member.read.size() >= expected;
          });
          member.consumer.commitSync();
          broker.kill();
          broker.start();
        }
        equal(member.read.size(), CRASHES * 300);
      }
      // Whoever comes next begins where the other committed.
      cluster.fill("crash", 3, 3);
      try (Member next = new Member(cluster, group, "crash", settings)) {
        until("3 records", () -> {
          next.poll();
          return next.read.size() >= 3;
        });
        equal(next.read.size(), 3);
      }
    }
  }
}
