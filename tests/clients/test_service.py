"""The server as a service: topics that it makes at its start, what it tells its supervisor, sockets that are handed to it, signals that
change or show something, and the commands health and config."""

import json
import os
import re
import signal
import socket
import subprocess
import sys

from support.broker import answers, free_port, wait_until
from support.topics import append, fetch
from support.wire import Connection
from test_program import CONFIGURATION, DISK, IN_USE, LIMIT_S, NO_ADDRESS, USAGE, Program

# Hands a listening socket over as number 3, as sd_listen_fds(3) describes it, and becomes the broker.
ACTIVATION = """
import os, socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES=sys.argv[1])
os.execv(sys.argv[2], sys.argv[2:])
"""


class Service(Program):
    def topics(self, address):
        with Connection(address) as connection:
            answer = connection.call("Metadata", 12, Topics=None)
            return {topic["Name"]: len(topic["Partitions"]) for topic in answer["Topics"]}

    def serving(self, *arguments, data="data"):
        """A broker on a free port, its address, and its lines until it served."""
        process = self.start("--data-dir", data, "--listen", "127.0.0.1:0", *arguments)
        lines = self.until_ready(process)
        return process, self.addresses(lines[-1])[0], lines

    def place(self):
        place = super().place()
        place["env"].update(getattr(self, "variables", {}))
        return place

    def until_line(self, process, text):
        for line in process.stderr:
            if text in line:
                return line
        raise AssertionError(f"no line with {text}")


class DeclaredTopics(Service):
    def test_topics_that_are_declared_are_there_when_it_serves(self):
        process, address, _ = self.serving("--topic", "orders:3", "--topic", "users:1:compact")
        self.assertEqual(self.topics(address), {"orders": 3, "users": 1})
        with Connection(address) as connection:
            asked = [{"ResourceType": 2, "ResourceName": "users", "ConfigurationKeys": ["cleanup.policy"]}]
            configs = connection.call("DescribeConfigs", 4, Resources=asked)["Results"][0]["Configs"]
            self.assertEqual(configs[0]["Value"], "compact")

    def test_a_second_start_leaves_them_and_their_records_alone(self):
        process, address, _ = self.serving("--topic", "orders:3")
        with Connection(address) as connection:
            self.assertEqual(append(connection, "orders", b"kept"), 0)
        process.terminate()
        self.assertEqual(process.wait(LIMIT_S), 0)
        _, address, lines = self.serving("--topic", "orders:5", "--topic", "more")
        warned = [line for line in lines if "WARN" in line]
        self.assertEqual(len(warned), 1, lines)
        self.assertRegex(warned[0], r"topic=orders partitions=3 declared=5\n$")
        self.assertEqual(self.topics(address), {"orders": 3, "more": 1})
        with Connection(address) as connection:
            self.assertEqual(fetch(connection, "orders")["HighWatermark"], 1)

    def test_the_variables_of_ours_and_of_kafka_images_declare_topics(self):
        self.variables = {"KAFKA_CREATE_TOPICS": "a:2:1,b:1:1:compact", "STREAMLINE_NUM_PARTITIONS": "4"}
        self.assertEqual(self.topics(self.serving()[1]), {"a": 2, "b": 1})
        self.variables = {"STREAMLINE_TOPICS": "c"}
        self.assertEqual(self.topics(self.serving(data="other")[1]), {"c": 1})

    def test_a_wrong_declaration_keeps_it_from_starting(self):
        self.refused(USAGE, "orders:0", "--topic", "orders:0")
        self.refused(CONFIGURATION, "single node", "-X", "topics=orders:1:3")
        code, _, said = self.run_to_end("--data-dir", "data", "--listen", "127.0.0.1:0", "--topic", "no/name")
        self.assertEqual(code, CONFIGURATION, said)
        self.assertIn("no/name", said)


class Supervisor(Service):
    """A datagram socket takes the place of the service's."""

    def setUp(self):
        super().setUp()
        path = str(self.directory / "notify")
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.heard.close)
        self.heard.bind(path)
        self.heard.settimeout(LIMIT_S)
        self.variables = {"NOTIFY_SOCKET": path}

    def until_told(self, text):
        while True:
            told = self.heard.recv(4096).decode()
            if text in told:
                return told

    def test_it_tells_when_it_serves_and_when_it_stops(self):
        process, address, _ = self.serving()
        self.assertIn("STATUS=serving 127.0.0.1:%d" % address[1], self.until_told("READY=1"))
        self.assertTrue(answers(address))
        process.terminate()
        self.until_told("STOPPING=1")
        self.assertEqual(process.wait(LIMIT_S), 0)

    def test_it_gives_signs_of_life_where_a_watchdog_listens(self):
        self.variables["WATCHDOG_USEC"] = "50000"
        self.serving()
        for _ in range(3):
            self.until_told("WATCHDOG=1")

    def test_a_watchdog_of_another_process_hears_nothing(self):
        self.variables |= {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": str(os.getpid())}
        process, _, _ = self.serving()
        self.until_told("READY=1")
        process.send_signal(signal.SIGHUP)
        told = self.heard.recv(4096).decode()
        self.assertIn("RELOADING=1\nMONOTONIC_USEC=", told)
        self.until_told("READY=1")


class Activation(Service):
    def activated(self, name, *arguments):
        command = [sys.executable, "-c", ACTIVATION, name, self.broker.binary, *map(str, arguments)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, **pipes, **self.place(), close_fds=True)
        self.addCleanup(self.end, process)
        return process

    def test_a_socket_that_is_handed_over_is_served_instead_of_the_configured_ones(self):
        process = self.activated("kafka", "--data-dir", "data", "--listen", self.broker.bootstrap)
        ready = self.until_ready(process)[-1]
        self.assertRegex(ready, r"listeners=PLAINTEXT://127\.0\.0\.1:\d+ ")
        self.assertTrue(answers(self.addresses(ready)[0]))
        process.terminate()
        self.assertEqual(process.wait(LIMIT_S), 0)

    def test_its_name_chooses_the_listener_whose_address_is_advertised(self):
        settings = ["-X", "listeners=INSIDE://127.0.0.1:0", "-X", "listener.security.protocol.map=INSIDE:PLAINTEXT"]
        process = self.activated("inside", "--data-dir", "data", *settings, "-X", "advertised.listeners=INSIDE://inside.example:7")
        address = self.addresses(self.until_ready(process)[-1])[0]
        with Connection(address) as connection:
            self.assertEqual(connection.call("Metadata", 12, Topics=[])["Brokers"][0]["Host"], "inside.example")

    def test_sockets_of_another_process_are_left_alone(self):
        self.variables = {"LISTEN_FDS": "many", "LISTEN_PID": str(os.getpid())}
        self.serving()


class Advertised(Service):
    def test_a_client_that_does_not_come_back_to_its_advertised_address_is_named(self):
        process, address, _ = self.serving("--advertise", "broker.example:19092")
        with Connection(address) as lost:
            self.assertEqual(lost.call("Metadata", 12, Topics=[])["Brokers"][0]["Host"], "broker.example")
            line = self.until_line(process, "has not come back")
        self.assertRegex(line, r"WARN net .*--advertise.* address=PLAINTEXT://broker\.example:19092 client=127\.0\.0\.1 waited_ms=\d+\n$")

    def test_without_an_advertised_address_each_client_is_told_the_one_it_came_to(self):
        process = self.start("--data-dir", "data", "--listen", "0.0.0.0:0")
        port = self.addresses(self.until_ready(process)[-1])[0][1]
        for host in ("127.0.0.1", "127.0.0.2"):
            with Connection((host, port)) as connection:
                broker = connection.call("Metadata", 12, Topics=[])["Brokers"][0]
                self.assertEqual((broker["Host"], broker["Port"]), (host, port))


    def test_advertised_addresses_alone_say_where_to_listen(self):
        port = free_port()
        self.variables = {"KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://broker.example:{port}"}
        lines = self.until_ready(self.start("--data-dir", "data"))
        derived = f"listeners = PLAINTEXT://0.0.0.0:{port} (derived from KAFKA_ADVERTISED_LISTENERS), because it is not set"
        self.assertEqual([derived in line for line in lines], [True] + [False] * (len(lines) - 1), lines)
        with Connection(("127.0.0.2", port)) as connection:
            self.assertEqual(connection.call("Metadata", 12, Topics=[])["Brokers"][0]["Host"], "broker.example")
        code, out, _ = self.run_to_end("config", "show", "listeners", "-o", "json")
        shown = json.loads(out)
        self.assertEqual((code, shown["value"]), (0, f"PLAINTEXT://0.0.0.0:{port}"))
        self.assertEqual((shown["source"], shown["origin"]), ("environment", "derived from KAFKA_ADVERTISED_LISTENERS"))
        self.variables["KAFKA_LISTENERS"] = "INSIDE://127.0.0.1:0"
        self.variables["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"] = "INSIDE:PLAINTEXT"
        self.refused(CONFIGURATION, "no listener has the name PLAINTEXT", "--data-dir", "data")


class Signals(Service):
    def test_usr1_writes_the_state_to_the_log_and_hup_reads_the_configuration_again(self):
        file = self.file("a.toml", '"log.dirs" = "data"\nlisteners = "PLAINTEXT://127.0.0.1:0"\ntopics = ["a:2"]\n')
        process = self.start("--config", file)
        address = self.addresses(self.until_ready(process)[-1])[0]
        process.send_signal(signal.SIGUSR1)
        self.assertRegex(self.until_line(process, "INFO server state version="), rf"pid={process.pid} .*resident_kib=\d+")
        self.assertRegex(self.until_line(process, "state data="), r"topics=1 partitions=2 offsets=0 disk=fine free_bytes=\d+")

        file.write_text('"log.dirs" = "data"\nlisteners = "PLAINTEXT://127.0.0.1:0"\ntopics = ["a:2", "b"]\nnum.partitions = 3\n"log.level" = "warn"\n')
        process.send_signal(signal.SIGHUP)
        self.assertIn("keys=num.partitions", self.until_line(process, "takes effect with the next start"))
        wait_until(lambda: self.topics(address) == {"a": 2, "b": 1}, "the topic that was added")

        for wrong, named in (("num.partitions = none\n", "a.toml:1"), ("memory.limit.bytes = 1\n", "too small"), (None, "a.toml")):
            file.unlink() if wrong is None else file.write_text(wrong)
            process.send_signal(signal.SIGHUP)
            self.assertIn(named, self.until_line(process, "not reloaded"))
        self.assertTrue(answers(address))

    def test_what_clients_set_wins_over_a_file_that_is_read_again(self):
        place = '"log.dirs" = "data"\nlisteners = "PLAINTEXT://127.0.0.1:0"\ntopics = "a"\n'
        file = self.file("a.toml", place + "log.retention.ms = 1000000\n")
        process = self.start("--config", file)
        address = self.addresses(self.until_ready(process)[-1])[0]

        def read_again(settings):
            file.write_text(place + settings)
            process.send_signal(signal.SIGHUP)
            return self.until_line(process, "config reloaded")

        with Connection(address) as connection:
            self.assertEqual(self.retention(connection), ("1000000", 4))
            self.assertIn("changed=log.retention.ms\n", read_again("log.retention.ms = 2000000\n"))
            self.assertEqual(self.retention(connection), ("2000000", 4))
            self.set_retention(connection, 0, "3000000")
            self.assertIn("keys=log.retention.ms\n", self.until_line(process, "set by clients, which wins"))
            self.assertEqual(self.retention(connection), ("3000000", 3))
            file.write_text(place + "log.retention.ms = 4000000\n")
            process.send_signal(signal.SIGHUP)
            self.assertIn("keys=log.retention.ms", self.until_line(process, "what clients have set on brokers wins"))
            self.until_line(process, "config reloaded")
            self.assertEqual(self.retention(connection), ("3000000", 3))
            self.set_retention(connection, 1, None)
            self.assertEqual(self.retention(connection), ("4000000", 4))
            self.assertIn("changed=log.retention.ms\n", read_again(""))
            self.assertEqual(self.retention(connection), (str(7 * 24 * 3600 * 1000), 5))

    def test_levels_that_clients_set_stay_until_those_of_the_file_change(self):
        place = '"log.dirs" = "data"\nlisteners = "PLAINTEXT://127.0.0.1:0"\n'
        file = self.file("a.toml", place)
        process = self.start("--config", file)
        address = self.addresses(self.until_ready(process)[-1])[0]
        with Connection(address) as connection:
            change = {"Name": "catalog", "ConfigOperation": 0, "Value": "DEBUG"}
            logger = {"ResourceType": 8, "ResourceName": "1", "Configs": [change]}
            answer = connection.call("IncrementalAlterConfigs", 1, Resources=[logger], ValidateOnly=False)
            self.assertEqual(answer["Responses"][0]["ErrorCode"], 0, answer)
            for settings, level in (("log.retention.ms = 1000000\n", "DEBUG"), ('"log.level" = "warn"\ntopics = "a"\n', "WARN")):
                file.write_text(place + settings)
                process.send_signal(signal.SIGHUP)
                self.until_line(process, "reloaded") if level == "DEBUG" else wait_until(lambda: "a" in self.topics(address), "the topic")
                asked = [{"ResourceType": 8, "ResourceName": "1", "ConfigurationKeys": ["catalog"]}]
                config = connection.call("DescribeConfigs", 4, Resources=asked)["Results"][0]["Configs"][0]
                self.assertEqual(config["Value"], level)

    def retention(self, connection):
        """A topic's retention.ms, and Kafka's number of where it comes from."""
        asked = [{"ResourceType": 2, "ResourceName": "a", "ConfigurationKeys": ["retention.ms"]}]
        config = connection.call("DescribeConfigs", 4, Resources=asked)["Results"][0]["Configs"][0]
        return config["Value"], config["ConfigSource"]

    def set_retention(self, connection, operation, value):
        change = {"Name": "log.retention.ms", "ConfigOperation": operation, "Value": value}
        resource = {"ResourceType": 4, "ResourceName": "", "Configs": [change]}
        answer = connection.call("IncrementalAlterConfigs", 1, Resources=[resource], ValidateOnly=False)
        self.assertEqual(answer["Responses"][0]["ErrorCode"], 0, answer)

    def test_a_file_without_changes_is_reloaded_with_nothing_to_tell(self):
        process, _, _ = self.serving()
        process.send_signal(signal.SIGHUP)
        self.assertTrue(self.until_line(process, "config reloaded").endswith("changed=(nothing)\n"))


class Advice(Service):
    def test_a_port_or_directory_in_use_says_what_to_do(self):
        code, _, said = self.run_to_end("--data-dir", "data", "--listen", self.broker.bootstrap)
        self.assertEqual(code, NO_ADDRESS)
        self.assertIn("listen elsewhere with --listen", said)
        said = self.refused(IN_USE, "end that broker", "--data-dir", self.broker.directory / "data", "--listen", "127.0.0.1:0")
        self.assertIn("--data-dir", said)


class Logs(Service):
    def test_json_lines_have_the_keys_of_the_text(self):
        process = self.start("--in-memory", "--listen", "127.0.0.1:0", "--log-format", "json", "--topic", "a:2")
        made, ready = (json.loads(process.stderr.readline()) for _ in range(2))
        self.assertEqual((made["component"], made["message"], made["topic"], made["partitions"]), ("catalog", "made a declared topic", "a", "2"))
        self.assertEqual((ready["level"], ready["message"], ready["data"]), ("INFO", "ready", "(memory)"))

    def test_a_component_has_its_own_level(self):
        process = self.start("--in-memory", "--listen", "127.0.0.1:0", "--topic", "a", "-X", "log.levels=catalog:error")
        self.assertIn("server ready", process.stderr.readline())
        self.refused(CONFIGURATION, "the components are", "-X", "log.levels=storge:debug")

    def test_what_a_client_sends_cannot_break_a_line_of_json(self):
        process = self.start("--in-memory", "--listen", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug")
        address = self.addresses("listeners=" + json.loads(self.until_line(process, '"ready"'))["listeners"])[0]
        with Connection(address) as connection:
            topic = {"Name": "a\x1b\n\u009b\"", "NumPartitions": 1, "ReplicationFactor": 1, "Assignments": [], "Configs": []}
            connection.call("CreateTopics", 5, Topics=[topic], TimeoutMs=1000)
        with socket.create_connection(address) as other:
            other.sendall(b"GET / HTTP/1.0\r\n\r\n")
            line = json.loads(self.until_line(process, "refused frame"))
        self.assertEqual((line["message"], line["listener"]), ("refused frame: this looks like HTTP", "PLAINTEXT"))
        process.terminate()
        for line in process.stderr:
            json.loads(line)


class Streams(Service):
    def test_started_without_standard_streams_it_keeps_their_numbers_from_its_files(self):
        port = free_port()
        closed = ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', self.broker.binary, "--data-dir", "data", "--listen", f"127.0.0.1:{port}"]
        process = subprocess.Popen([*closed, "--topic", "a"], **self.place())
        self.addCleanup(self.end, process)
        wait_until(lambda: answers(("127.0.0.1", port)), "an answer")
        self.assertEqual({os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)}, {"/dev/null"})
        process.terminate()
        self.assertEqual(process.wait(LIMIT_S), 0)
        self.assertEqual(self.run_to_end("check", "data")[0], 0)

    def test_a_command_without_an_output_says_that_it_cannot_write(self):
        for command in ("config show", "config docs"):
            with self.subTest(command=command):
                done = subprocess.run(["sh", "-c", f'"$0" {command} >&-', self.broker.binary], capture_output=True, text=True, **self.place())
                self.assertEqual((done.returncode, done.stderr), (DISK, "streamline: standard output cannot be written\n"))


class Health(Service):
    def health(self, *arguments):
        return self.run_to_end("health", *arguments)

    def test_a_broker_that_serves_is_healthy_by_address_and_by_its_own_configuration(self):
        self.assertEqual(self.health(self.broker.bootstrap)[0], 0)
        self.assertEqual(self.health("--listen", self.broker.bootstrap)[0], 0)
        self.variables = {"STREAMLINE_LISTENERS": "PLAINTEXT://" + self.broker.bootstrap}
        code, out, said = self.health()
        self.assertEqual((code, out, said), (0, f"{self.broker.bootstrap} serves\n", ""))

    def test_nobody_there_is_1_and_one_line(self):
        address = f"127.0.0.1:{free_port()}"
        code, out, said = self.health(address)
        self.assertEqual((code, out, len(said.splitlines())), (1, "", 1), said)
        self.assertIn(address, said)

    def test_something_else_on_the_port_is_1(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = "127.0.0.1:%d" % other.getsockname()[1]
            code, _, said = self.health("--wait", "200ms", address)
            self.assertEqual((code, len(said.splitlines())), (1, 1), said)

    def test_it_waits_until_the_broker_is_there(self):
        port = free_port()
        waiting = self.start("health", "--wait", "30s", f"127.0.0.1:{port}")
        self.start("--in-memory", "--listen", f"127.0.0.1:{port}", "--topic", "a:3")
        self.assertEqual(waiting.wait(LIMIT_S), 0)

    def test_wrong_words_are_refused(self):
        self.refused(USAGE, "--wait soon", "health", "--wait", "soon")
        self.refused(USAGE, "99999", "health", "127.0.0.1:99999")
        self.refused(CONFIGURATION, "ADDRESS", "health", "--listen", "127.0.0.1:0")


class Configuration(Service):
    def show(self, *arguments):
        code, out, said = self.run_to_end("config", "show", "-o", "json", *arguments)
        self.assertEqual((code, said), (0, ""))
        return {row["key"]: row for row in map(json.loads, out.splitlines())}

    def test_show_tells_value_and_source_by_rising_precedence(self):
        file = self.file("a.toml", "num.partitions = 2\n")
        row = self.show()["num.partitions"]
        self.assertEqual((row["value"], row["source"], row["origin"], row["default"]), ("1", "default", "", "1"))
        row = self.show("--config", file)["num.partitions"]
        self.assertEqual((row["value"], row["source"]), ("2", "file"))
        self.assertTrue(row["origin"].endswith("a.toml:1"))
        self.variables = {"KAFKA_NUM_PARTITIONS": "3", "STREAMLINE_CONFIG": str(file)}
        row = self.show()["num.partitions"]
        self.assertEqual((row["value"], row["source"], row["origin"]), ("3", "environment", "KAFKA_NUM_PARTITIONS"))
        row = self.show("-X", "num.partitions=4")["num.partitions"]
        self.assertEqual((row["value"], row["source"], row["origin"]), ("4", "flag", "-X num.partitions"))

    def test_show_can_be_of_some_keys_or_of_what_is_set(self):
        self.assertEqual(list(self.show("num.partitions", "broker.id")), ["num.partitions", "node.id"])
        self.assertEqual(list(self.show("--changed", "--memory-limit", "1GiB")), ["memory.limit.bytes"])
        code, out, _ = self.run_to_end("config", "show", "--changed", "-X", "num.partitions=4")
        self.assertEqual(re.sub(r" +", " ", out), "KEY VALUE SOURCE\nnum.partitions 4 flag -X num.partitions\n")
        self.refused(USAGE, "nearest is num.partitions", "config", "show", "num.partitons")

    def test_check_says_each_mistake_of_a_file_or_that_it_is_right(self):
        right = self.file("right.properties", "num.partitions=3\nzookeeper.connect=none\n")
        code, out, said = self.run_to_end("config", "check", right)
        self.assertEqual((code, said), (0, ""))
        self.assertIn("zookeeper.connect", out)
        self.assertTrue(out.endswith("right.properties is right\n"))
        self.refused(CONFIGURATION, "too small", "config", "check", self.file("small.toml", "memory.limit.bytes = 1\n"))
        wrong = self.file("wrong.toml", "num.partitons = 3\nnum.io.threads = 0\n")
        code, out, said = self.run_to_end("config", "check", wrong)
        self.assertEqual((code, out, len(said.splitlines())), (CONFIGURATION, "", 2), said)
        self.assertEqual(self.run_to_end("config", "check", "no-such-file")[0], CONFIGURATION)

    def test_what_cannot_be_written_ends_with_74_and_a_line(self):
        for command in (["config", "show"], ["config", "docs"], ["config", "docs", "node.id"]):
            with self.subTest(command=command), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([self.broker.binary, *command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=LIMIT_S, **self.place())
                self.assertEqual((done.returncode, done.stderr), (DISK, "streamline: standard output cannot be written\n"))

    def test_docs_are_a_file_that_is_right(self):
        code, out, said = self.run_to_end("config", "docs")
        self.assertEqual((code, said), (0, ""))
        self.assertEqual(self.run_to_end("config", "check", self.file("docs.toml", out))[0], 0)
        code, out, _ = self.run_to_end("config", "docs", "log.retention.ms")
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith("log.retention.ms\n"))

    def test_a_secret_of_a_file_and_its_variable(self):
        count = self.file("count", " 6\n")
        self.variables = {"STREAMLINE_NUM_PARTITIONS_FILE": str(count)}
        self.assertEqual(self.show()["num.partitions"]["value"], "6")
