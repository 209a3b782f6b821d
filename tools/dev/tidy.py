#!/usr/bin/env python3
"""Reads the source tree and fails on what style.md forbids; each message names what to do instead.

usage: tidy.py [--root DIR] [--list]
"""
import argparse
import pathlib
import sys

from tidy_rules import coroutines, includes, names, sizes, text
from tidy_rules.source import read_tree

RULES = [
    sizes.file_sizes,
    sizes.function_sizes,
    names.file_names,
    names.type_names,
    names.function_names,
    includes.include_arrows,
    includes.layer_order,
    includes.room_readmes,
    text.openings,
    text.pragma_once,
    text.markers,
    text.absolute_paths,
    text.hidden_tests,
    text.no_throw,
    text.naked_new,
    text.unit_sleeps,
    coroutines.await_traps,
]


def findings_in(tree):
    """Every finding in the tree, ordered by place."""
    found = [finding for rule in RULES for finding in rule(tree)]
    return sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule))


def main():
    parser = argparse.ArgumentParser(description="checks the source tree against the house style")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2], help="the tree to read")
    parser.add_argument("--list", action="store_true", help="print the rules and end")
    arguments = parser.parse_args()
    if arguments.list:
        for rule in RULES:
            print(f"{rule.__name__:16} {rule.__doc__.splitlines()[0]}")
        return 0
    tree = read_tree(arguments.root)
    if not tree.cpp():
        print(f"tidy: no C++ file under {arguments.root}")
        return 2
    found = findings_in(tree)
    for finding in found:
        print(finding)
    print(f"tidy: {len(tree.files)} files, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
