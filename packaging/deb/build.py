#!/usr/bin/env python3
"""Makes the Debian packages of a built tree: streamline, libstreamline-dev and, where the tree was built with STREAMLINE_SHARED,
libstreamline0. Needs dpkg-deb, no debhelper and no root.

usage: build.py --build DIR --out DIR [--revision N]
"""
import argparse
import gzip
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import manual  # noqa: E402
import staging  # noqa: E402

MAINTAINER = "Streamline developers <streamline@localhost.invalid>"
LONG_SERVER = """ Streamline keeps records in logs that Kafka clients write and read: they are
 pointed at its port and work. It is one small program without a run time,
 starts in milliseconds and keeps what it acknowledged.
 .
 This package has the server, the command line tool streamline-cli, a unit for
 systemd, and the configuration, which is also the manual of all properties."""
LONG_LIBRARY = """ A broker inside another process, mostly a test: what programs need that were
 linked with libstreamline.so. The server does not need it."""
LONG_DEVELOPMENT = """ A broker inside a test process: the header of streamline::EmbeddedBroker and
 what to link, found by CMake as Streamline::streamline (the archive) and, where
 there is a shared library, Streamline::shared, and by pkg-config as streamline."""
DEVELOPMENT_LIBRARIES = "liblz4-dev, libzstd-dev, libsnappy-dev, zlib1g-dev, libre2-dev"
# What a shared library that a program is linked with is called, and the package that brings it.
LIBRARY_PACKAGES = {"libc.so.6": "libc6", "libm.so.6": "libc6", "ld-linux-x86-64.so.2": "libc6", "ld-linux-aarch64.so.1": "libc6",
                    "libstdc++.so.6": "libstdc++6 (>= 12)", "libgcc_s.so.1": "libgcc-s1", "liblz4.so.1": "liblz4-1", "libzstd.so.1": "libzstd1",
                    "libsnappy.so.1": "libsnappy1v5", "libz.so.1": "zlib1g", "libre2.so.9": "libre2-9"}
SONAME_VERSION = 0


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def write_compressed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def needed_packages(*programs):
    """The packages of the shared libraries, with the C library's version that the programs ask for."""
    packages, glibc = set(), (2, 17)
    for program in programs:
        told = subprocess.run(["objdump", "-p", str(program)], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"NEEDED\s+(\S+)", told):
            if library not in LIBRARY_PACKAGES:
                raise SystemExit(f"{program.name} needs {library}, for which no package is known")
            packages.add(LIBRARY_PACKAGES[library])
        glibc = max([glibc, *(tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_(\d+\.\d+)", told))])
    return [f"{name} (>= {glibc[0]}.{glibc[1]})" if name == "libc6" else name for name in sorted(packages)]


def documents(tree, package, full_version):
    folder = tree / "usr/share/doc" / package
    write(folder / "copyright", (HERE / "copyright").read_text())
    text = f"{package} ({full_version}) unstable; urgency=medium\n\n  * See the repository's history.\n\n -- {MAINTAINER}  Thu, 01 Jan 2026 00:00:00 +0000\n"
    write_compressed(folder / "changelog.Debian.gz", text)


def checksums(tree):
    lines = []
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts and not path.relative_to(tree).parts[0] == "etc":
            lines.append(f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n")
    write(tree / "DEBIAN/md5sums", "".join(lines))


def size_kib(tree):
    return (sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink()) + 1023) // 1024


def control(tree, fields, long_text):
    lines = [f"{name}: {value}\n" for name, value in fields.items()]
    write(tree / "DEBIAN/control", "".join(lines) + f"Installed-Size: {size_kib(tree)}\nDescription: {long_text}\n")


def build(tree, out, name):
    checksums(tree)
    for path in tree.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    target = out / name
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(target)], check=True, stdout=subprocess.DEVNULL)
    return target


def fields(package, full_version, section, depends):
    return {
        "Package": package,
        "Version": full_version,
        "Architecture": staging.architecture(),
        "Maintainer": MAINTAINER,
        "Section": section,
        "Priority": "optional",
        "Depends": ", ".join(depends),
    }


def server_package(arguments, work, full_version):
    tree = staging.fresh(work / "streamline")
    staging.install(arguments.build, tree / "usr", "programs")
    shutil.rmtree(tree / "usr/share", ignore_errors=True)
    binaries = [tree / "usr/bin/streamline", tree / "usr/bin/streamline-cli"]
    write_compressed(tree / "usr/share/man/man1/streamline.1.gz", manual.server_page(binaries[0], staging.version()))
    write_compressed(tree / "usr/share/man/man1/streamline-cli.1.gz", manual.tool_page(binaries[1]))
    write(tree / "etc/streamline/streamline.toml", staging.configuration(staging.DATA_DIRECTORY))
    write(tree / "DEBIAN/conffiles", "/etc/streamline/streamline.toml\n")
    for unit in ("streamline.service", "streamline.socket"):
        write(tree / "lib/systemd/system" / unit, (HERE.parent / "systemd" / unit).read_text())
    write(tree / "usr/share/lintian/overrides/streamline", (HERE / "lintian-overrides").read_text())
    for script in ("postinst", "prerm", "postrm"):
        write(tree / "DEBIAN" / script, (HERE / script).read_text(), 0o755)
    documents(tree, "streamline", full_version)
    depends = [*needed_packages(*binaries), "adduser", "init-system-helpers (>= 1.51)"]
    control(tree, fields("streamline", full_version, "database", depends), "log broker for Kafka clients, in one program\n" + LONG_SERVER)
    return build(tree, arguments.out, f"streamline_{full_version}_{staging.architecture()}.deb")


def move_pkg_config(tree):
    """To where pkg-config looks also when it builds for another architecture; the archive stays, so the words in it change."""
    triplet = subprocess.run(["dpkg-architecture", "-qDEB_HOST_MULTIARCH"], capture_output=True, text=True, check=True).stdout.strip()
    (installed,) = (tree / "usr").rglob("streamline.pc")
    text = re.sub("^prefix=.*$", "prefix=${pcfiledir}/../../..", installed.read_text(), flags=re.MULTILINE)
    library = installed.parent.parent.relative_to(tree / "usr")
    text = re.sub("^libdir=.*$", f"libdir=${{prefix}}/{library}", text, flags=re.MULTILINE)
    text = re.sub("^# The prefix is .*\n", "", text)
    installed.unlink()
    installed.parent.rmdir()
    write(tree / "usr/lib" / triplet / "pkgconfig/streamline.pc", text)


def has_shared_library(arguments):
    return (arguments.build / f"lib/libstreamline.so.{SONAME_VERSION}").exists()


def upload_override(tree, package):
    text = f"# Nobody asked Debian for it yet.\n{package}: initial-upload-closes-no-bugs *\n"
    write(tree / "usr/share/lintian/overrides" / package, text)


def library_package(arguments, work, full_version):
    package = f"libstreamline{SONAME_VERSION}"
    tree = staging.fresh(work / package)
    staging.install(arguments.build, tree / "usr", "library")
    (library,) = [path for path in (tree / "usr").rglob("libstreamline.so.*") if not path.is_symlink()]
    library.chmod(0o644)
    write(tree / "DEBIAN/shlibs", f"libstreamline {SONAME_VERSION} {package} (>= {staging.version()})\n")
    write(tree / "DEBIAN/triggers", "activate-noawait ldconfig\n")
    documents(tree, package, full_version)
    upload_override(tree, package)
    control(tree, fields(package, full_version, "libs", needed_packages(library)), "broker for Kafka clients inside a process\n" + LONG_LIBRARY)
    return build(tree, arguments.out, f"{package}_{full_version}_{staging.architecture()}.deb")


def development_package(arguments, work, full_version):
    tree = staging.fresh(work / "libstreamline-dev")
    staging.install(arguments.build, tree / "usr", "development")
    for archive in (tree / "usr").rglob("*.a"):
        subprocess.run(["strip", "--strip-debug", str(archive)], check=True)
    move_pkg_config(tree)
    documents(tree, "libstreamline-dev", full_version)
    upload_override(tree, "libstreamline-dev")
    depends = ["libstdc++-12-dev | libstdc++-dev", DEVELOPMENT_LIBRARIES]
    if has_shared_library(arguments):
        depends.append(f"libstreamline{SONAME_VERSION} (= {full_version})")
    control(tree, fields("libstreamline-dev", full_version, "libdevel", depends), "broker for Kafka clients inside a test process\n" + LONG_DEVELOPMENT)
    return build(tree, arguments.out, f"libstreamline-dev_{full_version}_{staging.architecture()}.deb")


def main():
    parser = argparse.ArgumentParser(description="makes the Debian packages of a built tree")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where the packages go")
    parser.add_argument("--revision", type=int, default=1, help="Debian's revision of this version [1]")
    parser.add_argument("--server-only", action="store_true", help="not the packages of the library")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    full_version = f"{staging.version()}-{arguments.revision}"
    work = arguments.out / "staging"
    makers = [server_package]
    if not arguments.server_only:
        makers += [library_package] * has_shared_library(arguments) + [development_package]
    for make in makers:
        print(make(arguments, work, full_version))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
