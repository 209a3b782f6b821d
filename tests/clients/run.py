#!/usr/bin/env python3
"""Runs the client tests: run.py [--bin SERVER | --peer HOST:PORT | --peer-command SCRIPT] [--agents DIR] [MODULE ...]

Without modules all are run. See README.md for what each needs.
"""

import argparse
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", help="the built server")
    parser.add_argument("--peer", help="a running Kafka instead of the server")
    parser.add_argument("--peer-command", help="a script that starts, restarts, kills and stops a Kafka")
    parser.add_argument("--agents", help="where prepare.py put the agents")
    parser.add_argument("-v", action="store_true", help="name each test")
    parser.add_argument("-k", action="append", help="only tests whose name contains this")
    parser.add_argument("modules", nargs="*")
    arguments = parser.parse_args()
    names = {"bin": "BIN", "peer": "PEER", "peer_command": "PEER_COMMAND", "agents": "AGENTS"}
    for option, name in names.items():
        if getattr(arguments, option):
            os.environ[f"STREAMLINE_{name}"] = getattr(arguments, option)
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{text}*" for text in arguments.k] if arguments.k else None
    modules = arguments.modules or sorted(path.stem for path in HERE.glob("test_*.py"))
    result = unittest.TextTestRunner(verbosity=2 if arguments.v else 1).run(loader.loadTestsFromNames(modules))
    for test, why in result.skipped:
        print(f"skipped: {test}: {why}", file=sys.stderr)
    return 0 if result.wasSuccessful() and (result.testsRun or result.skipped) else 1


if __name__ == "__main__":
    sys.exit(main())
