"""Kafka's own command-line tools, in one Java process that stays: what they print, in a shape that can be compared."""

import atexit
import json
import os
import pathlib
import re
import subprocess

TOOLS = {
    "topics": "org.apache.kafka.tools.TopicCommand",
    "configs": "kafka.admin.ConfigCommand",
    "features": "org.apache.kafka.tools.FeatureCommand",
    "cluster": "org.apache.kafka.tools.ClusterTool",
    "leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "acls": "org.apache.kafka.tools.AclCommand",
    "delegation-tokens": "org.apache.kafka.tools.DelegationTokenCommand",
    "groups": "org.apache.kafka.tools.GroupsCommand",
}
PROCESS = None


def command():
    """How the Java agent is started, or nothing where there is none."""
    directory = os.environ.get("STREAMLINE_AGENTS")
    if not directory:
        return None
    return json.loads((pathlib.Path(directory) / "agents.json").read_text())["commands"].get("java")


def process():
    global PROCESS
    if PROCESS is None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        PROCESS = subprocess.Popen([*command(), "tools"], text=True, **pipes)
        atexit.register(PROCESS.kill)
    return PROCESS


def call(lab, tool, *words, at="--bootstrap-server"):
    """Exit code and printed lines."""
    asked = {"tool": TOOLS[tool], "words": [*([at, lab.broker.bootstrap] if at else []), *words]}
    process().stdin.write(json.dumps(asked) + "\n")
    process().stdin.flush()
    return json.loads(process().stdout.readline())


# What is different on every run, or on every machine.
NOISE = [
    (re.compile(r"((?:TopicId|Cluster ID|ClusterId):\s*)\S+"), r"\1(id)"),
    (re.compile(r"(Epoch: )\d+"), r"\1(number)"),
    (re.compile(r"(127\.0\.0\.1|localhost)[: ]\d+"), "(address)"),
    (re.compile(r"\"/[^\"]*\""), '"(directory)"'),
]
STACK = re.compile(
    r"^\s+at |^\s*Caused by: |^\s*Suppressed: |^\s*\.\.\. \d+ more|^\[?\d{4}-\d\d-\d\d|^WARN|^SLF4J|^\[.*\] (ERROR|WARN|INFO) "
)


def plain(text, names):
    """Lines without noise, stacks and blanks; the lab's own names by what they stand for."""
    for name, label in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(name, f"<{label}>")
    lines = [line for line in text.splitlines() if line.strip() and not STACK.match(line)]
    for pattern, instead in NOISE:
        lines = [pattern.sub(instead, line) for line in lines]
    return [re.sub(r"\s+", " ", line).strip() for line in lines]
