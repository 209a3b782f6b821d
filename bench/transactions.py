"""The questions about transactions, and the table in bench/README.md that answers them.

transactions.py --bin BUILD/bin [--runs 5] [--only speed,memory] [--dir DIR] [--readme bench/README.md] [--quick]

Every run has a fresh server; a cell is the median of the runs and, in parentheses, the least and the most.
"""
import os
import struct
import time

import kit
from groups import FIND_COORDINATOR, Connection, settled_rss, text

INIT_PRODUCER_ID = 22
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


QUESTIONS = {"speed": speed, "memory": memory}


if __name__ == "__main__":
    kit.answer(__doc__, "transactions", QUESTIONS)
