"""-o: the same answer as a table, wide, JSON, YAML, CSV and names."""

import json

from command import CliTest, run


class Outputs(CliTest):
    def setUp(self):
        run("topics", "delete", "golden-orders", "--yes")
        self.ok("topics", "create", "golden-orders", "-p", "2", "-c", "retention.ms=86400000")
        self.addCleanup(run, "topics", "delete", "golden-orders", "--yes")

    def test_the_environment_chooses_too_and_the_line_wins(self):
        done = self.ok("configs", "describe", "topic", "golden-orders", "retention.ms", env={"STREAMLINE_OUTPUT": "csv"})
        self.assertEqual(done.lines[0], "name,value,source,type,read_only,sensitive,documentation")
        self.assertTrue(done.lines[1].startswith("retention.ms,86400000,topic,long,no,no,"))
        done = self.ok("configs", "describe", "topic", "golden-orders", "retention.ms", "-o", "name", env={"STREAMLINE_OUTPUT": "csv"})
        self.assertEqual(done.text, "retention.ms\n")

    def test_a_form_that_there_is_not_is_refused_before_anything_is_done(self):
        self.refused(2, "and not 'cvs'", "topics", "alter", "golden-orders", "-c", "retention.ms=1", "-o", "cvs")
        self.refused(2, "one form; leave -o out", "completion", "bash", "-o", "json")
        [now] = self.ok("configs", "describe", "topic", "golden-orders", "retention.ms", "-o", "json").json
        self.assertEqual(now["value"], "86400000")

    def test_records_come_as_csv_with_quotes_where_they_are_needed(self):
        self.ok("produce", "golden-orders", "-p", 0, "-k", "k", "--timestamp", "1000", stdin='plain\nwith, comma and "quote"\n')
        self.assertEqual(
            self.ok("consume", "golden-orders", "-o", "csv").lines,
            ["topic,partition,offset,timestamp,key,value", "golden-orders,0,0,1000,k,plain",
             'golden-orders,0,1,1000,k,"with, comma and ""quote"""'],
        )

    def test_records_come_as_yaml_as_names_and_wide(self):
        self.ok("produce", "golden-orders", "-p", 1, "-k", "k", "-H", "a=1", "--timestamp", "1000", stdin=b"v\n\xff\n")
        self.assertEqual(self.ok("consume", "golden-orders", "-o", "name").lines, ["golden-orders/1@0", "golden-orders/1@1"])
        self.assertEqual(
            self.ok("consume", "golden-orders", "-o", "wide").lines[1].split(),
            ["golden-orders", "1", "0", "1970-01-01T00:00:01.000Z", "a=1", "k", "v"],
        )
        self.assertEqual(
            self.ok("consume", "golden-orders", "-o", "yaml").text.split("- topic: golden-orders\n")[2],
            "  partition: 1\n  offset: 1\n  timestamp: 1000\n  headers:\n    - key: a\n      value: \"1\"\n  key: k\n  value:\n    base64: \"/w==\"\n",
        )

    def test_json_of_a_listing_is_one_array(self):
        self.assertIsInstance(json.loads(self.ok("topics", "list", "-o", "json").out), list)
