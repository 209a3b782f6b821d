"""Builds and takes apart message sets: the record formats 0 and 1 of clients before Kafka 0.11.

Only none and gzip are unpacked; every codec can be written, with the compressors of records.py.
"""

import struct
import zlib

from support.records import CODECS, STORE, Record
from support.schema import Reader

PREFIX_BYTES = 12
NO_TIMESTAMP = -1


def nullable(data):
    return struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data


def encode_message(value, key=None, magic=1, attributes=0, timestamp=None, offset=0, crc=None):
    """One message; what is given is written as it is, right or wrong."""
    covered = struct.pack(">bb", magic, attributes)
    if magic > 0:
        covered += struct.pack(">q", NO_TIMESTAMP if timestamp is None else timestamp)
    covered += nullable(key) + nullable(value)
    crc = zlib.crc32(covered) if crc is None else crc
    return struct.pack(">qiI", offset, len(covered) + 4, crc) + covered


def encode_set(records, magic=1, codec="none"):
    """The records as an old client sends them: one after the other, or inside a wrapper."""
    plain = b"".join(
        encode_message(record.value, record.key, magic, timestamp=record.timestamp, offset=offset)
        for offset, record in enumerate(records)
    )
    if codec == "none":
        return plain
    times = [record.timestamp for record in records if record.timestamp is not None]
    return encode_wrapper(plain, magic, codec, offset=len(records) - 1, timestamp=max(times, default=None))


def encode_wrapper(inner, magic=1, codec="gzip", **fields):
    return encode_message(STORE[codec](inner), magic=magic, attributes=CODECS[codec], **fields)


def decode_messages(data):
    """(magic, attributes, record) of each whole message; checksums are checked, and a part at the end is left out."""
    out = []
    reader = Reader(data)
    while reader.left() >= PREFIX_BYTES:
        offset, size = reader.number(">q"), reader.number(">i")
        if reader.left() < size:
            break
        body = Reader(reader.take(size))
        if body.number(">I") != zlib.crc32(body.data[4:]):
            raise AssertionError("a fetched message has a wrong checksum")
        magic, attributes = body.number(">b"), body.number(">b")
        timestamp = body.number(">q") if magic > 0 else NO_TIMESTAMP
        key, value = (None if length < 0 else body.take(length) for length in iter_lengths(body))
        out.append((magic, attributes, Record(value, key, timestamp=timestamp, offset=offset)))
    return out


def iter_lengths(body):
    yield body.number(">i")
    yield body.number(">i")


def decode_set(data):
    """The records of a fetched message set, as an old client sees them."""
    out = []
    for magic, attributes, record in decode_messages(data):
        codec = attributes & 7
        if codec == CODECS["none"]:
            out.append(record)
            continue
        if codec != CODECS["gzip"]:
            raise AssertionError(f"codec {codec} is not unpacked here")
        inner = [message for _, _, message in decode_messages(zlib.decompress(record.value, 31))]
        if magic > 0:
            # Offsets inside count from 0; the wrapper has the last one's.
            first = record.offset - inner[-1].offset
            for message in inner:
                message.offset += first
        out += inner
    return out
