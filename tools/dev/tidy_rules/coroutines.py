"""The g++ 12 coroutine trap.

g++ 12.2 destroys a temporary twice when one full expression holds co_await and a brace-built aggregate with non-trivial
members, or a lambda that captures such values. Types are not known here, so any such brace or capture is reported.
"""
import re

from .braces import walk
from .source import Finding

CAPTURE = re.compile(r"(?:^|[(,=&|]|return)\s*\[([^\[\]]+)\]\s*(?:\(|mutable|noexcept|->|$|[,)])")
HARMLESS_CAPTURE = re.compile(r"\s*(?:this|&\w*)\s*(?:,\s*(?:this|&\w*)\s*)*")


def traps(text):
    """What in one statement trips the compiler, or None."""
    if "co_await" not in text:
        return None
    if "{" in text:
        return "a brace-built value"
    for match in CAPTURE.finditer(text):
        if not HARMLESS_CAPTURE.fullmatch(match.group(1)):
            return "a lambda that captures by value"
    return None


def await_traps(tree):
    """No statement holds co_await together with a brace-built value or a capturing lambda."""
    for file in tree.cpp():
        if "co_await" not in file.code:
            continue
        _, statements = walk(file.code, file.line_of)
        for statement in statements:
            found = traps(statement.text)
            if found:
                yield Finding(file.path, file.line_of(statement.begin), "co-await",
                              f"{found} in one expression with co_await is freed twice by g++ 12; "
                              f"name the object on the line before and move it")
