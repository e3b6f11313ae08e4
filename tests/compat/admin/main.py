"""Runs all checks against a broker that is started for them, and starts it anew once."""

import subprocess
import sys
import tempfile

import checks
import with_confluent
import with_kafka_python

START_SECONDS = 30
END_SECONDS = 30


class Broker:
    """A process of the given program, and where it serves."""

    def __init__(self, program, folder):
        self.command = [program, "start", "--data", folder, "--listen", "127.0.0.1:0"]
        self.process = None
        self.address = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        if len(line) < 2 or line[0] != "ready":
            self.stop()
            sys.exit(f"the broker did not say that it is ready, but {line!r}")
        self.address = line[1]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            checks.note("the broker ends when it is asked to", AssertionError("it was killed"))


def main():
    with tempfile.TemporaryDirectory(prefix="millstream-admin-") as folder:
        broker = Broker(sys.argv[1], folder)
        broker.start()
        try:
            with_confluent.run(broker.address)
            with_kafka_python.run(broker.address)
            broker.stop()
            broker.start()
            with_confluent.run_after_restart(broker.address)
            with_kafka_python.run_after_restart(broker.address)
        finally:
            broker.stop()
    sys.exit(checks.report())


main()
