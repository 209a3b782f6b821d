"""IncrementalAlterConfigs, AlterConfigs and DescribeConfigs of brokers: what may change while they run, and what holds then."""

from cases_configs import APPEND, DELETE, SET, SUBTRACT, alter, alteration, replace, settle
from lab import case, each, error_name

TOPIC, BROKER = 2, 4
THIS, ALL, OTHER = "1", "", "7"
DYNAMIC = (2, 3)


def shown(lab, name, *keys, synonyms=False):
    """name -> [value, source, read only, synonyms]."""
    settle(lab)
    asked = [{"ResourceType": BROKER, "ResourceName": name, "ConfigurationKeys": list(keys) or None}]
    answer = lab.call("DescribeConfigs", 4, Resources=asked, IncludeSynonyms=synonyms)["Results"][0]
    if answer["ErrorCode"]:
        return error_name(answer["ErrorCode"])
    view = {}
    for config in sorted(answer["Configs"], key=lambda one: one["Name"]):
        view[config["Name"]] = [config["Value"], config["ConfigSource"], config["ReadOnly"]]
        if synonyms:
            view[config["Name"]].append([[one["Name"], one["Value"], one["Source"]] for one in config["Synonyms"]])
    return view


def dynamic(lab, name=THIS):
    """What clients have set, as it is shown of the broker."""
    view = shown(lab, name)
    return (
        view
        if isinstance(view, str)
        else {key: config[:2] for key, config in view.items() if config[1] in DYNAMIC and key != "min.insync.replicas"}
    )


def clear(lab):
    for name in (THIS, ALL):
        keys = [key for key, config in shown(lab, THIS).items() if config[1] in DYNAMIC and key != "min.insync.replicas"]
        alter(lab, alteration(name, *((key, DELETE, None) for key in keys), kind=BROKER))


CHANGES = {
    "set": [("message.max.bytes", SET, "2000000")],
    "set_several": [("log.retention.ms", SET, "86400000"), ("log.segment.bytes", SET, "2000000")],
    "set_unlimited": [("log.retention.ms", SET, "-1")],
    "set_retention_0": [("log.retention.ms", SET, "0")],
    "set_null": [("message.max.bytes", SET, None)],
    "set_empty": [("message.max.bytes", SET, "")],
    "set_no_number": [("message.max.bytes", SET, "many")],
    "set_below_the_range": [("message.max.bytes", SET, "-1")],
    "set_above_the_range": [("log.cleaner.min.cleanable.ratio", SET, "1.5")],
    "set_beyond_int32": [("message.max.bytes", SET, "2147483648")],
    "set_boolean": [("unclean.leader.election.enable", SET, "true")],
    "set_boolean_no": [("log.preallocate", SET, "no")],
    "set_choice": [("compression.type", SET, "lz4")],
    "set_choice_unknown": [("compression.type", SET, "brotli")],
    "set_list": [("log.cleanup.policy", SET, "compact,delete")],
    "set_list_unknown": [("log.cleanup.policy", SET, "burn")],
    "set_ratio": [("log.cleaner.min.cleanable.ratio", SET, "0.25")],
    "set_connections": [("max.connections", SET, "1000")],
    "set_connections_0": [("max.connections", SET, "0")],
    "set_connections_of_an_address": [("max.connections.per.ip", SET, "500")],
    "set_rate_of_connections": [("max.connection.creation.rate", SET, "1000")],
    "set_read_only": [("num.partitions", SET, "3")],
    "set_read_only_node": [("node.id", SET, "3")],
    "set_read_only_as_it_is": [("node.id", SET, "1")],
    "set_read_only_hours": [("log.retention.hours", SET, "5")],
    "set_two_read_only": [("log.dirs", SET, "x"), ("num.partitions", SET, "3")],
    "set_good_and_read_only": [("message.max.bytes", SET, "2000000"), ("num.partitions", SET, "3")],
    "set_good_and_bad": [("message.max.bytes", SET, "2000000"), ("log.segment.bytes", SET, "x")],
    "set_a_topic_key": [("retention.bytes", SET, "5")],
    "delete": [("message.max.bytes", DELETE, None)],
    "delete_read_only": [("num.partitions", DELETE, None)],
    "delete_unknown": [("no.such.key", DELETE, None)],
    "append_what_is_there": [("log.cleanup.policy", APPEND, "delete")],
    "append": [("log.cleanup.policy", APPEND, "compact")],
    "append_to_no_list": [("message.max.bytes", APPEND, "5")],
    "subtract_what_is_not_there": [("log.cleanup.policy", SUBTRACT, "compact")],
    "a_key_twice": [("message.max.bytes", SET, "1"), ("message.max.bytes", SET, "2")],
    "nothing": [],
}


@each(CHANGES)
def broker_change(lab, value):
    lab.see("answer", alter(lab, alteration(THIS, *CHANGES[value], kind=BROKER)))
    lab.see("set", dynamic(lab))
    clear(lab)


@each(["set", "set_several", "set_read_only", "set_no_number", "set_list", "delete", "nothing"])
def default_change(lab, value):
    lab.see("answer", alter(lab, alteration(ALL, *CHANGES[value], kind=BROKER)))
    lab.see("set", dynamic(lab))
    lab.see("defaults", shown(lab, ALL))
    clear(lab)


@case
def the_broker_wins_over_all_brokers(lab):
    key = "log.segment.delete.delay.ms"
    steps = [
        ("of all", ALL, SET, "5000"),
        ("of this", THIS, SET, "6000"),
        ("not of all", ALL, DELETE, None),
        ("of neither", THIS, DELETE, None),
    ]
    for name, who, operation, setting in steps:
        lab.see(name, [alter(lab, alteration(who, (key, operation, setting), kind=BROKER)), shown(lab, THIS, key, synonyms=True)])
    clear(lab)


TOPIC_KEYS = {
    "message.max.bytes": ("max.message.bytes", "3000000"),
    "log.retention.bytes": ("retention.bytes", "123456"),
    "log.segment.bytes": ("segment.bytes", "3000000"),
    "log.roll.ms": ("segment.ms", "3600000"),
    "log.cleanup.policy": ("cleanup.policy", "compact"),
    "compression.type": ("compression.type", "gzip"),
    "log.message.timestamp.type": ("message.timestamp.type", "LogAppendTime"),
    "log.flush.interval.messages": ("flush.messages", "10"),
    "log.flush.interval.ms": ("flush.ms", "1000"),
    "log.cleaner.min.compaction.lag.ms": ("min.compaction.lag.ms", "5"),
    "log.segment.delete.delay.ms": ("file.delete.delay.ms", "7"),
    "log.preallocate": ("preallocate", "true"),
}


@each(TOPIC_KEYS)
def topics_inherit(lab, value):
    topic_key, setting = TOPIC_KEYS[value]
    name = lab.topic()
    before = alter(lab, alteration(THIS, (value, SET, setting), kind=BROKER))
    settle(lab)
    asked = [{"ResourceType": TOPIC, "ResourceName": name, "ConfigurationKeys": [topic_key]}]
    config = lab.call("DescribeConfigs", 4, Resources=asked, IncludeSynonyms=True)["Results"][0]["Configs"][0]
    synonyms = [[one["Name"], one["Value"], one["Source"]] for one in config["Synonyms"]]
    lab.see("seen", [before, config["Value"], config["ConfigSource"], synonyms[0]])
    clear(lab)


@case
def only_validated(lab):
    good, bad = ("message.max.bytes", SET, "2000000"), ("message.max.bytes", SET, "x")
    lab.see("good", alter(lab, alteration(THIS, good, kind=BROKER), validate_only=True))
    lab.see("bad", alter(lab, alteration(THIS, bad, kind=BROKER), validate_only=True))
    lab.see("read only", alter(lab, alteration(THIS, ("node.id", SET, "5"), kind=BROKER), validate_only=True))
    lab.see("set", dynamic(lab))


@each({"other": OTHER, "no_number": "x", "negative": "-1", "leading_zero": "01"})
def odd_broker(lab, value):
    name = {"other": OTHER, "no_number": "x", "negative": "-1", "leading_zero": "01"}[value]
    lab.see("answer", alter(lab, alteration(name, ("message.max.bytes", SET, "2000000"), kind=BROKER), validate_only=True))
    if value != "leading_zero":
        lab.see("described", shown(lab, name))


@case
def replaced_as_a_whole(lab):
    lab.see("one", replace(lab, THIS, [("message.max.bytes", "2000000")], kind=BROKER))
    lab.see("set one", dynamic(lab))
    lab.see("another", replace(lab, THIS, [("log.retention.bytes", "5")], kind=BROKER))
    lab.see("set another", dynamic(lab))
    lab.see("bad", replace(lab, THIS, [("log.retention.bytes", "x")], kind=BROKER))
    lab.see("read only", replace(lab, THIS, [("num.partitions", "5")], kind=BROKER))
    lab.see("none", replace(lab, THIS, [], kind=BROKER))
    lab.see("set none", dynamic(lab))
    clear(lab)


@case
def types_and_flags_of_keys(lab):
    keys = ["message.max.bytes", "log.retention.ms", "log.cleanup.policy", "compression.type", "log.preallocate", "num.partitions"]
    keys += ["log.cleaner.min.cleanable.ratio", "listeners", "max.connections", "auto.create.topics.enable", "log.dirs", "node.id"]
    asked = [{"ResourceType": BROKER, "ResourceName": THIS, "ConfigurationKeys": keys}]
    configs = lab.call("DescribeConfigs", 4, Resources=asked, IncludeDocumentation=True)["Results"][0]["Configs"]
    seen = {one["Name"]: [one["ConfigType"], one["ReadOnly"], one["IsSensitive"], bool(one["Documentation"])] for one in configs}
    lab.see("keys", dict(sorted(seen.items())))


@each(["log.retention.ms", "log.retention.minutes", "log.retention.hours", "log.roll.ms", "log.roll.hours", "log.flush.interval.ms"])
def units_of_one_thing(lab, value):
    lab.see("unset", shown(lab, THIS, value, synonyms=True))
    for key in ("log.retention.ms", "log.roll.ms", "log.flush.interval.ms"):
        alter(lab, alteration(THIS, (key, SET, "600000"), kind=BROKER))
    lab.see("set", shown(lab, THIS, value, synonyms=True))
    clear(lab)


LOGGER = 8
LOGGER_CHANGES = {
    "debug": [("{}", SET, "DEBUG")],
    "info": [("{}", SET, "INFO")],
    "warn": [("{}", SET, "WARN")],
    "error": [("{}", SET, "ERROR")],
    "trace": [("{}", SET, "TRACE")],
    "fatal": [("{}", SET, "FATAL")],
    "off": [("{}", SET, "OFF")],
    "lower_case": [("{}", SET, "debug")],
    "empty": [("{}", SET, "")],
    "null": [("{}", SET, None)],
    "delete": [("{}", DELETE, None)],
    "append": [("{}", APPEND, "INFO")],
    "subtract": [("{}", SUBTRACT, "INFO")],
    "unknown": [("no.such", SET, "INFO")],
    "unknown_delete": [("no.such", DELETE, None)],
    "good_and_unknown": [("{}", SET, "ERROR"), ("no.such", SET, "INFO")],
    "good_and_bad": [("{}", SET, "ERROR"), ("root", SET, "LOUD")],
    "root_delete": [("root", DELETE, None)],
    "twice": [("{}", SET, "ERROR"), ("{}", SET, "INFO")],
    "nothing": [],
}


def a_logger(lab):
    """A class there, a component of the log here."""
    return "org.apache.kafka.common.utils.AppInfoParser" if lab.broker.is_peer else "telemetry"


def logger_level(lab, owner=THIS):
    asked = [{"ResourceType": LOGGER, "ResourceName": owner, "ConfigurationKeys": [a_logger(lab)]}]
    answer = lab.call("DescribeConfigs", 4, Resources=asked, IncludeSynonyms=True, IncludeDocumentation=True)["Results"][0]
    if answer["ErrorCode"]:
        return error_name(answer["ErrorCode"])
    return [{key: value for key, value in config.items() if key != "Name"} for config in answer["Configs"]]


def set_loggers(lab, changes, owner=THIS, validate_only=False):
    return alter(lab, alteration(owner, *changes, kind=LOGGER), validate_only=validate_only)


@each(LOGGER_CHANGES)
def logger_change(lab, value):
    changes = [(name.format(a_logger(lab)), operation, level) for name, operation, level in LOGGER_CHANGES[value]]
    set_loggers(lab, [(a_logger(lab), SET, "WARN")])
    lab.see("checked", set_loggers(lab, changes, validate_only=True))
    lab.see("answer", set_loggers(lab, changes))
    # These two are other words here.
    if value not in ("trace", "fatal"):
        lab.see("level", logger_level(lab) if value != "delete" else "root's")
    set_loggers(lab, [(a_logger(lab), DELETE, None)])


@each({"all": ALL, "other": OTHER, "no_number": "x"})
def loggers_of(lab, value):
    owner = {"all": ALL, "other": OTHER, "no_number": "x"}[value]
    lab.see("altered", set_loggers(lab, [(a_logger(lab), SET, "INFO")], owner=owner))
    lab.see("described", logger_level(lab, owner))


@case
def loggers_replaced_and_listed(lab):
    lab.see("replaced", replace(lab, THIS, [(a_logger(lab), "INFO")], kind=LOGGER))
    lab.see("listed", lab.call("ListConfigResources", 1, ResourceTypes=[LOGGER])["ConfigResources"])
