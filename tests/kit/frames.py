"""A WebSocket client in bytes, for those who do with frames what no library would (RFC 6455)."""

from __future__ import annotations

import json
import os

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """One masked frame, RFC 6455 §5.2; the mask is zero."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2)
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8)
    return bytes([last << 7 | opcode]) + length + bytes(4) + payload


def text(**message: object) -> bytes:
    """A message of the protocol in one frame."""
    return frame(1, json.dumps(message).encode())


def handshake(name: str = "") -> bytes:
    """The first message, with a new id unless there is a name."""
    return text(type="handshake", version=["2"], id=name or os.urandom(8).hex())
