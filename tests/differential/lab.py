"""What a case works with: a broker, a connection, requests in short, and a place for observations.

A case is a function that takes a Lab. What it sees must not depend on time, ids or chance: errors by name, offsets, flags, contents.
"""

import functools
import struct

from support.errors import Err
from support.records import CODECS, CONTROL, LOG_APPEND_TIME, TRANSACTIONAL, Batch, Record, decode_batches
from support.topics import create_topic, fetch_body, produce_body, topic_id
from support.wire import Closed

TIME = 1_700_000_000_000
LOOK_MS = 200
PREFIX_BYTES, HEADER_BYTES = 12, 61
CASES = {}


def case(function):
    """Registers a case under "module.name"."""
    name = f"{function.__module__.removeprefix('cases_')}.{function.__name__}"
    CASES[name] = function
    return function


def each(values):
    """Registers one case per value: "module.name_value"."""

    def register(function):
        for value in values:
            one = functools.partial(function, value=value)
            name = f"{function.__module__.removeprefix('cases_')}.{function.__name__}_{value}".replace("-", "minus_")
            CASES[name] = one
        return function

    return register


def error_name(code):
    try:
        return Err(code).name
    except ValueError:
        return str(code)


def plain(value):
    """Bytes as text, so that an observation can stand in JSON."""
    return None if value is None else bytes(value).decode("latin-1")


def record_view(record):
    view = {"offset": record.offset, "key": plain(record.key), "value": plain(record.value)}
    if record.headers:
        view["headers"] = [[name, plain(value)] for name, value in record.headers]
    return view


def batch_view(batch):
    """A fetched batch: what a client can tell; records only where the codec needs no library."""
    flags = {LOG_APPEND_TIME: "log_append_time", TRANSACTIONAL: "transactional", CONTROL: "control"}
    view = {
        "base_offset": batch.base_offset,
        "last_offset_delta": batch.last_offset_delta,
        "count": batch.count,
        "codec": batch.codec,
        "flags": [name for bit, name in flags.items() if batch.attributes & bit],
        "leader_epoch": batch.leader_epoch,
        "sequence": batch.base_sequence,
        "producer_epoch": batch.producer_epoch,
    }
    if not batch.attributes & LOG_APPEND_TIME:
        view["times"] = [batch.base_timestamp - TIME, batch.max_timestamp - TIME]
    if batch.codec in ("none", "gzip"):
        view["records"] = [record_view(record) for record in batch.records]
    return view


class Lab:
    def __init__(self, broker):
        self.broker = broker
        self.connection = broker.connect()
        self.opened = [self.connection]
        self.seen = {}

    def close(self):
        for connection in self.opened:
            connection.close()

    def see(self, name, value):
        if name in self.seen:
            raise AssertionError(f"{name} is seen twice")
        self.seen[name] = value
        return value

    def connect(self):
        self.opened.append(self.broker.connect())
        return self.opened[-1]

    def topic(self, partitions=1, **configs):
        """Records of a fixed past time must not age away."""
        return create_topic(self.broker, partitions, **{"retention_ms": "-1", **configs})

    def id_of(self, topic):
        return topic_id(self.connection, topic)

    def producer(self):
        """A producer id and its epoch; neither is to be seen."""
        while True:
            answer = self.connection.call("InitProducerId", 5, TransactionalId=None)
            if answer["ErrorCode"] != Err.COORDINATOR_LOAD_IN_PROGRESS:
                return answer["ProducerId"], answer["ProducerEpoch"]

    def call(self, name, version, body=None, **fields):
        """The answer, or "closed"."""
        try:
            return self.connection.call(name, version, body, **fields)
        except Closed:
            self.connection = self.connect()
            return "closed"

    # Produce

    def produce_answer(self, version, body):
        answer = self.call("Produce", version, body)
        if answer == "closed":
            return answer
        return [self.partition_view(version, part) for topic in answer["Responses"] for part in topic["PartitionResponses"]]

    @staticmethod
    def partition_view(version, part):
        view = {
            "partition": part["Index"],
            "error": error_name(part["ErrorCode"]),
            "base_offset": part["BaseOffset"],
            "append_time": "none" if part["LogAppendTimeMs"] < 0 else "given",
        }
        if version >= 5:
            view["log_start"] = part["LogStartOffset"]
        if version >= 8:
            view["record_errors"] = [each["BatchIndex"] for each in part["RecordErrors"]]
        return view

    def produce(self, topic, records, partition=0, version=12, acks=-1, **more):
        """The answer for one partition."""
        seen = self.produce_answer(version, produce_body(topic, records, partition, acks, **more))
        return seen[0] if isinstance(seen, list) and len(seen) == 1 else seen

    @staticmethod
    def batch_of(*values):
        return Batch([value if isinstance(value, Record) else Record(value, timestamp=TIME) for value in values])

    def write(self, topic, *values, partition=0, **batch):
        """Values as one batch at TIME that must be taken; the base offset."""
        records = [value if isinstance(value, Record) else Record(value, timestamp=TIME) for value in values]
        answer = self.produce(topic, Batch(records, **batch), partition)
        if answer["error"] != "NONE":
            raise AssertionError(f"write: {answer}")
        return answer["base_offset"]

    # Fetch

    def fetch_parts(self, version, body, connection=None):
        """The answer of a whole Fetch: top error, whether there is a session, and each partition."""
        answer = (connection or self.connection).call("Fetch", version, body)
        parts = [self.fetch_view(part) for topic in answer["Responses"] for part in topic["Partitions"]]
        view = {"partitions": parts}
        if version >= 7:
            view |= {"error": error_name(answer["ErrorCode"]), "session": "none" if answer["SessionId"] == 0 else "given"}
        self.session = answer.get("SessionId", 0)
        return view

    @staticmethod
    def fetch_view(part):
        view = {
            "partition": part["PartitionIndex"],
            "error": error_name(part["ErrorCode"]),
            "high_watermark": part["HighWatermark"],
            "last_stable_offset": part["LastStableOffset"],
            "log_start": part.get("LogStartOffset"),
            "aborted": part["AbortedTransactions"],
            "replica": part.get("PreferredReadReplica"),
            "batches": None if part["Records"] is None else [batch_view(batch) for batch in decode_batches(part["Records"])],
        }
        diverging = part.get("DivergingEpoch")
        if diverging:
            view["diverging"] = [diverging["Epoch"], diverging["EndOffset"]]
        return view

    def fetch(self, topic, offset=0, version=12, top=None, **more):
        """One partition's view; `top` are fields of the request."""
        seen = self.fetch_parts(version, {**fetch_body(topic, offset, **more), **(top or {})})
        return seen["partitions"][0] if len(seen["partitions"]) == 1 else seen

    def log(self, topic):
        """Offset and count of each batch in sight, waiting for the first."""
        part = self.connection.call("Fetch", 12, fetch_body(topic, max_wait_ms=LOOK_MS))["Responses"][0]["Partitions"][0]
        out, data = [], part["Records"]
        while len(data) >= HEADER_BYTES:
            base, length = struct.unpack_from(">qi", data)
            out.append([base, struct.unpack_from(">i", data, HEADER_BYTES - 4)[0]])
            data = data[PREFIX_BYTES + length :]
        return {"high_watermark": part["HighWatermark"], "batches": out}

    def contents(self, topic, partition=0):
        """(offset, key, value) of every record, read to the end."""
        out, offset = [], 0
        while True:
            part = self.connection.call("Fetch", 12, fetch_body(topic, offset, partition))["Responses"][0]["Partitions"][0]
            if part["ErrorCode"]:
                raise AssertionError(f"contents: {error_name(part['ErrorCode'])}")
            batches = decode_batches(part["Records"])
            if not batches:
                return out
            for batch in batches:
                out += [[record.offset, plain(record.key), plain(record.value)] for record in batch.records]
            offset = batches[-1].base_offset + batches[-1].last_offset_delta + 1

    # ListOffsets, OffsetForLeaderEpoch, DeleteRecords

    def offsets(self, topic, timestamp, partition=0, version=9, isolation=0, **more):
        part = {"PartitionIndex": partition, "Timestamp": timestamp, **more}
        body = {"ReplicaId": -1, "IsolationLevel": isolation, "Topics": [{"Name": topic, "Partitions": [part]}]}
        parts = self.call("ListOffsets", version, body)
        if parts == "closed":
            return parts
        return [self.offset_view(each) for each in parts["Topics"][0]["Partitions"]][0]

    @staticmethod
    def offset_view(part):
        time = part["Timestamp"]
        return {
            "error": error_name(part["ErrorCode"]),
            "offset": part["Offset"],
            "time": time - TIME if time >= 0 else time,
            "leader_epoch": part.get("LeaderEpoch", -1),
        }

    def delete_records(self, topic, offset, partition=0, version=2):
        part = {"PartitionIndex": partition, "Offset": offset}
        answer = self.call("DeleteRecords", version, TimeoutMs=10_000, Topics=[{"Name": topic, "Partitions": [part]}])
        part = answer["Topics"][0]["Partitions"][0]
        return {"error": error_name(part["ErrorCode"]), "low_watermark": part["LowWatermark"]}


__all__ = ["CODECS", "LOOK_MS", "TIME", "Batch", "Lab", "Record", "case", "each", "error_name", "plain"]
