"""What the log does when nobody looks: starts, recoveries, compaction, and what work in the background costs a producer.

storage.py --bin BUILD/bin [--runs 5] [--only NAME,...] [--keep FILE] [--readme bench/README.md] [--gigabytes 10] [--partitions 10000]

Questions: restart, scan, partitions, compaction, background. `scan` and `background` read past the page cache: they want to run
as root, who may drop it, and `scan` also hides the boot's id in a mount namespace of its own, which is what a power cut looks like.
"""
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

import kit
from kit import Broker, cell, proc_status, run_json

GB = 1_000_000_000
BATCH = 1 << 20
ANOTHER_BOOT = "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f\n"
BOOT_ID = "/proc/sys/kernel/random/boot_id"


def arguments():
    parser = kit.parser(__doc__)
    parser.add_argument("--gigabytes", type=float, default=10, help="size of the logs that are started on and scanned; twice that must be free")
    parser.add_argument("--partitions", type=int, default=10_000)
    parser.add_argument("--keep", default="", help="file of measurements to go on from")
    return parser.parse_args()


def load(args, server, *flags):
    return [os.path.join(args.bin, "wire_load"), "--port", str(server.port), "--pid", str(server.pid), *flags]


def fill(args, server, gigabytes, topic, partitions=4):
    """Produces `gigabytes` of 1 KiB records in 1 MiB batches."""
    requests = int(gigabytes * GB / BATCH)
    run_json(load(args, server, "--mode", "produce", "--setup", "none", "--topic", topic, "--partitions", str(partitions), "--batch-bytes",
                  str(BATCH), "--value-bytes", "1024", "--requests", str(requests), "--warmup", "0", "--seconds", "900"))


def client(args, server, *words):
    done = subprocess.run([os.path.join(args.bin, "streamline-cli"), "-b", f"127.0.0.1:{server.port}", *words], capture_output=True, text=True,
                          timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"streamline-cli {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")


def drop_cache():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as drop:
        drop.write("1\n")


def folder_of(args, name):
    return tempfile.mkdtemp(prefix=f"streamline-bench-{name}-", dir=args.dir)


def first_answer(args, folder, durability, before=()):
    """Milliseconds from exec to the first answer, and what the broker said meanwhile."""
    port = kit.free_port()
    command = [*before, *kit.broker_command(args, port, folder, durability)]
    done = subprocess.run([os.path.join(args.bin, "first_answer"), "--port", str(port), "--timeout", "300", "--", *command],
                          capture_output=True, text=True, timeout=400)
    found = re.search(r'"first_answer_ms":([0-9.]+)', done.stdout)
    if not found:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return float(found[1]), done.stderr


def restart(args, notebook):
    """kill -9 in the same boot: while a producer writes at its full rate, and while it writes 3,000 records a second."""
    loads = {"full rate": ("--batch-bytes", "65536", "--depth", "5"),
             "3,000 records/s": ("--batch-bytes", "1100", "--value-bytes", "1024", "--rate", "3000")}
    missing = any(len(notebook.of(f"restart {name}", "streamline")) < args.runs for name in loads)
    folder = folder_of(args, "restart")
    try:
        if missing:
            server = Broker(args, "interval", folder)
            client(args, server, "topics", "create", "filled", "-p", "4")
            client(args, server, "topics", "create", "driven", "-p", "1")
            fill(args, server, args.gigabytes, "filled")
            server.close()

        def killed(flags):
            server = Broker(args, "interval", folder)
            driver = subprocess.Popen(load(args, server, "--mode", "produce", "--setup", "none", "--topic", "driven", "--seconds", "60", *flags),
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Longer than a checkpoint's interval, and short enough to keep the log's size.
            time.sleep(6.5)
            server.kill()
            driver.wait()
            return first_answer(args, folder, "interval")[0]

        rows = []
        for name, flags in loads.items():
            times = notebook.fill(f"restart {name}", ["streamline"], args.runs, lambda _, f=flags: killed(f))["streamline"]
            rows.append((f"restart after kill -9 on {args.gigabytes:.0f} GB, a producer at {name}", "exec to first answer, ms", "–", cell(times), "–"))
        return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_all(folder):
    """Reads every segment once, as a plain program would; bytes per second."""
    files = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names if name.endswith(".segment")]
    total, start = 0, time.monotonic()
    buffer = bytearray(1 << 20)
    for name in files:
        with open(name, "rb", buffering=0) as file:
            while got := file.readinto(buffer):
                total += got
    return total / (time.monotonic() - start)


def scan(args, notebook):
    """A power cut after everything was written and nothing was synced by us (durability none): all of it is scanned."""
    gigabytes = min(args.gigabytes, 4)
    if all(len(notebook.of(f"scan {state}", side)) >= args.runs for state in ("cold", "cached") for side in ("floor", "streamline")):
        folder = None
    else:
        folder = folder_of(args, "scan")
    try:
        if folder:
            server = Broker(args, "none", folder)
            client(args, server, "topics", "create", "filled", "-p", "4")
            fill(args, server, gigabytes, "filled")
            server.kill()
            os.sync()
            boot = os.path.join(folder, "boot-id")
            with open(boot, "w", encoding="ascii") as file:
                file.write(ANOTHER_BOOT)

        def scanned(state, side):
            if state == "cold":
                drop_cache()
            else:
                read_all(folder)
            if side == "floor":
                return read_all(folder) / GB
            copy = os.path.join(folder, "manifest-before")
            manifest = os.path.join(folder, "manifest")
            shutil.copy2(manifest, copy)
            shell = ["unshare", "--mount", "sh", "-c", f'mount --bind {boot} {BOOT_ID} && exec "$@"', "sh"]
            took, said = first_answer(args, folder, "none", shell)
            os.replace(copy, manifest)
            # It was ended in order, which is not to be remembered.
            os.remove(os.path.join(folder, "clean"))
            found = re.findall(r"scanned_bytes=(\d+)", said)
            size = sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names if name.endswith(".segment"))
            if found and int(found[-1]) < 0.9 * size:
                raise RuntimeError(f"only {found[-1]} of {size} bytes were scanned")
            return size / (took / 1000) / GB

        rows = []
        for state in ("cold", "cached"):
            values = notebook.fill(f"scan {state}", ["floor", "streamline"], args.runs, lambda side, s=state: scanned(s, side))
            rows.append((f"start after a power cut, {gigabytes:.0f} GB in 4 partitions, {state}; floor: one program reads the files",
                         "GB/s", cell(values["floor"]), cell(values["streamline"]), kit.share(values["streamline"], values["floor"])))
        return rows
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def partitions(args, notebook):
    """Many partitions, each with a record: started after an orderly stop, and after kill -9."""
    ends = ("orderly stop", "kill -9")
    missing = any(len(notebook.of(f"partitions {end}", "streamline")) < args.runs for end in ends)
    folder = folder_of(args, "partitions")
    try:
        if missing:
            server = Broker(args, "interval", folder)
            client(args, server, "topics", "create", "many", "-p", str(args.partitions))
            run_json(load(args, server, "--mode", "produce", "--setup", "none", "--topic", "many", "--partitions", str(args.partitions),
                          "--batch-bytes", "1100", "--value-bytes", "1024", "--requests", str(args.partitions), "--warmup", "0", "--seconds", "300"))
            server.close()

        def started(end):
            server = Broker(args, "interval", folder)
            if end == "kill -9":
                run_json(load(args, server, "--mode", "produce", "--setup", "none", "--topic", "many", "--partitions", str(args.partitions),
                              "--batch-bytes", "1100", "--value-bytes", "1024", "--requests", str(args.partitions), "--warmup", "0",
                              "--seconds", "300"))
                server.kill()
            else:
                server.close()
            took, _ = first_answer(args, folder, "interval")
            server = Broker(args, "interval", folder)
            time.sleep(1)
            resident = proc_status(server.pid, "VmRSS") / 1024
            server.close()
            return {"ms": took, "resident": resident}

        rows = []
        for end in ends:
            seen = notebook.fill(f"partitions {end}", ["streamline"], args.runs, lambda _, e=end: started(e))["streamline"]
            question = f"start with {args.partitions:,} partitions after {'an ' if end[0] == 'o' else ''}{end}"
            rows.append((question, "exec to first answer, ms", "–", cell([one["ms"] for one in seen]), "–"))
            if end == "orderly stop":
                rows.append((question, "resident, MiB", "–", cell([one["resident"] for one in seen]), "–"))
        return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compaction(args, notebook):
    program = [os.path.join(args.bin, "compaction_speed"), "--dir", args.dir, "--runs", "1"]
    seen = notebook.fill("compaction", ["streamline"], args.runs, lambda _: run_json(program))["streamline"]
    question = "compaction of 1 GB of 1 KiB records, half of them superseded; floor: a copy of the same files"
    rows = [(question, "MB/s", cell([one[floor] for one in seen]), cell([one["compaction_mb_s"] for one in seen]),
             kit.share([one["compaction_mb_s"] for one in seen], [one[floor] for one in seen])) for floor in ("copy_mb_s", "synced_copy_mb_s")]
    rows[1] = (question.replace("a copy of", "a copy and sync of"), *rows[1][1:])
    return [*rows, (question, "peak resident, MiB", "–", cell([one["peak_resident_mib"] for one in seen]), "–")]


class Repeated:
    """Calls `work` again and again in a thread of its own until it is closed; an error ends the measurement."""

    def __init__(self, work):
        self.ended, self.error, self.turns = threading.Event(), None, 0
        self.thread = threading.Thread(target=self.run, args=(work,))
        self.thread.start()

    def run(self, work):
        try:
            while not self.ended.is_set():
                work()
                self.turns += 1
        except RuntimeError as error:
            self.error = error

    def close(self):
        self.ended.set()
        self.thread.join()
        if self.error:
            raise self.error


def background(args, notebook):
    """The producer's p99 at a quarter of its full rate, alone and beside retention, compaction or a cold scan; durability interval."""
    settings = ("log.retention.check.interval.ms=200", "log.cleaner.backoff.ms=200", "log.segment.delete.delay.ms=1000")
    produce = ("--mode", "produce", "--batch-bytes", "16384", "--value-bytes", "1024", "--topic", "watched", "--setup", "none")

    def full_rate(_):
        server = Broker(args, "interval")
        try:
            client(args, server, "topics", "create", "watched", "-p", "1")
            return run_json(load(args, server, *produce, "--depth", "5", "--seconds", "3", "--warmup", "0.5"))["requests_per_s"]
        finally:
            server.close()

    rate = sorted(notebook.fill("background full rate", ["streamline"], args.runs, full_rate)["streamline"])[args.runs // 2] / 4

    def beside(work):
        server = Broker(args, "interval", settings=settings)
        other = None
        try:
            client(args, server, "topics", "create", "watched", "-p", "1")
            if work == "a cold scan":
                client(args, server, "topics", "create", "cold", "-p", "1")
                fill(args, server, 2, "cold", 1)
                drop_cache()
                log = str(int(2 * GB / BATCH) * BATCH)
                scan_it = load(args, server, "--mode", "fetch", "--setup", "none", "--topic", "cold", "--fetch-bytes", str(BATCH), "--batch-bytes",
                               str(BATCH), "--value-bytes", "1024", "--log-bytes", log, "--depth", "1", "--warmup", "0", "--seconds", "1")
                other = Repeated(lambda: (drop_cache(), run_json(scan_it)))
            elif work != "nothing":
                policy = (["-c", "retention.bytes=1048576"] if work == "retention" else
                          ["-c", "cleanup.policy=compact", "-c", "min.cleanable.dirty.ratio=0.01"])
                client(args, server, "topics", "create", "worked", "-p", "1", "-c", "segment.bytes=16777216", *policy)
                # A tenth of a gigabyte a second that is to go again; keys are what compaction works on.
                lines = "".join(f"key-{i % 5000}:{'v' * 1000}\n" for i in range(20_000))
                words = [os.path.join(args.bin, "streamline-cli"), "-b", f"127.0.0.1:{server.port}", "produce", "worked", "--key-delimiter", ":"]

                def feed():
                    done = subprocess.run(words, input=lines, capture_output=True, text=True, timeout=60)
                    if done.returncode != 0:
                        raise RuntimeError(done.stderr)
                    time.sleep(0.1)
                other = Repeated(feed)
            measured = run_json(load(args, server, *produce, "--rate", str(int(rate)), "--warmup", "1", "--seconds", "8"))
            return {"p50": measured["latency_us"]["p50"], "p99": measured["latency_us"]["p99"], "turns": other.turns if other else 0}
        finally:
            try:
                if other:
                    other.close()
            finally:
                server.close()

    works = ("nothing", "retention", "compaction", "a cold scan")
    seen = notebook.fill("background p99", works, args.runs, beside)
    alone = [one["p99"] for one in seen["nothing"]]
    return [(f"ack of 16 KiB at a quarter of the full rate ({rate:,.0f} requests/s) beside {work}; floor: beside nothing", "p99, µs", cell(alone),
             cell([one["p99"] for one in seen[work]]), kit.share(alone, [one["p99"] for one in seen[work]])) for work in works[1:]]


def main():
    args = arguments()
    notebook = kit.Notebook(args.keep)
    notebook.probe(args)
    rows = []
    for question in (restart, scan, partitions, compaction, background):
        if not args.only or question.__name__ in args.only.split(","):
            rows += question(args, notebook)
            notebook.probe(args)
    head = ("Question", "Figure", "Floor", "Streamline", "of the floor")
    kit.finish(args, "storage figures", head, rows, notebook.noise())


if __name__ == "__main__":
    main()
