"""health, doctor, top, bench, quotas."""

import http.server
import json
import os
import socket
import subprocess
import threading
import unittest

from command import CliTest, program, run


class Health(CliTest):
    def test_a_broker_that_answers_is_healthy(self):
        self.topic()
        [row] = self.ok("health", "-o", "json").json
        self.assertEqual((row["status"], row["brokers"], row["leaderless"]), ("ok", 1, 0))
        self.assertGreaterEqual(row["topics"], 1)

    def test_nobody_there_is_exit_6_also_after_waiting(self):
        self.refused(6, "cannot connect", "-b", "127.0.0.1:1", "health")
        self.refused(6, "cannot connect", "-b", "127.0.0.1:1", "health", "--wait", "150ms")
        self.refused(2, "--wait '5' is no duration", "health", "--wait", "5")

    def test_waiting_ends_when_the_broker_comes(self):
        host, _, port = os.environ["STREAMLINE_BOOTSTRAP"].rpartition(":")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            waiting = subprocess.Popen([program(), "-b", f"127.0.0.1:{taken.getsockname()[1]}", "health", "--wait", "60s", "-o", "name"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            taken.listen()
            stop = threading.Event()
            threading.Thread(target=relay, args=(taken, (host, int(port)), stop), daemon=True).start()
            out, err = waiting.communicate(timeout=60)
            stop.set()
        self.assertEqual((waiting.returncode, out, err), (0, b"ok\n", b""))


def relay(listener, target, stop):
    """Hands every connection on to the broker."""

    def pump(source, sink):
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        except OSError:
            pass

    while not stop.is_set():
        try:
            ours, _ = listener.accept()
        except OSError:
            return
        theirs = socket.create_connection(target)
        threading.Thread(target=pump, args=(ours, theirs), daemon=True).start()
        threading.Thread(target=pump, args=(theirs, ours), daemon=True).start()


class Doctor(CliTest):
    def test_all_is_well(self):
        rows = self.ok("doctor", "-o", "json").json
        self.assertEqual([(row["check"], row["status"]) for row in rows], [("bootstrap", "ok"), ("advertised", "ok"), ("partitions", "ok")])

    def test_nobody_there(self):
        done = run("-b", "127.0.0.1:1", "doctor", "-o", "json")
        self.assertEqual(done.code, 6)
        [row] = done.json
        self.assertEqual((row["check"], row["subject"], row["status"]), ("bootstrap", "127.0.0.1:1", "failed"))
        self.assertIn("Connection refused", row["detail"])

    def test_another_protocol_on_the_port(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        server.RequestHandlerClass.log_message = lambda *unused: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        address = f"127.0.0.1:{server.server_port}"
        done = run("-b", address, "--request-timeout", "3s", "doctor", "-o", "json")
        self.assertEqual(done.code, 6)
        self.assertEqual(done.json[0]["status"], "failed")


class AdvertisedTrap(CliTest):
    def test_an_advertised_address_that_nobody_reaches_is_named_with_what_to_do(self):
        server = os.environ.get("STREAMLINE_SERVER")
        if not server:
            raise unittest.SkipTest("needs a server of our own to start")
        environment = {**os.environ, "STREAMLINE_ADVERTISED_LISTENERS": "PLAINTEXT://127.0.0.1:1"}
        words = [server, "--ephemeral", "--print-env"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True) as process:
            address = next(line.strip().partition("=")[2] for line in process.stdout if line.startswith("BROKERS="))
            done = run("-b", address, "doctor", "-o", "json")
            process.stdin.close()
            process.wait(60)
        self.assertEqual(done.code, 1, done.err)
        rows = {row["check"]: row for row in done.json}
        self.assertEqual((rows["bootstrap"]["status"], rows["advertised"]["status"]), ("ok", "failed"))
        self.assertEqual(rows["advertised"]["subject"], "127.0.0.1:1")
        self.assertIn("set advertised.listeners to an address that they can reach, such as " + address, rows["advertised"]["advice"])


class Top(CliTest):
    def test_the_busiest_stand_first_and_rows_are_bounded(self):
        name = self.topic()
        self.ok("produce", name, stdin="a\nb\n")
        looks = [json.loads(line) for line in self.ok("top", "-n", 2, "--every", "10ms", "-o", "json").lines]
        self.assertEqual(len(looks), 2)
        self.assertIn((name, "topic", 2), [(row["name"], row["kind"], row["records"]) for row in looks[1]])
        [bounded] = [json.loads(line) for line in self.ok("top", "-n", 1, "--rows", 1, "-o", "json").lines]
        self.assertEqual(len(bounded), 1)


class Bench(CliTest):
    def test_it_writes_reads_and_cleans_up(self):
        rows = self.ok("bench", "-n", 1000, "--bytes", 10, "-o", "json").json
        self.assertEqual([(row["step"], row["records"], row["bytes"]) for row in rows], [("produce", 1000, 10000), ("consume", 1000, 10000)])
        self.assertFalse([topic for topic in self.ok("topics", "list", "-o", "name").lines if topic.startswith("streamline-bench-")])


class Quotas(CliTest):
    def setUp(self):
        self.name = f"cli-{os.getpid()}"
        self.entities = [["--client", self.name], ["--user", self.name], ["--user", self.name, "--client", "default"], ["--ip", "10.9.8.7"]]
        self.addCleanup(self.take_off)

    def take_off(self):
        keys = ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"]
        for entity in self.entities:
            run("quotas", "unset", *entity, *(["connection_creation_rate"] if "--ip" in entity else keys))

    def listed(self, count):
        """Rows of this test; a real Kafka tells of a change a moment later."""
        for _ in range(1 if self.is_ours else 40):
            rows = [row for row in self.ok("quotas", "list", "-o", "json").json if self.name in row["entity"] or "10.9.8.7" in row["entity"]]
            if len(rows) == count:
                break
        return rows

    def test_a_quota_is_set_listed_and_unset(self):
        entity = f"client-id={self.name}"
        [row] = self.ok("quotas", "set", "--client", self.name, "producer_byte_rate=1048576", "-o", "json").json
        self.assertEqual(row, {"entity": entity, "key": "producer_byte_rate", "status": "set", "value": 1048576})
        self.assertEqual(self.listed(1), [{"entity": entity, "key": "producer_byte_rate", "value": 1048576}])
        table = [line.split() for line in self.ok("quotas", "list").lines]
        self.assertEqual(table[0], ["ENTITY", "QUOTA", "VALUE"])
        self.assertIn([entity, "producer_byte_rate", "1048576"], table)
        [row] = self.ok("quotas", "unset", "--client", self.name, "producer_byte_rate", "-o", "json").json
        self.assertEqual(row, {"entity": entity, "key": "producer_byte_rate", "status": "unset", "value": None})
        self.assertEqual(self.listed(0), [])

    def test_users_defaults_and_addresses_have_quotas_too(self):
        self.ok("quotas", "set", "--user", self.name, "consumer_byte_rate=5", "controller_mutation_rate=0.5")
        self.ok("quotas", "set", "--user", self.name, "--client", "default", "request_percentage=12.25")
        self.ok("quotas", "set", "--ip", "10.9.8.7", "connection_creation_rate=9")
        rows = sorted((row["entity"], row["key"], row["value"]) for row in self.listed(4))
        self.assertEqual(rows, [
            (f"client-id=default,user={self.name}", "request_percentage", 12.25),
            ("ip=10.9.8.7", "connection_creation_rate", 9),
            (f"user={self.name}", "consumer_byte_rate", 5),
            (f"user={self.name}", "controller_mutation_rate", 0.5),
        ])

    def test_a_dry_run_changes_nothing(self):
        [row] = self.ok("quotas", "set", "--client", self.name, "producer_byte_rate=1", "--dry-run", "-o", "json").json
        self.assertEqual(row["status"], "would be set")
        self.assertEqual(self.listed(0), [])

    def test_what_the_broker_refuses_is_said_and_nothing_is_changed(self):
        for quota in ("producer_byte_rate=-1", "producer_byte_rate=1.5", "producer_byte_rate=1e30", "no_such_rate=1", "connection_creation_rate=1"):
            self.refused(1, "INVALID_REQUEST", "quotas", "set", "--client", self.name, "consumer_byte_rate=7", quota)
        self.refused(1, "INVALID_REQUEST", "quotas", "set", "--ip", "no-address", "connection_creation_rate=1")
        self.assertEqual(self.listed(0), [])

    def test_wrong_words(self):
        self.refused(2, "say for whom", "quotas", "set", "producer_byte_rate=1")
        self.refused(2, "'fast' is no number", "quotas", "set", "--client", "x", "producer_byte_rate=fast")
