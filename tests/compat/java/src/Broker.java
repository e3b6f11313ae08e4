package millstream.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;

/** A broker of our own, which may be killed as a crash would, and started again where it was. */
final class Broker implements AutoCloseable {
  private final String program;
  private final Path data;
  private String address = "127.0.0.1:0";
  private Process process;

  Broker(String program, Path data) throws IOException {
    this.program = program;
    this.data = data;
    start();
  }

  String address() {
    return address;
  }

  /** Returns when it serves: at a free port the first time, then always at the same. */
  void start() throws IOException {
    process = new ProcessBuilder(program, "start", "--data", data.toString(), "--listen", address,
        "--set", "group.initial.rebalance.delay.ms=0")
        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var says = new BufferedReader(new InputStreamReader(process.getInputStream()));
    String line = says.readLine();
    if (line == null || !line.startsWith("ready ")) {
      close();
      throw new IOException("the broker did not start: " + line);
    }
    address = line.split(" ")[1];
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
