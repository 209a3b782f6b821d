#!/usr/bin/env python3
"""Writes docs/server-commands.md from the server's own --help.

usage: server_commands.py PROGRAM [--check]    --check changes nothing and fails when the page is not what would be written
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "server-commands.md"

sys.path.insert(0, str(ROOT / "packaging"))

import manual  # noqa: E402

OPENING = """# Commands of the server

What `streamline` prints for each `--help`; made by `tools/dev/server_commands.py`, and the man page from the same text.
"""


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    text = OPENING
    for arguments in manual.SERVER_PAGES:
        text += f"\n## {' '.join(['streamline', *arguments[:-1]])}\n\n```text\n{manual.help_of(sys.argv[1], arguments)}\n```\n"
    if "--check" not in sys.argv[2:]:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print("docs/server-commands.md is not what the program says: run tools/dev/server_commands.py PROGRAM")
    return 1


if __name__ == "__main__":
    sys.exit(main())
