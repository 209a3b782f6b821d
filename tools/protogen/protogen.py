#!/usr/bin/env python3
"""Turns the message schemas into C++: protogen.py --schemas DIR --out DIR --groups N.

Writes DIR/wire/messages/<name>.h per schema, wire/messages/api_keys.h, wire/all_messages.h, and the bodies in
wire/messages_<k>.cc, k < N. A file whose content would not change is left alone, so that nothing is compiled again.
"""

import argparse
import glob
import os
import sys

import header
import schema
import source
import tables


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as existing:
            if existing.read() == text:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemas", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--groups", type=int, required=True)
    options = parser.parse_args()
    paths = sorted(glob.glob(f"{options.schemas}/*.msg")) + sorted(glob.glob(f"{options.schemas}/*/*.msg"))
    try:
        schemas = [schema.load(path) for path in paths]
    except schema.SchemaError as error:
        sys.exit(str(error))
    wire = f"{options.out}/wire"
    for one in schemas:
        write_if_changed(f"{wire}/messages/{one.file_name}.h", header.generate(one))
    write_if_changed(f"{wire}/messages/api_keys.h", tables.api_keys(schemas))
    write_if_changed(f"{wire}/all_messages.h", tables.all_messages(schemas))
    for group in range(options.groups):
        write_if_changed(f"{wire}/messages_{group}.cc", source.generate(schemas[group::options.groups]))


if __name__ == "__main__":
    main()
