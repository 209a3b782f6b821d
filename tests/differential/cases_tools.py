"""Kafka's own tools: what an operator types, and what he is told."""

import json
import pathlib
import tempfile

from lab import case, each
from support.broker import wait_until
from support.topics import append, unique_topic
from tools_lab import call, plain

NOWHERE = "no-such-topic-here"


class Session:
    """Calls of one case, and what its names stand for."""

    def __init__(self, lab):
        self.lab = lab
        self.names = {}

    def topic(self, label="topic", **options):
        name = self.lab.topic(**options)
        self.names[name] = label
        return name

    def name(self, label):
        name = unique_topic()
        self.names[name] = label
        return name

    def run(self, tool, *words, **more):
        return call(self.lab, tool, *words, **more)

    def see(self, step, tool, *words, keep=lambda line: True, order=False, **more):
        """Notes the exit code and what was printed; `keep` picks lines, `order` sorts them."""
        done = self.run(tool, *words, **more)
        lines = [line for line in plain(done["out"] + done["err"], self.names) if keep(line)]
        return self.lab.see(step, [done["code"], sorted(lines) if order else lines])

    def until(self, tool, *words, has):
        """A Kafka does some things a moment after it has answered."""
        wait_until(lambda: has in self.run(tool, *words)["out"], f"{has} is printed")


# kafka-topics


@case
def topics_made_described_and_deleted(lab):
    session = Session(lab)
    name = session.name("topic")
    session.see("create", "topics", "--create", "--topic", name, "--partitions", "2", "--config", "retention.ms=5000")
    session.until("topics", "--list", has=name)
    session.see("again", "topics", "--create", "--topic", name)
    session.see("again if not exists", "topics", "--create", "--topic", name, "--if-not-exists")
    session.see("list", "topics", "--list", "--topic", name)
    session.see("describe", "topics", "--describe", "--topic", name)
    session.see("describe with configs", "topics", "--describe", "--topic", name, "--topics-with-overrides")
    session.see("grow", "topics", "--alter", "--topic", name, "--partitions", "3")
    session.until("topics", "--describe", "--topic", name, has="Partition: 2")
    session.see("describe grown", "topics", "--describe", "--topic", name)
    session.see("shrink", "topics", "--alter", "--topic", name, "--partitions", "1")
    session.see("delete", "topics", "--delete", "--topic", name)
    wait_until(lambda: name not in session.run("topics", "--list")["out"], "it is gone")
    session.see("delete again", "topics", "--delete", "--topic", name)


CREATIONS = {
    "assignment": ["--replica-assignment", "1,1,1"],
    "assignment_to_another": ["--replica-assignment", "7"],
    "two_replicas": ["--replication-factor", "2"],
    "no_partitions": ["--partitions", "0"],
    "negative_partitions": ["--partitions", "-2"],
    "unknown_config": ["--config", "no.such.key=1"],
    "bad_config": ["--config", "retention.ms=soon"],
    "compacted": ["--partitions", "1", "--config", "cleanup.policy=compact", "--config", "segment.ms=1000"],
}


@each(CREATIONS)
def topic_with(lab, value):
    session = Session(lab)
    name = session.name("topic")
    done = session.see("create", "topics", "--create", "--topic", name, *CREATIONS[value])
    if done[0] == 0:
        session.until("topics", "--list", has=name)
        session.see("describe", "topics", "--describe", "--topic", name)


@each({"dots": "..", "space": "a b", "long": "x" * 250, "slash": "a/b"})
def topic_named(lab, value):
    names = {"dots": "..", "space": "a b", "long": "x" * 250, "slash": "a/b"}
    Session(lab).see("create", "topics", "--create", "--topic", names[value])


@case
def unknown_topics(lab):
    session = Session(lab)
    session.see("describe", "topics", "--describe", "--topic", NOWHERE)
    session.see("describe if exists", "topics", "--describe", "--topic", NOWHERE, "--if-exists")
    session.see("alter", "topics", "--alter", "--topic", NOWHERE, "--partitions", "2")
    session.see("delete", "topics", "--delete", "--topic", NOWHERE)
    session.see("delete if exists", "topics", "--delete", "--topic", NOWHERE, "--if-exists")
    session.see("list", "topics", "--list", "--topic", NOWHERE)


@each(["under-replicated", "unavailable", "under-min-isr", "at-min-isr"])
def partitions_in_trouble(lab, value):
    session = Session(lab)
    name = session.topic()
    session.see("describe", "topics", "--describe", "--topic", name, f"--{value}-partitions")


# kafka-configs


def configs(session, step, kind, name, *words, **more):
    where = ["--entity-default"] if name is None else ["--entity-name", name]
    return session.see(step, "configs", "--entity-type", kind, *where, *words, **more)


TOPIC_CHANGES = {
    "set": ["--add-config", "retention.ms=6000"],
    "set_two": ["--add-config", "retention.ms=6000,segment.ms=7000"],
    "set_list": ["--add-config", "cleanup.policy=[compact,delete]"],
    "set_unknown": ["--add-config", "no.such.key=1"],
    "set_bad": ["--add-config", "retention.ms=soon"],
    "delete": ["--delete-config", "retention.ms"],
    "delete_not_set": ["--delete-config", "segment.ms"],
    "set_and_delete": ["--add-config", "segment.ms=7000", "--delete-config", "retention.ms"],
}


@each(TOPIC_CHANGES)
def topic_configs(lab, value):
    session = Session(lab)
    name = session.topic(retention_ms="5000")
    configs(session, "alter", "topics", name, "--alter", *TOPIC_CHANGES[value])
    lab.topic()
    configs(session, "describe", "topics", name, "--describe")


@case
def topic_configs_all(lab):
    session = Session(lab)
    name = session.topic()
    # Keys of ours alone, and a default that stands in docs/differences.md.
    ours = ("durability=", "validation.mode=", "index.interval.bytes=")
    configs(session, "describe", "topics", name, "--describe", "--all", order=True, keep=lambda line: not line.startswith(ours))
    configs(session, "unknown", "topics", NOWHERE, "--describe")
    configs(session, "alter unknown", "topics", NOWHERE, "--alter", "--add-config", "retention.ms=6000")


BROKER_CHANGES = {
    "set": "message.max.bytes=2000000",
    "set_two": "log.retention.ms=86400000,log.segment.bytes=2000000",
    "set_read_only": "num.partitions=3",
    "set_bad": "message.max.bytes=many",
    "set_cleaner": "log.cleaner.backoff.ms=200",
    "set_connections": "max.connections.per.ip=500",
}


@each(BROKER_CHANGES)
def broker_configs(lab, value):
    session = Session(lab)
    keys = ",".join(pair.split("=")[0] for pair in BROKER_CHANGES[value].split(","))
    configs(session, "alter", "brokers", "1", "--alter", "--add-config", BROKER_CHANGES[value])
    lab.topic()
    configs(session, "describe", "brokers", "1", "--describe")
    configs(session, "take back", "brokers", "1", "--alter", "--delete-config", keys)
    lab.topic()
    configs(session, "describe again", "brokers", "1", "--describe")


@each(["set", "set_read_only", "set_bad"])
def all_brokers_configs(lab, value):
    session = Session(lab)
    keys = ",".join(pair.split("=")[0] for pair in BROKER_CHANGES[value].split(","))
    configs(session, "alter", "brokers", None, "--alter", "--add-config", BROKER_CHANGES[value])
    lab.topic()
    configs(session, "describe", "brokers", None, "--describe")
    configs(session, "of the broker", "brokers", "1", "--describe")
    configs(session, "take back", "brokers", None, "--alter", "--delete-config", keys)
    lab.topic()
    configs(session, "describe again", "brokers", None, "--describe")


@case
def configs_of_another_broker(lab):
    session = Session(lab)
    configs(
        session, "alter", "brokers", "7", "--alter", "--add-config", "message.max.bytes=2000000", keep=lambda line: "InvalidRequest" in line
    )


GROUP_CHANGES = {
    "set": ["--add-config", "consumer.session.timeout.ms=50000"],
    "set_too_long": ["--add-config", "consumer.session.timeout.ms=500000"],
    "set_unknown": ["--add-config", "no.such.key=1"],
    "delete": ["--delete-config", "consumer.session.timeout.ms"],
}


@each(GROUP_CHANGES)
def group_configs(lab, value):
    session = Session(lab)
    name = session.name("group")
    configs(session, "alter", "groups", name, "--alter", *GROUP_CHANGES[value])
    lab.topic()
    configs(session, "describe", "groups", name, "--describe")


QUOTAS = {
    "client": (["--entity-type", "clients", "--entity-name"], "producer_byte_rate=1000000000"),
    "user": (["--entity-type", "users", "--entity-name"], "consumer_byte_rate=1000000000"),
    "user_and_rates": (["--entity-type", "users", "--entity-name"], "producer_byte_rate=1000000000,request_percentage=100000"),
    "mutations": (["--entity-type", "users", "--entity-name"], "controller_mutation_rate=100000.5"),
}


def in_order(line):
    """What a line lists behind "are", by name."""
    head, are, listed = line.partition(" are ")
    return head + are + ", ".join(sorted(listed.split(", ")))


@each(QUOTAS)
def quotas_of(lab, value):
    session = Session(lab)
    entity, rates = QUOTAS[value]
    entity = [*entity, session.name("entity")]
    keys = ",".join(pair.split("=")[0] for pair in rates.split(","))
    session.see("alter", "configs", "--alter", "--add-config", rates, *entity)
    session.until("configs", "--describe", *entity, has=keys.split(",")[0])
    # Their order is that of a hash table.
    done = session.run("configs", "--describe", *entity)
    lab.see("describe", [done["code"], [in_order(line) for line in plain(done["out"] + done["err"], session.names)]])
    session.see("take back", "configs", "--alter", "--delete-config", keys, *entity)
    wait_until(lambda: "Quota" not in session.run("configs", "--describe", *entity)["out"], "it is gone")
    session.see("describe again", "configs", "--describe", *entity)


@case
def quotas_of_user_and_client(lab):
    session = Session(lab)
    entity = [
        "--entity-type",
        "users",
        "--entity-name",
        session.name("user"),
        "--entity-type",
        "clients",
        "--entity-name",
        session.name("client"),
    ]
    session.see("alter", "configs", "--alter", "--add-config", "producer_byte_rate=1000000000", *entity)
    session.until("configs", "--describe", *entity, has="producer_byte_rate")
    session.see("describe", "configs", "--describe", *entity)
    session.see("take back", "configs", "--alter", "--delete-config", "producer_byte_rate", *entity)


@case
def quotas_of_addresses(lab):
    session = Session(lab)
    entity = ["--entity-type", "ips", "--entity-name", "10.9.8.7"]
    session.see("alter", "configs", "--alter", "--add-config", "connection_creation_rate=1000", *entity)
    session.until("configs", "--describe", *entity, has="connection_creation_rate")
    session.see("describe", "configs", "--describe", *entity)
    session.see("take back", "configs", "--alter", "--delete-config", "connection_creation_rate", *entity)


@each(
    {"unknown": "no_such_rate=1", "negative": "producer_byte_rate=-1", "zero": "producer_byte_rate=0", "fraction": "producer_byte_rate=1.5"}
)
def quotas_that_make_no_sense(lab, value):
    rates = {
        "unknown": "no_such_rate=1",
        "negative": "producer_byte_rate=-1",
        "zero": "producer_byte_rate=0",
        "fraction": "producer_byte_rate=1.5",
    }
    session = Session(lab)
    session.see(
        "alter", "configs", "--alter", "--add-config", rates[value], "--entity-type", "clients", "--entity-name", session.name("client")
    )


METRICS_KEYS = "interval.ms,match,metrics"
METRICS = {
    "set": "interval.ms=5000,metrics=[org.apache.kafka.producer.,org.apache.kafka.consumer.]",
    "set_match": "match=[client_id=app-.*,client_software_name=kafka]",
    "set_short": "interval.ms=1",
    "set_unknown": "no.such.key=1",
    "set_bad_match": "match=[nonsense]",
}


@each(METRICS)
def client_metrics_configs(lab, value):
    session = Session(lab)
    name = session.name("subscription")
    configs(session, "alter", "client-metrics", name, "--alter", "--add-config", METRICS[value])
    lab.topic()
    configs(session, "describe", "client-metrics", name, "--describe")
    session.run("configs", "--entity-type", "client-metrics", "--entity-name", name, "--alter", "--delete-config", METRICS_KEYS)


# kafka-client-metrics


@case
def client_metrics(lab):
    session = Session(lab)
    name = session.name("subscription")
    session.see("alter", "client-metrics", "--alter", "--name", name, "--metrics", "org.apache.kafka.", "--interval", "60000")
    session.until("client-metrics", "--list", has=name)
    session.see("describe", "client-metrics", "--describe", "--name", name)
    session.see("list", "client-metrics", "--list", keep=lambda line: "<subscription>" in line)
    session.see("delete", "client-metrics", "--delete", "--name", name)
    wait_until(lambda: name not in session.run("client-metrics", "--list")["out"], "it is gone")
    session.see("describe again", "client-metrics", "--describe", "--name", name)


# kafka-features


@case
def features_described(lab):
    Session(lab).see("describe", "features", "describe", keep=lambda line: "group.version" in line)


FEATURES = {
    "upgrade_as_it_is": ["upgrade", "--feature", "group.version=1"],
    "upgrade_too_far": ["upgrade", "--feature", "group.version=9"],
    "upgrade_unknown": ["upgrade", "--feature", "no.such.feature=1"],
    "downgrade": ["downgrade", "--dry-run", "--feature", "group.version=0"],
    "downgrade_unsafe": ["downgrade", "--dry-run", "--unsafe", "--feature", "group.version=0"],
    "downgrade_as_it_is": ["downgrade", "--dry-run", "--feature", "group.version=1"],
    "disable": ["disable", "--dry-run", "--feature", "group.version"],
    "disable_unknown": ["disable", "--feature", "no.such.feature"],
}


@each(FEATURES)
def features(lab, value):
    Session(lab).see("answer", "features", *FEATURES[value])


# kafka-cluster


@case
def cluster(lab):
    session = Session(lab)
    session.see("id", "cluster", "cluster-id", at=None, *["--bootstrap-server", lab.broker.bootstrap])
    session.see("unregister", "cluster", "unregister", "--bootstrap-server", lab.broker.bootstrap, "--id", "7", at=None)
    session.see(
        "endpoints",
        "cluster",
        "list-endpoints",
        "--bootstrap-server",
        lab.broker.bootstrap,
        at=None,
        keep=lambda line: "broker" in line.lower(),
    )


# kafka-leader-election


@each(["preferred", "unclean"])
def leader_election(lab, value):
    session = Session(lab)
    name = session.topic(partitions=2)
    session.see("one", "leader-election", "--election-type", value, "--topic", name, "--partition", "0")
    session.see("unknown partition", "leader-election", "--election-type", value, "--topic", name, "--partition", "9")
    session.see("unknown topic", "leader-election", "--election-type", value, "--topic", NOWHERE, "--partition", "0")


# kafka-reassign-partitions


def plan(content):
    file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    file.write(json.dumps(content))
    file.close()
    return file.name


def moves(topic, partition, replicas):
    return {"version": 1, "partitions": [{"topic": topic, "partition": partition, "replicas": replicas}]}


@each({"this_broker": [1], "another_broker": [7], "nobody": [], "twice": [1, 1]})
def reassign(lab, value):
    replicas = {"this_broker": [1], "another_broker": [7], "nobody": [], "twice": [1, 1]}[value]
    session = Session(lab)
    path = plan(moves(session.topic(), 0, replicas))
    session.names[path] = "plan"
    session.see("execute", "reassign-partitions", "--reassignment-json-file", path, "--execute")
    if value == "this_broker":
        session.see("verify", "reassign-partitions", "--reassignment-json-file", path, "--verify")
        session.see("cancel", "reassign-partitions", "--reassignment-json-file", path, "--cancel")
    pathlib.Path(path).unlink()


@case
def reassign_lists_and_plans(lab):
    session = Session(lab)
    name = session.topic(partitions=2)
    session.see("list", "reassign-partitions", "--list")
    path = plan({"version": 1, "topics": [{"topic": name}]})
    session.names[path] = "plan"
    session.see("generate", "reassign-partitions", "--topics-to-move-json-file", path, "--broker-list", "1", "--generate")
    unknown = plan(moves(NOWHERE, 0, [1]))
    session.names[unknown] = "plan"
    session.see("unknown topic", "reassign-partitions", "--reassignment-json-file", unknown, "--execute")
    pathlib.Path(path).unlink()
    pathlib.Path(unknown).unlink()


# kafka-log-dirs


@case
def log_dirs(lab):
    session = Session(lab)
    name = session.topic(partitions=2)
    done = session.run("log-dirs", "--describe", "--topic-list", name)
    answer = json.loads(done["out"].splitlines()[-1])
    lab.see("head", plain("\n".join(done["out"].splitlines()[:-1]), session.names))
    broker = answer["brokers"][0]
    parts = sorted(
        [part["partition"].replace(name, "<topic>"), part["size"], part["offsetLag"], part["isFuture"]]
        for part in broker["logDirs"][0]["partitions"]
    )
    lab.see("answer", [answer["version"], broker["broker"], len(broker["logDirs"]), broker["logDirs"][0]["error"], parts])
    session.see("another broker", "log-dirs", "--describe", "--broker-list", "7")


# kafka-delete-records


@case
def delete_records(lab):
    session = Session(lab)
    name = session.topic()
    for value in (b"a", b"b", b"c"):
        append(lab.connection, name, value)
    for step, offset, partition in (("some", 2, 0), ("all", -1, 0), ("too many", 9, 0)):
        path = plan({"version": 1, "partitions": [{"topic": name, "partition": partition, "offset": offset}]})
        session.names[path] = "plan"
        session.see(step, "delete-records", "--offset-json-file", path)
        pathlib.Path(path).unlink()


# kafka-get-offsets


@each({"latest": "-1", "earliest": "-2", "max": "-3", "word_latest": "latest", "word_earliest": "earliest"})
def get_offsets(lab, value):
    times = {"latest": "-1", "earliest": "-2", "max": "-3", "word_latest": "latest", "word_earliest": "earliest"}
    session = Session(lab)
    name = session.topic(partitions=2)
    append(lab.connection, name, b"a")
    session.see("offsets", "get-offsets", "--topic", name, "--time", times[value])


# kafka-metadata-quorum


@each({"status": ["describe", "--status"], "replication": ["describe", "--replication"]})
def metadata_quorum(lab, value):
    words = {"status": ["describe", "--status"], "replication": ["describe", "--replication"]}[value]
    done = Session(lab).run("metadata-quorum", *words)
    lines = plain(done["out"] + done["err"], {})
    # Names of fields, and the figures that are the same everywhere.
    steady = ("LeaderId:", "MaxFollowerLag:", "CurrentObservers:")
    shown = [line if line.startswith(steady) else line.split(":")[0] if value == "status" else line.split(" ")[0] for line in lines]
    lab.see("answer", [done["code"], shown])


# kafka-broker-api-versions


@case
def broker_api_versions(lab):
    done = Session(lab).run("broker-api-versions")
    lines = [line.strip() for line in done["out"].splitlines()]
    served = ["ElectLeaders", "AlterPartitionReassignments", "ListPartitionReassignments", "AlterReplicaLogDirs", "DescribeQuorum"]
    served += ["UnregisterBroker", "UpdateFeatures", "DescribeClientQuotas", "AlterClientQuotas", "IncrementalAlterConfigs", "AlterConfigs"]
    served += ["DescribeUserScramCredentials", "AlterUserScramCredentials", "ListConfigResources", "DescribeCluster", "CreatePartitions"]
    lab.see("answer", [done["code"], [line.rstrip(",") for name in served for line in lines if line.startswith(f"{name}(")]])


# Tools of what is not there


@case
def acls(lab):
    session = Session(lab)
    session.see("list", "acls", "--list", keep=lambda line: "SecurityDisabled" in line)
    session.see(
        "add",
        "acls",
        "--add",
        "--allow-principal",
        "User:a",
        "--operation",
        "Read",
        "--topic",
        "t",
        keep=lambda line: "SecurityDisabled" in line,
    )


@case
def delegation_tokens(lab):
    session = Session(lab)
    config = tempfile.NamedTemporaryFile("w", suffix=".properties", delete=False)
    config.close()
    words = ["--command-config", config.name]
    refused = lambda line: line.startswith("java.util.concurrent.ExecutionException")  # noqa: E731
    hmac = ["--hmac", "bm9uZQ=="]
    session.see("create", "delegation-tokens", "--create", "--max-life-time-period", "-1", *words, keep=refused)
    session.see("renew", "delegation-tokens", "--renew", "--renew-time-period", "-1", *hmac, *words, keep=refused)
    session.see("expire", "delegation-tokens", "--expire", "--expiry-time-period", "-1", *hmac, *words, keep=refused)
    session.see("describe", "delegation-tokens", "--describe", *words, keep=refused)
    pathlib.Path(config.name).unlink()


@case
def passwords(lab):
    session = Session(lab)
    user = ["--entity-type", "users", "--entity-name", session.name("user")]
    session.see("few iterations", "configs", "--alter", "--add-config", "SCRAM-SHA-256=[iterations=5,password=secret]", *user)
    because = lambda line: not line.startswith("Error while executing")  # noqa: E731
    session.see("nobody's", "configs", "--alter", "--delete-config", "SCRAM-SHA-512", *user, keep=because)
    session.see("set", "configs", "--alter", "--add-config", "SCRAM-SHA-512=[iterations=4096,password=secret]", *user, keep=because)
    if lab.broker.is_peer:
        session.until("configs", "--describe", *user, has="SCRAM-SHA-512")
        session.run("configs", "--alter", "--delete-config", "SCRAM-SHA-512", *user)
        wait_until(lambda: "SCRAM" not in session.run("configs", "--describe", *user)["out"], "it is gone")
    session.see("describe", "configs", "--describe", *user)


# Loggers: classes there, components of the log here.


def a_logger(session):
    name = "org.apache.kafka.common.utils.AppInfoParser" if session.lab.broker.is_peer else "telemetry"
    session.names[name] = "logger"
    return name


LOGGER_CHANGES = {
    "debug": ["--add-config", "{}=DEBUG"],
    "fatal": ["--add-config", "{}=FATAL"],
    "no_level": ["--add-config", "{}=LOUD"],
    "no_logger": ["--add-config", "no.such=INFO"],
    "root": ["--delete-config", "root"],
}


@each(LOGGER_CHANGES)
def broker_loggers(lab, value):
    session = Session(lab)
    name = a_logger(session)
    change = [word.format(name) for word in LOGGER_CHANGES[value]]
    configs(session, "alter", "broker-loggers", "1", "--alter", *change)
    if value in ("debug", "no_level"):
        configs(session, "describe", "broker-loggers", "1", "--describe", keep=lambda line: line.startswith("<logger>="))
    session.run("configs", "--entity-type", "broker-loggers", "--entity-name", "1", "--alter", "--delete-config", name)
