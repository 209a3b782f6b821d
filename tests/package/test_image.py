"""What the image holds, without a container: the configuration that lies in it, the variables that images of Kafka know, the health
check, and a size that fits. The image itself is built where a container daemon answers."""

import json
import os
import re
import socket
import subprocess

import kit

MOST_BYTES = 15 * 1000 * 1000
# As compose files have them; what this broker has no use for is ignored with a word.
VARIABLES = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_NUM_PARTITIONS": "3",
}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def dockerfile():
    return (kit.ROOT / "packaging/docker/Dockerfile").read_text()


def serves_with_kafka_variables(given):
    """As the image starts it, but for the place of its data."""
    file = given.work / "streamline.toml"
    file.write_text((kit.ROOT / "packaging/docker/streamline.toml").read_text().replace("/data", str(given.work / "data")))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("STREAMLINE_", "KAFKA_"))}
    port = free_port()
    listeners = {
        "KAFKA_LISTENERS": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:0",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
    }
    place = {"env": {**clean, **listeners, **VARIABLES}}
    server, tool = given.build / "bin/streamline", given.build / "bin/streamline-cli"
    with kit.broker(server, "--config", file, **place) as address:
        kit.run(tool, "-b", address, "topics", "create", "orders")
        described = json.loads(kit.run(tool, "-b", address, "topics", "describe", "orders", "-o", "json"))
        kit.equal(len(described[0]["partitions"]), 3)


def is_small(given):
    """The server alone, as the image has it stripped; a static link adds the C library's 2 MB at most."""
    stripped = given.work / "streamline"
    kit.run("strip", "-o", stripped, given.build / "bin/streamline")
    size = stripped.stat().st_size
    print(f"the stripped server has {size} bytes")
    assert size < MOST_BYTES - 2_000_000, size


def names_what_there_is():
    """Each path that is copied from the tree exists, and there is a health check."""
    for path in re.findall(r"^COPY (packaging/\S+)", dockerfile(), re.MULTILINE):
        assert (kit.ROOT / path).is_file(), path
    assert "HEALTHCHECK" in dockerfile()


def main():
    given = kit.arguments()
    names_what_there_is()
    serves_with_kafka_variables(given)
    if "RelWithDebInfo" in (given.build / "CMakeCache.txt").read_text():
        is_small(given)
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        print("the image was not built: no container daemon answers")


if __name__ == "__main__":
    main()
