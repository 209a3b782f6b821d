"""Walls for the length of files and functions."""
import ast

from .braces import walk
from .source import Finding

FILE_WALL = 500
TEST_FILE_WALL = 800
FUNCTION_WALL = 70


def file_sizes(tree):
    """No file above 500 lines, no test file above 800."""
    for file in tree.code():
        wall = TEST_FILE_WALL if file.is_test else FILE_WALL
        if len(file.lines) > wall:
            yield Finding(file.path, wall + 1, "file-size", f"{len(file.lines)} lines; split it by idea, the wall is {wall}")


def python_functions(text):
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def function_sizes(tree):
    """No function above 70 lines."""
    for file in tree.code():
        if file.is_cpp:
            functions, _ = walk(file.code, file.line_of)
            spans = [(function.signature, function.first_line, function.last_line) for function in functions]
        elif file.suffix == ".py":
            spans = list(python_functions(file.text))
        else:
            continue
        for signature, first, last in spans:
            length = last - first + 1
            if length > FUNCTION_WALL:
                yield Finding(file.path, first, "function-size",
                              f"{length} lines in '{signature[:60]}'; keep the branches here and move the work into named leaves, "
                              f"the wall is {FUNCTION_WALL}")
