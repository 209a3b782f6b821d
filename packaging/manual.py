"""Man pages made from what the programs say of themselves, so that they cannot say anything else."""

import subprocess

SERVER_PAGES = [["--help"], ["check", "--help"], ["dump", "--help"], ["config", "--help"], ["config", "show", "--help"], ["health", "--help"]]


def help_of(program, arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout.rstrip()


def roff(text):
    """As it is: backslashes and leading dots mean something to roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in escaped.splitlines())


def page(program, name, summary, pages, version):
    """The text of name(1): a section for each help text."""
    parts = [f'.TH {name.upper()} 1 "" "Streamline {version}" "User Commands"', ".SH NAME", f"{name} \\- {summary}"]
    for arguments in pages:
        words = " ".join([name, *arguments[:-1]])
        parts += [f'.SH "{words.upper()}"', ".nf", roff(help_of(program, arguments)), ".fi"]
    return "\n".join(parts) + "\n"


def server_page(program, version):
    return page(program, "streamline", "log broker for Kafka clients", SERVER_PAGES, version)


def tool_page(program):
    """It has a page of its own, with every command, flag and key."""
    return subprocess.run([program, "reference", "man"], capture_output=True, text=True, check=True).stdout
