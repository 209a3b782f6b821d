"""Names: of files, types and functions."""
import re

from .source import Finding

INSTEAD = {
    "manager": "say what it does: registry, owner, table, scheduler",
    "helper": "name the idea, or give it to the type it serves",
    "helpers": "name the idea, or give it to the type it serves",
    "util": "name the idea: endian, varint, paths",
    "utils": "name the idea: endian, varint, paths",
    "utility": "name the idea: endian, varint, paths",
    "utilities": "name the idea: endian, varint, paths",
    "data": "use Kafka's noun: records, batch, bytes, state",
    "info": "use the noun: description, state, figures",
    "processor": "say what it does to what: decoder, appender",
}
TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+class)?|concept)\s+(?:\[\[\w+\]\]\s+)?((?:\w+::)*\w+)\s*(?:final\s*)?(?=[;{:=])")
FUNCTION = re.compile(r"\b(process|do_it|misc)\s*\([^;{}]*\)\s*(?:const\s*)?(?:noexcept\s*)?[;{]")
# What the language asks for by name.
LANGUAGE_TYPES = {"promise_type", "hash", "formatter"}


def words_of_type(name):
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def banned(words):
    """The first banned word with its replacement; a data directory is called so by every user and may keep its name."""
    for place, word in enumerate(words):
        followers = words[place + 1:place + 2]
        if word in INSTEAD and not (word == "data" and followers and followers[0] in ("dir", "directory")):
            return word, INSTEAD[word]
    return None


def file_names(tree):
    """Files are like_this.{h,cc} and carry no empty word."""
    for file in tree.code():
        stem = file.name.rsplit(".", 1)[0]
        if file.is_cpp and not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
            yield Finding(file.path, 1, "file-name", "C++ files are named like_this.{h,cc} after their main type")
        found = banned(re.split(r"[_\-.]", stem.lower()))
        if found:
            yield Finding(file.path, 1, "file-name", f"'{found[0]}' says nothing; {found[1]}")


def type_names(tree):
    """Types are LikeThis and carry no empty word."""
    for file in tree.cpp():
        for match in TYPE.finditer(file.code):
            name = match.group(1).rsplit("::", 1)[-1]
            defined = file.code[match.end():match.end() + 1] in ("{", ":")
            if name in LANGUAGE_TYPES or match.group(1).startswith("std") or not defined:
                continue
            line = file.line_of(match.start(1))
            if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) and "concept" not in match.group(0):
                yield Finding(file.path, line, "type-name", f"type '{name}' should be LikeThis")
            found = banned(words_of_type(name))
            if found:
                yield Finding(file.path, line, "type-name", f"type '{name}': '{found[0]}' says nothing; {found[1]}")


def function_names(tree):
    """No function called process."""
    for file in tree.cpp():
        for match in FUNCTION.finditer(file.code):
            yield Finding(file.path, file.line_of(match.start()), "function-name",
                          f"'{match.group(1)}' says nothing; name what happens: decode, append, answer")
