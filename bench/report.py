"""Takes every figure beside its floor in the same run, and writes the table of bench/README.md.

report.py --bin BUILD/bin [--runs 5] [--only NAME,...] [--kafka-port N --kafka-pid PID] [--readme bench/README.md] [--quick]
          [--keep FILE]: measurements are kept in FILE, one a line; what it holds already is not taken again, so that a long table
          can be taken in the quiet hours of several days

Sides alternate (A B B A ...), each with a fresh server, but Kafka, which is started by the caller and warmed once.
A cell is the median of the runs and, in parentheses, the least and the most.
"""
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

import kit
from kit import Broker, FloorServer, cell, free_port, proc_cpu_seconds, proc_status, run_json, stop
from scenarios import SCENARIOS


def arguments():
    parser = kit.parser(__doc__)
    parser.add_argument("--kafka-port", type=int, default=0, help="a Kafka that runs already")
    parser.add_argument("--kafka-pid", type=int, default=0)
    parser.add_argument("--kafka-warmup", type=float, default=60, help="seconds of load before anything is measured")
    parser.add_argument("--syscalls", action="store_true", help="also count system calls per request with strace, in runs of their own")
    parser.add_argument("--quick", action="store_true", help="a tenth of the load: a trial of the procedure, not a measurement")
    parser.add_argument("--keep", default="", help="file of measurements to go on from")
    return parser.parse_args()


class Kafka:
    """Somebody else's process: used, never ended."""
    setup = "create"

    def __init__(self, args):
        self.port, self.pid = args.kafka_port, args.kafka_pid

    def close(self):
        pass


def sides_of(args, scenario):
    sides = []
    if scenario.floor:
        sides.append("floor")
    if args.broker:
        sides.append("streamline")
    if args.kafka_port and scenario.kafka:
        sides.append("kafka")
    return sides


def start(args, scenario, side):
    if side == "floor":
        return FloorServer(floor_command(args, scenario))
    return Broker(args, scenario.durability) if side == "streamline" else Kafka(args)


def shrunk(args, words):
    """--quick: fewer requests, shorter runs."""
    if not args.quick:
        return list(words)
    out = list(words)
    for flag, least in (("--requests", 1), ("--touch-bytes", 0), ("--seconds", 0.3), ("--warmup", 0.1)):
        if flag in out:
            at = out.index(flag) + 1
            value = max(float(out[at]) / 10, least)
            out[at] = str(int(value)) if flag in ("--requests", "--touch-bytes") else str(value)
    return out


def floor_command(args, scenario):
    return [os.path.join(args.bin, scenario.floor[0]), *(word.format(dir=args.dir) for word in shrunk(args, scenario.floor[1:]))]


def load_command(args, scenario, server):
    return [os.path.join(args.bin, "wire_load"), "--port", str(server.port), "--pid", str(server.pid), "--setup", server.setup,
            "--touch-dir", args.dir, *shrunk(args, scenario.load)]


def measure(args, scenario, side):
    if side == "floor" and scenario.floor_is_program:
        return run_json(floor_command(args, scenario))
    server = start(args, scenario, side)
    try:
        return run_json(load_command(args, scenario, server))
    finally:
        server.close()


def pick(outcome, path):
    for key in path.split("/"):
        outcome = outcome[key]
    return outcome


def ratio(figure, better, worse):
    """How many times better the first side is, whichever way the figure points."""
    if not better or not worse:
        return None
    a, b = statistics.median(better), statistics.median(worse)
    if not a or not b:
        return None
    return b / a if figure.less_is_better else a / b


def rows_of(scenario, outcomes):
    for figure in scenario.figures:
        sides = {side: [pick(o, figure.floor_path if side == "floor" and figure.floor_path else figure.path) for o in runs]
                 for side, runs in outcomes.items()}
        of_floor = ratio(figure, sides.get("streamline"), sides.get("floor"))
        over_kafka = ratio(figure, sides.get("streamline"), sides.get("kafka"))
        yield (scenario.question, f"{figure.name}, {figure.unit}", cell(sides.get("floor")), cell(sides.get("streamline")),
               cell(sides.get("kafka")), "–" if of_floor is None else f"{of_floor:.0%}", "–" if over_kafka is None else f"{over_kafka:.1f}×")


def idle(args, server):
    """Nobody connected: resident memory, threads, and the CPU of some seconds."""
    seconds = 1 if args.quick else 10
    time.sleep(1)
    before, started = proc_cpu_seconds(server.pid), time.monotonic()
    time.sleep(seconds)
    cpu = (proc_cpu_seconds(server.pid) - before) / (time.monotonic() - started)
    return {"rss": proc_status(server.pid, "VmRSS") / 1024, "threads": proc_status(server.pid, "Threads"), "cpu": 100 * cpu}


def first_answer(args):
    folder = tempfile.mkdtemp(prefix="streamline-bench-", dir=args.dir)
    try:
        port = free_port()
        command = kit.broker_command(args, port, folder, "always")
        return run_json([os.path.join(args.bin, "first_answer"), "--port", str(port), "--", *command])["first_answer_ms"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def idle_rows(args, notebook):
    sides = (["streamline"] if args.broker else []) + (["kafka"] if args.kafka_port else [])

    def measure(side):
        server = Broker(args, "always") if side == "streamline" else Kafka(args)
        try:
            return idle(args, server)
        finally:
            server.close()

    seen = notebook.fill("idle", sides, args.runs, measure)
    rows = []
    for key, name in {"rss": "resident, MiB", "threads": "threads", "cpu": "CPU, % of a core"}.items():
        values = {side: [one[key] for one in seen[side]] for side in sides}
        ours = statistics.median(values.get("streamline") or [0])
        over = f"{statistics.median(values['kafka']) / ours:.0f}×" if "kafka" in sides and ours else "–"
        rows.append(("idle", name, "–", cell(values.get("streamline")), cell(values.get("kafka")), "–", over))
    starts = notebook.fill("start", ["streamline"] if args.broker else [], args.runs, lambda _: first_answer(args))
    rows.append(("start on an empty directory", "exec to first answer, ms", "–", cell(starts.get("streamline")), "–", "–", "–"))
    return rows


def count_syscalls(args, scenario, side):
    """System calls per request, by strace."""
    server = start(args, scenario, side)
    with tempfile.NamedTemporaryFile("r") as counts:
        tracer = subprocess.Popen(["strace", "-f", "-c", "-U", "calls,name", "-p", str(server.pid), "-o", counts.name],
                                  stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            requests = run_json(load_command(args, scenario, server) + ["--warmup", "0", "--touch-bytes", "0"])["requests"]
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
            server.close()
        return next(int(line.split()[0]) for line in counts if line.rstrip().endswith("total")) / requests


def syscall_rows(args, notebook):
    for scenario in (s for s in SCENARIOS if s.count_syscalls):
        counts = notebook.fill(scenario.name + " system calls", sides_of(args, scenario), 1,
                               lambda side, of=scenario: count_syscalls(args, of, side))
        yield (scenario.question, "system calls per request (strace)",
               *(f"{counts[side][0]:.2f}" if side in counts else "–" for side in ("floor", "streamline", "kafka")), "–", "–")


def warm_up(args):
    """A JVM compiles what it runs often."""
    run_json([os.path.join(args.bin, "wire_load"), "--mode", "produce", "--port", str(args.kafka_port), "--batch-bytes", "16384",
              "--connections", "4", "--warmup", "0", "--seconds", str(args.kafka_warmup)])


def main():
    args = arguments()
    notebook = kit.Notebook(args.keep)
    chosen = [s for s in SCENARIOS if not args.only or s.name in args.only.split(",")]
    rows = []
    notebook.probe(args)
    if not args.only or "idle" in args.only.split(","):
        rows += idle_rows(args, notebook)
    if args.kafka_port and args.kafka_warmup > 0:
        warm_up(args)
    for scenario in chosen:
        rows += rows_of(scenario, notebook.fill(scenario.name, sides_of(args, scenario), args.runs,
                                                lambda side, of=scenario: measure(args, of, side)))
        notebook.probe(args)
    if args.syscalls:
        rows += syscall_rows(args, notebook)
    head = ("Question", "Figure", "Floor", "Streamline", "Kafka", "of the floor", "over Kafka")
    kit.finish(args, "figures", head, rows, notebook.noise())


if __name__ == "__main__":
    main()
