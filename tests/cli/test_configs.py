"""configs list, describe, set, unset."""

import os

from command import CliTest, run


class Configs(CliTest):
    def value(self, name, key, wanted):
        """What holds; a real Kafka tells of a change once its broker has read it back."""
        for _ in range(1 if self.is_ours else 20):
            [row] = self.ok("configs", "describe", "topic", name, key, "-o", "json").json
            if row["source"] == wanted:
                break
        return row["value"], row["source"]

    def test_a_topics_configs_are_set_shown_and_unset(self):
        name = self.topic()
        self.assertEqual(self.ok("configs", "set", "topic", name, "retention.ms=1234567", "--dry-run", "-o", "json").json,
                         [{"name": "retention.ms", "status": "would be set", "value": "1234567"}])
        self.assertEqual(self.value(name, "retention.ms", "default")[1], "default")
        self.assertEqual(self.ok("configs", "set", "topic", name, "retention.ms=1234567").lines[1].split(), ["retention.ms", "set", "1234567"])
        self.assertEqual(self.value(name, "retention.ms", "topic"), ("1234567", "topic"))
        self.assertEqual([row["name"] for row in self.ok("configs", "describe", "topic", name, "--set", "-o", "json").json], ["retention.ms"])
        self.assertEqual(self.ok("configs", "unset", "topic", name, "retention.ms", "-o", "json").json[0]["status"], "unset")
        self.assertEqual(self.value(name, "retention.ms", "default")[1], "default")

    def test_wrong_words_are_named_with_the_nearest(self):
        name = self.topic()
        self.refused(2, "'topc' has no configs, did you mean 'topic'?", "configs", "describe", "topc", name)
        self.refused(3, "there is no config 'retention.sm', did you mean 'retention.ms'?", "configs", "describe", "topic", name, "retention.sm")
        self.refused(2, "'retention.ms' is not of the form key=value", "configs", "set", "topic", name, "retention.ms")
        self.refused(1, "INVALID_CONFIG", "configs", "set", "topic", name, "retention.ms=soon")
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "configs", "describe", "topic", name + "-x")
        self.refused(3, "there is no broker 99", "configs", "describe", "broker", "99")

    def test_docs_say_what_a_key_is_for(self):
        self.assertIn("retention.ms (long) = ", self.ok("configs", "describe", "topic", self.topic(), "retention.ms", "--docs").text)

    def test_a_brokers_configs_are_shown(self):
        node = "1"
        rows = {row["name"]: row for row in self.ok("configs", "describe", "broker", node, "-o", "json").json}
        self.assertIn("log.dirs", rows)

    def broker_value(self, kind, name, key, wanted):
        """As value(), of a broker."""
        for _ in range(1 if self.is_ours else 40):
            rows = self.ok("configs", "describe", kind, name, "-o", "json").json
            found = [(row["value"], row["source"]) for row in rows if row["name"] == key]
            if found == wanted:
                break
        return found

    def test_a_brokers_configs_are_set_and_unset_while_it_runs(self):
        key = "log.segment.delete.delay.ms"
        self.addCleanup(run, "configs", "unset", "broker", "1", key)
        self.addCleanup(run, "configs", "unset", "broker", "default", key)
        self.ok("configs", "set", "broker", "default", f"{key}=5000")
        self.assertEqual(self.broker_value("broker", "1", key, [("5000", "default-broker")]), [("5000", "default-broker")])
        self.ok("configs", "set", "broker", "1", f"{key}=6000")
        self.assertEqual(self.broker_value("broker", "1", key, [("6000", "broker")]), [("6000", "broker")])
        self.ok("configs", "unset", "broker", "1", key)
        self.assertEqual(self.broker_value("broker", "default", key, [("5000", "default-broker")]), [("5000", "default-broker")])
        self.refused(1, "INVALID_REQUEST", "configs", "set", "broker", "1", "num.partitions=3")
        self.refused(1, "INVALID_REQUEST", "configs", "set", "broker", "1", "message.max.bytes=many")

    def test_a_brokers_loggers_are_listed_and_set(self):
        levels = {row["name"]: row["value"] for row in self.ok("configs", "describe", "broker-logger", "1", "-o", "json").json}
        heirs = sorted(name for name, level in levels.items() if name != "root" and level == levels["root"])
        logger = "telemetry" if self.is_ours else heirs[0]
        self.addCleanup(run, "configs", "unset", "broker-logger", "1", logger)
        self.ok("configs", "set", "broker-logger", "1", f"{logger}=ERROR")
        self.assertEqual(self.broker_value("broker-logger", "1", logger, None), [("ERROR", "broker-logger")])
        self.ok("configs", "unset", "broker-logger", "1", logger)
        self.assertEqual(self.broker_value("broker-logger", "1", logger, None), [(levels["root"], "broker-logger")])
        self.refused(1, "INVALID_CONFIG", "configs", "set", "broker-logger", "1", f"{logger}=LOUD")
        self.refused(1, "INVALID_CONFIG", "configs", "set", "broker-logger", "1", "no.such=INFO")

    def test_groups_and_subscriptions_have_configs_of_their_own(self):
        group = self.name("group")
        self.addCleanup(run, "configs", "unset", "group", group, "consumer.session.timeout.ms")
        self.ok("configs", "set", "group", group, "consumer.session.timeout.ms=50000")
        key = "consumer.session.timeout.ms"
        self.assertEqual(self.broker_value("group", group, key, [("50000", "group")]), [("50000", "group")])
        subscription = self.name("metrics")
        self.addCleanup(run, "configs", "unset", "client-metrics", subscription, "interval.ms", "metrics")
        self.ok("configs", "set", "client-metrics", subscription, "interval.ms=60000", "metrics=org.")
        wanted = [("60000", "client-metrics")]
        self.assertEqual(self.broker_value("client-metrics", subscription, "interval.ms", wanted), wanted)
        listed = [(row["name"], row["kind"]) for row in self.ok("configs", "list", "-o", "json").json]
        for one in ((group, "group"), (subscription, "client-metrics"), ("1", "broker"), ("1", "broker-logger")):
            self.assertIn(one, listed)

    def name(self, what):
        return f"cli-{what}-{os.getpid()}"
