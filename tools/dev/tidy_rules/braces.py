"""A walk over the braces of C++ text, enough to find functions and statements without parsing the language."""
import dataclasses
import re

NO_FUNCTION = re.compile(r"\s*(?:template\s*<.*>\s*)?(?:\[\[.*?\]\]\s*)?(?:inline\s+|typedef\s+)*"
                         r"(?:namespace|class|struct|union|enum|extern)\b", re.DOTALL)
CONTROL = re.compile(r"^\s*(?:if|for|while|switch|do|else|try|catch|case|default)\b")


@dataclasses.dataclass
class Statement:
    """The text of one statement without the blocks inside it; `{}` marks a value in braces. Positions are in the file."""

    begin: int
    text: str


@dataclasses.dataclass
class Function:
    """One function body with its signature: `[first_line, last_line]`."""

    signature: str
    first_line: int
    last_line: int


class _Frame:
    def __init__(self, kind, begin, function=None):
        self.kind = kind  # "block", "value" or "round"
        self.begin = begin
        self.function = function
        self.head = ""
        self.head_begin = begin

    def add(self, character, position):
        if not self.head.strip():
            self.head, self.head_begin = "", position
        self.head += character


def is_value_brace(head):
    """Whether a brace behind `head` starts a value and not a block; where both could be, clang-format's space tells."""
    behind = head.rstrip()
    if not behind:
        return False
    if behind[-1] in "=,({[?" or re.search(r"\b(?:return|co_return|co_yield)$", behind):
        return True
    return bool(re.search(r"[\w>\]]$", head))


def walk(code, line_of):
    """All functions and statements of blanked C++ text, in order of their ends."""
    functions, statements = [], []
    stack = [_Frame("block", 0)]
    code = re.sub(r"^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), code, flags=re.MULTILINE)

    def nearest_block():
        return next(frame for frame in reversed(stack) if frame.kind == "block")

    def end_statement(frame):
        if frame.head.strip():
            statements.append(Statement(frame.head_begin, frame.head))
        frame.head = ""

    def open_block(position):
        head = nearest_block().head
        inside = any(frame.function for frame in stack)
        signature = None
        if not inside and "(" in head and not NO_FUNCTION.match(head) and not CONTROL.match(head):
            signature = (" ".join(head.split()), line_of(nearest_block().head_begin))
        stack.append(_Frame("block", position, signature))

    for position, character in enumerate(code):
        block = nearest_block()
        if character in "([":
            block.add(character, position)
            stack.append(_Frame("round", position))
        elif character in ")]":
            block.add(character, position)
            if stack[-1].kind == "round":
                stack.pop()
        elif character == "{":
            if is_value_brace(block.head):
                block.add(character, position)
                stack.append(_Frame("value", position))
            else:
                open_block(position)
        elif character == "}":
            if stack[-1].kind == "value":
                stack.pop()
                block.add(character, position)
                continue
            while len(stack) > 1 and stack[-1].kind != "block":
                stack.pop()
            end_statement(stack[-1])
            if len(stack) > 1:
                closed = stack.pop()
                if closed.function:
                    functions.append(Function(closed.function[0], closed.function[1], line_of(position)))
            if stack[-1].kind == "block":
                end_statement(stack[-1])
        elif character == ";" and stack[-1].kind == "block":
            end_statement(block)
        else:
            block.add(character, position)
    return functions, statements
