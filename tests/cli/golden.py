"""Whole outputs, kept in golden/: what differs from run to run is replaced by a word as long as it is, so that columns stay where they are."""

import os
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"
UPDATE = os.environ.get("STREAMLINE_UPDATE_GOLDEN") == "1"
CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "2026-01-31T12:00:00.000Z"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "00000000-0000-4000-8000-000000000000"),
    # YAML quotes those that begin with a digit or a hyphen.
    (re.compile(r'(?<=\bid: )"([\w-]{22})"'), r"\1"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z0-9])[\w-]{22}(?![\w-])"), "a-random-id-of-a-topic"),
    (re.compile(r"(?<=\b127\.0\.0\.1:)\d+"), "port"),
    (re.compile(r"\b1[7-9]\d{11}\b"), "1767225600000"),
)


def normal(text):
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text


def check(test, name, text):
    """The text is the golden file's; STREAMLINE_UPDATE_GOLDEN=1 writes it instead."""
    text = normal(text)
    path = FOLDER / name
    if UPDATE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text)
    test.assertEqual(text, path.read_text() if path.exists() else "", f"golden/{name}; STREAMLINE_UPDATE_GOLDEN=1 writes it anew")
