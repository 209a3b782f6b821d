"""Takes every figure beside its floor in the same run, and writes the table of bench/README.md.

report.py --bin BUILD/bin [--runs 5] [--only NAME,...] [--kafka-port N --kafka-pid PID] [--readme bench/README.md] [--quick]

Sides alternate (A B B A ...), each with a fresh server, but Kafka, which is started by the caller and warmed once.
A cell is the median of the runs and, in parentheses, the least and the most.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from scenarios import SCENARIOS

HERE = os.path.dirname(os.path.abspath(__file__))
MARKS = ("<!-- figures begin -->", "<!-- figures end -->")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of the bench programs, and of streamline unless --broker says otherwise")
    parser.add_argument("--broker", default="{bin}/streamline --listen 127.0.0.1:{port} --data-dir {dir} -X durability={durability}",
                        help="how the broker is started; '' leaves it out")
    parser.add_argument("--dir", default=tempfile.gettempdir(), help="disk for logs and floors")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="names of scenarios, comma-separated")
    parser.add_argument("--kafka-port", type=int, default=0, help="a Kafka that runs already")
    parser.add_argument("--kafka-pid", type=int, default=0)
    parser.add_argument("--kafka-warmup", type=float, default=60, help="seconds of load before anything is measured")
    parser.add_argument("--syscalls", action="store_true", help="also count system calls per request with strace, in runs of their own")
    parser.add_argument("--quick", action="store_true", help="a tenth of the load: a trial of the procedure, not a measurement")
    parser.add_argument("--readme", default="", help="file whose figures between the marks are replaced")
    return parser.parse_args()


def run_json(command, timeout=900):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class Floor:
    """A raw server of floors/; it picks its port and prints it."""
    setup = "none"

    def __init__(self, args, scenario):
        command = floor_command(args, scenario)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        if not line:
            raise RuntimeError(f"{command[0]} did not start")
        self.port, self.pid = int(line[1]), self.process.pid

    def close(self):
        stop(self.process)


class Broker:
    """Streamline on an empty data directory."""
    setup = "create"

    def __init__(self, args, durability):
        self.dir = tempfile.mkdtemp(prefix="streamline-bench-", dir=args.dir)
        self.port = free_port()
        self.process = subprocess.Popen(broker_command(args, self.port, self.dir, durability), stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        give_up = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > give_up or self.process.poll() is not None:
                    self.close()
                    raise RuntimeError("the broker did not start") from None
                time.sleep(0.005)

    def close(self):
        stop(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)


class Kafka:
    """Somebody else's process: used, never ended."""
    setup = "create"

    def __init__(self, args):
        self.port, self.pid = args.kafka_port, args.kafka_pid

    def close(self):
        pass


def broker_command(args, port, folder, durability):
    return args.broker.format(bin=args.bin, port=port, dir=folder, durability=durability).split()


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
        return Floor(args, scenario)
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


def cell(values):
    if not values:
        return "–"
    digits = 0 if statistics.median(values) >= 100 else 1 if statistics.median(values) >= 10 else 2
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


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


def take(args, scenario):
    outcomes = {side: [] for side in sides_of(args, scenario)}
    for turn in range(args.runs):
        order = list(outcomes) if turn % 2 == 0 else list(reversed(outcomes))
        for side in order:
            outcome = measure(args, scenario, side)
            outcomes[side].append(outcome)
            print(f"{scenario.name} {side} {json.dumps(outcome)}", file=sys.stderr, flush=True)
    return outcomes


def proc_cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        words = stat.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def proc_status(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))


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
        command = broker_command(args, port, folder, "always")
        return run_json([os.path.join(args.bin, "first_answer"), "--port", str(port), "--", *command])["first_answer_ms"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def idle_rows(args, kafka_idle):
    if not args.broker:
        return []
    seen = []
    for _ in range(args.runs):
        server = Broker(args, "always")
        try:
            seen.append(idle(args, server))
        finally:
            server.close()
    starts = [first_answer(args) for _ in range(args.runs)]
    names = {"rss": "resident, MiB", "threads": "threads", "cpu": "CPU, % of a core"}
    rows = []
    for key, name in names.items():
        ours = [one[key] for one in seen]
        theirs = [kafka_idle[key]] if kafka_idle else []
        over = f"{theirs[0] / statistics.median(ours):.0f}×" if theirs and statistics.median(ours) else "–"
        rows.append(("idle", name, "–", cell(ours), cell(theirs), "–", over))
    rows.append(("start on an empty directory", "exec to first answer, ms", "–", cell(starts), "–", "–", "–"))
    return rows


def syscall_rows(args):
    rows = []
    for scenario in (s for s in SCENARIOS if s.count_syscalls):
        cells = {}
        for side in sides_of(args, scenario):
            server = start(args, scenario, side)
            with tempfile.NamedTemporaryFile("r") as counts:
                tracer = subprocess.Popen(["strace", "-f", "-c", "-U", "calls,name", "-p", str(server.pid), "-o", counts.name],
                                          stderr=subprocess.DEVNULL)
                time.sleep(0.5)
                try:
                    command = load_command(args, scenario, server) + ["--warmup", "0", "--touch-bytes", "0"]
                    requests = run_json(command)["requests"]
                finally:
                    tracer.send_signal(signal.SIGINT)
                    tracer.wait()
                    server.close()
                total = next(int(line.split()[0]) for line in counts if line.rstrip().endswith("total"))
            cells[side] = f"{total / requests:.2f}"
        rows.append((scenario.question, "system calls per request (strace)", cells.get("floor", "–"), cells.get("streamline", "–"),
                     cells.get("kafka", "–"), "–", "–"))
    return rows


def noise(args, when):
    ping = run_json([os.path.join(args.bin, "ping_pong"), "--seconds", "1"])["latency_us"]
    sync = run_json([os.path.join(args.bin, "parallel_fdatasync"), "--dir", args.dir, "--seconds", "1"])["latency_us"]
    quiet = ping["p99"] < 100 and sync["p50"] < 200
    return (f"{when}: ping-pong p50 {ping['p50']:.0f} µs, p99 {ping['p99']:.0f} µs; fdatasync p50 {sync['p50']:.0f} µs; "
            f"load average {os.getloadavg()[0]:.1f}: {'quiet' if quiet else 'NOT QUIET, figures are indicative only'}")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "unknown")
    return f"{os.cpu_count()} × {model}, Linux {os.uname().release}, loopback; client and server share the cores"


def table(args, rows, probes):
    lines = [f"Taken {time.strftime('%Y-%m-%d')} on {machine()}. Median of {args.runs} (least–most).", ""]
    lines += ["| Question | Figure | Floor | Streamline | Kafka | of the floor | over Kafka |", "|---|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*lines, "", "Noise:", "", *(f"* {probe}" for probe in probes), ""])


def write_readme(path, text):
    with open(path, encoding="utf-8") as readme:
        before, _, rest = readme.read().partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    with open(path, "w", encoding="utf-8") as readme:
        readme.write(f"{before}{MARKS[0]}\n{text}{MARKS[1]}{after}")


def main():
    args = arguments()
    chosen = [s for s in SCENARIOS if not args.only or s.name in args.only.split(",")]
    probes = [noise(args, "before")]
    print(probes[0], file=sys.stderr)
    kafka_idle = idle(args, Kafka(args)) if args.kafka_port else None
    if args.kafka_port and args.kafka_warmup > 0:
        warm = [os.path.join(args.bin, "wire_load"), "--mode", "produce", "--port", str(args.kafka_port), "--batch-bytes", "16384",
                "--connections", "4", "--warmup", "0", "--seconds", str(args.kafka_warmup)]
        run_json(warm)
    rows = []
    for scenario in chosen:
        rows += rows_of(scenario, take(args, scenario))
    if not args.only or "idle" in args.only.split(","):
        rows += idle_rows(args, kafka_idle)
    if args.syscalls:
        rows += syscall_rows(args)
    probes.append(noise(args, "after"))
    text = table(args, rows, probes)
    print(text)
    if args.readme:
        write_readme(args.readme, text)


if __name__ == "__main__":
    main()
