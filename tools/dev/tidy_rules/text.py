"""What may not stand in a file, and what must stand at its top."""
import re

from .source import Finding

# Spelled in parts so that this file does not break its own rule.
MARKER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
ABSOLUTE = re.compile(r"(?<![\w.$}/:])/(?:ho" + r"me|ro" + r"ot|wo" + r"rk|Us" + r"ers)/")
HIDDEN_TEST = re.compile(r'TEST_CASE(?:_METHOD)?\s*\([^;{]*?"[^"\n]*\[(?:\.|!hide)')
THROW = re.compile(r"\bthrow\b")
NEW = re.compile(r"(?<!operator )\b(?:new\s+[A-Za-z_:]|delete(?:\s*\[\])?\s+[a-z_*(])")
# How a factory makes an object whose constructor is private.
OWNED_NEW = re.compile(r"\bunique_ptr<[\w:<>, ]+>(?: \w+)?\(new\b")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.:])sleep\s*\(")


def each_match(tree_files, pattern, rule, message, text_of):
    for file in tree_files:
        for match in pattern.finditer(text_of(file)):
            yield Finding(file.path, file.line_of(match.start()), rule, message)


def markers(tree):
    """No leftover markers: do it, or write an issue."""
    yield from each_match(tree.code(), MARKER, "marker", "do it now or file an issue; the tree holds no reminders", lambda file: file.text)


def absolute_paths(tree):
    """No path of somebody's machine."""
    yield from each_match(tree.files, ABSOLUTE, "absolute-path", "a path of one machine; make it relative or an argument",
                          lambda file: file.text)


def hidden_tests(tree):
    """No test that a plain run leaves out."""
    yield from each_match(tree.cpp(), HIDDEN_TEST, "hidden-test", "a hidden test never runs; give the program a ctest entry labelled long",
                          lambda file: file.text)


def no_throw(tree):
    """Our code returns errors and does not throw."""
    files = [file for file in tree.cpp() if file.path.startswith(("src/", "tools/", "include/"))]
    yield from each_match(files, THROW, "throw", "return a Result; only third-party code throws", lambda file: file.code)


def naked_new(tree):
    """Memory has an owner from its first moment."""
    files = [file for file in tree.cpp() if file.path.startswith("src/")]
    yield from each_match(files, NEW, "new", "use a member, make_unique or a container",
                          lambda file: OWNED_NEW.sub(lambda match: " " * len(match.group(0)), file.code))


def unit_sleeps(tree):
    """Unit tests do not sleep: time is an argument."""
    files = [file for file in tree.cpp() if file.path.startswith("tests/unit/")]
    yield from each_match(files, SLEEP, "sleep", "pass the time in, or wait for the event itself", lambda file: file.code)


def opening_comment(file):
    """The text of the comment a file opens with, '' when there is none; a #! line is skipped."""
    lines = file.lines[1:] if file.text.startswith("#!") else file.lines
    body = "\n".join(lines)
    if file.suffix == ".py":
        match = re.match(r'\s*[rR]?"""(.*?)"""', body, re.DOTALL)
        if match:
            return match.group(1)
    block = re.match(r"\s*/\*(.*?)\*/", body, re.DOTALL)
    if block:
        return block.group(1)
    mark = "//" if file.suffix in (".h", ".cc", ".go", ".java", ".js") else "#"
    comment = []
    for line in lines:
        if not line.startswith(mark):
            break
        comment.append(line[len(mark):].lstrip("/#! "))
    return " ".join(comment)


def openings(tree):
    """A file opens with a comment of at least one sentence."""
    for file in tree.code():
        if not file.text.strip() or file.name == "__init__.py" and not file.lines:
            continue
        if not re.search(r"\w{2,}\W+\w+.*[.:;]", opening_comment(file), re.DOTALL):
            yield Finding(file.path, 1, "opening", "open the file with one sentence that says what it is for")


def pragma_once(tree):
    """Every header says #pragma once, before any other line of code."""
    for file in tree.cpp():
        if file.suffix != ".h":
            continue
        first = next((line.strip() for line in file.code.split("\n") if line.strip()), "")
        if first != "#pragma once":
            yield Finding(file.path, 1, "pragma-once", "#pragma once comes right after the opening comment")
