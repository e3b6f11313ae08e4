package millstream.compat;

import java.nio.file.Path;
import org.apache.kafka.clients.admin.Admin;

/**
 * Runs all checks. Arguments: the address of a broker; then, for the checks that kill a broker, the
 * program and a folder for the data of theirs. Without these, a real Kafka can be checked as well.
 */
final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Cluster cluster = new Cluster(arguments[0]);
    Checklist list = new Checklist();
    try (Admin admin = cluster.admin()) {
      new AdminChecks(cluster, admin).all(list);
      new GroupAdminChecks(cluster, admin).all(list);
    }
    new ProducerChecks(cluster).all(list);
    new ConsumerChecks(cluster).all(list);
    new GroupChecks(cluster).all(list);
    if (arguments.length > 1) {
      new CrashChecks(arguments[1], Path.of(arguments[2])).all(list);
    }
    System.exit(list.finish());
  }
}
