"""The questions that bench/report.py asks: one scenario each, with the load, the floor beside it, and the figures that answer it."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    path: str  # into wire_load's JSON
    less_is_better: bool = True
    floor_path: str = ""  # where the floor's JSON differs


@dataclass(frozen=True)
class Scenario:
    name: str
    question: str
    load: tuple  # wire_load's flags
    figures: tuple
    floor: tuple = ()  # program and flags; {dir} is the disk
    floor_is_program: bool = False  # it measures by itself instead of serving wire_load
    durability: str = "interval"  # the floors do not sync
    kafka: bool = True
    count_syscalls: bool = False


CPU_PER_GB = Figure("server CPU", "s/GB", "server_cpu_s_per_gb")
CPU_PER_REQUEST = Figure("server CPU", "µs/request", "server_us_per_request")
RATE = Figure("rate", "requests/s", "requests_per_s", less_is_better=False)
THROUGHPUT = Figure("rate", "MB/s", "mb_per_s", less_is_better=False)
P50 = Figure("p50", "µs", "latency_us/p50")
P99 = Figure("p99", "µs", "latency_us/p99")
P999 = Figure("p99.9", "µs", "latency_us/p99.9")

GIB = 1 << 30
PRODUCE_FLOOR = ("produce_floor", "--dir", "{dir}")


def produce(batch_bytes, value_bytes, requests, *flags):
    """A bounded amount of bytes, twice of which was touched before, so that no side pays for fresh guest memory."""
    touch = min(2 * batch_bytes * requests, 2 * GIB)
    return ("--mode", "produce", "--batch-bytes", str(batch_bytes), "--value-bytes", str(value_bytes), "--warmup", "0.2", "--seconds", "10",
            "--requests", str(requests), "--touch-bytes", str(touch), *flags)


def fetch(size):
    log = str(GIB // 2)
    load = ("--mode", "fetch", "--fetch-bytes", str(size), "--batch-bytes", "16384", "--value-bytes", "1024", "--log-bytes", log,
            "--depth", "1", "--warmup", "0.3", "--seconds", "2")
    floor = ("fetch_floor", "--dir", "{dir}", "--batch-bytes", "16384", "--value-bytes", "1024", "--log-bytes", log)
    return Scenario(f"fetch{size >> 10}k", f"fetch {size >> 10} KiB from the page cache", load, (CPU_PER_GB, THROUGHPUT), floor)


SCENARIOS = (
    Scenario("produce64k", "produce in 64 KiB requests, 1 KiB records, depth 5", produce(65536, 1024, 12000),
             (CPU_PER_GB, THROUGHPUT), PRODUCE_FLOOR),
    Scenario("produce16k", "produce 100-byte records in 16 KiB batches, depth 5", produce(16384, 100, 40000),
             (CPU_PER_GB, THROUGHPUT), PRODUCE_FLOOR),
    Scenario("small64", "1 KiB requests over 64 connections, depth 1 each",
             produce(1024, 100000, 200000, "--connections", "64", "--depth", "1"),
             (RATE, CPU_PER_REQUEST, P99), (*PRODUCE_FLOOR, "--threads", "2")),
    Scenario("depth1", "1 KiB requests, one connection, depth 1", produce(1024, 100000, 60000, "--depth", "1"),
             (CPU_PER_REQUEST, RATE, P50, P99), PRODUCE_FLOOR, count_syscalls=True),
    Scenario("depth16", "1 KiB requests, one connection, depth 16", produce(1024, 100000, 200000, "--depth", "16"),
             (CPU_PER_REQUEST, RATE), PRODUCE_FLOOR, count_syscalls=True),
    Scenario("ack3000", "acknowledgement at 3,000 requests/s of 1 KiB",
             ("--mode", "produce", "--batch-bytes", "1024", "--value-bytes", "100000", "--rate", "3000", "--warmup", "1", "--seconds", "5"),
             (P50, P99, P999, CPU_PER_REQUEST), PRODUCE_FLOOR),
    fetch(64 << 10),
    fetch(256 << 10),
    fetch(1 << 20),
    Scenario("e2e", "produce to consumer at 10,000 records/s (2,000 requests/s of 5 records of 100 bytes); floor: one round trip",
             ("--mode", "e2e", "--batch-bytes", "606", "--value-bytes", "100", "--rate", "2000", "--warmup", "1", "--seconds", "5"),
             (P50, P99, P999), ("ping_pong", "--seconds", "3"), floor_is_program=True),
    Scenario("sync16", "acknowledged after a sync, 16 partitions, 16 connections, 4 KiB (floor: pre-written files)",
             ("--mode", "produce", "--batch-bytes", "4096", "--value-bytes", "100000", "--connections", "16", "--partitions", "16",
              "--depth", "1", "--warmup", "0.5", "--seconds", "3"),
             (Figure("rate", "requests/s", "requests_per_s", False, "syncs_per_s"), P50, P99),
             ("parallel_fdatasync", "--dir", "{dir}", "--files", "16", "--mode", "prewritten", "--seconds", "3"), floor_is_program=True,
             durability="always", kafka=False),
    # What is left of those syncs when each of them has a request and an answer: a thread per connection, nothing handed over.
    Scenario("sync16wire", "the same (floor: a raw server with a thread per connection, which syncs before it answers)",
             ("--mode", "produce", "--batch-bytes", "4096", "--value-bytes", "100000", "--connections", "16", "--partitions", "16",
              "--depth", "1", "--warmup", "0.5", "--seconds", "3"),
             (RATE, P50, P99, CPU_PER_REQUEST), (*PRODUCE_FLOOR, "--threads", "16", "--sync", "prewritten"), durability="always", kafka=False),
)
