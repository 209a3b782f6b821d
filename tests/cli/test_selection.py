"""consume: what is picked out of the records, and how keys and values are decoded."""

import base64
import json
import struct

from command import CliTest, run


class Selection(CliTest):
    def setUp(self):
        self.name = self.topic()
        lines = [
            {"key": "a", "value": {"id": 1, "tags": ["x", "y"], "who": {"name": "Ann"}}, "headers": {"kind": "new"}},
            {"key": "b", "value": {"id": 2, "tags": ["z"], "who": {"name": "Bob"}}, "headers": {"kind": "old"}},
            {"key": "c", "value": "no JSON at all", "headers": {}},
            {"key": None, "value": {"id": 10}, "headers": [{"key": "kind", "value": None}]},
        ]
        self.ok("produce", self.name, "--json", stdin="".join(json.dumps(line) + "\n" for line in lines))

    def picked(self, *words):
        return [json.loads(line)["offset"] for line in self.ok("consume", self.name, "-o", "json", *words).lines]

    def test_patterns_in_value_key_and_header(self):
        for words, expected in (
            (("--grep", "JSON"), [2]),
            (("--grep", '"name":"(Ann|Bob)"'), [0, 1]),
            (("--grep", "Ann", "--grep", "Bob"), []),
            (("--grep-key", "^[ab]$"), [0, 1]),
            (("--grep-header", "kind=^n"), [0]),
            (("--grep-header", "kind=", "--grep", "Bob"), [1]),
            (("--sample", 2), [0, 2]),
            (("--grep", "id", "--sample", 2), [0, 3]),
            (("--grep", "id", "-n", 2), [0, 1]),
        ):
            with self.subTest(words):
                self.assertEqual(self.picked(*words), expected)

    def test_conditions_on_json(self):
        for condition, expected in (
            (".id", [0, 1, 3]),
            (".id > 1", [1, 3]),
            (".id>=2", [1, 3]),
            (".id == 10", [3]),
            (".who.name == Ann", [0]),
            ('.who.name != "Ann"', [1, 3]),
            (".tags[0] == x", [0]),
            (".tags[-1] == y", [0]),
            ('."who".name', [0, 1]),
            (".id < x", []),
        ):
            with self.subTest(condition):
                self.assertEqual(self.picked("--where", condition), expected)

    def test_a_place_in_the_value_is_shown_instead_of_it(self):
        self.assertEqual(self.ok("consume", self.name, "--where", ".id", "--jq", ".who.name").lines, ["Ann", "Bob", "null"])
        self.assertEqual(self.ok("consume", self.name, "-n", 1, "--jq", ".tags").lines, ['["x","y"]'])
        [line] = self.ok("consume", self.name, "-n", 1, "--jq", ".who", "-o", "json").lines
        self.assertEqual(json.loads(line)["value"], {"name": "Ann"})

    def test_what_is_wrong_is_named(self):
        self.refused(2, "--grep '(': missing ): (", "consume", self.name, "--grep", "(")
        self.refused(2, "--grep-header 'kind' is not of the form name=pattern", "consume", self.name, "--grep-header", "kind")
        self.refused(2, "--where 'id' is no path at 'id'", "consume", self.name, "--where", "id")
        self.refused(2, "--where '.id ==' compares with nothing", "consume", self.name, "--where", ".id ==")
        self.refused(2, "'itn32' is no decoding, did you mean 'int32'?", "consume", self.name, "--decode-value", "itn32")
        self.refused(2, "--isolation 'all' is none of uncommitted, committed", "consume", self.name, "--isolation", "all")
        done = self.ok_until(f"value of offset 2 of partition 0 of topic '{self.name}': the bytes are no JSON", "--jq", ".id")
        self.assertEqual(done.lines, ["1", "2"])

    def ok_until(self, text, *words):
        done = run("consume", self.name, *words)
        self.assertEqual(done.code, 1)
        self.assertIn(text, done.err)
        return done

    def test_several_topics_are_read_in_one_go(self):
        other = self.topic(2)
        self.ok("produce", other, "-p", 1, stdin="other\n")
        lines = [json.loads(line) for line in self.ok("consume", self.name, other, "-o", "json").lines]
        self.assertEqual(sorted((line["topic"], line["partition"], line["offset"]) for line in lines),
                         sorted([(self.name, 0, offset) for offset in range(4)] + [(other, 1, 0)]))
        self.refused(2, "-g reads one topic", "consume", self.name, other, "-g", "group")

    def test_places_as_rpk_writes_them(self):
        for words, expected in (
            ("start", [0, 1, 2, 3]), ("+2", [2, 3]), ("-1", [3]), ("1:3", [1, 2]), (":2", [0, 1]), ("+1:end", [1, 2, 3]),
            ("@-1h:now", [0, 1, 2, 3]), ("@2020-01-01T00:00:00Z:2020-01-02T00:00:00Z", []),
        ):
            with self.subTest(words):
                self.assertEqual(self.picked("--offset", words), expected)
        self.refused(2, "--offset 'x:y' is none of FROM", "consume", self.name, "--offset", "x:y")
        self.refused(2, "--offset says both", "consume", self.name, "--offset", "1:2", "--from", "1")


class Decoding(CliTest):
    def decoded(self, value, kind):
        name = self.topic()
        line = {"value": {"base64": base64.b64encode(value).decode()}}
        self.ok("produce", name, "--json", stdin=json.dumps(line) + "\n")
        return self.ok("consume", name, "--decode-value", kind).lines[0]

    def test_each_kind(self):
        for value, kind, expected in (
            (struct.pack(">b", -2), "int8", "-2"), (struct.pack(">h", -300), "int16", "-300"), (struct.pack(">i", 70000), "int32", "70000"),
            (struct.pack(">q", -(2**40)), "int64", str(-(2**40))), (struct.pack(">f", 1.5), "float", "1.5"),
            (struct.pack(">d", -0.25), "double", "-0.25"), (bytes(range(16)), "uuid", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            (b"\x00\xff", "hex", "00ff"), (b"\x00\xff", "base64", "AP8="),
            (b"\x82\xa1a\x01\xa1b\x92\xc3\xc0", "msgpack", '{"a":1,"b":[true,null]}'),
            (b"\xa1\x61a\x83\x01\x20\xf5", "cbor", '{"a":[1,-1,true]}'),
        ):
            with self.subTest(kind):
                self.assertEqual(self.decoded(value, kind), expected)

    def test_bytes_that_are_none_are_named(self):
        for value, kind, said in (
            (b"abc", "int32", "3 bytes are no int32, which has 4"), (b"{", "json", "the bytes are no JSON"),
            (b"\x81" * 10000, "cbor", "CBOR nests deeper than 200"), (b"\x91" * 10000, "msgpack", "MessagePack nests deeper than 200"),
            (b"[" * 10000, "json", "JSON nests deeper than 200"),
        ):
            with self.subTest(kind):
                name = self.topic()
                self.ok("produce", name, "--json", stdin=json.dumps({"value": {"base64": base64.b64encode(value).decode()}}) + "\n")
                self.refused(1, said, "consume", name, "--decode-value", kind)
