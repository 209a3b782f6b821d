"""Runs the client agents that prepare.py built (STREAMLINE_AGENTS names their directory)."""

import json
import os
import pathlib
import subprocess
import sys
import threading

from support.broker import lacking

RUN_S = 120
SETTLE_S = 60


def load():
    directory = os.environ.get("STREAMLINE_AGENTS")
    if not directory:
        raise lacking("STREAMLINE_AGENTS is not set: run prepare.py")
    found = json.loads((pathlib.Path(directory) / "agents.json").read_text())
    for name, why in found["missing"].items():
        print(f"left out: the {name} client: {why}", file=sys.stderr)
    return found["commands"]


def pick(commands, *names):
    """The named agents that are there; a test without any of them is skipped."""
    there = [name for name in names if name in commands]
    if not there:
        raise lacking(f"none of these clients is here: {', '.join(names)}")
    return there


def words_of(options):
    words = []
    for name, value in options.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            words += [f"--{name}", str(one)]
    return words


def run(command, verb, **options):
    """Runs an agent to its end; the JSON lines it printed."""
    done = subprocess.run([*command, verb, *words_of(options)], capture_output=True, timeout=RUN_S)
    if done.returncode:
        raise AssertionError(f"{verb} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')[-4000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def start(command, verb, **options):
    """Starts an agent whose output is read while it runs."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([*command, verb, *words_of(options)], text=True, **pipes)


class Running:
    """A started agent, each line of whose output goes to take(line) on a thread of its own. It leaves when its input ends."""

    def __init__(self, process):
        self.process = process
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.take(line)

    def kill(self):
        self.process.kill()
        self.finish()

    def finish(self):
        self.process.wait(SETTLE_S)
        self.reader.join()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
