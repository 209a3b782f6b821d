"""What the image holds, without a container: the configuration that lies in it, the variables that images of Kafka know, the health
check, and a size that fits. The image itself is built where a container daemon answers."""

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
    "KAFKA_CREATE_TOPICS": "orders:3:1,users:1:1:compact",
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
    place = {"env": {**clean, **listeners, **VARIABLES, "STREAMLINE_CONFIG": str(file)}}
    server, tool = given.build / "bin/streamline", given.build / "bin/streamline-cli"
    shown = kit.run(server, "config", "show", "num.partitions", **place)
    assert "environment KAFKA_NUM_PARTITIONS" in shown, shown
    with kit.broker(server, **place) as address:
        kit.run(server, "health", address)
        kit.equal(kit.run(tool, "-b", address, "topics", "list", "-o", "json").count("orders"), 1)


def is_small(given):
    """The server alone, as the image has it stripped; a static link adds the C library's 2 MB at most."""
    stripped = given.work / "streamline"
    kit.run("strip", "-o", stripped, given.build / "bin/streamline")
    size = stripped.stat().st_size
    print(f"the stripped server has {size} bytes")
    assert size < MOST_BYTES - 2_000_000, size


def names_what_there_is():
    """Each path that is copied from the tree exists, and the health check names a command of the program."""
    for path in re.findall(r"^COPY (packaging/\S+)", dockerfile(), re.MULTILINE):
        assert (kit.ROOT / path).is_file(), path
    assert 'HEALTHCHECK' in dockerfile() and '"/usr/bin/streamline", "health"' in dockerfile()


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
