"""The tarball unpacked somewhere and used: both programs, the configuration, the manual."""

import tarfile

import kit


def main():
    given = kit.arguments()
    archive = kit.run("python3", "-B", kit.ROOT / "packaging/tarball.py", "--build", given.build, "--out", given.work).strip()
    with tarfile.open(archive) as opened:
        assert all(entry.uid == 0 for entry in opened.getmembers())
        opened.extractall(given.work / "unpacked", filter="data")
    (tree,) = (given.work / "unpacked").iterdir()
    server, tool = tree / "bin/streamline", tree / "bin/streamline-cli"
    kit.run(server, "config", "check", tree / "streamline.toml")
    assert "streamline config" in (tree / "share/man/man1/streamline.1").read_text()
    place = {"cwd": given.work}
    with kit.broker(server, "--config", tree / "streamline.toml", "--listen", "127.0.0.1:0", "--topic", "a", **place) as address:
        kit.run(tool, "-b", address, "produce", "a", input="one\ntwo\n", **place)
        kit.equal(kit.run(tool, "-b", address, "consume", "a", "--until", "end", **place), "one\ntwo\n")
    assert (given.work / "data/topics/a").is_dir()


if __name__ == "__main__":
    main()
