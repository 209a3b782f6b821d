#!/usr/bin/env python3
"""Writes docs/compatibility.md from the table of APIs, the clients under test and the tests themselves.

usage: compatibility.py [--check]    --check changes nothing and fails when the page is not what would be written
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "compatibility.md"
CLIENTS = ROOT / "tests" / "clients"

OPENING = """# Compatibility

Made by `tools/dev/compatibility.py` from `src/handlers/api_table.cc` and `tests/clients`; a test keeps it so.
What differs from Apache Kafka where a client can see it stands in [differences.md](differences.md).

## Clients under test
Each of these drives the built server in `tests/clients`, and the same tests pass on Apache Kafka.

| Client | Version | What it does there |
|---|---|---|
"""
APIS = """
## APIs
ApiVersions answers this table: nothing is advertised that no foreign client has driven. `test_versions.py` proves it: franz-go encodes a
request of each version of each API, and decodes the answer. The last column names the tests in `tests/clients` that call the API by hand,
field by field; "clients" where only the clients above do.

| Key | API | Versions | Tests over the wire |
|---|---|---|---|
"""


def api_numbers():
    """name in snake case -> (key, name as Kafka writes it), from the schemas."""
    numbers = {}
    for path in (ROOT / "src" / "wire" / "schemas").glob("*.msg"):
        found = re.match(r"(\d+)_(\w+)\.msg", path.name)
        numbers[found[2]] = int(found[1])
    return numbers


def kafka_name(snake):
    return "".join(word.capitalize() for word in snake.split("_"))


def apis():
    """(key, name, lowest advertised, highest) for each row."""
    rows = re.findall(r"\{ApiKey::(\w+), (\d+), (\d+), RunsOn::\w+, \w+, (\d+)\}", (ROOT / "src/handlers/api_table.cc").read_text())
    numbers = api_numbers()
    return sorted((numbers[name], kafka_name(name), int(least), int(most)) for name, _, most, least in rows)


def clients():
    maven = (CLIENTS / "java" / "pom.xml").read_text()
    prepare = (CLIENTS / "prepare.py").read_text()
    old = re.search(r"OLD_KAFKAS = (\(.*?\)|\[.*?\])", prepare, re.DOTALL)[1]
    go = (CLIENTS / "go" / "go.mod").read_text()
    node = json.loads((CLIENTS / "node" / "package.json").read_text())["dependencies"]
    python = (CLIENTS / "python" / "requirements.txt").read_text()
    kafka = re.search(r"<kafka\.version>([^<]+)<", maven)
    return [
        ("Java: kafka-clients, AdminClient, Kafka Streams, console tools", kafka[1] if kafka else "4.3.1",
         "every codec, groups of both protocols, streams, administration, crashes"),
        ("Java, older releases", ", ".join(re.findall(r"\"([\d.]+)\"", old)), "message formats 0 and 1, and the versions that went with them"),
        ("Java: AdminClient of older releases", ", ".join(re.findall(r"\"([\d.]+)\"", re.search(r"OLD_ADMINS = (\(.*?\))", prepare)[1])),
         "each of its methods"),
        ("Go: franz-go", re.search(r"franz-go (v\S+)", go)[1], "every codec, groups, idempotent records through crashes"),
        ("Python: confluent-kafka (librdkafka)", re.search(r"confluent-kafka==(\S+)", python)[1],
         "every codec, groups of both protocols, versions back to 0.8"),
        ("Node.js: kafkajs", node["kafkajs"], "groups"),
        ("kcat (librdkafka of Debian 12)", "1.7.1", "every codec, groups"),
        ("the first steps with ten clients", "", "[quick-start.md](quick-start.md): every snippet is run"),
    ]


def callers():
    """API name -> the test modules that call it over the wire."""
    found = {}
    for path in sorted(CLIENTS.glob("test_*.py")):
        for name in set(re.findall(r"\.(?:call|send)\(\s*\"(\w+)\"", path.read_text())):
            found.setdefault(name, []).append(path.stem.removeprefix("test_").removeprefix("rules_"))
    return found


def page():
    text = OPENING + "".join(f"| {name} | {version} | {what} |\n" for name, version, what in clients()) + APIS
    by_api = callers()
    for key, name, least, most in apis():
        text += f"| {key} | {name} | {least}–{most} | {', '.join(sorted(set(by_api.get(name, [])))) or 'clients'} |\n"
    return text


def main():
    wanted = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted)
        return 0
    if PAGE.exists() and PAGE.read_text() == wanted:
        return 0
    print("docs/compatibility.md is not what the tables say: run tools/dev/compatibility.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
