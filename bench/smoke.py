"""Runs every bench program for a fifth of a second against the floors: they start, speak and count. No figure is judged.

smoke.py DIRECTORY_OF_PROGRAMS
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import kit
from groups import TOPIC, Connection

BIN = sys.argv[1]
SHORT = ["--seconds", "0.2", "--warmup", "0"]


def run(program, *args):
    done = subprocess.run([os.path.join(BIN, program), *args], capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(args)}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def load_floor(floor, floor_args, load_args):
    server = subprocess.Popen([os.path.join(BIN, floor), *floor_args], stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().split()[1]
        outcome = run("wire_load", "--port", port, "--pid", str(server.pid), "--setup", "none", *SHORT, *load_args)
        if outcome["requests"] <= 0 or outcome["mb_per_s"] <= 0 or outcome["latency_us"]["p50"] <= 0:
            sys.exit(f"{floor}: nothing was counted: {outcome}")
    finally:
        server.terminate()
        server.wait()


def load_broker(folder):
    """What asks for coordinators needs a broker that has them."""
    server = kit.Broker(argparse.Namespace(bin=BIN, broker=kit.STREAMLINE, dir=folder), "interval")
    try:
        Connection(server.port).create_topic(2)
        if run("group_load", "--port", str(server.port), "--members", "3")["members"] != 3:
            sys.exit("group_load had no group")
        few = ["--producers", "2", "--transactions", "6", "--aborts", "2", "--warmup", "0"]
        for protocol in ("new", "classic"):
            outcome = run("transaction_load", "--port", str(server.port), "--topic", TOPIC, "--protocol", protocol, *few)
            if outcome["end"]["p50"] <= 0:
                sys.exit(f"transaction_load made no transaction: {outcome}")
    finally:
        server.close()


with tempfile.TemporaryDirectory() as folder:
    disk = ["--dir", folder]
    log = ["--batch-bytes", "16384", "--value-bytes", "1024", "--log-bytes", str(4 << 20)]
    produce = ["--mode", "produce", "--requests", "2000"]
    load_floor("produce_floor", disk, produce)
    load_floor("produce_floor", disk + ["--threads", "2"], produce + ["--connections", "8", "--batch-bytes", "1024"])
    load_floor("produce_floor", disk, produce + ["--batch-bytes", "300", "--value-bytes", "100", "--rate", "2000"])
    load_floor("produce_floor", disk + ["--threads", "2", "--sync", "prewritten"], produce + ["--connections", "2"])
    load_floor("produce_floor", disk, ["--mode", "produce", "--requests", "20", "--batch-bytes", str(1 << 20), "--touch-bytes", "1000000"])
    for way in ("sendfile", "send"):
        load_floor("fetch_floor", disk + log + ["--way", way], ["--mode", "fetch", "--fetch-bytes", "262144", *log])
    if run("ping_pong", "--seconds", "0.2", "--cores", "any")["round_trips"] <= 0:
        sys.exit("ping_pong counted nothing")
    for mode in ("append", "prewritten"):
        if run("parallel_fdatasync", "--seconds", "0.2", "--files", "2", "--mode", mode, *disk)["syncs_per_s"] <= 0:
            sys.exit("parallel_fdatasync counted nothing")
    if run("compaction_speed", "--megabytes", "4", "--keys", "1000", "--runs", "1", *disk)["compaction_mb_s"] <= 0:
        sys.exit("compaction_speed compacted nothing")
    load_broker(folder)
print("every bench program ran")
