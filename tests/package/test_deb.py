"""The newcomer's walk: the packages are built and looked at by lintian; in a fresh root the server's is installed, the unit's command is
started, records go in and come out, the package is upgraded over them, removed and purged. Needs root and debootstrap; 77 without."""

import os
import pathlib
import shutil
import subprocess

import kit

DATA = "var/lib/streamline"
CONFIGURATION = "etc/streamline/streamline.toml"
MIRROR = "http://deb.debian.org/debian"
BASE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "streamline-packages" / "bookworm"


def build(given, revision):
    out = given.work / f"revision-{revision}"
    more = [] if revision == 1 and (given.build / "lib/libstreamline.a").exists() else ["--server-only"]
    command = ["python3", "-B", kit.ROOT / "packaging/deb/build.py", "--build", given.build, "--out", out, "--revision", revision]
    return [pathlib.Path(line) for line in kit.run(*command, *more).split()]


def look_over(packages):
    """lintian finds nothing that it would call an error or a warning."""
    if shutil.which("lintian") is None:
        return print("not looked over: there is no lintian")
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", *map(str, packages)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def check_units():
    if shutil.which("systemd-analyze") is None:
        return print("units not verified: there is no systemd-analyze")
    told = subprocess.run(["systemd-analyze", "security", "--offline=true", str(kit.ROOT / "packaging/systemd/streamline.service")],
                          capture_output=True, text=True, check=False).stdout
    level = [line for line in told.splitlines() if "Overall exposure" in line]
    assert level and ("OK" in level[0] or "SAFE" in level[0]), told


def fresh_root(given):
    """A copy of a minimal Debian 12, which is fetched once."""
    if os.geteuid() != 0:
        kit.skip("a root of its own needs the rights of root")
    if shutil.which("debootstrap") is None:
        kit.skip("there is no debootstrap")
    if not (BASE / "etc/debian_version").exists():
        half = BASE.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        half.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(half), MIRROR], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            kit.skip("debootstrap cannot reach a mirror: " + done.stdout[-200:])
        half.rename(BASE)
    root = given.work / "root"
    kit.run("cp", "-a", BASE, root)
    return root


class Root:
    """A fresh root and what is done in it."""

    def __init__(self, path):
        self.path = path

    def run(self, *command, **more):
        return kit.run("chroot", self.path, *command, **more)

    def install(self, package):
        shutil.copy(package, self.path / "package.deb")
        self.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confdef", "-i", "/package.deb")

    def unit_command(self):
        """What the unit starts, as the user that it starts it as."""
        unit = (self.path / "lib/systemd/system/streamline.service").read_text()
        command = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart=").split()
        user = next(line for line in unit.splitlines() if line.startswith("User=")).removeprefix("User=")
        return ["chroot", f"--userspec={user}:{user}", self.path, *command, "--listen", "127.0.0.1:0"]

    def tool(self, address, *words, **more):
        return self.run("streamline-cli", "-b", address, *words, **more)


def walk(root, first, second):
    root.install(first)
    assert (root.path / DATA).is_dir() and (root.path / CONFIGURATION).is_file()
    root.run("streamline", "--version")
    with kit.broker(*root.unit_command(), "--topic", "orders:2") as address:
        root.run("streamline", "health", address)
        root.tool(address, "produce", "orders", input="one\ntwo\nthree\n")
        kit.equal(sorted(root.tool(address, "consume", "orders", "--until", "end").split()), ["one", "three", "two"])
    with open(root.path / CONFIGURATION, "a", encoding="utf-8") as file:
        file.write("# ours\n")

    root.install(second)
    assert (root.path / CONFIGURATION).read_text().endswith("# ours\n"), "an upgrade must keep what its owner changed"
    with kit.broker(*root.unit_command()) as address:
        kit.equal(sorted(root.tool(address, "consume", "orders", "--until", "end").split()), ["one", "three", "two"])

    root.run("dpkg", "--remove", "streamline")
    assert (root.path / DATA / "topics/orders").is_dir(), "removing must keep the records"
    root.run("dpkg", "--purge", "streamline")
    assert not (root.path / DATA).exists() and not (root.path / "etc/streamline").exists()
    assert not (root.path / "usr/bin/streamline").exists()


def needed_by(package):
    """Names of the packages that it depends on."""
    return [word.split()[0] for word in kit.run("dpkg-deb", "-f", package, "Depends").split(", ")]


def fetched(names):
    """Their files, which are fetched once; None when no mirror is reached."""
    folder = BASE.parent / "debs"
    folder.mkdir(exist_ok=True)
    for name in names:
        if not list(folder.glob(f"{name}_*.deb")):
            done = subprocess.run(["apt-get", "download", name], cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return print(f"the library's package not installed: {done.stderr.strip()[-200:]}")
    return [next(folder.glob(f"{name}_*.deb")) for name in names]


def try_library(given, root, packages):
    """A program of somebody else's runs in the root by the library's package, and what that asks for, alone."""
    by_name = {package.name.partition("_")[0]: package for package in packages}
    if "libstreamline0" not in by_name:
        return print("the library's package not tried: this build has no shared library")
    unpacked = given.work / "unpacked"
    for name in ("libstreamline0", "libstreamline-dev"):
        kit.run("dpkg-deb", "-x", by_name[name], unpacked)
    sample = kit.ROOT / "tests/package/sample/embedded_sample.cc"
    kit.run("g++", "-std=c++20", sample, f"-I{unpacked}/usr/include", f"-L{unpacked}/usr/lib", "-lstreamline", "-o", root.path / "sample")
    there = root.run("dpkg-query", "-W", "-f", "${Package}\n").split()
    others = fetched([name for name in needed_by(by_name["libstreamline0"]) if name not in there])
    if others is None:
        return
    for package in [*others, by_name["libstreamline0"]]:
        root.install(package)
    root.run("/sample")
    root.run("dpkg", "--purge", "libstreamline0")
    assert not list((root.path / "usr/lib").glob("libstreamline*"))


def main():
    given = kit.arguments()
    if shutil.which("dpkg-deb") is None:
        kit.skip("there is no dpkg-deb")
    first = build(given, 1)
    second = build(given, 2)
    look_over(first)
    check_units()
    root = fresh_root(given)
    try:
        walk(Root(root), first[0], second[0])
        try_library(given, Root(root), first)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
