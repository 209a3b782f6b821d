"""configs list, describe, set, unset."""

from command import CliTest


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
