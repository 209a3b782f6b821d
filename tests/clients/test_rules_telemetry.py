"""Rule 137: client metrics subscriptions, set and kept; what a client is told; and a real client that pushes, seen in the log."""

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
