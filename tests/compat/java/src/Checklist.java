package millstream.compat;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Runs checks one after the other and counts them. A check fails by an exception; the others go on. */
final class Checklist {
  /** What a client may need to join a group, or to read what is there. */
  static final long PATIENCE_MS = 60_000;

  private int passed;
  private int failed;

  /** What is to be checked. */
  interface Check {
    void run() throws Exception;
  }

  /** Something that may be true later. */
  interface Condition {
    boolean holds() throws Exception;
  }

  void check(String name, Check check) {
    long begun = System.nanoTime();
    String verdict = "ok    ";
    try {
      check.run();
      passed++;
    } catch (Exception | AssertionError failure) {
      failure.printStackTrace();
      verdict = "FAILED";
      failed++;
    }
    System.out.printf("%s %s (%.1f s)%n", verdict, name, (System.nanoTime() - begun) / 1e9);
  }

  /** Prints the count as the last line, and gives the exit code. */
  int finish() {
    System.out.printf("%d passed, %d failed%n", passed, failed);
    return failed == 0 ? 0 : 1;
  }

  static void holds(String what, boolean condition) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  static void equal(Object got, Object expected) {
    boolean same = got instanceof byte[] left && expected instanceof byte[] right
        ? Arrays.equals(left, right) : Objects.equals(got, expected);
    holds("got " + shorten(got) + ", expected " + shorten(expected), same);
  }

  /** The failure of a call, which must be of this kind, itself or as the cause of what is thrown. */
  static <E extends Throwable> E fails(Class<E> kind, Callable<?> call) throws Exception {
    Object got;
    try {
      got = call.call();
    } catch (Exception thrown) {
      Throwable failure = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
      if (kind.isInstance(failure)) {
        return kind.cast(failure);
      }
      throw thrown;
    }
    throw new AssertionError("got " + shorten(got) + ", expected " + kind.getSimpleName());
  }

  /** Tries until it holds. The condition itself polls or asks, so that this is not a busy loop. */
  static void until(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000;
    while (!condition.holds()) {
      holds(what + ": not within " + PATIENCE_MS + " ms", System.nanoTime() < deadline);
    }
  }

  private static String shorten(Object value) {
    String text = value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    return text.length() <= 500 ? text : text.substring(0, 500) + "…";
  }
}
