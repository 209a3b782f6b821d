"""A real Kafka of one node: jars by Maven, a fresh data directory, free ports."""

import contextlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
JAVA = ["java", "-Xms256m", "-Xmx256m", "-XX:+UseSerialGC"]
READY_S = 120
STOP_S = 30
POLL_S = 0.05
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={directory}/data
num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]


def install(folder):
    done = folder / "done"
    if not done.exists() or done.stat().st_mtime < (HERE / "pom.xml").stat().st_mtime:
        command = ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies", "-DincludeScope=runtime"]
        subprocess.run([str(word) for word in (*command, f"-DoutputDirectory={folder}")], check=True, stdout=sys.stderr)
        done.touch()


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_ready(process, port, log):
    deadline = time.monotonic() + READY_S
    while not accepts(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("Kafka does not serve:\n" + log.read_text(errors="replace")[-4000:])
        time.sleep(POLL_S)


@contextlib.contextmanager
def running(folder):
    """The bootstrap address of a Kafka that lives as long as the context."""
    folder.mkdir(parents=True, exist_ok=True)
    install(folder)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kafka-test-"))
    port, controller = free_ports(2)
    properties = directory / "server.properties"
    properties.write_text(PROPERTIES.format(port=port, controller=controller, directory=directory))
    java = [*JAVA, "-cp", f"{folder}/*"]
    log = directory / "log"
    with log.open("ab") as out:
        output = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out}
        subprocess.run([*java, "kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER_ID, "-c", properties], check=True, **output)
        process = subprocess.Popen([*java, "kafka.Kafka", properties], **output)
    try:
        wait_ready(process, port, log)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(STOP_S)
        shutil.rmtree(directory, ignore_errors=True)
