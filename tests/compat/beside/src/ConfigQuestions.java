package millstream.beside;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;

/** Configurations: every name with its value, type, source and synonyms; and what is refused. */
final class ConfigQuestions {
  private static final byte TOPIC = ConfigResource.Type.TOPIC.id();
  private static final byte BROKER = ConfigResource.Type.BROKER.id();
  private static final byte GROUP = ConfigResource.Type.GROUP.id();
  private static final byte CLIENT_METRICS = ConfigResource.Type.CLIENT_METRICS.id();

  private final Broker broker;

  ConfigQuestions(Broker broker) {
    this.broker = broker;
  }

  void all() throws Exception {
    described("topic config", TOPIC, "there");
    described("broker config", BROKER, "1");
    described("group config", GROUP, "a-group");
    described("client metrics config", CLIENT_METRICS, "a-metric");
    refusedDescriptions();
    altered();
    refusedAlterations();
    var listed = (ListConfigResourcesResponseData) broker.ask(new ListConfigResourcesRequestData());
    broker.answer("list config resources", () -> listed.configResources().stream()
        .map(Object::toString).sorted().toList().toString());
  }

  private DescribeConfigsResult describe(byte type, String name) throws Exception {
    var resource = new DescribeConfigsResource().setResourceType(type).setResourceName(name);
    var request = new DescribeConfigsRequestData().setIncludeSynonyms(true)
        .setIncludeDocumentation(true).setResources(List.of(resource));
    return ((DescribeConfigsResponseData) broker.ask(request)).results().get(0);
  }

  private void described(String what, byte type, String name) throws Exception {
    DescribeConfigsResult result = describe(type, name);
    broker.answer(what + ": error", () -> String.valueOf(result.errorCode()));
    for (var config : result.configs()) {
      // The words of a documentation are each project's own.
      broker.answer(what + ": " + config.name(), () -> "value " + config.value() + " type "
          + config.configType() + " source " + config.configSource() + " read-only "
          + config.readOnly() + " sensitive " + config.isSensitive() + " documented "
          + (config.documentation() != null) + " synonyms " + config.synonyms().stream()
              .map(one -> one.name() + "=" + one.value() + " from " + one.source()).toList());
    }
  }

  private void refusedDescriptions() {
    for (var one : Map.of("no-such-topic", TOPIC, "a/b", TOPIC, "9", BROKER, "x", BROKER,
        "type 99", (byte) 99, "type 0", (byte) 0).entrySet()) {
      broker.answer("describe configs of " + one.getKey(),
          () -> String.valueOf(describe(one.getValue(), one.getKey()).errorCode()));
    }
  }

  private void alter(String question, byte type, String name, AlterableConfig... configs) {
    var all = new IncrementalAlterConfigsRequestData.AlterableConfigCollection();
    all.addAll(List.of(configs));
    var resources = new IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection();
    resources.add(new AlterConfigsResource().setResourceType(type).setResourceName(name)
        .setConfigs(all));
    broker.ask(question, new IncrementalAlterConfigsRequestData().setResources(resources));
  }

  private static AlterableConfig config(int operation, String name, String value) {
    return new AlterableConfig().setConfigOperation((byte) operation).setName(name).setValue(value);
  }

  private void altered() throws Exception {
    alter("alter: set", TOPIC, "other", config(0, "retention.ms", "100"));
    alter("alter: append", TOPIC, "other", config(2, "cleanup.policy", "compact"));
    alter("alter: append what is there", TOPIC, "other", config(2, "cleanup.policy", "compact"));
    described("altered topic config", TOPIC, "other");
    alter("alter: subtract", TOPIC, "other", config(3, "cleanup.policy", "delete"));
    alter("alter: delete", TOPIC, "other", config(1, "retention.ms", null));
    alter("alter: delete what is not set", TOPIC, "other", config(1, "segment.ms", null));
    alter("alter: a broker", BROKER, "1", config(0, "log.retention.ms", "90000000"));
    alter("alter: all brokers", BROKER, "", config(0, "log.retention.ms", "91000000"));
    alter("alter: a group", GROUP, "a-group", config(0, "consumer.session.timeout.ms", "50000"));
    alter("alter: client metrics", CLIENT_METRICS, "a-metric", config(0, "interval.ms", "1000"));
  }

  private void refusedAlterations() {
    alter("alter: no such name", TOPIC, "other", config(0, "no.such.name", "1"));
    alter("alter: no such topic", TOPIC, "no-such-topic", config(0, "retention.ms", "1"));
    alter("alter: an invalid topic", TOPIC, "a/b", config(0, "retention.ms", "1"));
    alter("alter: not a number", TOPIC, "other", config(0, "retention.ms", "soon"));
    alter("alter: below the least", TOPIC, "other", config(0, "retention.ms", "-2"));
    alter("alter: null", TOPIC, "other", config(0, "retention.ms", null));
    alter("alter: empty", TOPIC, "other", config(0, "retention.ms", ""));
    alter("alter: spaces", TOPIC, "other", config(0, "retention.ms", " 7 "));
    alter("alter: not one of the words", TOPIC, "other", config(0, "cleanup.policy", "forget"));
    alter("alter: not a codec", TOPIC, "other", config(0, "compression.type", "rar"));
    alter("alter: append to a number", TOPIC, "other", config(2, "retention.ms", "5"));
    alter("alter: an unknown operation", TOPIC, "other", config(9, "retention.ms", "5"));
    alter("alter: the same twice", TOPIC, "other", config(0, "retention.ms", "5"),
        config(1, "retention.ms", null));
    alter("alter: two that quarrel", TOPIC, "other", config(0, "local.retention.ms", "500"),
        config(0, "retention.ms", "100"));
    alter("alter: no such broker", BROKER, "9", config(0, "log.retention.ms", "90000000"));
    alter("alter: not a broker", BROKER, "x", config(0, "log.retention.ms", "90000000"));
    alter("alter: of a broker, fixed at its start", BROKER, "1", config(0, "log.dirs", "/x"));
    alter("alter: of a broker, not a number", BROKER, "1", config(0, "log.retention.ms", "x"));
    alter("alter: a group, too short", GROUP, "a-group",
        config(0, "consumer.session.timeout.ms", "5"));
    alter("alter: a group without a name", GROUP, "",
        config(0, "consumer.session.timeout.ms", "50000"));
    alter("alter: client metrics, no such name", CLIENT_METRICS, "a-metric", config(0, "x", "1"));
    alter("alter: of no kind", (byte) 99, "other", config(0, "retention.ms", "1"));
    var old = new AlterConfigsRequestData.AlterConfigsResourceCollection();
    old.add(new AlterConfigsRequestData.AlterConfigsResource().setResourceType(TOPIC)
        .setResourceName("no-such-topic"));
    broker.ask("alter configs: no such topic", new AlterConfigsRequestData().setResources(old));
  }
}
