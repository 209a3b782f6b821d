#!/usr/bin/env python3
"""Makes a tarball of a built tree that runs from wherever it is unpacked: bin, the configuration, units, manual, licence.

usage: tarball.py --build DIR --out DIR
"""
import argparse
import pathlib
import platform
import shutil
import tarfile

import manual
import staging


def owned_by_root(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def main():
    parser = argparse.ArgumentParser(description="makes a tarball of a built tree")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the tarball goes")
    arguments = parser.parse_args()
    name = f"streamline-{staging.version()}-linux-{platform.machine()}"
    tree = staging.fresh(arguments.out / name)
    installed = staging.fresh(arguments.out / "installed")
    staging.install(arguments.build, installed, "programs")
    shutil.copytree(installed / "bin", tree / "bin")
    (tree / "streamline.toml").write_text((staging.ROOT / "config" / "streamline.toml").read_text())
    shutil.copytree(staging.ROOT / "packaging" / "systemd", tree / "systemd")
    for document in ("LICENSE", "README.md"):
        shutil.copy(staging.ROOT / document, tree)
    pages = tree / "share" / "man" / "man1"
    pages.mkdir(parents=True)
    (pages / "streamline.1").write_text(manual.server_page(tree / "bin/streamline", staging.version()))
    (pages / "streamline-cli.1").write_text(manual.tool_page(tree / "bin/streamline-cli"))
    target = arguments.out / f"{name}.tar.gz"
    with tarfile.open(target, "w:gz") as archive:
        archive.add(tree, arcname=name, filter=owned_by_root)
    shutil.rmtree(tree)
    shutil.rmtree(installed)
    print(target)


if __name__ == "__main__":
    main()
