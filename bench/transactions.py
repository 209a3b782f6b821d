"""The questions about transactions, and the table in bench/README.md that answers them.

transactions.py --bin BUILD/bin [--runs 5] [--only speed,scan,memory] [--dir DIR] [--readme bench/README.md] [--quick]

Every run has a fresh server; a cell is the median of the runs and, in parentheses, the least and the most.
"""
import os
import struct
import time

import kit
from groups import FIND_COORDINATOR, TOPIC, Connection, settled_rss, text

FETCH, INIT_PRODUCER_ID = 1, 22
UNCOMMITTED, COMMITTED = 0, 1
FETCH_BYTES = 1 << 20
TRANSACTIONS = 1
PROTOCOLS = {"new": "epochs that grow", "classic": "classic"}


def is_ready(connection, transactional_id):
    answer = connection.call(FIND_COORDINATOR, 1, text(transactional_id) + struct.pack(">b", TRANSACTIONS))
    return struct.unpack_from(">h", answer, 4)[0] == 0


def speed_outcome(args, durability, protocol, producers):
    server = kit.Broker(args, durability)
    try:
        Connection(server.port).create_topic(producers)
        seconds = "0.5" if args.quick else "5"
        words = ["--port", str(server.port), "--pid", str(server.pid), "--topic", "t", "--producers", str(producers)]
        words += ["--protocol", protocol, "--seconds", seconds]
        return kit.run_json([os.path.join(args.bin, "transaction_load"), *words])
    finally:
        server.close()


def speed(args):
    """Transactions of ten records, each producer one after the other."""
    for durability in ("interval", "always"):
        for protocol, name in PROTOCOLS.items():
            for producers in (1, 16):
                runs = [speed_outcome(args, durability, protocol, producers) for _ in range(args.runs)]
                question = f"transactions of 10 records, `{durability}`, {name}, {producers} producer{'s' * (producers > 1)}"
                yield question, "transactions/s", [one["transactions_per_s"] for one in runs]
                yield question, "server CPU, µs each", [one["cpu_us"] for one in runs]
                yield question, "EndTxn, p50, µs", [one["end"]["p50"] for one in runs]


def fetched(connection, offset, isolation):
    """Bytes of records from the offset on, and the offset behind them."""
    head = struct.pack(">iiiib", -1, 500, 1, FETCH_BYTES, isolation)
    body = head + struct.pack(">i", 1) + text(TOPIC) + struct.pack(">iiqi", 1, 0, offset, FETCH_BYTES)
    answer = connection.call(FETCH, 4, body)
    at = 4 + 4 + len(text(TOPIC)) + 4 + 4
    error, _, stable, aborted = struct.unpack_from(">hqqi", answer, at)
    if error:
        raise RuntimeError(f"Fetch from {offset}: error {error}")
    at += 22 + 16 * max(aborted, 0)
    (size,) = struct.unpack_from(">i", answer, at)
    records, place = memoryview(answer)[at + 4 : at + 4 + size], 0
    while place + 27 <= size:
        base, length = struct.unpack_from(">qi", records, place)
        if place + 12 + length > size:
            break
        (last,) = struct.unpack_from(">i", records, place + 23)
        offset, place = base + last + 1, place + 12 + length
    return place, offset, stable


def scanned(server, isolation):
    """Server CPU seconds per GB that a reader of the whole partition costs."""
    connection, offset, stable, total = Connection(server.port), 0, 1, 0
    before = kit.proc_cpu_seconds(server.pid)
    while offset < stable:
        size, offset, stable = fetched(connection, offset, isolation)
        total += size
    return (kit.proc_cpu_seconds(server.pid) - before) / (total / 1e9), total


def scan(args):
    """One reader after the other of a partition in which every second transaction was aborted; both get the same bytes."""
    size = (1 << 26) if args.quick else (1 << 30)
    batch = 100_000
    server = kit.Broker(args, "interval")
    try:
        Connection(server.port).create_topic(1)
        words = ["--port", str(server.port), "--topic", TOPIC, "--batch-bytes", str(batch), "--transactions", str(size // batch)]
        kit.run_json([os.path.join(args.bin, "transaction_load"), *words, "--aborts", "2", "--warmup", "0", "--seconds", "300"])
        taken = {UNCOMMITTED: [], COMMITTED: []}
        # The kernel's share of a pass doubles and halves from one to the next.
        for turn in range(5 * args.runs):
            for isolation in sorted(taken, reverse=turn % 2 == 1):
                cost, total = scanned(server, isolation)
                if total < size * 0.9:
                    raise RuntimeError(f"{total} bytes were read of {size}")
                taken[isolation].append(cost)
    finally:
        server.close()
    question = f"{size >> 20:,} MiB, half of it aborted, read in fetches of 1 MiB"
    yield question, "read_uncommitted, server CPU, ms per GB", [1000 * cost for cost in taken[UNCOMMITTED]]
    yield question, "read_committed, server CPU, ms per GB", [1000 * cost for cost in taken[COMMITTED]]


def init(connection, transactional_id):
    answer = connection.call(INIT_PRODUCER_ID, 1, text(transactional_id) + struct.pack(">i", 60_000))
    (error,) = struct.unpack_from(">h", answer, 4)
    if error:
        raise RuntimeError(f"InitProducerId of {transactional_id}: error {error}")


def memory(args):
    """Transactional ids that were used once."""
    ids = 10_000 if args.quick else 100_000
    grown = []
    for _ in range(args.runs):
        server = kit.Broker(args, "interval")
        try:
            connection = Connection(server.port)
            while not is_ready(connection, "first"):
                time.sleep(0.01)
            # One in each partition first, so that what the partitions cost is not charged to the ids.
            for number in range(500):
                init(connection, f"first-{number}")
            before = settled_rss(server)
            for number in range(ids):
                init(connection, f"transactional-id-{number}")
            grown.append(settled_rss(server) - before)
        finally:
            server.close()
    yield f"{ids:,} known transactional ids", "resident, MiB more", grown


QUESTIONS = {"speed": speed, "scan": scan, "memory": memory}


if __name__ == "__main__":
    kit.answer(__doc__, "transactions", QUESTIONS)
