"""A raw connection to a broker: any request, well-formed or not, and what comes back."""

import select
import socket
import struct

from support.schema import APIS, Reader, decode_fields, encode_fields, encode_tags

TIMEOUT_S = 20
CLIENT_ID = "wire-test"


class Closed(Exception):
    """The broker closed the connection."""


def request_header(key, version, correlation, flexible, client_id=CLIENT_ID, tags=None):
    """Header version 1, or 2 when flexible; client_id is an old-style string in both (rule 2)."""
    name = b"\xff\xff" if client_id is None else struct.pack(">h", len(client_id)) + client_id.encode()
    return struct.pack(">hhi", key, version, correlation) + name + (encode_tags(tags or {}) if flexible else b"")


def encode_request(name, version, body, correlation=0, client_id=CLIENT_ID):
    api = APIS[name]
    flexible = api.is_flexible(version)
    return request_header(api.key, version, correlation, flexible, client_id) + encode_fields(
        api.request, version, flexible, body
    )


def decode_response(name, version, data):
    """The correlation id and the body of a response frame; every byte must be used."""
    api = APIS[name]
    reader = Reader(data)
    correlation = reader.number(">i")
    flexible = api.is_flexible(version)
    # The header of an ApiVersions response is version 0 whatever the body is (rule 3).
    if flexible and name != "ApiVersions":
        for _ in range(reader.varint()):
            reader.varint()
            reader.take(reader.varint())
    body = decode_fields(api.response, version, flexible, reader)
    if reader.left():
        raise AssertionError(f"{name} v{version}: {reader.left()} bytes left after the response")
    return correlation, body


class Connection:
    """One TCP connection. Requests may be pipelined: send(), send(), receive(), receive()."""

    def __init__(self, address, timeout_s=TIMEOUT_S):
        self.socket = socket.create_connection(address, timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0
        self.waiting = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send_frame(self, payload):
        self.send_bytes(struct.pack(">i", len(payload)) + payload)

    def send(self, name, version=None, body=None, **fields):
        """Sends a request without waiting for the answer; returns its correlation id."""
        version = APIS[name].newest if version is None else version
        self.correlation += 1
        self.waiting.append((name, version))
        self.send_frame(encode_request(name, version, {**(body or {}), **fields}, self.correlation))
        return self.correlation

    def receive_exactly(self, count):
        data = bytearray()
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except ConnectionError as error:
                raise Closed(str(error)) from error
            if not piece:
                raise Closed(f"end of stream after {len(data)} of {count} bytes")
            data += piece
        return bytes(data)

    def receive_frame(self):
        return self.receive_exactly(struct.unpack(">i", self.receive_exactly(4))[0])

    def receive(self):
        """The next answer; its correlation id must be the oldest outstanding one (rule 1)."""
        name, version = self.waiting.pop(0)
        correlation, body = decode_response(name, version, self.receive_frame())
        expected = self.correlation - len(self.waiting)
        if correlation != expected:
            raise AssertionError(f"answer {correlation} where {expected} was due")
        return body

    def skip(self):
        """The next answer's size, for answers whose content does not matter."""
        self.waiting.pop(0)
        return len(self.receive_frame())

    def call(self, name, version=None, body=None, **fields):
        self.send(name, version, body, **fields)
        return self.receive()

    def is_silent(self, for_s):
        """Whether neither an answer nor the end comes within the time."""
        return not select.select([self.socket], [], [], for_s)[0]

    def is_closed(self, within_s=5):
        """Whether the broker closes the connection within the time, and sends nothing before."""
        self.socket.settimeout(within_s)
        try:
            return self.socket.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        finally:
            self.socket.settimeout(TIMEOUT_S)
