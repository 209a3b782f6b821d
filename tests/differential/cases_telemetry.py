"""Client metrics subscriptions, and what a client that pushes its metrics is told (KIP-714)."""

import secrets

from cases_configs import APPEND, DELETE, SET, alter, alteration, settle
from lab import case, each, error_name
from support.topics import unique_topic

METRICS = 16
NOBODY = bytes(16)


def shown(lab, name):
    settle(lab)
    asked = [{"ResourceType": METRICS, "ResourceName": name, "ConfigurationKeys": None}]
    answer = lab.call("DescribeConfigs", 4, Resources=asked, IncludeSynonyms=True, IncludeDocumentation=True)["Results"][0]
    if answer["ErrorCode"]:
        return error_name(answer["ErrorCode"])
    return {
        one["Name"]: [
            one["Value"],
            one["ConfigSource"],
            one["ReadOnly"],
            one["ConfigType"],
            len(one["Synonyms"]),
            bool(one["Documentation"]),
        ]
        for one in sorted(answer["Configs"], key=lambda each: each["Name"])
    }


def clear(lab, name):
    keys = ("interval.ms", "match", "metrics")
    alter(lab, alteration(name, *((key, DELETE, None) for key in keys), kind=METRICS))
    settle(lab)


CHANGES = {
    "interval": [("interval.ms", SET, "5000")],
    "interval_shortest": [("interval.ms", SET, "100")],
    "interval_too_short": [("interval.ms", SET, "99")],
    "interval_longest": [("interval.ms", SET, "3600000")],
    "interval_too_long": [("interval.ms", SET, "3600001")],
    "interval_no_number": [("interval.ms", SET, "x")],
    "interval_null": [("interval.ms", SET, None)],
    "metrics": [("metrics", SET, "org.a,org.b")],
    "metrics_all": [("metrics", SET, "*")],
    "metrics_none": [("metrics", SET, "")],
    "metrics_appended": [("metrics", APPEND, "org.c")],
    "match": [("match", SET, "client_id=a,client_software_name=b")],
    "match_empty": [("match", SET, "")],
    "match_unknown": [("match", SET, "nope=x")],
    "match_without_a_pattern": [("match", SET, "client_id")],
    "match_broken": [("match", SET, "client_id=[")],
    "unknown": [("no.such.key", SET, "1")],
    "unknown_deleted": [("no.such.key", DELETE, None)],
    "all_three": [("interval.ms", SET, "5000"), ("metrics", SET, "org."), ("match", SET, "client_id=x")],
    "good_and_bad": [("interval.ms", SET, "5000"), ("metrics", SET, None)],
    "nothing": [],
}


@each(CHANGES)
def subscription(lab, value):
    name = unique_topic("s")
    lab.see("answer", alter(lab, alteration(name, *CHANGES[value], kind=METRICS)))
    lab.see("shown", shown(lab, name))
    clear(lab, name)


@case
def subscription_without_a_name(lab):
    lab.see("altered", alter(lab, alteration("", ("interval.ms", SET, "5000"), kind=METRICS)))
    lab.see("described", shown(lab, ""))


@case
def subscription_only_validated(lab):
    name = unique_topic("s")
    lab.see("good", alter(lab, alteration(name, ("interval.ms", SET, "5000"), kind=METRICS), validate_only=True))
    lab.see("bad", alter(lab, alteration(name, ("interval.ms", SET, "5"), kind=METRICS), validate_only=True))
    lab.see("shown", shown(lab, name))


@case
def subscriptions_are_listed(lab):
    name = unique_topic("s")

    def is_listed():
        answers = [lab.call("ListConfigResources", 0), lab.call("ListConfigResources", 1, ResourceTypes=[METRICS])]
        return [name in [one["ResourceName"] for one in answer["ConfigResources"]] for answer in answers]

    lab.see("before", is_listed())
    alter(lab, alteration(name, ("interval.ms", SET, "5000"), kind=METRICS))
    settle(lab)
    lab.see("set", is_listed())
    clear(lab, name)
    lab.see("cleared", is_listed())


def ask(lab, instance):
    answer = lab.call("GetTelemetrySubscriptions", 0, ClientInstanceId=instance)
    lab.subscription = answer["SubscriptionId"]
    given = "none" if answer["ClientInstanceId"] == NOBODY else "its own" if answer["ClientInstanceId"] == instance else "another"
    return [
        error_name(answer["ErrorCode"]),
        given,
        answer["PushIntervalMs"],
        answer["TelemetryMaxBytes"],
        answer["DeltaTemporality"],
        answer["AcceptedCompressionTypes"],
        sorted(answer["RequestedMetrics"]),
    ]


def push(lab, instance, subscription=None, **more):
    body = {
        "ClientInstanceId": instance,
        "SubscriptionId": lab.subscription if subscription is None else subscription,
        "Metrics": b"",
        **more,
    }
    return error_name(lab.call("PushTelemetry", 0, body)["ErrorCode"])


@case
def nobody_asks_for_anything(lab):
    instance = secrets.token_bytes(16)
    lab.see("new", ask(lab, NOBODY))
    lab.see("known", ask(lab, instance))
    lab.see("again", ask(lab, instance))
    lab.see("pushed", push(lab, instance))


SUBSCRIBED = {
    "one": [[("metrics", "org.a,org.b"), ("interval.ms", "1000")]],
    "two": [[("metrics", "org.a"), ("interval.ms", "1000")], [("metrics", "org.b"), ("interval.ms", "2000")]],
    "all": [[("metrics", "*")]],
    "all_and_one": [[("metrics", "*")], [("metrics", "org.a")]],
    "of_this_client": [[("metrics", "org.a"), ("match", "client_id=wire-.*")]],
    "of_this_client_in_part": [[("metrics", "org.a"), ("match", "client_id=wire")]],
    "of_another_client": [[("metrics", "org.a"), ("match", "client_id=other")]],
    "of_this_address": [[("metrics", "org.a"), ("match", "client_source_address=127.0.0.1")]],
    "of_two_things": [[("metrics", "org.a"), ("match", "client_id=wire.*,client_source_address=10.*")]],
}


@each(SUBSCRIBED)
def subscribed(lab, value):
    names = []
    for configs in SUBSCRIBED[value]:
        names.append(unique_topic("s"))
        alter(lab, alteration(names[-1], *((key, SET, setting) for key, setting in configs), kind=METRICS))
    settle(lab)
    lab.see("answer", ask(lab, secrets.token_bytes(16)))
    for name in names:
        clear(lab, name)


@case
def pushes(lab):
    name = unique_topic("s")
    alter(lab, alteration(name, ("metrics", SET, "org."), ("interval.ms", SET, "3600000"), kind=METRICS))
    settle(lab)

    def pushed(**more):
        instance = secrets.token_bytes(16)
        ask(lab, instance)
        return push(lab, instance, **more)

    lab.see("nothing", pushed())
    lab.see("nobody", push(lab, NOBODY))
    lab.see("another subscription", pushed(subscription=12345))
    lab.see("unknown codec", pushed(CompressionType=9))
    lab.see("negative codec", pushed(CompressionType=-1))
    lab.see("broken gzip", pushed(CompressionType=1, Metrics=b"junk"))
    lab.see("too large", pushed(Metrics=bytes(1_048_577)))
    lab.see("no metrics", pushed(Metrics=b"junk"))
    instance = secrets.token_bytes(16)
    ask(lab, instance)
    lab.see("twice", [push(lab, instance), push(lab, instance)])
    lab.see("last", push(lab, instance, Terminating=True))
    lab.see("after the last", push(lab, instance))
    clear(lab, name)
