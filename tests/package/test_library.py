"""The shared library: what it is called and exports, and that somebody else's program, linked with it by CMake or pkg-config, runs by it
alone; with the archive beside it too."""

import os
import re
import shutil

import kit

SAMPLE = kit.ROOT / "tests/package/sample"


def install(given):
    prefix = given.work / "prefix"
    for component in ("library", "development"):
        kit.run("cmake", "--install", given.build, "--prefix", prefix, "--component", component)
    return prefix, next(prefix.rglob("libstreamline.so.0")).parent


def look_at(library):
    told = kit.run("objdump", "-p", library)
    kit.equal(re.search(r"SONAME\s+(\S+)", told)[1], "libstreamline.so.0")
    needed = set(re.findall(r"NEEDED\s+(\S+)", told))
    assert {"libstdc++.so.6", "libc.so.6"} <= needed, f"one C++ library for the process: {needed}"
    exported = [line.split(maxsplit=2)[2] for line in kit.run("nm", "-DC", "--defined-only", "--without-symbol-versions", library).splitlines()]
    exported.remove("STREAMLINE_0")
    foreign = [name for name in exported if not name.startswith("streamline::EmbeddedBroker::") or "Instance" in name]
    kit.equal(foreign, [])
    assert any(name.startswith("streamline::EmbeddedBroker::EmbeddedBroker(") for name in exported), exported


def needs_it(program):
    return "libstreamline.so.0" in kit.run("objdump", "-p", program)


def by_cmake(given, prefix):
    for target, is_shared in (("Streamline::shared", True), ("Streamline::streamline", False)):
        build = given.work / f"cmake-{is_shared}"
        kit.run("cmake", "-S", SAMPLE, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DSTREAMLINE_TARGET={target}")
        kit.run("cmake", "--build", build)
        kit.equal(needs_it(build / "embedded_sample"), is_shared)
        kit.run(build / "embedded_sample")


def by_pkg_config(given, library_directory):
    if shutil.which("pkg-config") is None:
        return print("not tried: there is no pkg-config")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(library_directory / "pkgconfig"), "LD_LIBRARY_PATH": str(library_directory)}
    for flags, is_shared in ((["--cflags", "--libs"], True), (["--static", "--cflags", "--libs"], False)):
        words = kit.run("pkg-config", *flags, "streamline", env=environment).split()
        if not is_shared:
            words = ["-l:libstreamline.a" if word == "-lstreamline" else word for word in words]
        program = given.work / f"pkg-config-{is_shared}"
        kit.run("g++", "-std=c++20", SAMPLE / "embedded_sample.cc", *words, "-o", program)
        kit.equal(needs_it(program), is_shared)
        kit.run(program, env=environment)


def main():
    given = kit.arguments()
    prefix, library_directory = install(given)
    look_at(library_directory / "libstreamline.so.0")
    by_cmake(given, prefix)
    by_pkg_config(given, library_directory)


if __name__ == "__main__":
    main()
