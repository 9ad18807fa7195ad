"""Asks a server for /healthz again and again over one connection, and prints what each answer took.

A process of its own that imports next to nothing, so that it measures the server and not itself.

    python tests/bench/probe.py PORT SECONDS
"""

from __future__ import annotations

import json
import socket
import sys
import time

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
PAUSE_S = 0.01


def main() -> None:
    found = []
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ends = time.monotonic() + float(sys.argv[2])
        while time.monotonic() < ends:
            began = time.perf_counter()
            sock.sendall(REQUEST)
            sock.recv(65536)
            found.append(time.perf_counter() - began)
            time.sleep(PAUSE_S)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
