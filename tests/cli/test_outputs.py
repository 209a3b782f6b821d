"""-o: the same answer as a table, wide, JSON, YAML, CSV and names."""

import json

import golden
from command import CliTest, run


class Outputs(CliTest):
    def setUp(self):
        run("topics", "delete", "golden-orders", "--yes")
        self.ok("topics", "create", "golden-orders", "-p", "2", "-c", "retention.ms=86400000")
        self.addCleanup(run, "topics", "delete", "golden-orders", "--yes")

    def test_a_document_is_the_same_in_json_and_yaml(self):
        for form in ("json", "yaml"):
            golden.check(self, f"export.{form}", self.ok("topics", "export", "golden-orders", "-o", form).text)

    def test_a_listing_has_every_form(self):
        for form in ("table", "wide", "json", "yaml", "csv", "name"):
            done = self.ok("topics", "create", "golden-orders", "--if-not-exists", "-o", form)
            golden.check(self, f"create-exists.{form}", done.text)

    def test_the_environment_chooses_too_and_the_line_wins(self):
        done = self.ok("configs", "describe", "topic", "golden-orders", "retention.ms", env={"STREAMLINE_OUTPUT": "csv"})
        self.assertEqual(done.lines[0], "name,value,source,type,read_only,sensitive,documentation")
        self.assertTrue(done.lines[1].startswith("retention.ms,86400000,topic,long,no,no,"))
        done = self.ok("configs", "describe", "topic", "golden-orders", "retention.ms", "-o", "name", env={"STREAMLINE_OUTPUT": "csv"})
        self.assertEqual(done.text, "retention.ms\n")

    def test_a_form_that_an_answer_does_not_have_is_refused_before_anything_is_done(self):
        self.refused(2, "no form 'csv'; choose one of table, wide, json, yaml", "topics", "alter", "golden-orders", "-c", "retention.ms=1", "-o", "csv")
        self.refused(2, "one form; leave -o out", "completion", "bash", "-o", "json")
        self.refused(2, "no form 'yaml'; choose one of table, json, csv", "consume", "golden-orders", "-o", "yaml")
        [now] = self.ok("configs", "describe", "topic", "golden-orders", "retention.ms", "-o", "json").json
        self.assertEqual(now["value"], "86400000")

    def test_help_prints_the_keys_that_the_answer_has(self):
        for words in (("topics", "list"), ("configs", "list"), ("groups", "list"), ("health",)):
            with self.subTest(words):
                told = self.ok(*words, "-o", "help").text
                golden.check(self, "keys-" + "-".join(words) + ".txt", told)
                keys = [line.split()[0] for line in told.splitlines()[2:]]
                for row in self.ok(*words, "-o", "json").json:
                    self.assertEqual(list(row), keys)

    def test_records_come_as_csv_with_quotes_where_they_are_needed(self):
        self.ok("produce", "golden-orders", "-p", 0, "-k", "k", "--timestamp", "1000", stdin='plain\nwith, comma and "quote"\n')
        self.assertEqual(
            self.ok("consume", "golden-orders", "-o", "csv").lines,
            ["topic,partition,offset,timestamp,key,value", "golden-orders,0,0,1000,k,plain",
             'golden-orders,0,1,1000,k,"with, comma and ""quote"""'],
        )

    def test_json_of_a_listing_is_one_array(self):
        self.assertIsInstance(json.loads(self.ok("topics", "list", "-o", "json").out), list)
