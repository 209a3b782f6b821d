"""A broker for a test: the built server, a real Kafka as the yardstick, or one that somebody else runs.

STREAMLINE_BIN           path of the server
STREAMLINE_PEER          host:port of a running broker to test instead (it cannot be restarted)
STREAMLINE_PEER_COMMAND  a script with `start PORT [key=value...]`, `restart PORT`, `kill PORT`, `stop PORT`
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from support.wire import Closed, Connection

READY_S = 30
STOP_S = 30
POLL_S = 0.01


def lacking(what):
    """What a test that lacks something raises: locally it is skipped, where CI=true it fails."""
    return AssertionError(what) if os.environ.get("CI") == "true" else unittest.SkipTest(what)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def split_address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def wait_until(condition, what, timeout_s=READY_S):
    """Polls until the condition holds: for things of other processes that tell nobody when they are done."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        time.sleep(POLL_S)


def answers(address):
    try:
        with Connection(address, timeout_s=2) as connection:
            return connection.call("ApiVersions", 0)["ErrorCode"] == 0
    except (OSError, Closed):
        return False


class Broker:
    """What every kind has: an address, and rules for telling them apart. restart() is there only where it can be."""

    is_peer = False
    can_restart = False

    def __init__(self, address):
        self.address = address

    @property
    def bootstrap(self):
        return f"{self.address[0]}:{self.address[1]}"

    def connect(self):
        return Connection(self.address)

    def close(self):
        """Nothing to end here: somebody else runs it."""


class RunningPeer(Broker):
    is_peer = True


class ServerBroker(Broker):
    """The built server, over a data directory of its own that goes away with it."""

    can_restart = True

    def __init__(self, binary, options):
        super().__init__(("127.0.0.1", free_port()))
        self.binary = binary
        self.options = options
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="streamline-test-"))
        self.log_path = self.directory / "stderr"
        self.process = None
        self.start()

    def start(self):
        command = [self.binary, "--listen", self.bootstrap, "--data-dir", str(self.directory / "data")]
        for key, value in self.options.items():
            command += ["-X", f"{key}={value}"]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self.check_alive() and answers(self.address), "the server answers")

    def check_alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_tail()}")
        return True

    def log_tail(self):
        return self.log_path.read_text(errors="replace")[-4000:]

    def kill(self):
        self.check_alive()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_S)

    def stop(self):
        """An orderly stop; the exit code."""
        self.check_alive()
        self.process.terminate()
        return self.process.wait(STOP_S)

    def restart(self):
        self.start()

    def close(self):
        ended_before = self.process.poll()
        if ended_before is None:
            self.process.kill()
            self.process.wait(STOP_S)
        tail = self.log_tail()
        shutil.rmtree(self.directory, ignore_errors=True)
        if ended_before not in (None, 0, -signal.SIGKILL):
            raise AssertionError(f"the server ended with {ended_before}:\n{tail}")


class CommandedPeer(Broker):
    """A real Kafka under a script."""

    is_peer = True
    can_restart = True

    def __init__(self, command, options):
        super().__init__(("127.0.0.1", free_port()))
        self.command = command
        self.run("start", *(f"{key}={value}" for key, value in options.items()))

    def run(self, verb, *more):
        subprocess.run([self.command, verb, str(self.address[1]), *more], check=True, stdout=subprocess.DEVNULL)
        if verb in ("start", "restart"):
            wait_until(lambda: answers(self.address), "the peer answers")

    def kill(self):
        self.run("kill")

    def stop(self):
        self.run("stop")
        return 0

    def restart(self):
        self.run("restart")

    def close(self):
        self.run("kill")


def open_broker(restartable=False, **options):
    """A broker of the kind the environment asks for; options are properties in Kafka's names, `_` for `.`."""
    options = {key.replace("_", "."): value for key, value in options.items()}
    command, peer, binary = (
        os.environ.get(name) for name in ("STREAMLINE_PEER_COMMAND", "STREAMLINE_PEER", "STREAMLINE_BIN")
    )
    if peer and not restartable and not options:
        return RunningPeer(split_address(peer))
    if command:
        return CommandedPeer(command, options)
    if peer:
        raise lacking("needs a broker of its own: set STREAMLINE_PEER_COMMAND too")
    if not binary:
        raise lacking("neither STREAMLINE_BIN nor STREAMLINE_PEER is set")
    return ServerBroker(binary, options)
