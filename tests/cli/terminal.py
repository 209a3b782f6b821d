"""The program in a pseudo-terminal."""

import os
import pty
import select
import struct
import subprocess
import fcntl
import termios

from command import RUN_S, program


def start(*words, rows=24, columns=80, env=None, stdout=None):
    """The running program and our end of its terminal; `stdout` goes somewhere else than to the terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    # Its own terminal, so that control-C reaches whoever runs in it.
    process = subprocess.Popen([program(), *map(str, words)], stdin=theirs, stdout=stdout or theirs, stderr=theirs, env=environment,
                               start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(theirs)
    return process, ours


def talk(*words, turns, **options):
    """Everything that appears on the terminal, and the exit code. Each of `turns` is what the user types, and what he waits for before,
    behind what he waited for last."""
    process, ours = start(*words, **options)
    shown, seen, turns = "", 0, list(turns)
    while True:
        if not select.select([ours], [], [], RUN_S)[0]:
            process.kill()
            raise AssertionError(f"nothing more comes, {turns[:1]} is still to be typed: {shown!r}")
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux ends a terminal whose other side is closed with EIO.
            break
        if not chunk:
            break
        shown += chunk.decode(errors="replace").replace("\r\n", "\n")
        while turns and (at := shown.find(turns[0][0], seen)) >= 0:
            awaited, typed = turns.pop(0)
            seen = at + len(awaited)
            os.write(ours, typed.encode())
    os.close(ours)
    return process.wait(RUN_S), shown


def run(*words, typed="", **options):
    """The same with one question: `typed` is what the user types once something was asked."""
    return talk(*words, turns=[("] ", typed)] if typed else [], **options)
