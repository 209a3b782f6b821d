"""Records from a seed: every shape of key, value and header that clients can send, in both sizes and in odd orders."""

import base64
import json
import random

PARTITIONS = 3
LARGEST = 50 * 1024


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def some_bytes(rng):
    size = rng.choice((1, 3, 17, 100, 100, 100, 1000, 5000))
    return bytes(size) if rng.random() < 0.6 else rng.randbytes(size)


def some_key(rng):
    return rng.choice((None, b"", b"key-%d" % rng.randrange(9), some_bytes(rng)))


def some_headers(rng):
    names = [rng.choice(("a", "b", "träger", "")) for _ in range(rng.choice((0, 0, 1, 3)))]
    return [(name, rng.choice((None, b"", b"text", some_bytes(rng)))) for name in names]


def full(seed, base_ms, count=240):
    """For clients that can send anything. Timestamps go up by a few milliseconds with some out of order."""
    rng = random.Random(seed)
    records = []
    for index in range(count):
        value = rng.choice((None, b"", some_bytes(rng), some_bytes(rng)))
        if index % 60 == 30:
            value = rng.randbytes(LARGEST)
        timestamp = base_ms + index * 10 + rng.choice((0, 0, 0, 35, -35))
        records.append(line(rng.randrange(PARTITIONS), timestamp, some_key(rng), value, some_headers(rng)))
    return records


def plain(seed, count_per_group=10):
    """For kcat: no timestamps, and headers, partition and null against empty fixed for a run of records."""
    rng = random.Random(seed)
    records = []
    header_sets = ([], [("a", b"x"), ("a", b"y"), ("b", None), ("c", b"")])
    for group in range(PARTITIONS * len(header_sets)):
        for index in range(count_per_group):
            empty = None if group % 2 else b""
            key = b"key-%d" % index if index % 3 else empty
            value = rng.choice((empty, b"%x" % rng.getrandbits(4000), b"text\nwith lines\n"))
            records.append(line(group % PARTITIONS, None, key, value, header_sets[group % 2]))
    # A record of the group for nulls must hold one, since the agent tells the groups apart by that.
    return [record for index, record in enumerate(records) if index // count_per_group % 2 == 0 or has_null(record)]


def has_null(record):
    return record["key"] is None or record["value"] is None


def line(partition, timestamp, key, value, headers):
    return {
        "partition": partition,
        "timestamp": timestamp,
        "key": encode(key),
        "value": encode(value),
        "headers": [[name, encode(data)] for name, data in headers],
    }


def as_kcat_prints(headers):
    """Headers the way kcat joins them into one text: a value ends at its first zero byte."""
    values = (b"NULL" if data is None else base64.b64decode(data).partition(b"\0")[0] for _, data in headers)
    return encode(b",".join(name.encode() + b"=" + value for (name, _), value in zip(headers, values)))


def save(records, path):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
