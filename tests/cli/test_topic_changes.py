"""topics add-partitions, clone, diff, export, import, watch, and dry runs."""

import json

from command import CliTest, run


class Changes(CliTest):
    def described(self, name):
        [described] = self.ok("topics", "describe", name, "-o", "json").json
        return described

    def exported(self, name):
        # A real Kafka tells of a topic's configs a moment after it was made.
        for _ in range(1 if self.is_ours else 20):
            [shape] = self.ok("topics", "export", name).json
            if shape["configs"]:
                break
        return shape

    def test_partitions_are_added_and_never_taken_away(self):
        name = self.topic(2)
        [row] = self.ok("topics", "add-partitions", name, "--to", 3, "--dry-run", "-o", "json").json
        self.assertEqual(row, {"topic": name, "status": "would be grown", "partitions": 3, "partitions_before": 2})
        self.assertEqual(len(self.described(name)["partitions"]), 2)
        [row] = self.ok("topics", "add-partitions", name, "--add", 2, "-o", "json").json
        self.assertEqual((row["status"], row["partitions"]), ("grown", 4))
        self.refused(1, "INVALID_PARTITIONS", "topics", "add-partitions", name, "--to", 3)
        self.refused(2, "--to TOTAL or --add MORE", "topics", "add-partitions", name)
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "topics", "add-partitions", name + "-x", "--to", 3)

    def test_a_clone_has_the_shape_and_on_request_the_records(self):
        name = self.topic(2, "-c", "retention.ms=86400000")
        self.exported(name)
        self.ok("produce", name, "-p", 1, "-k", "key", "-H", "h=v", "--timestamp", 5000, stdin="a\nb\n")
        [row] = self.ok("topics", "clone", name, name + "-copy", "--records", "-c", "flush.ms=1000", "-o", "json").json
        self.assertEqual(row, {"topic": name + "-copy", "status": "created", "partitions": 2, "records": 2})
        self.assertEqual(self.exported(name + "-copy")["configs"], {"flush.ms": "1000", "retention.ms": "86400000"})
        records = [{**json.loads(line), "topic": name} for line in self.ok("consume", name + "-copy", "-o", "json").lines]
        self.assertEqual(records, [json.loads(line) for line in self.ok("consume", name, "-o", "json").lines])
        self.refused(4, "TOPIC_ALREADY_EXISTS", "topics", "clone", name, name + "-copy")
        self.refused(2, "--records keeps records in their partitions", "topics", "clone", name, name + "-z", "--records", "-p", 1)

    def test_diff_shows_what_differs_and_says_so_in_its_exit_code(self):
        left = self.topic(2, "-c", "retention.ms=86400000")
        right = self.topic(3)
        self.exported(left)
        done = run("topics", "diff", left, right, "-o", "json")
        self.assertEqual(done.code, 1)
        self.assertEqual(done.json, [{"property": "partitions", "left": 2, "right": 3},
                                     {"property": "retention.ms", "left": "86400000", "right": None}])
        self.assertEqual(self.ok("topics", "diff", left, left).text, "")

    def test_an_export_is_imported_elsewhere_and_what_is_there_stays(self):
        name = self.topic(2, "-c", "retention.ms=86400000")
        shape = self.exported(name)
        self.assertEqual(shape, {"topic": name, "partitions": 2, "replication_factor": 1, "configs": {"retention.ms": "86400000"}})
        text = json.dumps([shape, {**shape, "topic": name + "-new"}])
        rows = self.ok("topics", "import", "-", "--dry-run", "-o", "json", stdin=text).json
        self.assertEqual([row["status"] for row in rows], ["exists", "would be created"])
        rows = self.ok("topics", "import", "-", "-o", "json", stdin=text).json
        self.assertEqual([row["status"] for row in rows], ["exists", "created"])
        self.assertEqual(len(self.described(name + "-new")["partitions"]), 2)

    def test_an_import_that_is_none_changes_nothing_and_says_where(self):
        for text, said in (
            ("nonsense", "standard input: the bytes are no JSON"),
            ('[{"topic":"a"},{"topics":"b"}]', 'entry 2: it has no "topic" with a name'),
            ('{"topic":"a","partitions":0}', '"partitions" is no whole number from 1 to 1000000'),
            ('{"topic":"a","configs":[]}', '"configs" is no object'),
            ("[" * 5000, "nests deeper than 200"),
        ):
            with self.subTest(text[:20]):
                self.refused(2, said, "topics", "import", "-", stdin=text)
        self.refused(3, "open /no/such/file", "topics", "import", "/no/such/file")

    def test_watch_shows_what_came_between_two_looks(self):
        name = self.topic()
        self.ok("produce", name, stdin="a\nb\n")
        looks = [json.loads(line) for line in self.ok("topics", "watch", name, "-n", 2, "--every", "10ms", "-o", "json").lines]
        self.assertEqual([(row["topic"], row["records"], row["rate"]) for look in looks for row in look], [(name, 2, None), (name, 2, 0)])
        self.refused(3, "is not there", "topics", "watch", name + "-x", "-n", 1)

    def test_dry_runs_change_nothing(self):
        name = self.topic()
        self.ok("produce", name, stdin="a\nb\n")
        self.assertEqual(self.ok("topics", "create", name + "-x", "--dry-run", "-o", "json").json[0]["status"], "would be created")
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "topics", "describe", name + "-x")
        self.refused(4, "TOPIC_ALREADY_EXISTS", "topics", "create", name, "--dry-run")
        self.assertEqual(self.ok("topics", "delete", name, "--dry-run", "-o", "json").json[0]["status"], "would be deleted")
        self.refused(3, "UNKNOWN_TOPIC_OR_PARTITION", "topics", "delete", name + "-x", "--dry-run")
        [row] = self.ok("topics", "trim", name, "--before", "end", "--dry-run", "-o", "json").json
        self.assertEqual(row["log_start_offset"], 2)
        self.assertEqual(self.values(name), ["a", "b"])
        self.assertEqual(self.ok("topics", "alter", name, "-c", "flush.ms=1", "--dry-run", "-o", "json").json["status"], "would be altered")
        self.refused(1, "INVALID_CONFIG", "topics", "alter", name, "-c", "retention.ms=x", "--dry-run")
