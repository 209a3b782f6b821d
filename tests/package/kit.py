"""What the tests of packages share: arguments, skipping with a word, running programs, a broker and its end."""

import argparse
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
LIMIT_S = 60

sys.path.insert(0, str(ROOT / "packaging"))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    given = parser.parse_args()
    given.work = given.work.resolve()
    shutil.rmtree(given.work, ignore_errors=True)
    given.work.mkdir(parents=True)
    return given


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def run(*command, **more):
    """Its standard output; any other end than 0 fails the test with all it said."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=LIMIT_S * 10, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def until_ready(process):
    """The address of a broker that logs to a pipe."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "server ready" in line:
            return re.search(r"listeners=\S*?://(\S+?:\d+)", line)[1]
    raise AssertionError(f"ended with {process.wait(LIMIT_S)}: {''.join(lines)}")


@contextlib.contextmanager
def broker(*command, **more):
    """Its address while it serves; it has to end with 0 when it is asked to."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)
    try:
        yield until_ready(process)
        process.terminate()
        assert process.wait(LIMIT_S) == 0, process.returncode
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(LIMIT_S)
        process.stderr.close()


def equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"
