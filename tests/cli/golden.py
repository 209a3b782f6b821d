"""Whole outputs, kept in golden/: what differs from run to run is replaced by a word as long as it is, so that columns stay where they are."""

import os
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"
UPDATE = os.environ.get("STREAMLINE_UPDATE_GOLDEN") == "1"
CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "2026-01-31T12:00:00.000Z"),
    (re.compile(r"(?<![\w-])[\w-]{22}(?![\w-])"), "a-random-id-of-a-topic"),
    (re.compile(r"(?<=\b127\.0\.0\.1:)\d+"), "port"),
)


def check(test, name, text):
    """The text is the golden file's; STREAMLINE_UPDATE_GOLDEN=1 writes it instead."""
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    path = FOLDER / name
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text)
    test.assertEqual(text, path.read_text(), f"golden/{name}")
