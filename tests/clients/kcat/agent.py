"""kcat behind the command line that README.md describes: write, read, offsets.

kcat takes headers and the partition per run and no timestamps; records are therefore sent in groups, one run each.
"""

import argparse
import base64
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys

END = b"\x01kcat-end\x02"
BETWEEN = b"\x01kcat-key\x02"
FIELDS = "%p %o %T %K %S "


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def decode(text):
    return None if text is None else base64.b64decode(text)


def escape(data):
    return "".join(f"\\x{byte:02x}" for byte in data)


# What --broker-version adds to every run.
as_old = []


def kcat(*words, data=None):
    return subprocess.run(["kcat", *words, *as_old], input=data, capture_output=True, check=True)


def write(arguments):
    records = [json.loads(line) for line in pathlib.Path(arguments.input).read_text().splitlines()]
    for job in arguments.job:
        topic, codec = job.split("=")
        index = 0
        for _, group in itertools.groupby(records, group_of):
            group = list(group)
            write_group(arguments.bootstrap, topic, codec, index, group)
            index += len(group)


def group_of(record):
    return record["partition"], record["headers"], record["key"] is None or record["value"] is None


def write_group(bootstrap, topic, codec, index, records):
    partition, headers, nulls = group_of(records[0])
    words = ["-P", "-b", bootstrap, "-t", topic, "-p", str(partition), "-z", codec, "-vvv"]
    words += ["-D", END.decode(), "-K", BETWEEN.decode()]
    words += [] if as_old else ["-X", "enable.idempotence=true"]
    words += ["-Z"] if nulls else []
    for name, value in headers:
        words += ["-H", name if value is None else f"{name}={decode(value).decode()}"]
    parts = ((decode(record["key"]) or b"") + BETWEEN + (decode(record["value"]) or b"") for record in records)
    # Without the last delimiter kcat would leave out a last record that is empty.
    log = kcat(*words, data=b"".join(part + END for part in parts)).stderr.decode(errors="replace")
    offsets = [int(found) for found in re.findall(r"delivered to partition \d+ \(offset (\d+)\)", log)]
    if len(offsets) != len(records):
        sys.exit(f"{len(offsets)} of {len(records)} delivered:\n{log}")
    for at, offset in enumerate(sorted(offsets)):
        print(json.dumps({"topic": topic, "index": index + at, "partition": partition, "offset": offset, "timestamp": None}))


def read(arguments):
    for topic in arguments.topic:
        words = ["-C", "-b", arguments.bootstrap, "-t", topic, "-o", "beginning", "-e", "-q", "-X", "fetch.wait.max.ms=20"]
        data = kcat(*words, "-f", FIELDS + "%k%s%h" + escape(END)).stdout
        while data:
            data = read_record(topic, data)


def read_record(topic, data):
    """One formatted record off the front. Headers come as text, because kcat joins them into one."""
    *words, rest = data.split(b" ", 5)
    partition, offset, timestamp, key_size, value_size = (int(word) for word in words)
    key, rest = (None, rest) if key_size < 0 else (rest[:key_size], rest[key_size:])
    value, rest = (None, rest) if value_size < 0 else (rest[:value_size], rest[value_size:])
    headers, _, rest = rest.partition(END)
    line = {"topic": topic, "partition": partition, "offset": offset, "timestamp": timestamp}
    print(json.dumps(line | {"key": encode(key), "value": encode(value), "headers_text": encode(headers)}))
    return rest


def query(bootstrap, topic, partition, time):
    text = kcat("-Q", "-b", bootstrap, "-t", f"{topic}:{partition}:{time}").stdout.decode()
    return int(re.search(r"\] offset (-?\d+)", text).group(1))


def offsets(arguments):
    for topic in arguments.topic:
        listing = json.loads(kcat("-L", "-J", "-b", arguments.bootstrap, "-t", topic).stdout)
        for partition in sorted(part["partition"] for part in listing["topics"][0]["partitions"]):
            ask = lambda time: query(arguments.bootstrap, topic, partition, time)
            times = {time: ask(time) for time in arguments.time}
            line = {"topic": topic, "partition": partition, "begin": ask(-2), "end": ask(-1), "times": times}
            print(json.dumps(line))


def group(arguments):
    """A member until SIGTERM; it becomes kcat, so that a signal reaches it. It commits by itself, every so often and at its end."""
    words = ["kcat", "-G", arguments.group, "-b", arguments.bootstrap, "-q", "-u", "-f", "record %p %o\\n"]
    settings = {
        "session.timeout.ms": arguments.session,
        "heartbeat.interval.ms": 500,
        "auto.commit.interval.ms": 200,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": arguments.assignor,
    }
    for name, value in settings.items():
        words += ["-X", f"{name}={value}"]
    os.execvp("kcat", [*words, *as_old, *arguments.topic])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("write", "read", "offsets", "group"))
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--job", action="append", default=[])
    parser.add_argument("--input")
    parser.add_argument("--time", action="append", type=int, default=[])
    parser.add_argument("--group")
    parser.add_argument("--assignor", default="range")
    parser.add_argument("--session", type=int, default=6000)
    parser.add_argument("--broker-version", help="speak as to a broker of this release, without asking it")
    arguments = parser.parse_args()
    if arguments.broker_version:
        as_old.extend(("-X", "api.version.request=false", "-X", f"broker.version.fallback={arguments.broker_version}"))
    {"write": write, "read": read, "offsets": offsets, "group": group}[arguments.command](arguments)


if __name__ == "__main__":
    main()
