"""The questions about consumer groups, and the table in bench/README.md that answers them.

groups.py --bin BUILD/bin [--runs 5] [--only commit,join,idle,load] [--dir DIR] [--readme bench/README.md] [--quick]

Every run has a fresh server; a cell is the median of the runs and, in parentheses, the least and the most.
"""
import os
import signal
import socket
import struct
import subprocess
import time

import kit

TOPIC = "t"
FIND_COORDINATOR, OFFSET_COMMIT, OFFSET_FETCH, CREATE_TOPICS = 10, 8, 9, 19
LEAST_SYNC = {"interval": [], "always": ["--sync", "prewritten"]}
READY_S = 60


def text(value):
    raw = value.encode()
    return struct.pack(">h", len(raw)) + raw


class Connection:
    """Old versions of the few requests that are needed, by hand; one at a time."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(READY_S)
        self.file = self.socket.makefile("rb")

    def call(self, key, version, body):
        """The answer behind its correlation id."""
        frame = struct.pack(">hhi", key, version, 1) + text("bench") + body
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)
        (size,) = struct.unpack(">i", self.file.read(4))
        return self.file.read(size)[4:]

    def create_topic(self, partitions):
        body = struct.pack(">i", 1) + text(TOPIC) + struct.pack(">ihiiib", partitions, 1, 0, 0, READY_S * 1000, 0)
        answer = self.call(CREATE_TOPICS, 4, body)
        (error,) = struct.unpack_from(">h", answer, 8 + len(text(TOPIC)))
        if error:
            raise RuntimeError(f"CreateTopics: error {error}")

    def is_loaded(self, group):
        """Asks for the coordinator, and for an offset."""
        (error,) = struct.unpack_from(">h", self.call(FIND_COORDINATOR, 0, text(group)))
        answer = self.call(OFFSET_FETCH, 2, text(group) + struct.pack(">i", 0))
        (fetch_error,) = struct.unpack(">h", answer[-2:])
        return error == 0 and fetch_error == 0

    def await_loaded(self, group):
        give_up = time.monotonic() + READY_S
        while not self.is_loaded(group):
            if time.monotonic() > give_up:
                raise RuntimeError(f"{group} has no coordinator")
            time.sleep(0.001)

    def commit(self, group, partitions):
        """Partitions 0 to `partitions`, in one request."""
        each = struct.pack(">qi", 7, -1) + text("")
        listed = b"".join(struct.pack(">i", index) + each for index in range(partitions))
        who = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">h", -1)
        answer = self.call(OFFSET_COMMIT, 7, who + struct.pack(">i", 1) + text(TOPIC) + struct.pack(">i", partitions) + listed)
        errors = {struct.unpack_from(">h", answer, at)[0] for at in range(8 + len(text(TOPIC)) + 4 + 4, len(answer), 6)}
        if errors != {0}:
            raise RuntimeError(f"OffsetCommit of {group}: errors {errors}")


def commit_outcome(args, durability, connections, depth):
    server = kit.Broker(args, durability)
    try:
        seconds = 0.5 if args.quick else 4
        words = ["--mode", "commit", "--port", str(server.port), "--pid", str(server.pid), "--connections", str(connections)]
        words += ["--depth", str(depth), "--warmup", "0.5", "--seconds", str(seconds)]
        return kit.run_json([os.path.join(args.bin, "wire_load"), *words])
    finally:
        server.close()


def least_outcome(args, durability):
    """The least server with a request of a commit's size: it receives, writes, syncs if it must, and answers."""
    server = kit.FloorServer([os.path.join(args.bin, "produce_floor"), "--dir", args.dir, *LEAST_SYNC[durability]])
    try:
        words = ["--mode", "produce", "--setup", "none", "--batch-bytes", "200", "--value-bytes", "100", "--port", str(server.port)]
        words += ["--pid", str(server.pid), "--depth", "1", "--warmup", "0.5", "--seconds", "0.5" if args.quick else "4"]
        return kit.run_json([os.path.join(args.bin, "wire_load"), *words])
    finally:
        server.close()


def paired(args, durability):
    """Commits one at a time beside the least server, in the order A B B A ..."""
    sides = {"least": lambda: least_outcome(args, durability), "ours": lambda: commit_outcome(args, durability, 1, 1)}
    taken = {side: [] for side in sides}
    for turn in range(args.runs):
        for side in sides if turn % 2 == 0 else reversed(sides):
            taken[side].append(sides[side]())
    return taken["least"], taken["ours"]


def figures(question, runs):
    yield question, "p50, µs", [one["latency_us"]["p50"] for one in runs]
    yield question, "server CPU, µs each", [one["server_us_per_request"] for one in runs]


def commit(args):
    """Rows of commits, one at a time and sixteen, without and with a sync."""
    syncs = [sync_p50(args) for _ in range(args.runs)]
    yield "fdatasync of one pre-written file (the floor of `always`)", "p50, µs", syncs
    for durability in ("interval", "always"):
        least, alone = paired(args, durability)
        yield from figures(f"the least server (receive, write{', sync' * (durability == 'always')}, answer), depth 1", least)
        yield from figures(f"OffsetCommit, `{durability}`, 1 connection, depth 1", alone)
        for connections, depth in ((1, 16), (16, 1)):
            runs = [commit_outcome(args, durability, connections, depth) for _ in range(args.runs)]
            yield from figures(f"OffsetCommit, `{durability}`, {connections} connection{'s' * (connections > 1)}, depth {depth}", runs)


def sync_p50(args):
    seconds = "0.5" if args.quick else "3"
    words = ["--dir", args.dir, "--files", "1", "--mode", "prewritten", "--seconds", seconds]
    return kit.run_json([os.path.join(args.bin, "parallel_fdatasync"), *words])["latency_us"]["p50"]


def join(args):
    for durability in ("interval", "always"):
        taken = []
        for _ in range(args.runs):
            server = kit.Broker(args, durability)
            try:
                taken.append(kit.run_json([os.path.join(args.bin, "group_load"), "--port", str(server.port), "--members", "100"]))
            finally:
                server.close()
        yield f"100 members join at once, `{durability}`", "last join to all assigned, ms", [one["assigned_ms"] for one in taken]


def settled_rss(server):
    time.sleep(0.5)
    return kit.proc_status(server.pid, "VmRSS") / 1024


def idle(args):
    """10,000 groups that committed once and are not used: what they keep, and what a second costs with them."""
    groups = 1000 if args.quick else 10_000
    grown, cpu = [], []
    for _ in range(args.runs):
        server = kit.Broker(args, "interval")
        try:
            connection = Connection(server.port)
            connection.create_topic(1)
            # One group in each partition first, so that what the partitions cost is not charged to the groups.
            for number in range(500):
                connection.await_loaded(f"first-{number}")
                connection.commit(f"first-{number}", 1)
            before = settled_rss(server)
            for number in range(groups):
                connection.commit(f"group-{number}", 1)
            grown.append(settled_rss(server) - before)
            # What was written has to be synced, and the log of the groups is compacted once: that is no cost of being idle.
            seconds = 1 if args.quick else 10
            time.sleep(seconds)
            used = kit.proc_cpu_seconds(server.pid)
            time.sleep(seconds)
            cpu.append(100 * (kit.proc_cpu_seconds(server.pid) - used) / seconds)
        finally:
            server.close()
    yield f"{groups:,} idle groups with an offset each", "resident, MiB more", grown
    yield f"{groups:,} idle groups with an offset each", "CPU, % of a core", cpu


def load(args):
    """A million offsets of 1,000 groups: killed, started, and asked for until every partition of the groups is loaded."""
    groups, partitions = (100, 100) if args.quick else (1000, 1000)
    loaded, rss = [], []
    for _ in range(args.runs):
        server = kit.Broker(args, "interval")
        command = kit.broker_command(args, server.port, server.dir, "interval")
        try:
            connection = Connection(server.port)
            connection.create_topic(partitions)
            for number in range(groups):
                if number < 500:
                    connection.await_loaded(f"group-{number}")
                connection.commit(f"group-{number}", partitions)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            server.pid = server.process.pid
            loaded.append(time_to_load(server, groups))
            rss.append(settled_rss(server))
        finally:
            server.close()
    name = f"{groups * partitions:,} committed offsets after a kill"
    yield name, "first question to all loaded, ms", loaded
    yield name, "resident, MiB", rss


def time_to_load(server, groups):
    give_up = time.monotonic() + READY_S
    while True:
        try:
            connection = Connection(server.port)
            break
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.001)
    started = time.monotonic()
    for number in range(groups):
        connection.await_loaded(f"group-{number}")
    return 1000 * (time.monotonic() - started)


QUESTIONS = {"commit": commit, "join": join, "idle": idle, "load": load}


if __name__ == "__main__":
    kit.answer(__doc__, "groups", QUESTIONS)
