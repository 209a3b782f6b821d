"""Avro and Protobuf by schema: records that other libraries have written (schemas/make_records.py) mean what they meant there."""

import base64
import json
import pathlib
import tempfile

from command import CliTest, run

SCHEMAS = pathlib.Path(__file__).resolve().parent / "schemas"
RECORDS = json.loads((SCHEMAS / "records.json").read_text())
AVRO_HEADER = bytes([0, 0, 0, 1, 2])


def line(content, what="value"):
    return json.dumps({what: {"base64": base64.b64encode(content).decode()}}) + "\n"


class Decoding(CliTest):
    def written(self, contents, what="value"):
        topic = self.topic()
        self.ok("produce", topic, "--json", stdin="".join(line(content, what) for content in contents))
        return topic

    def decoded(self, topic, decoding, *words, what="value"):
        return [json.loads(each)[what] for each in self.ok("consume", topic, f"--decode-{what}", decoding, "-o", "json", *words).lines]

    def test_what_avros_libraries_write_is_read(self):
        topic = self.written([bytes.fromhex(record["bytes"]) for record in RECORDS["avro"]])
        self.assertEqual(self.decoded(topic, f"avro:{SCHEMAS}/order.avsc"), [record["json"] for record in RECORDS["avro"]])

    def test_what_googles_library_writes_is_read_with_the_file_and_with_its_descriptors(self):
        for record in RECORDS["protobuf"]:
            topic = self.written([bytes.fromhex(record["bytes"])])
            message = "#" + record["message"] if record["message"] else ""
            for file in (f"{record['file']}.proto", f"{record['file']}.desc"):
                with self.subTest(file=file, message=message):
                    self.assertEqual(self.decoded(topic, f"protobuf:{SCHEMAS}/shop/{file}{message}"), [record["json"]])

    def test_the_registrys_header_is_passed_over_where_it_is_asked_for(self):
        avro = bytes.fromhex(RECORDS["avro"][0]["bytes"])
        topic = self.written([AVRO_HEADER + avro])
        self.assertEqual(self.decoded(topic, f"registry-avro:{SCHEMAS}/order.avsc"), [RECORDS["avro"][0]["json"]])
        self.refused(1, "value of offset 0 of partition 0", "consume", topic, "--decode-value", f"avro:{SCHEMAS}/order.avsc")
        bare = self.written([avro])
        self.refused(1, "no header of a schema registry", "consume", bare, "--decode-value", f"registry-avro:{SCHEMAS}/order.avsc")
        order, refund = (next(record for record in RECORDS["protobuf"] if record["message"].endswith(name)) for name in ("Order", "Refund"))
        # The short form of "the first message", and the long one of the second.
        topic = self.written([AVRO_HEADER + b"\0" + bytes.fromhex(order["bytes"]), AVRO_HEADER + b"\2\2" + bytes.fromhex(refund["bytes"])])
        for file in ("order.proto", "order.desc"):
            self.assertEqual(self.decoded(topic, f"registry-protobuf:{SCHEMAS}/shop/{file}"), [order["json"], refund["json"]])

    def test_keys_are_decoded_too_and_what_was_decoded_is_searched_and_picked(self):
        records = [bytes.fromhex(record["bytes"]) for record in RECORDS["avro"]]
        decoding = f"avro:{SCHEMAS}/order.avsc"
        topic = self.written(records, what="key")
        self.assertEqual(self.decoded(topic, decoding, "-n", 1, what="key"), [RECORDS["avro"][0]["json"]])
        topic = self.written(records)
        words = ("consume", topic, "--decode-value", decoding)
        self.assertEqual(self.ok(*words, "--where", ".id == 0", "--jq", ".day").text, "0001-01-01\n")
        self.assertEqual(self.ok(*words, "--jq", ".choice.left", "--format", "%o=%v\\n", "-n", 1).text, "0=1\n")
        order = f"protobuf:{SCHEMAS}/shop/order.proto#Order"
        topic = self.written([bytes.fromhex(record["bytes"]) for record in RECORDS["protobuf"] if record["file"] == "order"][:2])
        self.assertEqual(self.ok("consume", topic, "--decode-value", order, "--where", ".orderId > 1", "--jq", ".buyer").text, "Zoë 🦊\n")

    def test_a_schema_that_is_wrong_is_named_before_anything_is_read(self):
        topic = self.topic()
        for code, told, decoding in (
            (3, "--decode-value open /no/such.avsc: No such file or directory", "avro:/no/such.avsc"),
            (1, f"{SCHEMAS}/shop/order.proto: the bytes are no JSON", f"avro:{SCHEMAS}/shop/order.proto"),
            (1, "order.avsc is neither a .proto file nor a descriptor set", f"protobuf:{SCHEMAS}/order.avsc"),
            (2, "say which message it is behind a #: shop.v1.Order, shop.v1.Refund", f"protobuf:{SCHEMAS}/shop/order.proto"),
            (2, "there is no message 'Oder'; the file has shop.v1.Order, shop.v1.Refund", f"protobuf:{SCHEMAS}/shop/order.proto#Oder"),
            (2, "'avro' needs a schema: avro:FILE", "avro"),
            (2, "did you mean 'protobuf'?", "protobuff:x"),
        ):
            with self.subTest(decoding):
                self.refused(code, told, "consume", topic, "--decode-value", decoding)
        with tempfile.NamedTemporaryFile(suffix=".proto") as file:
            file.write(b"message M {\n  int32 x;\n}\n")
            file.flush()
            self.refused(1, f"{file.name}:2: '=' is wanted and not ';'", "consume", topic, "--decode-value", f"protobuf:{file.name}#M")

    def test_a_record_that_does_not_fit_ends_it_behind_what_stood_before(self):
        topic = self.written([bytes.fromhex(RECORDS["avro"][0]["bytes"]), b"\1", bytes.fromhex(RECORDS["avro"][1]["bytes"])])
        words = ("consume", topic, "--decode-value", f"avro:{SCHEMAS}/order.avsc", "--jq", ".small")
        done = run(*words)
        self.assertEqual((done.code, done.text), (1, "-5\n"))
        self.assertEqual(done.err, f"streamline-cli: value of offset 1 of partition 0 of topic '{topic}': no number at byte 1\n")
        self.assertEqual(self.ok(*words, "--from", 2).text, "-2147483648\n")

    def test_null_is_no_record_of_any_schema_and_stays_null(self):
        topic = self.topic()
        self.ok("produce", topic, "--json", stdin='{"key":"k","value":null}\n')
        self.assertEqual(self.decoded(topic, f"avro:{SCHEMAS}/order.avsc"), [None])


class Encoding(CliTest):
    def test_what_consume_prints_produce_takes(self):
        avro = "".join(json.dumps(record["json"]) + "\n" for record in RECORDS["avro"])
        topic = self.topic()
        self.ok("produce", topic, "--encode-value", f"avro:{SCHEMAS}/order.avsc", stdin=avro)
        self.assertEqual(self.ok("consume", topic, "--decode-value", "hex").lines, [record["bytes"] for record in RECORDS["avro"]])
        decoding = f"protobuf:{SCHEMAS}/shop/order.proto#Order"
        orders = [record["json"] for record in RECORDS["protobuf"] if record["message"].endswith("Order")]
        topic, copy = self.topic(), self.topic()
        self.ok("produce", topic, "--encode-value", decoding, stdin="".join(json.dumps(order) + "\n" for order in orders))
        printed = self.ok("consume", topic, "--decode-value", decoding, "-o", "json").text
        self.ok("produce", copy, "--json", "--encode-value", decoding, stdin=printed)
        again = self.ok("consume", copy, "--decode-value", decoding, "-o", "json").lines
        self.assertEqual([json.loads(line)["value"] for line in again], orders)

    def test_keys_templates_and_the_registrys_header(self):
        topic = self.topic()
        avro = f"registry-avro:{SCHEMAS}/order.avsc"
        with tempfile.NamedTemporaryFile(suffix=".avsc") as schema:
            schema.write(b'["null", "long"]')
            schema.flush()
            words = ("--encode-key", f"registry-avro:{schema.name}", "--encode-value", f"registry-protobuf:{SCHEMAS}/shop/order.proto#Reason")
            self.ok("produce", topic, *words, "--schema-id", 258, "--template", '{"text":"%n"}', "--key-template", "%n", "-n", 2)
        [first, second] = self.ok("consume", topic, "--format", "%k{hex} %v{hex}\\n").lines
        # Magic, id, (two steps: the second message, and in it the first,) content.
        self.assertEqual(first, "00000001020202 0000000102" + "040200" + "0a0131")
        self.assertEqual(second, "00000001020204 0000000102" + "040200" + "0a0132")
        self.refused(2, "--schema-id is what the header", "produce", topic, "--encode-value", avro)
        self.refused(2, "--schema-id is what the header", "produce", topic, "--encode-value", "cbor", "--schema-id", 1)
        self.refused(2, "--schema-id is about", "produce", topic, "--schema-id", 1)
        self.refused(2, "only json, msgpack, cbor", "produce", topic, "--encode-value", "int32")

    def test_a_line_that_does_not_fit_is_named_and_what_stood_before_is_written(self):
        topic = self.topic()
        words = ("produce", topic, "--encode-value", f"protobuf:{SCHEMAS}/shop/order.proto#Refund")
        self.refused(1, "line 2: at .item.count: \"many\" is no uint32; 1 records were written", *words,
                     stdin='{"kind":"BROKEN"}\n{"item":{"count":"many"}}\n')
        self.assertEqual(self.ok("consume", topic, "--decode-value", "hex").lines, ["1001"])
        self.refused(1, "line 1: the bytes are no JSON", *words, stdin="what\n")

    def test_other_forms_of_json(self):
        topic = self.topic()
        self.ok("produce", topic, "--encode-value", "cbor", "--json", stdin='{"value":{"a":[1,"x"]}}\n{"value":null}\n')
        self.assertEqual(self.ok("consume", topic, "--decode-value", "hex").lines, ["a16161820161" + "78", ""])
        self.assertEqual(self.ok("consume", topic, "--decode-value", "cbor", "-n", 1).text, '{"a":[1,"x"]}\n')
