"""The program in a pseudo-terminal."""

import os
import pty
import struct
import subprocess
import fcntl
import termios

from command import RUN_S, program


def run(*words, typed="", rows=24, columns=80, env=None):
    """Everything that appears on the terminal, and the exit code; `typed` is what the user types once something was asked."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    process = subprocess.Popen([program(), *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux ends a terminal whose other side is closed with EIO.
            break
        if not chunk:
            break
        shown += chunk
        if typed and shown.endswith(b"] "):
            os.write(ours, typed.encode())
            typed = ""
    os.close(ours)
    return process.wait(RUN_S), shown.decode().replace("\r\n", "\n")
