"""The server as a program: flags, files, exit codes, its lines on stderr, signals, and a shortage of disk or descriptors."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import unittest

from support.broker import answers, free_port, open_broker, wait_until
from support.errors import Err
from support.records import Batch, Record
from support.topics import append, create_topic, fetch, fetch_body, produce, unique_topic
from support.wire import Connection
from wire_case import WireCase

LIMIT_S = 30
SCREEN_LINES, SCREEN_COLUMNS = 30, 120
DESCRIPTORS = 64
IDLE_KIB = 12 * 1024
CROWD = 100
USAGE, DAMAGED, IN_USE, NO_ADDRESS, DISK, CONFIGURATION = 64, 65, 66, 69, 74, 78
MORE_THAN_ANY_DISK = str(2**60)


class Program(WireCase):
    """The test's own broker is there for its binary, and as the neighbour that holds a port and a directory."""

    @classmethod
    def setUpClass(cls):
        cls.broker = open_broker(restartable=True)
        cls.addClassCleanup(cls.broker.close)
        if cls.broker.is_peer:
            raise unittest.SkipTest("it is about our own program")

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="streamline-program-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def place(self):
        """Where it runs, without the variables of this test, which it would take for misspelt properties."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("STREAMLINE_", "KAFKA_"))}
        return {"cwd": self.directory, "env": environment}

    def file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def run_to_end(self, *arguments):
        command = [self.broker.binary, *map(str, arguments)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, **self.place())
        return done.returncode, done.stdout, done.stderr

    def refused(self, code, text, *arguments):
        """Ends with the code and one line that says why; nothing is left behind."""
        before = sorted(self.directory.iterdir())
        seen, out, said = self.run_to_end(*arguments)
        self.assertEqual((seen, out), (code, ""), said)
        self.assertIn(text, said)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertEqual(sorted(self.directory.iterdir()), before)
        return said

    def start(self, *arguments, stdin=subprocess.DEVNULL, **more):
        command = [self.broker.binary, *map(str, arguments)]
        pipes = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, **pipes, **self.place(), **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.wait(LIMIT_S)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def until_ready(self, process):
        """The lines on stderr up to the one that says that it serves."""
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "server ready" in line:
                return lines
        raise AssertionError(f"ended with {process.wait(LIMIT_S)}: {''.join(lines)}")

    def addresses(self, ready):
        return [(host.strip("[]"), int(port)) for host, port in re.findall(r"://(\[\S+?\]|[^:]+):(\d+)", re.search(r"listeners=(\S+)", ready)[1])]


class Flags(Program):
    def test_help_fits_a_screen_and_version_names_commit_and_build(self):
        code, out, said = self.run_to_end("--help")
        self.assertEqual((code, said), (0, ""))
        self.assertLessEqual(len(out.splitlines()), SCREEN_LINES)
        self.assertLessEqual(max(map(len, out.splitlines())), SCREEN_COLUMNS)
        for flag in ("--config", "--listen", "--advertise", "--data-dir", "--in-memory", "-X"):
            self.assertIn(flag, out)
        code, out, said = self.run_to_end("--version")
        self.assertEqual((code, said), (0, ""))
        self.assertRegex(out, r"^streamline \d+\.\d+\.\d+ \(commit \S+, \S+ [\d.]+ \S+\)\n$")

    def test_wrong_flags_end_with_64_and_name_what_is_wrong(self):
        for text, arguments in (
            ("--bogus", ["--bogus"]),
            ("unknown flag --lisen, did you mean --listen?", ["--lisen=127.0.0.1:9092", "more"]),
            ("words", ["words"]),
            ("unknown word helth, did you mean health?", ["helth"]),
            ("check has to be the first word", ["--in-memory", "check"]),
            ("unknown word shwo, did you mean show?", ["config", "shwo"]),
            ("unknown flag --chnged, did you mean --changed?", ["config", "show", "--chnged"]),
            ("lots is no number of bytes, such as 512MiB", ["--memory-limit", "lots"]),
            ("127.0.0.1:99999", ["--listen", "127.0.0.1:99999"]),
            ("127.0.0.1", ["--listen", "127.0.0.1"]),
            ("nopartitions", ["-X", "nopartitions"]),
            ("--print-env needs --ephemeral", ["--print-env"]),
            ("--data-dir", ["--data-dir", ""]),
            ("--data-dir", ["--in-memory", "--data-dir", "data"]),
        ):
            with self.subTest(arguments=arguments):
                self.refused(USAGE, text, *arguments)

    def test_wrong_properties_end_with_78_and_name_key_value_and_range(self):
        said = self.refused(CONFIGURATION, "num.partitons", "-X", "num.partitons=3")
        self.assertIn("num.partitions", said)
        said = self.refused(CONFIGURATION, "num.partitions", "-X", "num.partitions=0")
        self.assertIn("at least 1", said)
        self.refused(CONFIGURATION, "num.partitions", "-X", "num.partitions=many")
        self.refused(CONFIGURATION, "no-such-file", "--config", "no-such-file")
        self.refused(CONFIGURATION, "b.toml:2", "--config", self.file("b.toml", '"log.dirs" = "data"\nnum.partitons = 3\n'))
        self.refused(CONFIGURATION, "c.toml:1", "--config", self.file("c.toml", 'num.partitions = "'))


class Places(Program):
    def test_a_port_in_use_ends_with_69_and_names_it(self):
        self.refused_with_data(NO_ADDRESS, self.broker.bootstrap, "--listen", self.broker.bootstrap)
        self.refused_with_data(NO_ADDRESS, "no-such-host.invalid", "--listen", "no-such-host.invalid:0")

    def refused_with_data(self, code, text, *arguments):
        seen, out, said = self.run_to_end("--data-dir", "data", *arguments)
        self.assertEqual((seen, out), (code, ""), said)
        self.assertIn(text, said)
        # What it made until then does not keep the next start away.
        process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0")
        self.until_ready(process)
        process.terminate()
        self.assertEqual(process.wait(LIMIT_S), 0)

    def test_a_directory_in_use_ends_with_66_and_names_it_and_its_holder(self):
        data = self.broker.directory / "data"
        said = self.refused(IN_USE, str(data), "--data-dir", data, "--listen", "127.0.0.1:0")
        self.assertIn(str(self.broker.process.pid), said)
        self.assert_error(self.connection.call("ApiVersions", 0), Err.NONE)

    def test_a_directory_that_cannot_be_one_ends_with_74_and_names_it(self):
        self.refused(DISK, "/dev/null", "--data-dir", "/dev/null", "--listen", "127.0.0.1:0")
        self.refused(DISK, "/proc/none", "--data-dir", "/proc/none", "--listen", "127.0.0.1:0")

    def test_a_file_where_the_directory_should_be_is_named_with_what_to_do(self):
        file = self.file("taken", "mine")
        for directory in (file, file / "data"):
            said = self.refused(DISK, f"; {file} is no directory: move it away, or name another", "--data-dir", directory, "--listen", "127.0.0.1:0")
            self.assertIn("Not a directory", said)
        self.assertEqual(file.read_text(), "mine")

    def test_a_directory_of_another_version_or_damaged_ends_with_65_and_is_left_alone(self):
        process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0")
        self.until_ready(process)
        process.terminate()
        self.assertEqual(process.wait(LIMIT_S), 0)
        meta = self.directory / "data/meta.json"
        right = meta.read_text()
        newer = json.dumps({**json.loads(right), "format_version": 99})
        for wrong in (newer, "{", ""):
            meta.write_text(wrong)
            self.refused(DAMAGED, "meta.json", "--data-dir", "data", "--listen", "127.0.0.1:0")
            self.assertEqual(meta.read_text(), wrong)
        meta.write_text(right)
        self.until_ready(self.start("--data-dir", "data", "--listen", "127.0.0.1:0"))


class Start(Program):
    def test_the_last_line_of_a_start_says_what_serves_where(self):
        lines = self.until_ready(self.start("--data-dir", "data", "--listen", "127.0.0.1:0", "--listen", "[::1]:0"))
        self.assertEqual(len(lines), 1, lines)
        listeners = r"listeners=\S+://127\.0\.0\.1:\d+,\S+://\[::1\]:\d+"
        self.assertRegex(lines[0], rf"version=\d\S+ {listeners} data=\S*data durability=always start_ms=\d+\n$")
        for address in self.addresses(lines[0]):
            self.assertTrue(answers(address), address)

    def test_an_idle_broker_takes_little_memory(self):
        process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0")
        self.until_ready(process)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        self.assertLess(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]), IDLE_KIB)

    def test_listening_beyond_loopback_is_one_warning_line(self):
        lines = self.until_ready(self.start("--data-dir", "data", "--listen", "0.0.0.0:0"))
        warned = [line for line in lines if "WARN" in line]
        self.assertEqual(len(warned), 1, lines)
        self.assertIn("0.0.0.0", warned[0])

    def test_a_kafka_file_serves_with_one_line_about_what_means_nothing_here(self):
        port = free_port()
        text = f"""process.roles=broker,controller
controller.quorum.voters=1@localhost:9093
node.id=7
listeners=INSIDE://127.0.0.1:{port},CONTROLLER://:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INSIDE
zookeeper.connect=none
log.dirs={self.directory}/kafka
num.partitions=5
"""
        lines = self.until_ready(self.start("--config", self.file("server.properties", text)))
        warned = [line for line in lines if "WARN" in line]
        self.assertEqual(len(warned), 1, lines)
        for key in ("process.roles", "controller.quorum.voters", "zookeeper.connect"):
            self.assertIn(key, warned[0])
        with Connection(("127.0.0.1", port)) as connection:
            topic = unique_topic()
            wanted = {"Name": topic, "NumPartitions": -1, "ReplicationFactor": -1}
            made = connection.call("CreateTopics", 7, Topics=[wanted], TimeoutMs=5000)
            self.assertEqual(made["Topics"][0]["NumPartitions"], 5)
            self.assertEqual(connection.call("Metadata", 12, Topics=[])["Brokers"][0]["NodeId"], 7)
        self.assertTrue((self.directory / "kafka" / "topics" / topic).is_dir())

    def test_rule_140_each_listener_advertises_its_own_address(self):
        inside, outside = free_port(), free_port()
        text = f"""listeners = "INSIDE://127.0.0.1:{inside},OUTSIDE://127.0.0.1:{outside}"
"listener.security.protocol.map" = "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT"
"advertised.listeners" = "INSIDE://inside.example:1001,OUTSIDE://outside.example:1002"
"log.dirs" = "{self.directory}/data"
"""
        self.until_ready(self.start("--config", self.file("two.toml", text)))
        for port, advertised in ((inside, ("inside.example", 1001)), (outside, ("outside.example", 1002))):
            with Connection(("127.0.0.1", port)) as connection:
                broker = connection.call("Metadata", 12, Topics=[])["Brokers"][0]
                self.assertEqual((broker["Host"], broker["Port"]), advertised)

    def test_an_ephemeral_broker_tells_its_address_and_ends_with_its_input_and_keeps_nothing(self):
        process = self.start("--ephemeral", "--print-env", stdin=subprocess.PIPE)
        line = process.stdout.readline()
        self.assertRegex(line, r"^BROKERS=127\.0\.0\.1:\d+\n$")
        address = ("127.0.0.1", int(line.rpartition(":")[2]))
        with Connection(address) as connection:
            answer = connection.call("Metadata", 12, Topics=[{"Name": "auto"}])["Topics"][0]
            self.assert_error(answer, Err.NONE)
            self.assertEqual(append(connection, "auto", b"v"), 0)
            process.stdin.close()
            self.assertEqual(process.wait(LIMIT_S), 0)
        self.assertEqual(list(self.directory.iterdir()), [])
        self.assertFalse(answers(address))


class Signals(Program):
    def test_rule_141_term_and_int_end_with_0_and_the_rest_is_written(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0", "-X", "durability=interval")
            address = self.addresses(self.until_ready(process)[-1])[0]
            with Connection(address) as connection:
                topic = unique_topic()
                connection.call("Metadata", 12, Topics=[{"Name": topic}])
                self.assertEqual(append(connection, topic, b"v"), 0)
            process.send_signal(number)
            self.assertEqual(process.wait(LIMIT_S), 0)
            again = self.start("--data-dir", "data", "--listen", "127.0.0.1:0")
            with Connection(self.addresses(self.until_ready(again)[-1])[0]) as connection:
                self.assertEqual(fetch(connection, topic)["HighWatermark"], 1)
            again.send_signal(signal.SIGTERM)
            self.assertEqual(again.wait(LIMIT_S), 0)

    def test_rule_141_a_client_that_never_reads_does_not_keep_it_beyond_a_second_signal(self):
        process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0")
        address = self.addresses(self.until_ready(process)[-1])[0]
        deaf = Connection(address)
        self.addCleanup(deaf.close)
        topic = unique_topic()
        deaf.call("Metadata", 12, Topics=[{"Name": topic}])
        for _ in range(8):
            append(deaf, topic, bytes(900_000))
        for _ in range(20):
            deaf.send("Fetch", 12, fetch_body(topic))
        process.send_signal(signal.SIGTERM)
        for line in process.stderr:
            if "stopping" in line:
                break
        process.send_signal(signal.SIGTERM)
        self.assertIn(process.wait(LIMIT_S), (0, 128 + signal.SIGTERM, -signal.SIGTERM))

    def test_a_signal_during_the_start_leaves_a_directory_that_serves(self):
        for _ in range(5):
            process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0")
            process.send_signal(signal.SIGINT)
            self.assertIn(process.wait(LIMIT_S), (0, -signal.SIGINT))
        self.until_ready(self.start("--data-dir", "data", "--listen", "127.0.0.1:0"))


class Shortage(Program):
    def test_rule_142_a_full_disk_refuses_records_and_topics_and_serves_the_rest(self):
        broker = open_broker(restartable=True)
        self.addCleanup(broker.close)
        topic = create_topic(broker)
        with broker.connect() as connection:
            self.assertEqual(append(connection, topic, b"before"), 0)
        self.assertEqual(broker.stop(), 0)
        broker.options = {"storage.min.free.bytes": MORE_THAN_ANY_DISK}
        broker.restart()
        with broker.connect() as connection:
            for version, error in ((3, Err.NOT_LEADER_OR_FOLLOWER), (12, Err.KAFKA_STORAGE_ERROR)):
                self.assert_error(produce(connection, topic, Batch([Record(b"v")]), version=version), error)
            wanted = {"Name": unique_topic(), "NumPartitions": 1, "ReplicationFactor": 1}
            made = connection.call("CreateTopics", 7, Topics=[wanted], TimeoutMs=5000)["Topics"][0]
            self.assert_error(made, Err.KAFKA_STORAGE_ERROR)
            self.assertEqual(fetch(connection, topic)["HighWatermark"], 1)
            gone = connection.call("DeleteTopics", 6, Topics=[{"Name": topic}], TimeoutMs=5000)["Responses"][0]
            self.assert_error(gone, Err.NONE)
        self.assertEqual(broker.stop(), 0)
        broker.options = {}
        broker.restart()
        with broker.connect() as connection:
            self.assertEqual(append(connection, create_topic(broker), b"v"), 0)

    def test_rule_143_without_descriptors_newcomers_are_shed_and_the_others_are_served(self):
        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))

        process = self.start("--data-dir", "data", "--listen", "127.0.0.1:0", preexec_fn=few_descriptors)
        address = self.addresses(self.until_ready(process)[-1])[0]
        with Connection(address) as first:
            topic = unique_topic()
            self.assert_error(first.call("Metadata", 12, Topics=[{"Name": topic}])["Topics"][0], Err.NONE)
            self.assertEqual(append(first, topic, b"v"), 0)
            crowd = [Connection(address) for _ in range(CROWD)]
            served = [connection for connection in crowd if not connection.is_closed(within_s=0.01)]
            self.assertLess(len(served), DESCRIPTORS)
            self.assertEqual(append(first, topic, b"v"), 1)
            for connection in crowd:
                connection.close()
            wait_until(lambda: answers(address), "newcomers are let in again")
            self.assertEqual(append(first, topic, b"v"), 2)
        process.terminate()
        self.assertEqual(process.wait(LIMIT_S), 0)


if __name__ == "__main__":
    unittest.main()
