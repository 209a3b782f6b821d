"""Rule 137: client metrics subscriptions, set and kept; what a client is told; and a real client that pushes, seen in the log."""

import gzip
import pathlib
import re
import secrets
import subprocess
import unittest

import agents
from support.broker import wait_until
from support.errors import Err
from support.topics import create_topic
from wire_case import WireCase

SET, DELETE = 0, 1
METRICS = 16
NOBODY = bytes(16)
RUN_S = 60


def alter(connection, name, **configs):
    changes = [
        {"Name": key.replace("_", "."), "ConfigOperation": DELETE if value is None else SET, "Value": value}
        for key, value in configs.items()
    ]
    resource = {"ResourceType": METRICS, "ResourceName": name, "Configs": changes}
    return connection.call("IncrementalAlterConfigs", 1, Resources=[resource])["Responses"][0]


def ask(connection, instance=NOBODY):
    return connection.call("GetTelemetrySubscriptions", 0, ClientInstanceId=instance)


def push(connection, told, **more):
    body = {"ClientInstanceId": told["ClientInstanceId"], "SubscriptionId": told["SubscriptionId"], "Metrics": b""}
    return connection.call("PushTelemetry", 0, {**body, **more})["ErrorCode"]


def memory_kib(broker):
    """The most that the broker has ever used."""
    status = pathlib.Path(f"/proc/{broker.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def field(number, content):
    return bytes([number << 3 | 2, len(content)]) + content


def metrics_data(name):
    """One gauge of that name, as OpenTelemetry has it."""
    return field(1, field(2, field(2, field(1, name) + field(5, b""))))


class Telemetry(WireCase):
    own_broker = {}

    def subscribe(self, name="all", **configs):
        self.assert_error(alter(self.connection, name, **configs), Err.NONE)
        wanted = configs.get("metrics", "").split(",")
        wait_until(lambda: set(wanted) <= set(ask(self.connection)["RequestedMetrics"]), "it is in force")

    def test_rule_137_a_client_without_an_id_is_given_one(self):
        first, second = ask(self.connection), ask(self.connection)
        self.assertNotIn(NOBODY, (first["ClientInstanceId"], second["ClientInstanceId"]))
        self.assertNotEqual(first["ClientInstanceId"], second["ClientInstanceId"])
        self.assertEqual(first["RequestedMetrics"], [])

    def test_rule_137_too_early_is_refused(self):
        self.subscribe(metrics="org.", interval_ms="3600000")
        told = ask(self.connection)
        # The default is the longest that a client is ever told.
        self.assertEqual(told["PushIntervalMs"], 300_000)
        self.assertEqual(ask(self.connection, told["ClientInstanceId"])["ErrorCode"], Err.THROTTLING_QUOTA_EXCEEDED)
        self.assertEqual(push(self.connection, told), Err.NONE)
        self.assertEqual(push(self.connection, told), Err.THROTTLING_QUOTA_EXCEEDED)
        self.assertEqual(push(self.connection, told, Terminating=True), Err.NONE)
        self.assertEqual(push(self.connection, told), Err.INVALID_REQUEST)

    def test_rule_137_a_client_of_an_old_subscription_is_told_to_ask_again(self):
        self.subscribe(metrics="org.", interval_ms="3600000")
        told = ask(self.connection)
        self.subscribe(metrics="com.", interval_ms="3600000")
        self.assertEqual(push(self.connection, told), Err.UNKNOWN_SUBSCRIPTION_ID)
        again = ask(self.connection, told["ClientInstanceId"])
        if not self.on_kafka:
            self.assertEqual(again["RequestedMetrics"], ["com."])
            self.assertEqual(push(self.connection, again), Err.NONE)

    def test_rule_137_what_is_too_large_or_unreadable_is_refused(self):
        self.subscribe(metrics="org.", interval_ms="3600000")
        self.assertEqual(push(self.connection, ask(self.connection), Metrics=bytes(2 << 20)), Err.TELEMETRY_TOO_LARGE)
        self.assertEqual(push(self.connection, ask(self.connection), CompressionType=4, Metrics=b"junk"), Err.INVALID_RECORD)
        self.assertEqual(push(self.connection, ask(self.connection), CompressionType=77), Err.UNSUPPORTED_COMPRESSION_TYPE)
        self.assertEqual(push(self.connection, ask(self.connection), Metrics=secrets.token_bytes(1000)), Err.NONE)

    def test_what_grows_beyond_all_measure_is_refused_and_costs_no_memory(self):
        if self.on_kafka:
            self.skipTest("a Kafka without a plug-in reads nothing")
        self.subscribe(metrics="org.", interval_ms="100")
        bomb = gzip.compress(bytes(128 << 20), 1)
        self.assertLess(len(bomb), 1 << 20, "what fits into a push is a hundred times its size")
        before = memory_kib(self.broker)
        for _ in range(20):
            self.assertEqual(push(self.connection, ask(self.connection), CompressionType=1, Metrics=bomb), Err.INVALID_RECORD)
        self.assertLess(memory_kib(self.broker) - before, 64 << 10)

    def test_names_that_are_no_utf_8_do_no_harm(self):
        if not self.on_kafka:  # it reads another name
            self.assertNotEqual(alter(self.connection, "caf\udce9", metrics="org.")["ErrorCode"], Err.NONE)
        self.subscribe(metrics="org.", match="client_id=.*")
        odd = metrics_data(b"caf\xe9\n")
        self.assertEqual(push(self.connection, ask(self.connection), Metrics=odd), Err.NONE)
        self.assertEqual(push(self.connection, ask(self.connection), Metrics=odd[:-1]), Err.NONE)

    def test_rule_137_subscriptions_outlast_a_kill(self):
        self.subscribe(metrics="org.kept", interval_ms="1000")
        self.broker.kill()
        self.broker.restart()
        self.connection = self.connect()
        wait_until(lambda: ask(self.connection)["RequestedMetrics"] == ["org.kept"], "it is there")
        self.assert_error(alter(self.connection, "all", metrics=None, interval_ms=None), Err.NONE)
        wait_until(lambda: ask(self.connection)["RequestedMetrics"] == [], "it is gone")


class RealClient(WireCase):
    own_broker = {"log_level": "debug"}

    def test_a_producer_of_kafka_pushes_and_the_log_shows_it(self):
        if self.on_kafka:
            self.skipTest("a Kafka without a plug-in shows nothing")
        commands = agents.load()
        agents.pick(commands, "java-tools")
        self.assert_error(alter(self.connection, "mine", metrics="org.apache.kafka.producer.", interval_ms="100"), Err.NONE)
        topic = create_topic(self.broker)
        words = ["--bootstrap-server", self.broker.bootstrap, "--topic", topic, "--throughput", "20", "--max-messages", "60"]
        tool = [*commands["java-tools"], "org.apache.kafka.tools.VerifiableProducer", *words]
        subprocess.run(tool, check=True, capture_output=True, timeout=RUN_S)

        def pushes():
            text = self.broker.log_path.read_text(errors="replace")
            return [int(count) for count in re.findall(r"client pushed its metrics .* metrics=(\d+) .*readable=true", text)]

        wait_until(lambda: any(pushes()), "metrics were pushed")
        self.assertRegex(
            self.broker.log_path.read_text(errors="replace"), r"metric instance=\S+ name=org\.apache\.kafka\.producer\.\S+ value="
        )


if __name__ == "__main__":
    unittest.main()
