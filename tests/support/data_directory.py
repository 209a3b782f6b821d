"""What tests do to the files of a stopped broker: a power loss pretended, files lost, torn, or as they were long ago."""

import struct

from support.records import crc32c

MANIFEST_HEAD = struct.Struct("<4sHHQI")
MANIFEST_ENTRY_BYTES = 112
ENTRY_BOOT_AT = 48
SEGMENT_HEADER_BYTES = 64
ANOTHER_BOOT = 0x1234567890ABCDEF


def pretend_power_loss(data):
    """The manifest of a killed broker speaks of another boot of the machine afterwards: nothing unsynced is believed."""
    path = data / "manifest"
    held = bytearray(path.read_bytes())
    magic, version, reserved, _, count = MANIFEST_HEAD.unpack_from(held)
    assert (magic, version) == (b"STMF", 3)
    MANIFEST_HEAD.pack_into(held, 0, magic, version, reserved, ANOTHER_BOOT, count)
    for entry in range(count):
        struct.pack_into("<Q", held, MANIFEST_HEAD.size + entry * MANIFEST_ENTRY_BYTES + ENTRY_BOOT_AT, ANOTHER_BOOT)
    held[-4:] = struct.pack("<I", crc32c(held[:-4]))
    path.write_bytes(held)


def partition_directory(data, topic, partition=0):
    return data / "topics" / topic / f"partition-{partition}"


def lose(path):
    path.unlink()


def tear(path):
    held = path.read_bytes()
    path.write_bytes(held[: len(held) // 2])


def overwrite(path, position, held):
    with path.open("r+b") as file:
        file.seek(position)
        file.write(held)
