"""What the packages have in common: an installed tree below a staging folder, the version, and the manual."""

import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA_DIRECTORY = "/var/lib/streamline"


def version():
    """As CMakeLists.txt has it."""
    return re.search(r"project\(Streamline VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]


def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


def install(build, prefix, *components):
    """cmake --install of some components into a folder; the programs without their debug information."""
    for component in components:
        command = ["cmake", "--install", str(build), "--prefix", str(prefix), "--strip", "--component", component]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def configuration(data_directory):
    """The manual as a configuration file whose data lies in a place of its own."""
    text = (ROOT / "config" / "streamline.toml").read_text()
    changed = text.replace('# log.dirs = "data"\n', f'log.dirs = "{data_directory}"\n')
    if changed == text:
        raise SystemExit("config/streamline.toml has no line for log.dirs")
    return changed


def fresh(folder):
    """An empty folder of that name."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
