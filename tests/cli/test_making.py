"""produce: records as JSON, made up, deleted, slowly, in transactions."""

import json
import re
import time

from command import CliTest, run


class Envelopes(CliTest):
    def test_what_consume_prints_produce_takes(self):
        name = self.topic(2)
        lines = [
            {"partition": 1, "timestamp": 1000, "headers": [{"key": "h", "value": "v"}, {"key": "n", "value": None}], "key": "k", "value": "v"},
            {"partition": 0, "timestamp": 2000, "headers": [], "key": None, "value": {"base64": "AP8="}},
            {"partition": 0, "timestamp": 3000, "headers": [], "key": "gone", "value": None},
        ]
        self.ok("produce", name, "--json", stdin="".join(json.dumps(line) + "\n" for line in lines))
        shown = self.ok("consume", name, "-o", "json").text
        found = sorted((json.loads(line) for line in shown.splitlines()), key=lambda line: line["timestamp"])
        self.assertEqual([{key: line[key] for key in lines[0]} for line in found], lines)
        copy = self.topic(2)
        self.ok("produce", copy, "--json", stdin=shown)
        self.assertEqual(self.ok("consume", copy, "-o", "json").text.replace(copy, name), shown)

    def test_a_line_that_is_none_is_named_and_what_stood_before_is_written(self):
        for bad, said in (
            ("nonsense", "line 2: the bytes are no JSON"), ("[]", "line 2: the JSON is no object"),
            ('{"partition":"x"}', 'line 2: "partition" is no whole number'), ('{"value":{"base64":"!"}}', "line 2: \"value\": '!' stands in no base64"),
            ('{"headers":3}', 'line 2: "headers" is neither a list nor an object'), ("[" * 9000, "line 2: JSON nests deeper than 200"),
        ):
            with self.subTest(bad[:20]):
                name = self.topic()
                done = run("produce", name, "--json", stdin='{"value":"good"}\n' + bad + "\n")
                self.assertEqual(done.code, 1, done.err)
                self.assertIn(said, done.err)
                self.assertIn("1 records were written", done.err)
                self.assertEqual(self.values(name), ["good"])

    def test_the_key_may_choose_the_partition_anew(self):
        name = self.topic()
        self.ok("produce", name, "--json", "--repartition", stdin='{"partition":7,"key":"k","value":"v"}\n')
        self.assertEqual(self.values(name), ["v"])
        self.refused(3, "no partition 7", "produce", name, "--json", stdin='{"partition":7,"value":"v"}\n')


class Making(CliTest):
    def test_tombstones_and_null_values(self):
        name = self.topic()
        self.ok("produce", name, "--tombstone", stdin="gone\n")
        self.ok("produce", name, "--key-delimiter", ":", "--null-value", "NULL", stdin="k:NULL\nk:v\n")
        lines = [json.loads(line) for line in self.ok("consume", name, "-o", "json").lines]
        self.assertEqual([(line["key"], line["value"]) for line in lines], [("gone", None), ("k", None), ("k", "v")])

    def test_templates(self):
        name = self.topic()
        self.ok("produce", name, "--template", "%n %r{5-5} %s{3} %c{one} 100%%", "--key-template", "key-%n", "--timestamp", 7000, "-n", 3)
        lines = [json.loads(line) for line in self.ok("consume", name, "-o", "json").lines]
        self.assertEqual([line["key"] for line in lines], ["key-1", "key-2", "key-3"])
        for number, line in enumerate(lines, 1):
            self.assertRegex(line["value"], rf"^{number} 5 [a-z]{{3}} one 100%$")
            self.assertEqual(line["timestamp"], 7000)
        self.ok("produce", name, "--template", "%u", "-n", 1)
        self.assertRegex(self.values(name)[-1], re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))

    def test_wrong_words_are_named(self):
        self.refused(2, "a template has no '%q'", "produce", "x", "--template", "%q", "-n", 1)
        self.refused(2, "'%r{9-1}' is no range", "produce", "x", "--template", "%r{9-1}", "-n", 1)
        self.refused(2, "needs -n", "produce", "x", "--template", "%n")
        self.refused(2, "--json brings keys and values", "produce", "x", "--json", "-k", "k")
        self.refused(2, "name one with --transactional", "produce", "x", "--every", 5)
        self.refused(2, "--transactional needs --acks all", "produce", "x", "--transactional", "t", "--acks", 1)

    def test_a_count_stops_and_a_dry_run_writes_nothing(self):
        name = self.topic()
        self.ok("produce", name, "-n", 2, stdin="a\nb\nc\n")
        done = run("produce", name, "--dry-run", stdin="d\ne\n")
        self.assertEqual((done.code, done.out, done.err), (0, b"", "streamline-cli: 2 records read, none written\n"))
        self.assertEqual(self.values(name), ["a", "b"])

    def test_a_rate_is_kept(self):
        name = self.topic()
        begun = time.monotonic()
        self.ok("produce", name, "--template", "%n", "-n", 6, "--rate", 50)
        self.assertGreaterEqual(time.monotonic() - begun, 0.1)
        self.assertEqual(len(self.values(name)), 6)
