"""The questions about the command line, and the table in bench/README.md that answers them.

cli.py --bin BUILD/bin [--runs 5] [--only start,records,many] [--dir DIR] [--readme bench/README.md] [--quick]

Beside a fresh server; a cell is the median of the runs and, in parentheses, the least and the most.
"""
import os
import resource
import subprocess
import tempfile
import time

import kit

LINE = b"x" * 99 + b"\n"


class Tool:
    """streamline-cli beside a server of its own."""

    def __init__(self, args):
        self.path = os.path.join(args.bin, "streamline-cli")
        self.server = kit.Broker(args, "interval")

    def command(self, *words):
        return [self.path, "-b", f"127.0.0.1:{self.server.port}", *words]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


def seconds_of(command, **pipes):
    """From exec to end, on the clock and on the CPU."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, **{"stdout": subprocess.DEVNULL, **pipes})
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start(args):
    """From exec to the end of the smallest commands; what a process costs at all is the floor."""
    with Tool(args) as tool:
        tried = {"`true`, the floor": ["true"], "`streamline-cli --help`": [tool.path, "--help"],
                 "`streamline-cli topics list`, no topics": tool.command("topics", "list")}
        for name, command in tried.items():
            yield name, "exec to end, ms", [1000 * min(seconds_of(command)[0] for _ in range(10)) for _ in range(args.runs)]


def drained(command):
    """Into a pipe that somebody reads."""
    with subprocess.Popen(["wc", "-c"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as reader:
        taken = seconds_of(command, stdout=reader.stdin)
        reader.stdin.close()
    return taken


def records(args):
    """Records of 100 bytes from a pipe and into one, as many a second of the clock, and of the tool's own CPU."""
    count = 200_000 if args.quick else 5_000_000
    forms = {"consume to a pipe": (), "consume to a pipe, `-o json`": ("-o", "json"), "consume to a pipe, `--format`": ("--format", r"%p/%o %k %v\n")}
    taken = {name: [] for name in ("produce from a file", *forms)}
    with tempfile.TemporaryFile(dir=args.dir) as lines:
        for _ in range(count // 10_000):
            lines.write(LINE * 10_000)
        lines.flush()
        for _ in range(args.runs):
            with Tool(args) as tool:
                subprocess.run(tool.command("topics", "create", "t"), check=True, stdout=subprocess.DEVNULL)
                lines.seek(0)
                taken["produce from a file"].append(seconds_of(tool.command("produce", "t"), stdin=lines))
                for name, words in forms.items():
                    taken[name].append(drained(tool.command("consume", "t", *words)))
    for name, runs in taken.items():
        yield f"{name}, 100-byte records", "million/s", [count / took / 1e6 for took, _ in runs]
        yield f"{name}, 100-byte records", "million per CPU second", [count / cpu / 1e6 for _, cpu in runs]


def many(args):
    """Topics of two partitions each."""
    topics = 500 if args.quick else 5_000
    with Tool(args) as tool:
        for first in range(0, topics, 100):
            names = [f"topic-{number}" for number in range(first, first + 100)]
            subprocess.run(tool.command("topics", "create", *names, "-p", "2"), check=True, stdout=subprocess.DEVNULL)
        yield f"`topics list` of {topics:,} topics with {2 * topics:,} partitions", "exec to end, ms", [
            1000 * seconds_of(tool.command("topics", "list"))[0] for _ in range(args.runs)]


QUESTIONS = {"start": start, "records": records, "many": many}

if __name__ == "__main__":
    kit.answer(__doc__, "cli", QUESTIONS)
