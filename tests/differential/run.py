#!/usr/bin/env python3
"""Runs the cases and compares what they see with what Apache Kafka 4.3.1 showed: run.py --bin SERVER [-k NAME]

run.py --peer HOST:PORT [--freeze]      the same on a running Kafka; --freeze writes expected/*.json
run.py --peer-command SCRIPT [--freeze] the same on a Kafka that the script starts with the options below
"""

import argparse
import collections
import importlib
import json
import os
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from lab import CASES, Lab  # noqa: E402
from support.broker import open_broker  # noqa: E402

MODULES = ["produce", "fetch", "offsets", "topics", "configs", "cluster", "security"]
MODULES += ["groups", "consumer_groups", "delete_records", "compaction", "transactions", "operations", "broker_configs", "quotas", "telemetry"]
# Kafka's own tools, where the agents are there that run them.
TOOLS = "tools"
# The same on both sides; compaction would otherwise wait for Kafka's 15 s.
OPTIONS = {"log_cleaner_backoff_ms": "100"}
ABSENT, PRESENT = "(absent)", "(present)"


def load_expected():
    paths = sorted((HERE / "expected").glob("*.json"))
    return {path.stem: json.loads(path.read_text()) for path in paths if path.stem in MODULES}


def as_written(value):
    """As differences.toml writes it: TOML has no null."""
    if isinstance(value, dict):
        return {key: as_written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_written(inner) for inner in value]
    return "null" if value is None else value


def load_differences():
    """(case, path) -> entry; every entry says why."""
    entries = tomllib.loads((HERE / "differences.toml").read_text())["difference"]
    table = {}
    for entry in entries:
        if set(entry) != {"case", "at", "kafka", "here", "why"} or not entry["why"]:
            raise SystemExit(f"differences.toml: an entry needs case, at, kafka, here and why: {entry}")
        for name in entry["case"] if isinstance(entry["case"], list) else [entry["case"]]:
            for path in entry["at"] if isinstance(entry["at"], list) else [entry["at"]]:
                table[name, path] = {"kafka": entry["kafka"], "here": entry["here"], "met": False}
    return table


def children(value):
    """name -> part, of a dictionary or a list."""
    if isinstance(value, dict):
        return {f".{key}": inner for key, inner in value.items()}
    return {f"[{number}]": inner for number, inner in enumerate(value)}


def matches(entry, kafka, here):
    """Whether the entry is about these values; PRESENT stands for any."""
    values = ((entry["kafka"], kafka), (entry["here"], here))
    return all(value == said or (said == PRESENT and value != ABSENT) for said, value in values)


def compare(name, kafka, here, differences, at=""):
    """Lines that tell what is not as expected; an entry of the table may stand for a leaf or for all below a path."""
    if kafka == here:
        return []
    entry = differences.get((name, at.removeprefix(".")))
    if entry and matches(entry, kafka, here):
        entry["met"] = True
        return []
    if type(kafka) is not type(here) or not isinstance(kafka, (dict, list)):
        return [f"{name}: {at.removeprefix('.')}: Kafka {kafka!r}, here {here!r}"]
    kafka, here = children(kafka), children(here)
    problems = []
    for key in {**kafka, **here}:
        problems += compare(name, kafka.get(key, ABSENT), here.get(key, ABSENT), differences, at + key)
    return problems


def unused(differences):
    return [f"differences.toml: {case} at {path} is not met: take it out" for (case, path), entry in differences.items() if not entry["met"]]


def observe(broker, function):
    lab = Lab(broker)
    try:
        function(lab)
    finally:
        lab.close()
    # As it will be read again.
    return json.loads(json.dumps(lab.seen))


def wanted(part):
    names = [name for name in CASES if part in name]
    return sorted(names, key=lambda name: MODULES.index(name.split(".")[0]))


def run_all(broker, names):
    """name -> observation, or the error that ended the case."""
    seen, failed = {}, []
    for name in names:
        try:
            seen[name] = observe(broker, CASES[name])
        except Exception as error:  # whatever a case meets is its result, and the next one runs
            failed.append(f"{name}: {type(error).__name__}: {error}")
    return seen, failed


def freeze(seen):
    by_module = collections.defaultdict(dict)
    for name, observation in seen.items():
        by_module[name.split(".")[0]][name] = observation
    for module, cases in by_module.items():
        path = HERE / f"expected/{module}.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        kept = {name: value for name, value in {**kept, **cases}.items() if name in CASES}
        lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in sorted(kept.items())]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def judge(seen, names, against_peer):
    """Problems of a run that is compared and not frozen."""
    expected = {name: value for cases in load_expected().values() for name, value in cases.items()}
    problems = [f"{name}: never frozen: run with --freeze on a Kafka" for name in names if name not in expected]
    problems += [f"{name}: is expected, but there is no such case" for name in expected if name not in CASES]
    differences = {} if against_peer else load_differences()
    for name, observation in seen.items():
        problems += compare(name, as_written(expected.get(name, {})), as_written(observation), differences)
    ran = {case: entry for case, entry in differences.items() if case[0] in seen or case[0].split(".")[0] in MODULES and case[0] not in CASES}
    return problems + unused(ran)


def has_tools(agents):
    """Whether the directory has the Java agent, which runs them."""
    listed = pathlib.Path(agents or ".") / "agents.json"
    return bool(agents) and listed.exists() and "java" in json.loads(listed.read_text())["commands"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--bin", help="the built server")
    where.add_argument("--peer", help="host:port of a running Kafka")
    where.add_argument("--peer-command", help="a script that starts and kills a Kafka")
    parser.add_argument("--freeze", action="store_true", help="write what a Kafka shows to expected/")
    parser.add_argument("-k", default="", help="only cases whose name contains this")
    parser.add_argument("--agents", help="the directory of prepare.py in tests/clients; without it Kafka's own tools are left out")
    arguments = parser.parse_args()
    if arguments.freeze and arguments.bin:
        parser.error("only what a Kafka shows is frozen")
    if has_tools(arguments.agents):
        os.environ["STREAMLINE_AGENTS"] = arguments.agents
        MODULES.append(TOOLS)
    elif os.environ.get("CI") == "true":
        raise SystemExit("Kafka's own tools are missing: they need --agents with Java")
    else:
        print("Kafka's own tools are left out: they need --agents with Java", file=sys.stderr)
    for module in MODULES:
        importlib.import_module(f"cases_{module}")
    for option in ("bin", "peer", "peer_command"):
        if getattr(arguments, option):
            os.environ[f"STREAMLINE_{option.upper()}"] = getattr(arguments, option)
    # A Kafka that runs already was given its options by whoever started it.
    broker = open_broker(**({} if arguments.peer else OPTIONS))
    try:
        names = wanted(arguments.k)
        seen, problems = run_all(broker, names)
    finally:
        broker.close()
    if arguments.freeze:
        freeze(seen)
    else:
        problems += judge(seen, names, against_peer=not arguments.bin)
    print("\n".join(problems), file=sys.stderr)
    print(f"{len(names)} cases, {len(problems)} problems")
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
