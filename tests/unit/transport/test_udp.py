"""Reading batches: what was sent is what is read, whole, with its address, in order."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest

from galene_py.transport import limits
from galene_py.transport.sockets import sockaddr
from galene_py.transport.sockets.udp import Reader, open_socket


@pytest.fixture(params=["", "127.0.0.1"], ids=["dual", "ipv4"])
def sock(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with open_socket(0, request.param) as sock:
        yield sock


@pytest.fixture(
    params=[(True, True), (True, False), (False, False)], ids=["recvmmsg", "recvfrom", "portable"]
)
def reader(request: pytest.FixtureRequest, sock: socket.socket) -> Reader:
    native, vectored = request.param
    return Reader(sock, native_memory=native, vectored=vectored)


def read(reader: Reader, sock: socket.socket, most: int) -> list[tuple[bytes, bytes]]:
    assert select.select([sock], [], [], 2)[0]
    count = reader.read(most)
    found = []
    for i in range(count):
        start = i * limits.DATAGRAM_BYTES
        name = reader.names[i * reader.name_bytes : (i + 1) * reader.name_bytes]
        found.append((name, bytes(reader.arena.view[start : start + reader.sizes[i]])))
    return found


def test_nothing_there(reader: Reader) -> None:
    assert reader.read(10) == 0


def test_datagrams_of_every_size_come_with_their_address(reader: Reader, sock: socket.socket) -> None:
    port = sock.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        remote.bind(("127.0.0.1", 0))
        name = sockaddr.pack(bytes((127, 0, 0, 1)), remote.getsockname()[1], sock.family)
        sent = [bytes((n & 255,)) * n for n in (0, 1, 2, 11, 12, 1500, 1501, limits.DATAGRAM_BYTES - 1)]
        for _ in range(2):
            for data in sent:
                remote.sendto(data, ("127.0.0.1", port))
            assert read(reader, sock, 5) + read(reader, sock, 5) == [(name, data) for data in sent]


def test_too_long_fills_the_slot_and_does_not_spill(reader: Reader, sock: socket.socket) -> None:
    port = sock.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        for size in (limits.DATAGRAM_BYTES, 9000, 65507, 3):
            remote.sendto(b"y" * size, ("127.0.0.1", port))
    assert [len(data) for _, data in read(reader, sock, 64)] == [limits.DATAGRAM_BYTES] * 3 + [3]


def test_a_batch_is_bounded(reader: Reader, sock: socket.socket) -> None:
    port = sock.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        for n in range(10):
            remote.sendto(bytes((n,)), ("127.0.0.1", port))
    numbers: list[int] = []
    for expected in (4, 4, 2):
        batch = read(reader, sock, 4)
        assert len(batch) == expected
        numbers += [data[0] for _, data in batch]
    assert numbers == list(range(10))


def test_the_local_address_is_told(reader: Reader, sock: socket.socket) -> None:
    port = sock.getsockname()[1]
    host = "127.0.0.1" if sock.getsockname()[0] == "127.0.0.1" else "127.0.0.5"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
        remote.sendto(b"x", (host, port))
    read(reader, sock, 4)
    assert reader.local(0) in (socket.inet_aton(host), None)


def test_a_taken_port_is_an_error() -> None:
    with open_socket(0) as first, pytest.raises(OSError, match="in use"):
        open_socket(first.getsockname()[1])
