"""Builds record batches (version 2), right ones and wrong ones, and takes them apart again.

The compressors store instead of compressing: they make valid frames of each format with nothing but the standard library.
"""

import dataclasses
import struct
import zlib

from support.schema import Reader, varint

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
LOG_APPEND_TIME = 0x08
TRANSACTIONAL = 0x10
CONTROL = 0x20
HEADER_BYTES = 61


def make_crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = make_crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def xxh32(data):
    """XXH32 with seed 0 for inputs below 16 bytes: all that an LZ4 frame descriptor needs."""
    primes = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
    mask = 0xFFFFFFFF
    value = primes[4] + len(data)
    whole = len(data) // 4 * 4
    for (lane,) in struct.iter_unpack("<I", data[:whole]):
        value = value + lane * primes[2] & mask
        value = (value << 17 | value >> 15) * primes[3] & mask
    for byte in data[whole:]:
        value = value + byte * primes[4] & mask
        value = (value << 11 | value >> 21) * primes[0] & mask
    value = (value ^ value >> 15) * primes[1] & mask
    value = (value ^ value >> 13) * primes[2] & mask
    return value ^ value >> 16


def store_gzip(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def store_snappy(data):
    """snappy-java's framing around one raw block of literals."""
    block = varint(len(data))
    for at in range(0, len(data), 60):
        piece = data[at : at + 60]
        block += bytes([(len(piece) - 1) << 2]) + piece
    return b"\x82SNAPPY\x00" + struct.pack(">iii", 1, 1, len(block)) + block


def store_lz4(data):
    descriptor = bytes([0x60, 0x40])
    blocks = b"".join(
        struct.pack("<I", len(data[at : at + 65536]) | 0x80000000) + data[at : at + 65536]
        for at in range(0, len(data), 65536)
    )
    return b"\x04\x22\x4d\x18" + descriptor + bytes([xxh32(descriptor) >> 8 & 0xFF]) + blocks + bytes(4)


def store_zstd(data):
    pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)] or [b""]
    blocks = b"".join(
        struct.pack("<I", len(piece) << 3 | (index == len(pieces) - 1))[:3] + piece for index, piece in enumerate(pieces)
    )
    return b"\x28\xb5\x2f\xfd" + bytes([0xA0]) + struct.pack("<I", len(data)) + blocks


STORE = {"none": bytes, "gzip": store_gzip, "snappy": store_snappy, "lz4": store_lz4, "zstd": store_zstd}


@dataclasses.dataclass
class Record:
    value: bytes | None = b""
    key: bytes | None = None
    headers: list = dataclasses.field(default_factory=list)
    timestamp: int | None = None
    offset: int | None = None


@dataclasses.dataclass
class Batch:
    """The fields of a batch. What is None is computed; anything set is written as it is, right or wrong."""

    records: list
    codec: str = "none"
    base_offset: int = 0
    base_timestamp: int | None = None
    max_timestamp: int | None = None
    attributes: int = 0
    leader_epoch: int = -1
    magic: int = 2
    crc: int | None = None
    last_offset_delta: int | None = None
    producer_id: int = -1
    producer_epoch: int = -1
    base_sequence: int = -1
    count: int | None = None
    length: int | None = None
    offset_deltas: list | None = None
    payload: bytes | None = None


def zigzag(value):
    return varint((value << 1 ^ value >> 63) & 0xFFFFFFFFFFFFFFFF)


def encode_nullable(data):
    return zigzag(-1) if data is None else zigzag(len(data)) + data


def encode_record(record, timestamp_delta, offset_delta):
    body = b"\x00" + zigzag(timestamp_delta) + zigzag(offset_delta)
    body += encode_nullable(record.key) + encode_nullable(record.value) + zigzag(len(record.headers))
    for name, value in record.headers:
        body += zigzag(len(name)) + name.encode() + encode_nullable(value)
    return zigzag(len(body)) + body


def encode_records(batch, base_timestamp):
    deltas = batch.offset_deltas or range(len(batch.records))
    out = b""
    for record, delta in zip(batch.records, deltas):
        timestamp = base_timestamp if record.timestamp is None else record.timestamp
        out += encode_record(record, timestamp - base_timestamp, delta)
    return out


def first_given(value, computed):
    return computed if value is None else value


def encode_batch(batch, now_ms=1_700_000_000_000):
    given = [record.timestamp for record in batch.records if record.timestamp is not None]
    base_timestamp = first_given(batch.base_timestamp, given[0] if given else now_ms)
    times = [first_given(record.timestamp, base_timestamp) for record in batch.records] or [base_timestamp]
    payload = first_given(batch.payload, STORE[batch.codec](encode_records(batch, base_timestamp)))
    covered = struct.pack(
        ">hiqqqhii",
        batch.attributes | CODECS[batch.codec],
        first_given(batch.last_offset_delta, len(batch.records) - 1),
        base_timestamp,
        first_given(batch.max_timestamp, max(times)),
        batch.producer_id,
        batch.producer_epoch,
        batch.base_sequence,
        first_given(batch.count, len(batch.records)),
    )
    covered += payload
    crc = first_given(batch.crc, crc32c(covered))
    rest = struct.pack(">ibI", batch.leader_epoch, batch.magic, crc) + covered
    return struct.pack(">qi", batch.base_offset, first_given(batch.length, len(rest))) + rest


def decode_record(reader, base_timestamp, base_offset):
    end = reader.zigzag() + reader.at
    reader.take(1)
    record = Record(timestamp=base_timestamp + reader.zigzag(), offset=base_offset + reader.zigzag())
    record.key = decode_nullable(reader)
    record.value = decode_nullable(reader)
    for _ in range(reader.zigzag()):
        name = reader.take(reader.zigzag()).decode()
        record.headers.append((name, decode_nullable(reader)))
    if reader.at != end:
        raise AssertionError("a record's length is wrong")
    return record


def decode_nullable(reader):
    length = reader.zigzag()
    return None if length < 0 else reader.take(length)


def decode_batches(data):
    """Whole batches from a fetched record set; a cut one at the end is left out. Only none and gzip are unpacked."""
    out = []
    reader = Reader(data)
    while reader.left() >= 12:
        base_offset, length = reader.number(">q"), reader.number(">i")
        if reader.left() < length:
            break
        out.append(decode_batch(base_offset, reader.take(length)))
    return out


def decode_batch(base_offset, data):
    reader = Reader(data)
    leader_epoch, magic, crc = reader.number(">i"), reader.number(">b"), reader.number(">I")
    if crc != crc32c(data[9:]):
        raise AssertionError("a fetched batch has a wrong CRC")
    attributes, last_delta = reader.number(">h"), reader.number(">i")
    base_timestamp, max_timestamp = reader.number(">q"), reader.number(">q")
    producer = reader.number(">q"), reader.number(">h"), reader.number(">i")
    count = reader.number(">i")
    payload = reader.take(reader.left())
    codec = next(name for name, number in CODECS.items() if number == attributes & 7)
    batch = Batch([], codec, base_offset, base_timestamp, max_timestamp, attributes & ~7, leader_epoch, magic, crc)
    batch.last_offset_delta, batch.count, batch.length, batch.payload = last_delta, count, len(data), payload
    batch.producer_id, batch.producer_epoch, batch.base_sequence = producer
    if codec in ("none", "gzip"):
        inner = Reader(payload if codec == "none" else zlib.decompress(payload, 31))
        batch.records = [decode_record(inner, base_timestamp, base_offset) for _ in range(count)]
    return batch


def values_of(data):
    """The record values of a fetched record set, in order."""
    return [record.value for batch in decode_batches(data) for record in batch.records]
