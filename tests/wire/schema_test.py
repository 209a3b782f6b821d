#!/usr/bin/env python3
"""What tools/protogen refuses in a schema, and where it says the mistake is: schema_test.py PROTOGEN_DIR."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv.pop(1))
import schema  # noqa: E402  (found by the line above)

HEAD = "api 7 Thing\nrequest 0-3 flexible 2\n"


def load(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "07_thing.msg")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return schema.load(path)


class Schemas(unittest.TestCase):
    def refused(self, text, reason):
        with self.assertRaisesRegex(schema.SchemaError, reason):
            load(text)

    def test_a_field_keeps_type_versions_tag_and_default(self):
        field = load(HEAD + "  name  []string?3+  2+ tag 4 = null\n").messages[0].fields[0]
        self.assertEqual((field.kind, field.array, field.tag, field.default), ("string", True, 4, "null"))
        self.assertEqual((field.versions.low, field.versions.high, field.nullable.low), (2, 3, 3))

    def test_inner_structs_stand_before_what_holds_them(self):
        text = HEAD + "  outer []Outer\n    inner []Inner\n      a int8\n"
        self.assertEqual([struct.name for struct in load(text).messages[0].structs], ["Inner", "Outer"])

    def test_the_smallest_item_is_counted_over_the_versions_that_have_it(self):
        message = load(HEAD + "  items []Item 2+\n    a int32 2+\n").messages[0]
        self.assertEqual(message.min_wire_size(message.structs[0]), 5)

    def test_mistakes_are_refused_with_their_line(self):
        self.refused(HEAD + "  a Missing\n", "no such type: Missing")
        self.refused(HEAD + "  a int32 x\n", r"07_thing.msg:3: left over: x")
        self.refused(HEAD + "  a int32 = null\n", "never nullable")
        self.refused(HEAD + "  a int8\n  a int8\n", "a name occurs twice")
        self.refused(HEAD + "  a int8 2+ tag 0\n  b int8 2+ tag 0\n", "a tag occurs twice")
        self.refused(HEAD + "  a int8 tag 0\n", "before the first flexible version")
        self.refused(HEAD + "      a int8\n", "indented too far")
        self.refused(HEAD + "  encode int8\n", "field name not allowed")
        self.refused(HEAD + "  a A\n    b B\n      a A\n", "holds itself")
        self.refused("request 0-1\n", "before its `api` line")


if __name__ == "__main__":
    unittest.main()
