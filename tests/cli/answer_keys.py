"""What `-o help` says of a command's JSON, and whether JSON is so: a schema that the program itself prints."""

import re

IS = {
    "text": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "true or false": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "object of text": lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
    "list of text": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "list of integer": lambda value: isinstance(value, list) and all(IS["integer"](each) for each in value),
    "any": lambda value: True,
}


def parse(text):
    """Type by path, as `-o help` prints them."""
    first, heading, *rows = text.splitlines()
    assert re.fullmatch(r"Keys of json, yaml and csv, version \d+:", first), first
    columns = [heading.index(title) for title in ("KEY", "TYPE", "MEANING")]
    cells = [[row[begin:end].strip() for begin, end in zip(columns, [*columns[1:], None])] for row in rows]
    assert all(meaning for _, _, meaning in cells), text
    return {key.removesuffix("{}"): kind for key, kind, _ in cells}


def faults(value, types):
    """What of the value is not as the keys say; nothing when all is well."""
    # The keys of a listing are those of its rows.
    if isinstance(value, list) and not any(key.startswith("[]") for key in types):
        types = {f"[].{key}": kind for key, kind in types.items()}
    found = []
    look(value, "", types, found)
    return found


def look(value, path, types, found):
    kind = types.get(path)
    if kind is not None:
        nothing = kind.endswith(" or null") and value is None
        if not nothing and not IS[kind.removesuffix(" or null")](value):
            found.append(f"{path} is {value!r} and no {kind}")
        if value is None or not kind.startswith("object or"):
            return
    if isinstance(value, list):
        for each in value:
            look(each, path + "[]", types, found)
    elif isinstance(value, dict):
        prefix = path + "." if path else ""
        keys = {re.split(r"[.\[]", key[len(prefix):])[0] for key in types if key.startswith(prefix)}
        if set(value) != keys:
            found.append(f"{path or 'the answer'} has the keys {sorted(value)}, told are {sorted(keys)}")
        for key, each in value.items():
            look(each, prefix + key, types, found)
    else:
        found.append(f"{path} is {value!r}, of which nothing was told")
