"""topics list, create, describe, delete."""

from command import CliTest, run


class Topics(CliTest):
    def test_a_topic_is_created_listed_described_and_deleted(self):
        name = self.topic(3, "-c", "retention.ms=86400000")
        listed = {topic["topic"]: topic for topic in self.ok("topics", "list", "-o", "json").json}
        self.assertEqual(
            {key: listed[name][key] for key in ("partitions", "replication_factor", "internal")},
            {"partitions": 3, "replication_factor": 1, "internal": False},
        )
        self.assertEqual(len(listed[name]["id"]), 22)
        [described] = self.ok("topics", "describe", name, "-o", "json").json
        self.assertEqual(described["id"], listed[name]["id"])
        self.assertEqual([partition["partition"] for partition in described["partitions"]], [0, 1, 2])
        self.assertEqual({partition["high_watermark"] for partition in described["partitions"]}, {0})
        configs = {config["name"]: config for config in described["configs"]}
        self.assertEqual(configs["retention.ms"], {"name": "retention.ms", "value": "86400000", "source": "topic"})
        self.assertEqual(self.ok("topics", "delete", name, "--yes", "-o", "json").json, [{"topic": name, "status": "deleted"}])
        self.refused(3, f"topic '{name}': UNKNOWN_TOPIC_OR_PARTITION", "topics", "describe", name)

    def test_tables_have_headers_and_full_numbers(self):
        name = self.topic(2)
        # A real Kafka lists a topic a moment after it was made.
        for _ in range(1 if self.is_ours else 20):
            lines = self.ok("topics", "list").lines
            if any(line.split()[0] == name for line in lines):
                break
        self.assertEqual(lines[0].split(), ["TOPIC", "PARTITIONS", "REPLICAS"])
        self.assertIn([name, "2", "1"], [line.split() for line in lines])
        text = self.ok("topics", "describe", name).text
        self.assertIn("PARTITION  LEADER  EPOCH  REPLICAS  IN-SYNC  LOG-START-OFFSET  HIGH-WATERMARK", text)

    def test_describe_counts_records(self):
        name = self.topic()
        self.ok("produce", name, stdin="a\nb\n")
        [described] = self.ok("topic", "describe", name, "-o", "json").json
        self.assertEqual(described["partitions"][0]["high_watermark"], 2)
        self.assertEqual(described["partitions"][0]["log_start_offset"], 0)

    def test_configs_are_altered_and_fall_back(self):
        name = self.topic(1, "-c", "flush.ms=1000")
        words = ("topics", "alter", name, "-c", "retention.ms=86400000", "--delete-config", "flush.ms", "-o", "json")
        # A real Kafka tells of a change once its broker has read it back from the controller; ours tells of it at once.
        for _ in range(1 if self.is_ours else 20):
            configs = {config["name"]: config for config in self.ok(*words).json["configs"]}
            if configs["retention.ms"]["source"] == "topic":
                break
        self.assertEqual(configs["retention.ms"], {"name": "retention.ms", "value": "86400000", "source": "topic"})
        self.assertEqual(configs["flush.ms"]["source"], "default")
        self.refused(1, "INVALID_CONFIG", "topics", "alter", name, "-c", "no.such.key=1")
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "topics", "alter", name + "-x", "-c", "flush.ms=1")
        self.refused(2, "nothing to alter", "topics", "alter", name)

    def test_trim_deletes_the_oldest_records(self):
        name = self.topic()
        self.ok("produce", name, stdin="a\nb\nc\n")
        self.refused(2, "add --yes", "topics", "trim", name, "--before", "2")
        trimmed = self.ok("topics", "trim", name, "-p", "0", "--before", "2", "--yes", "-o", "json").json
        self.assertEqual(trimmed, [{"topic": name, "partition": 0, "log_start_offset": 2}])
        self.refused(1, "offset 9", "topics", "trim", name, "--before", "9", "--yes")
        self.assertIn("3", self.ok("topics", "delete-records", name, "--before", "end", "--yes").lines[1].split())
        [described] = self.ok("topics", "describe", name, "-o", "json").json
        self.assertEqual(described["partitions"][0]["log_start_offset"], 3)

    def test_describe_tells_when_records_go_and_why(self):
        name = self.topic(1, "-c", "retention.ms=86400000", "-c", "retention.bytes=5000000")
        self.ok("produce", name, stdin="a\nb\n")
        text = self.ok("topics", "describe", name).text
        self.assertIn("RETENTION   delete; time 1d, size 5000000 bytes", text)
        [described] = self.ok("topics", "describe", name, "-o", "json").json
        told = described["partitions"][0]["next_deletion"]
        if not self.is_ours:
            self.assertIsNone(told)
            return
        self.assertEqual((told["up_to"], told["bytes_left"]), (2, 5000000))
        self.assertGreater(told["due_ms"], 86_400_000)
        self.assertRegex(text, r"below 2 at \d{4}-\S+Z \(retention.ms\) or after 5000000 more bytes \(retention.bytes\)")

    def test_refusals_have_their_exit_codes(self):
        name = self.topic()
        self.refused(4, "TOPIC_ALREADY_EXISTS", "topics", "create", name)
        self.refused(1, "INVALID_TOPIC_EXCEPTION", "topics", "create", "bad/name")
        self.refused(1, "INVALID_CONFIG", "topics", "create", name + "-x", "-c", "no.such.key=1")
        self.refused(1, "INVALID_REPLICATION_FACTOR", "topics", "create", name + "-x", "-r", "3")
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "topics", "delete", name + "-x", "--yes")

    def test_some_of_several_is_exit_7_and_prints_what_went_well(self):
        name = self.topic()
        done = run("topics", "create", name, name + "-new", "-o", "json")
        self.assertEqual(done.code, 7)
        self.assertEqual([topic["topic"] for topic in done.json], [name + "-new"])
        self.assertIn(f"topic '{name}'", done.err)

    def test_internal_topics_are_shown_when_asked_for(self):
        shown = {topic["topic"] for topic in self.ok("topics", "list", "-o", "json").json}
        everything = {topic["topic"] for topic in self.ok("topics", "list", "--internal", "-o", "json").json}
        self.assertEqual({name for name in shown if name.startswith("__")}, set())
        self.assertLessEqual(shown, everything)
