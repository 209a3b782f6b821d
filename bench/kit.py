"""What the measuring programs share: a broker on an empty directory, child programs that print JSON, cells, and the noise of the machine."""
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

STREAMLINE = "{bin}/streamline --listen 127.0.0.1:{port} --data-dir {dir} -X durability={durability}"


def parser(description):
    """What every program about the broker takes."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--bin", required=True, help="folder of the bench programs, and of streamline unless --broker says otherwise")
    made.add_argument("--broker", default=STREAMLINE, help="how the broker is started")
    made.add_argument("--dir", default=tempfile.gettempdir(), help="disk for logs and floors")
    made.add_argument("--runs", type=int, default=5)
    made.add_argument("--only", default="", help="some of the questions, comma-separated")
    made.add_argument("--readme", default="", help="file whose figures between the marks are replaced")
    return made


def answer(description, name, questions):
    """A whole program: each of `questions`, name by name, yields (question, figure, values of the runs), a row of the table."""
    made = parser(description)
    made.add_argument("--quick", action="store_true", help="a tenth of the load: a trial of the procedure, not a measurement")
    args = made.parse_args()
    rows = []
    for chosen in args.only.split(",") if args.only else questions:
        for question, figure, values in questions[chosen](args):
            rows.append((question, figure, cell(values)))
            print(rows[-1], file=sys.stderr, flush=True)
    finish(args, name, ("Question", "Figure", "Streamline"), rows)


def run_json(command, timeout=900):
    """The last line that `command` prints, which is JSON."""
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


def broker_command(args, port, folder, durability):
    return args.broker.format(bin=args.bin, port=port, dir=folder, durability=durability).split()


class Broker:
    """Streamline on a data directory: an empty one that goes with it, or one that the caller keeps."""
    setup = "create"

    def __init__(self, args, durability, folder=None, settings=(), stderr=subprocess.DEVNULL):
        self.dir = folder or tempfile.mkdtemp(prefix="streamline-bench-", dir=args.dir)
        self.kept = folder is not None
        self.port = free_port()
        command = broker_command(args, self.port, self.dir, durability)
        self.process = subprocess.Popen([*command, *(word for setting in settings for word in ("-X", setting))], stderr=stderr)
        self.pid = self.process.pid
        give_up = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > give_up or self.process.poll() is not None:
                    self.close()
                    raise RuntimeError("the broker did not start") from None
                time.sleep(0.005)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            stop(self.process)
        if not self.kept:
            shutil.rmtree(self.dir, ignore_errors=True)


class FloorServer:
    """A raw server of floors/; it picks its port and prints it."""
    setup = "none"

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        if not line:
            raise RuntimeError(f"{command[0]} did not start")
        self.port, self.pid = int(line[1]), self.process.pid

    def close(self):
        stop(self.process)


def cell(values):
    """Median (least–most)."""
    if not values:
        return "–"
    digits = 0 if statistics.median(values) >= 100 else 1 if statistics.median(values) >= 10 else 2
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def share(ours, theirs):
    """One median in percent of the other."""
    return f"{statistics.median(ours) / statistics.median(theirs):.0%}"


def proc_cpu_seconds(pid):
    """User and system time of all its threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        words = stat.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def proc_status(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))


class Notebook:
    """Outcomes by question and side; with a file, those of earlier runs too, so that a long table can be taken in pieces."""

    def __init__(self, path=""):
        self.path, self.outcomes = path, {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    self.outcomes.setdefault(tuple(json.loads(line)[:2]), []).append(json.loads(line)[2])

    def of(self, question, side):
        return self.outcomes.get((question, side), [])

    def note(self, question, side, outcome):
        self.outcomes.setdefault((question, side), []).append(outcome)
        print(f"{question} {side} {json.dumps(outcome)}", file=sys.stderr, flush=True)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as lines:
                lines.write(json.dumps([question, side, outcome]) + "\n")

    def fill(self, question, sides, runs, measure):
        """Takes what is missing of `runs` outcomes per side, in the order A B B A ..."""
        for turn in range(runs):
            for side in sides if turn % 2 == 0 else reversed(sides):
                if len(self.of(question, side)) <= turn:
                    self.note(question, side, measure(side))
        return {side: self.of(question, side)[:runs] for side in sides}

    def probe(self, args):
        """One look at how quiet the machine is: two cores that answer each other, and the disk."""
        ping = run_json([os.path.join(args.bin, "ping_pong"), "--seconds", "1"])["latency_us"]
        sync = run_json([os.path.join(args.bin, "parallel_fdatasync"), "--dir", args.dir, "--seconds", "1"])["latency_us"]
        self.note("noise", "probe", {"ping_p99": ping["p99"], "ping_p50": ping["p50"], "sync_p50": sync["p50"]})

    def noise(self):
        probes = self.of("noise", "probe")
        quiet = sum(probe["ping_p99"] < 100 and probe["sync_p50"] < 200 for probe in probes)
        ranges = {key: cell([probe[key] for probe in probes]) for key in ("ping_p50", "ping_p99", "sync_p50")}
        return (f"Noise: {quiet} of {len(probes)} probes found the machine quiet. Ping-pong p50 {ranges['ping_p50']} µs, p99 "
                f"{ranges['ping_p99']} µs; fdatasync p50 {ranges['sync_p50']} µs.")


def taken(runs):
    """How a table was taken: its first line."""
    kernel = ".".join(os.uname().release.split(".")[:2])
    return (f"Taken {time.strftime('%Y-%m-%d')} on {os.cpu_count()} virtual {os.uname().machine} cores, Linux {kernel}, loopback; client "
            f"and server share the cores. Median of {runs} (least–most).")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def finish(args, name, head, rows, remark=""):
    """Prints the table, and puts it into the file that --readme names."""
    text = "\n\n".join(part for part in (taken(args.runs), table(head, rows), remark) if part)
    print(text)
    if args.readme:
        write_figures(args.readme, name, text)


def write_figures(path, name, text):
    """Replaces what stands between the marks `<!-- NAME begin -->` and `<!-- NAME end -->`."""
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    with open(path, encoding="utf-8") as readme:
        before, found, rest = readme.read().partition(begin)
    if not found or end not in rest:
        raise RuntimeError(f"{path} has no marks for {name}")
    with open(path, "w", encoding="utf-8") as readme:
        readme.write(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")
