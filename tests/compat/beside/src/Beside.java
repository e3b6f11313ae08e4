package millstream.beside;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Asks an Apache Kafka and ours the same, and compares the answers. Arguments: the address of
 * Kafka, ours, and the file of differences that are meant or known.
 *
 * <p>That file has a paragraph for each reason: the reason in lines that begin with `#`, then the
 * questions, one a line, each with both answers in the lines after it (`kafka: …`, `ours: …`). A
 * `*` in a question or an answer stands for anything. A difference that is not there fails, and so does one that
 * is there and is not seen, so that the file is true.
 */
final class Beside {
  private record Difference(String question, String kafka, String ours) {
    boolean matches(String asked, String kafkaAnswer, String ourAnswer) {
      return like(question, asked) && like(kafka, kafkaAnswer) && like(ours, ourAnswer);
    }

    private static boolean like(String pattern, String answer) {
      String[] parts = pattern.split("\\*", -1);
      var expression = new StringBuilder();
      for (int i = 0; i < parts.length; i++) {
        expression.append(i == 0 ? "" : ".*").append(Pattern.quote(parts[i]));
      }
      return answer.matches("(?s)" + expression);
    }
  }

  private Beside() {}

  public static void main(String[] arguments) throws Exception {
    Broker kafka = new Broker(arguments[0]);
    Broker ours = new Broker(arguments[1]);
    for (Broker broker : List.of(kafka, ours)) {
      broker.prepare();
      new Questions(broker).all();
      new ConfigQuestions(broker).all();
    }
    int failed = compare(kafka, ours, read(Path.of(arguments[2])));
    System.exit(failed == 0 ? 0 : 1);
  }

  private static List<Difference> read(Path file) throws Exception {
    List<String> lines = Files.readAllLines(file).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    List<Difference> differences = new ArrayList<>();
    for (int i = 0; i + 2 < lines.size(); i += 3) {
      differences.add(new Difference(lines.get(i),
          lines.get(i + 1).replaceFirst("^ *kafka: ?", ""),
          lines.get(i + 2).replaceFirst("^ *ours: ?", "")));
    }
    return differences;
  }

  private static int compare(Broker kafka, Broker ours, List<Difference> differences) {
    var questions = new TreeSet<>(kafka.answers.keySet());
    questions.addAll(ours.answers.keySet());
    var unseen = new ArrayList<>(differences);
    int failed = 0;
    for (String question : questions) {
      String theirs = kafka.answers.getOrDefault(question, "nothing");
      String own = ours.answers.getOrDefault(question, "nothing");
      var known = differences.stream()
          .filter(one -> one.matches(question, theirs, own)).findFirst();
      if (theirs.equals(own)) {
        continue;
      }
      known.ifPresent(unseen::remove);
      if (known.isPresent()) {
        continue;
      }
      failed++;
      System.out.printf("FAILED%n%s%n  kafka: %s%n  ours: %s%n", question, theirs, own);
    }
    for (Difference one : unseen) {
      failed++;
      System.out.println("FAILED a difference that is not seen any more: " + one);
    }
    System.out.printf("%d questions, %d known differences%n", questions.size(),
        differences.size());
    System.out.printf("%d passed, %d failed%n", questions.size() - failed, failed);
    return failed;
  }
}
