"""The base of the tests that stop the broker in some way and look at what it left, with `streamline check` and with its next start."""

import os
import subprocess

from support.broker import open_broker
from wire_case import WireCase

CHECK_S = 60


class RecoveryCase(WireCase):
    def setUp(self):
        if "STREAMLINE_PEER_COMMAND" in os.environ:
            self.skipTest("looks at our own files")
        self.broker = open_broker(restartable=True, durability="always")
        self.addCleanup(self.broker.close)
        self.data = self.broker.directory / "data"
        super().setUp()

    def restart(self):
        """What the start said."""
        before = self.broker.log_path.stat().st_size
        self.broker.restart()
        self.connection = self.connect()
        return self.broker.log_path.read_bytes()[before:].decode(errors="replace")

    def check(self):
        """Exit code and output of `streamline check`."""
        done = subprocess.run([os.environ["STREAMLINE_BIN"], "check", self.data], capture_output=True, text=True, timeout=CHECK_S)
        return done.returncode, done.stdout + done.stderr
