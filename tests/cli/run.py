#!/usr/bin/env python3
"""Runs the tests of streamline-cli: run.py --cli PROGRAM (--bin SERVER | --kafka FOLDER | --peer HOST:PORT) [-v] [-k NAME]"""

import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
STOP_S = 30


@contextlib.contextmanager
def ephemeral(binary):
    """Our server on a free port; it ends when its standard input closes."""
    process = subprocess.Popen([binary, "--ephemeral", "--print-env"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            name, _, value = line.strip().partition("=")
            if name == "BROKERS":
                yield value
                break
        else:
            raise SystemExit(f"the server ended with {process.wait(STOP_S)} before it said where it listens")
    finally:
        process.stdin.close()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            process.stdout.close()
    if code != 0:
        raise SystemExit(f"the server ended with {code}")


@contextlib.contextmanager
def real_kafka(folder):
    missing = [program for program in ("java", "mvn") if not shutil.which(program)]
    if missing:
        print(f"left out: a real Kafka needs {' and '.join(missing)} on the PATH")
        raise SystemExit(1 if os.environ.get("CI") == "true" else SKIPPED)
    sys.path.insert(0, str(HERE / "kafka"))
    import kafka_server

    with kafka_server.running(pathlib.Path(folder)) as bootstrap:
        yield bootstrap


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True, help="the built streamline-cli")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--bin", help="the built server")
    where.add_argument("--kafka", help="a folder for a real Kafka's jars")
    where.add_argument("--peer", help="host:port of a running broker")
    parser.add_argument("-v", action="store_true", help="name each test")
    parser.add_argument("-k", action="append", help="only tests whose name contains this")
    arguments = parser.parse_args()
    if arguments.bin:
        broker = ephemeral(arguments.bin)
    elif arguments.kafka:
        broker = real_kafka(arguments.kafka)
    else:
        broker = contextlib.nullcontext(arguments.peer)
    with broker as bootstrap:
        os.environ["STREAMLINE_CLI"] = str(pathlib.Path(arguments.cli).resolve())
        os.environ["STREAMLINE_BOOTSTRAP"] = bootstrap
        os.environ["STREAMLINE_IS_OURS"] = str(int(bool(arguments.bin)))
        os.environ["STREAMLINE_SERVER"] = str(pathlib.Path(arguments.bin).resolve()) if arguments.bin else ""
        # What the user of this machine has set for himself is none of the tests' business.
        os.environ["STREAMLINE_CONFIG_FILE"] = os.devnull
        sys.path.insert(0, str(HERE))
        loader = unittest.TestLoader()
        loader.testNamePatterns = [f"*{text}*" for text in arguments.k] if arguments.k else None
        suite = loader.loadTestsFromNames(sorted(path.stem for path in HERE.glob("test_*.py")))
        result = unittest.TextTestRunner(verbosity=2 if arguments.v else 1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
