"""Includes against tools/dev/layers.txt, and what every room must have."""
import re

from .source import Finding

LAYERS = "tools/dev/layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
README_WALL = 40
# Generated into the build tree, so there is no file to look for.
GENERATED_ROOMS = {"wire"}


def read_layers(tree):
    """room -> rooms it may include."""
    layers = {}
    file = tree.find(LAYERS)
    for line in file.lines if file else []:
        line = line.split("#")[0].strip()
        if line:
            room, _, allowed = line.partition(":")
            layers[room.strip()] = set(allowed.split())
    return layers


def room_of(path):
    """The room a file belongs to, or None outside the rooms."""
    parts = path.split("/")
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else parts[1].rsplit(".", 1)[0]
    if parts[:2] == ["tools", "streamline-cli"]:
        return "streamline-cli"
    return None


def include_arrows(tree):
    """A room includes only rooms below it; src is included as "room/file.h"; public headers never include src."""
    layers = read_layers(tree)
    for file in tree.cpp():
        room = room_of(file.path)
        public = file.path.startswith("include/")
        if room is None and not public:
            continue
        for match in INCLUDE.finditer(file.text):
            bracket, target = match.groups()
            line = file.line_of(match.start(2))
            first = target.split("/")[0]
            if bracket == "<":
                if first in layers and "/" in target:
                    yield Finding(file.path, line, "include", f'ours are included as "{target}"')
                continue
            if public:
                if first != "streamline":
                    yield Finding(file.path, line, "include", f'"{target}": public headers never include src')
                continue
            if first == "streamline":
                if room not in ("embedded", "main"):
                    yield Finding(file.path, line, "include", "public headers are for outsiders; only embedded and main know them")
                continue
            if room == "streamline-cli" and f"tools/streamline-cli/{target}" in tree.paths:
                continue
            yield from arrow(tree, layers, file, room, target, line)


def arrow(tree, layers, file, room, target, line):
    """The findings for one quoted include of `target` in `room`."""
    first = target.split("/")[0]
    if room not in layers:
        yield Finding(file.path, line, "include", f"room '{room}' is not in {LAYERS}")
    elif "/" not in target or first not in layers:
        yield Finding(file.path, line, "include", f'"{target}": write "room/file.h", relative to src')
    elif first != room and first not in layers[room]:
        yield Finding(file.path, line, "include",
                      f"{room} may not include {first} (allowed: {' '.join(sorted(layers[room])) or 'nothing'}); "
                      f"move the shared part down or pass it in from above")
    elif f"src/{target}" not in tree.paths and first not in GENERATED_ROOMS:
        yield Finding(file.path, line, "include", f'"{target}" does not exist')


def layer_order(tree):
    """The layer table has no arrow up and no unknown room."""
    above = set()
    for room, allowed in read_layers(tree).items():
        for target in sorted(allowed - above):
            yield Finding(LAYERS, 1, "layers", f"{room}: '{target}' stands below it or is unknown; arrows point down only")
        above.add(room)


def room_readmes(tree):
    """Every room has a README.md of at most 40 lines and stands in the layer table."""
    layers = read_layers(tree)
    rooms = {file.path.split("/")[1] for file in tree.cpp() if file.path.startswith("src/") and file.path.count("/") > 1}
    for room in sorted(rooms):
        readme = tree.find(f"src/{room}/README.md")
        if readme is None:
            yield Finding(f"src/{room}/README.md", 1, "room", "every room has a README.md: what for, main types, threads, includes, tests")
        elif len(readme.lines) > README_WALL:
            yield Finding(readme.path, README_WALL + 1, "room", f"{len(readme.lines)} lines; a newcomer reads {README_WALL}")
        if room not in layers:
            yield Finding(f"src/{room}", 1, "room", f"room '{room}' is not in {LAYERS}")
