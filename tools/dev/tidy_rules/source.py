"""The tree as the rules see it: files with their text, and C++ text with comments and strings blanked out."""
import dataclasses
import functools
import pathlib
import re
import subprocess

CODE_SUFFIXES = {".h", ".cc", ".py", ".sh", ".go", ".java", ".js", ".cmake"}
SKIPPED_FOLDERS = {".git", "build", "data", "node_modules", "target", "__pycache__"}


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule: where, which, and what to do instead."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


class SourceFile:
    """One text file; `path` is relative to the root of the tree, with forward slashes."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.name = path.rsplit("/", 1)[-1]
        self.suffix = pathlib.PurePosixPath(path).suffix

    @property
    def is_cpp(self):
        return self.suffix in (".h", ".cc")

    @property
    def is_code(self):
        return self.suffix in CODE_SUFFIXES or self.name == "CMakeLists.txt" or self.text.startswith("#!")

    @property
    def is_test(self):
        return self.path.startswith("tests/")

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")[:-1] if self.text.endswith("\n") else self.text.split("\n")

    @functools.cached_property
    def code(self):
        """C++ text of the same length and lines, where comments, strings and character literals are spaces."""
        return blanked(self.text)

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def blanked(text):
    """`text` without the content of comments, strings and character literals; a string keeps its quotes."""

    def blank(match):
        piece = match.group(0)
        spaces = re.sub(r"[^\n]", " ", piece)
        return '"' + spaces[1:-1] + '"' if piece[0] in '"R' and len(piece) > 1 else spaces

    return TOKEN.sub(blank, text)


class Tree:
    """All text files of a checkout: tracked ones and new ones that git does not ignore."""

    def __init__(self, files):
        self.files = sorted(files, key=lambda file: file.path)
        self.paths = {file.path for file in self.files}

    def cpp(self):
        return [file for file in self.files if file.is_cpp]

    def code(self):
        return [file for file in self.files if file.is_code]

    def find(self, path):
        return next((file for file in self.files if file.path == path), None)


def listed_paths(root):
    """Paths of the tree by git, or by walking when this is no checkout."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, check=False)
    if listing.returncode == 0 and listing.stdout:
        return [name for name in listing.stdout.decode().split("\0") if name]
    return [path.relative_to(root).as_posix() for path in root.rglob("*")
            if not SKIPPED_FOLDERS & set(path.relative_to(root).parts)]


def read_tree(root):
    """The tree under `root`; files that are not UTF-8 text are left out."""
    files = []
    for name in listed_paths(root):
        path = root / name
        if not path.is_file() or path.is_symlink():
            continue
        raw = path.read_bytes()
        if b"\0" in raw[:4096]:
            continue
        try:
            files.append(SourceFile(name, raw.decode()))
        except UnicodeDecodeError:
            continue
    return Tree(files)
