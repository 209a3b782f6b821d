"""AlterClientQuotas and DescribeClientQuotas: whom a quota may be for, what it may be, and which of them a filter finds."""

from lab import case, each, error_name
from support.broker import wait_until
from support.topics import unique_topic

EXACT, DEFAULT, ANY = 0, 1, 2
USER, CLIENT, IP = "user", "client-id", "ip"


def entry(entity, *ops):
    """ops: (key, value); None removes."""
    parts = [{"EntityType": kind, "EntityName": name} for kind, name in entity]
    return {"Entity": parts, "Ops": [{"Key": key, "Value": value or 0.0, "Remove": value is None} for key, value in ops]}


def alter(lab, *entries, version=1, validate_only=False):
    answer = lab.call("AlterClientQuotas", version, Entries=list(entries), ValidateOnly=validate_only)
    return answer if answer == "closed" else sorted(error_name(one["ErrorCode"]) for one in answer["Entries"])


def component(kind, match, name=None):
    return {"EntityType": kind, "MatchType": match, "Match": name}


def described(lab, *components, strict=False, version=1, names=None):
    """[entity, values], with the lab's own names told from others."""
    answer = lab.call("DescribeClientQuotas", version, Components=list(components), Strict=strict)
    if answer == "closed" or answer["ErrorCode"]:
        return answer if answer == "closed" else error_name(answer["ErrorCode"])
    known = {name: label for label, name in (names or {}).items()}
    entries = [
        [
            sorted([part["EntityType"], known.get(part["EntityName"], part["EntityName"])] for part in one["Entity"]),
            {value["Key"]: value["Value"] for value in one["Values"]},
        ]
        for one in answer["Entries"]
    ]
    return sorted(entries, key=repr)


def settle(lab, *components, count):
    """A Kafka answers before a change is in force."""
    wait_until(lambda: len(described(lab, *components)) == count, "the quotas are there")


RATES = {
    "producer_byte_rate": 1000.0,
    "consumer_byte_rate": 1000.0,
    "request_percentage": 0.5,
    "controller_mutation_rate": 5.5,
    "connection_creation_rate": 5.0,
}


@each(RATES)
def key_for_every_entity(lab, value):
    for label, entity in (
        ("user", [(USER, "u")]),
        ("client", [(CLIENT, "c")]),
        ("both", [(USER, "u"), (CLIENT, "c")]),
        ("ip", [(IP, "1.2.3.4")]),
    ):
        lab.see(label, alter(lab, entry(entity, (value, RATES[value])), validate_only=True))


VALUES = {
    "zero": 0.0,
    "negative": -1.0,
    "fraction": 1.5,
    "tiny": 0.001,
    "one": 1.0,
    "beyond_int32": 3e9,
    "beyond_int64": 1e19,
    "infinite": float("inf"),
}


@each(VALUES)
def value_of_every_key(lab, value):
    for key in RATES:
        entity = [(IP, "1.2.3.4")] if key == "connection_creation_rate" else [(USER, "u")]
        lab.see(
            key, alter(lab, entry(entity, (key, VALUES[value] or -0.0)), validate_only=True) if VALUES[value] else zero(lab, entity, key)
        )


def zero(lab, entity, key):
    one = entry(entity, (key, 1.0))
    one["Ops"][0]["Value"] = 0.0
    return alter(lab, one, validate_only=True)


ENTITIES = {
    "none": [],
    "unknown": [("group", "g")],
    "empty_type": [("", "g")],
    "default_user": [(USER, None)],
    "default_client": [(CLIENT, None)],
    "default_both": [(USER, None), (CLIENT, None)],
    "empty_user": [(USER, "")],
    "empty_client": [(CLIENT, "")],
    "user_and_ip": [(USER, "u"), (IP, "1.2.3.4")],
    "client_and_ip": [(CLIENT, "c"), (IP, "1.2.3.4")],
    "odd_names": [(USER, "CN=a, O=b/c"), (CLIENT, "x y%z")],
    "user_named_default": [(USER, "<default>")],
}


@each(ENTITIES)
def entity(lab, value):
    lab.see("answer", alter(lab, entry(ENTITIES[value], ("producer_byte_rate", 10.0)), validate_only=True))


ADDRESSES = {"v4": "10.1.2.3", "v6": "::1", "default": None, "nonsense": "no.such.host.invalid", "empty": ""}


@each(ADDRESSES)
def address(lab, value):
    lab.see("answer", alter(lab, entry([(IP, ADDRESSES[value])], ("connection_creation_rate", 5.0)), validate_only=True))


@case
def odd_operations(lab):
    user = [(USER, unique_topic("u"))]
    lab.see("unknown key", alter(lab, entry(user, ("no_such_rate", 1.0)), validate_only=True))
    lab.see("unknown key removed", alter(lab, entry(user, ("no_such_rate", None)), validate_only=True))
    lab.see("removed where nothing is", alter(lab, entry(user, ("producer_byte_rate", None))))
    lab.see("no operations", alter(lab, entry(user)))
    lab.see("good and bad", alter(lab, entry(user, ("producer_byte_rate", 1.0), ("consumer_byte_rate", -1.0)), validate_only=True))
    lab.see("no entries", alter(lab))
    lab.see(
        "two entries",
        alter(lab, entry(user, ("producer_byte_rate", 1.0)), entry([(USER, "")], ("producer_byte_rate", 1.0)), validate_only=True),
    )


@each([0, 1])
def set_changed_and_removed(lab, value):
    name = unique_topic("u")
    names, mine = {"mine": name}, component(USER, EXACT, name)
    user = [(USER, name)]
    lab.see("validated", alter(lab, entry(user, ("producer_byte_rate", 1000.0)), version=value, validate_only=True))
    lab.see("nothing", described(lab, mine, names=names))
    lab.see("set", alter(lab, entry(user, ("producer_byte_rate", 1000.0), ("request_percentage", 12.25)), version=value))
    settle(lab, mine, count=1)
    lab.see("seen", described(lab, mine, names=names, version=value))
    lab.see("half removed", alter(lab, entry(user, ("producer_byte_rate", None)), version=value))
    wait_until(lambda: len(described(lab, mine)[0][1]) == 1, "one is left")
    lab.see("half seen", described(lab, mine, names=names, version=value))
    lab.see("removed", alter(lab, entry(user, ("request_percentage", None)), version=value))
    settle(lab, mine, count=0)


@case
def filters(lab):
    user, client = unique_topic("u"), unique_topic("c")
    names = {"u": user, "c": client}
    rate = ("producer_byte_rate", 1e9)
    sets = [
        [(USER, user)],
        [(USER, user), (CLIENT, client)],
        [(USER, user), (CLIENT, None)],
        [(CLIENT, client)],
        [(USER, None), (CLIENT, client)],
    ]
    lab.see("set", [alter(lab, entry(one, rate)) for one in sets])
    of_user, of_client = component(USER, EXACT, user), component(CLIENT, EXACT, client)
    settle(lab, of_user, count=3)
    settle(lab, of_client, count=3)
    lab.see("user", described(lab, of_user, names=names))
    lab.see("user strict", described(lab, of_user, names=names, strict=True))
    lab.see("client", described(lab, of_client, names=names))
    lab.see("client strict", described(lab, of_client, names=names, strict=True))
    lab.see("both", described(lab, of_user, of_client, names=names))
    lab.see("user and default", described(lab, of_user, component(CLIENT, DEFAULT), names=names, strict=True))
    lab.see("user and any", described(lab, of_user, component(CLIENT, ANY), names=names))
    lab.see("default user and client", described(lab, component(USER, DEFAULT), of_client, names=names))
    lab.see("any user and client", described(lab, component(USER, ANY), of_client, names=names))
    lab.see("nothing strict", described(lab, strict=True))
    lab.see("removed", [alter(lab, entry(one, ("producer_byte_rate", None))) for one in sets])
    settle(lab, of_user, count=0)
    settle(lab, of_client, count=0)


FILTERS = {
    "user_twice": [component(USER, EXACT, "a"), component(USER, EXACT, "b")],
    "ip_and_user": [component(IP, ANY), component(USER, ANY)],
    "user_and_ip": [component(USER, ANY), component(IP, ANY)],
    "unknown_type": [component("group", ANY)],
    "empty_type": [component("", ANY)],
    "unknown_match": [component(USER, 7)],
    "exact_without_a_name": [component(USER, EXACT)],
    "default_with_a_name": [component(USER, DEFAULT, "a")],
    "any_with_a_name": [component(USER, ANY, "a")],
    "nobody": [component(USER, EXACT, "nobody-of-this-name")],
}


@each(FILTERS)
def odd_filter(lab, value):
    lab.see("answer", described(lab, *FILTERS[value]))
