#!/usr/bin/env python3
"""Writes records.json anew: bytes that Avro's and Google's own libraries for Python write (pip: avro, fastavro, protobuf, grpcio-tools), and
what they mean. The tests read the file and need none of the libraries."""

import base64
import datetime
import decimal
import importlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import uuid

import avro.io
import avro.schema
import fastavro
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor

HERE = pathlib.Path(__file__).resolve().parent
UTC = datetime.timezone.utc
ORDER = {
    "id": 2**60, "small": -5, "name": "Zoë 🦊", "paid": True, "nothing": None, "weight": 1.5, "score": 0.25, "raw": b"\x00\xff",
    "state": "SHIPPED", "before": "OPEN", "tags": ["a", "", "b"], "counts": {"mon": 1, "tue": -(2**40)}, "digest": b"\x01\x02\x03\x04",
    "choice": {"left": 1, "right": -1}, "tree": {"value": 1, "below": [{"value": 2, "below": []}, {"value": 3, "below": [{"value": 4, "below": []}]}]},
    "pairs": [{"left": 0, "right": 7}], "day": datetime.date(2026, 1, 31), "clock": datetime.time(23, 59, 58, 7000),
    "clock_us": datetime.time(0, 0, 1, 42), "at": datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, UTC),
    "at_us": datetime.datetime(2026, 1, 31, 12, 0, 0, 123456, UTC), "price": decimal.Decimal("-1234.05"), "tax": decimal.Decimal("0.0007"),
    "uuid": uuid.UUID("5c7f0c3a-6a51-4b47-8a52-0d5b2a3a1f10"),
}
EMPTY = ORDER | {
    "id": 0, "small": -(2**31), "name": "", "paid": False, "before": None, "tags": [], "counts": {}, "choice": None, "raw": b"",
    "tree": {"value": 0, "below": []}, "pairs": [], "day": datetime.date(1, 1, 1), "price": decimal.Decimal("0.00"),
    "weight": float("inf"), "at": datetime.datetime(1, 1, 1, tzinfo=UTC),
}
TEXT_CHOICE = ORDER | {"choice": "text"}
LONG_CHOICE = ORDER | {"choice": 2**40, "price": decimal.Decimal("9999999999.99")}
TIMES = {"at": 3, "at_us": 6, "clock": 3, "clock_us": 6}


def meaning(value, name=""):
    """As the command line is to show it."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: meaning(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [meaning(each) for each in value]
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S").zfill(19) + f".{value.microsecond:06}"[: TIMES[name] + 1] + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S") + f".{value.microsecond:06}"[: TIMES[name] + 1]
    if isinstance(value, float) and value == float("inf"):
        return "Infinity"
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    return value


def avro_bytes(schema, value):
    """Both libraries agree."""
    ours = io.BytesIO()
    fastavro.schemaless_writer(ours, fastavro.parse_schema(json.loads(schema)), value)
    theirs = io.BytesIO()
    plain = value | {"uuid": str(value["uuid"])}
    avro.io.DatumWriter(avro.schema.parse(schema)).write(plain, avro.io.BinaryEncoder(theirs))
    assert ours.getvalue() == theirs.getvalue()
    return ours.getvalue()


def avro_records():
    schema = (HERE / "order.avsc").read_text()
    return [{"bytes": avro_bytes(schema, value).hex(), "json": meaning(value)} for value in (ORDER, EMPTY, TEXT_CHOICE, LONG_CHOICE)]


def field_meaning(field, value):
    if field.type == FieldDescriptor.TYPE_BYTES:
        return meaning(value)
    if field.type == FieldDescriptor.TYPE_ENUM:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else value
    if field.type in (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_GROUP):
        known = field.message_type.full_name.startswith("google.protobuf.")
        return wrapper_meaning(value) if known else message_meaning(value)
    return meaning(value)


def wrapper_meaning(value):
    if type(value).DESCRIPTOR.name in ("Int64Value", "UInt64Value"):
        return value.value
    return json_format.MessageToDict(value)


def message_meaning(message):
    shown = {}
    for field, value in message.ListFields():
        if field.is_extension:
            continue
        if field.message_type and field.message_type.GetOptions().map_entry:
            of_value = field.message_type.fields_by_name["value"]
            shown[field.json_name] = {json.dumps(key).strip('"'): field_meaning(of_value, each) for key, each in value.items()}
        elif field.is_repeated:
            shown[field.json_name] = [field_meaning(field, each) for each in value]
        else:
            shown[field.json_name] = field_meaning(field, value)
    return shown


def proto_records(folder):
    sys.path.insert(0, folder)
    order_pb2 = importlib.import_module("shop.order_pb2")
    legacy_pb2 = importlib.import_module("shop.legacy_pb2")
    order = order_pb2.Order(
        order_id=2**60, customer_name="Zoë 🦊", state=2, signature=b"\x00\xff", deltas=[0, -1, 2**40], plain=[1, -2], card="4711", rating=0,
        weight=-1.5, score=0.25, f32=2**32 - 1, f64=2**63, s32=-1, s64=-(2**63), big=2**64 - 1, zig=-(2**31), paid=True,
        measures=[0.5, float("inf")], history=[1, -1, 9], counts_by_day={"mon": 1, "": -1}, flags={True: 1, False: 0})
    item = order.items.add(sku="a", count=2)
    item.price.currency = "EUR"
    item.price.units = -12
    item.parts.add(sku="b").parts.add()
    order.items.add()
    order.by_place[-3].sku = "x"
    order.by_place[4].Clear()
    order.created_at.FromJsonString("2026-01-31T12:00:00.120Z")
    order.took.FromJsonString("-1.000007s")
    order.note.value = ""
    order.limit.value = -(2**60)
    order.flag.value = False
    order.extra.update({"a": [1, "x", None, {"b": True}], "c": {}})
    order.mask.paths.extend(["customer_name", "items"])
    order.nothing.SetInParent()
    order.visits.add().FromJsonString("1969-12-31T23:59:59Z")
    order.visits.add()
    cash = order_pb2.Order(order_id=1)
    cash.cash.units = 5
    refund = order_pb2.Refund(kind=1)
    refund.item.sku = "s"
    refund.reason.text = "t"
    legacy = legacy_pb2.Legacy(name="n")
    line = legacy.line.add(text="one", widths=[1, 2])
    legacy.line.add()
    legacy.Extensions[legacy_pb2.extra] = "passed over"
    cases = [("order", "shop.v1.Order", order), ("order", "Order", cash), ("order", "Order", order_pb2.Order()), ("order", "Refund", refund),
             ("legacy", "", legacy)]
    return [{"file": file, "message": name, "bytes": message.SerializeToString(deterministic=True).hex(), "json": message_meaning(message)}
            for file, name, message in cases]


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = ["shop/money.proto", "shop/order.proto", "shop/legacy.proto"]
        protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{HERE}", f"--python_out={folder}"]
        subprocess.run([*protoc, *files], check=True)
        for name in ("order", "legacy"):
            out = [f"--descriptor_set_out={HERE / 'shop' / name}.desc", "--include_imports", f"shop/{name}.proto"]
            subprocess.run([*protoc, *out], check=True)
        records = {"avro": avro_records(), "protobuf": proto_records(folder)}
    (HERE / "records.json").write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
