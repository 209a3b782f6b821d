#!/usr/bin/env python3
"""Builds the client agents into a directory and writes agents.json there: the command of each, or why it is missing.

    prepare.py --out DIR

Nothing is written to the source tree. A missing run time is a printed line, and a failure when CI=true.
"""

import argparse
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
# Releases whose clients speak what Kafka 4 dropped: message formats 0 and 1, and the versions of requests that go with them.
OLD_KAFKAS = ("0.9.0.1", "0.10.2.2", "1.1.1", "2.0.1")
# Releases whose AdminClient is tried too; the last is the last with what Kafka 4 dropped.
OLD_ADMINS = ("2.4.1", "2.8.2", "3.9.1")
# Its transactions are those of before KIP-890, with what KIP-447 brought.
CLASSIC_KAFKA = "2.8.2"
JAVA_OPTIONS = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]


class Missing(Exception):
    """A run time that this machine does not have."""


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"no {program} on the PATH")


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr, **options)


def newest(folder):
    return max(path.stat().st_mtime for path in folder.rglob("*") if path.is_file())


def is_fresh(made, folder):
    return made.exists() and made.stat().st_mtime >= newest(folder)


def prepare_java(out):
    need("java", "javac", "mvn")
    libs, classes, done = out / "libs", out / "classes", out / "done"
    if not is_fresh(done, HERE / "java"):
        run("mvn", "-q", "-B", "-f", HERE / "java/pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={libs}")
        run("javac", "-d", classes, "-cp", f"{libs}/*", "--release", "17", *(HERE / "java/src").rglob("*.java"))
        done.touch()
    path = f"{classes}:{libs}/*"
    return {"java": ["java", *JAVA_OPTIONS, "-cp", path, "streamline.agent.Agent"], "java-tools": ["java", *JAVA_OPTIONS, "-cp", path]}


def prepare_old_java(out, version):
    need("java", "javac", "mvn")
    libs, classes, done = out / "libs", out / "classes", out / "done"
    if not is_fresh(done, HERE / "java-old"):
        copy = ["mvn", "-q", "-B", "-f", HERE / "java-old/pom.xml", f"-Dkafka.version={version}"]
        run(*copy, "dependency:copy-dependencies", f"-DoutputDirectory={libs}")
        run("javac", "-nowarn", "-d", classes, "-cp", f"{libs}/*", "--release", "17", *(HERE / "java-old/src").rglob("*.java"))
        done.touch()
    return {f"java-{version}": ["java", *JAVA_OPTIONS, "-cp", f"{classes}:{libs}/*", "streamline.old.Agent"]}


def prepare_old_admin(out, version):
    need("java", "javac", "mvn")
    libs, classes, done = out / "libs", out / "classes", out / "done"
    source = HERE / "java-old/admin"
    if not is_fresh(done, source):
        copy = ["mvn", "-q", "-B", "-f", HERE / "java-old/pom.xml", f"-Dkafka.version={version}"]
        run(*copy, "dependency:copy-dependencies", f"-DoutputDirectory={libs}")
        run("javac", "-nowarn", "-d", classes, "-cp", f"{libs}/*", "--release", "17", *source.rglob("*.java"))
        done.touch()
    return {f"java-admin-{version}": ["java", *JAVA_OPTIONS, "-cp", f"{classes}:{libs}/*", "streamline.old.Admins"]}


def prepare_classic_java(out):
    need("java", "javac", "mvn")
    libs, classes, done = out / "libs", out / "classes", out / "done"
    source = HERE / "java/src/main/java/streamline/agent/Transfers.java"
    if not is_fresh(done, source.parent):
        copy = ["mvn", "-q", "-B", "-f", HERE / "java-old/pom.xml", f"-Dkafka.version={CLASSIC_KAFKA}"]
        run(*copy, "dependency:copy-dependencies", f"-DoutputDirectory={libs}")
        run("javac", "-nowarn", "-d", classes, "-cp", f"{libs}/*", "--release", "17", source)
        done.touch()
    command = ["java", *JAVA_OPTIONS, "-cp", f"{classes}:{libs}/*", "streamline.agent.Transfers"]
    return {f"java-{CLASSIC_KAFKA}": command}


def prepare_go(out):
    need("go")
    out.mkdir(parents=True, exist_ok=True)
    # Built from a copy: the go tool may touch go.mod and go.sum.
    source = out / "source"
    shutil.copytree(HERE / "go", source, dirs_exist_ok=True)
    run("go", "build", "-buildvcs=false", "-o", out / "agent", ".", cwd=source)
    return {"go": [str(out / "agent")]}


def prepare_python(out):
    python, done = out / "bin/python", out / "done"
    if not is_fresh(done, HERE / "python"):
        venv.create(out, with_pip=True)
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", HERE / "python/requirements.txt")
        done.touch()
    return {"python": [str(python), str(HERE / "python/agent.py")]}


def prepare_node(out):
    need("node", "npm")
    done = out / "done"
    if not is_fresh(done, HERE / "node"):
        out.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "node/package.json", out)
        run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", cwd=out)
        done.touch()
    # A module finds its packages beside itself, and the source tree has none.
    return {"node": ["env", f"AGENT_MODULES={out}/", "node", str(HERE / "node/agent.mjs")]}


def prepare_kcat(_):
    need("kcat")
    return {"kcat": [sys.executable, str(HERE / "kcat/agent.py")]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    out = parser.parse_args().out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    commands, missing = {}, {}
    each = {"java": prepare_java, "go": prepare_go, "python": prepare_python, "node": prepare_node, "kcat": prepare_kcat}
    each[f"java-{CLASSIC_KAFKA}"] = prepare_classic_java
    for version in OLD_KAFKAS:
        each[f"java-{version}"] = functools.partial(prepare_old_java, version=version)
    for version in OLD_ADMINS:
        each[f"java-admin-{version}"] = functools.partial(prepare_old_admin, version=version)
    for name, prepare in each.items():
        try:
            commands |= prepare(out / name)
        except (Missing, subprocess.CalledProcessError) as error:
            missing[name] = str(error)
            print(f"left out: the {name} client: {error}", file=sys.stderr)
    (out / "agents.json").write_text(json.dumps({"commands": commands, "missing": missing}, indent=1))
    return 1 if missing and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
