"""Running streamline-cli in a test."""

import dataclasses
import itertools
import json
import os
import subprocess
import unittest

RUN_S = 60
COUNTER = itertools.count(1)


def program():
    return os.environ["STREAMLINE_CLI"]


@dataclasses.dataclass
class Run:
    """How a run ended; out is bytes."""

    code: int
    out: bytes
    err: str

    @property
    def text(self):
        return self.out.decode()

    @property
    def lines(self):
        return self.text.splitlines()

    @property
    def json(self):
        return json.loads(self.out)


def run(*words, stdin=b"", env=None):
    """Runs the program with these arguments; standard input is a pipe, never a terminal."""
    environment = {**os.environ, **(env or {})}
    text = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([program(), *map(str, words)], input=text, capture_output=True, timeout=RUN_S, env=environment)
    return Run(done.returncode, done.stdout, done.stderr.decode())


class CliTest(unittest.TestCase):
    # What only Streamline tells is absent, and does no harm, where another broker answers.
    is_ours = os.environ.get("STREAMLINE_IS_OURS") == "1"

    def ok(self, *words, **options):
        """A run that succeeds and says nothing on standard error."""
        done = run(*words, **options)
        self.assertEqual((done.code, done.err), (0, ""), words)
        return done

    def refused(self, code, text, *words, **options):
        """A run that ends with this code, says this and prints no data."""
        done = run(*words, **options)
        self.assertEqual((done.code, done.out), (code, b""), done.err)
        self.assertIn(text, done.err)
        return done

    def topic(self, partitions=1, *words):
        name = f"cli-{os.getpid()}-{next(COUNTER)}"
        self.ok("topics", "create", name, "-p", partitions, *words)
        return name

    def values(self, topic, *words):
        return self.ok("consume", topic, *words).lines
