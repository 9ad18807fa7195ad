"""STUN messages: parse, verify, build (RFC 8489). Pure; keeps nothing; raises only `StunError`.

Knows what ICE needs: Binding, short-term credentials with MESSAGE-INTEGRITY (HMAC-SHA1) and FINGERPRINT.
Never sends, never decides: `agent` does.
"""

from __future__ import annotations

import hmac
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from galene_py.transport import limits

MAGIC_COOKIE = 0x2112A442
HEADER = struct.Struct("!HHI12s")
ATTRIBUTE = struct.Struct("!HH")
_XOR_ADDRESS = struct.Struct("!BBH")

BINDING = 0x001

REQUEST = 0b00
SUCCESS = 0b10
ERROR = 0b11

USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
ERROR_CODE = 0x0009
UNKNOWN_ATTRIBUTES = 0x000A
XOR_MAPPED_ADDRESS = 0x0020
PRIORITY = 0x0024
USE_CANDIDATE = 0x0025
FINGERPRINT = 0x8028
ICE_CONTROLLED = 0x8029
ICE_CONTROLLING = 0x802A

FINGERPRINT_XOR = 0x5354554E
INTEGRITY_BYTES = 20

FAMILY_IPV4 = 1
FAMILY_IPV6 = 2


class StunError(ValueError):
    """The bytes are not a STUN message that this module accepts."""


@dataclass(slots=True)
class StunMessage:
    """A parsed message. `attributes` ends before MESSAGE-INTEGRITY: what follows is not protected and is
    ignored (RFC 8489 §14.5), except FINGERPRINT, which `parse` has verified."""

    method: int
    message_class: int
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...]
    raw: bytes
    integrity_at: int | None
    """Offset of the MESSAGE-INTEGRITY attribute in `raw`."""

    def get(self, attribute: int) -> bytes | None:
        """The value of the first attribute of that type; later ones do not count (RFC 8489 §14)."""
        for kind, value in self.attributes:
            if kind == attribute:
                return value
        return None

    def unsigned(self, attribute: int, size: int) -> int | None:
        """The value of an attribute that is an unsigned number of `size` bytes. Raises StunError if it has
        another size."""
        value = self.get(attribute)
        if value is None:
            return None
        if len(value) != size:
            raise StunError("attribute of a wrong size")
        return int.from_bytes(value)

    def is_authentic(self, key: bytes) -> bool:
        """Whether MESSAGE-INTEGRITY is there and right for this key (RFC 8489 §14.5)."""
        at = self.integrity_at
        if at is None:
            return False
        expected = _integrity(self.raw[:at], key)
        return hmac.compare_digest(expected, self.raw[at + 4 : at + 4 + INTEGRITY_BYTES])


def _with_length(data: bytes, length: int) -> bytes:
    return data[:2] + length.to_bytes(2) + data[4:]


def _integrity(before: bytes, key: bytes) -> bytes:
    """HMAC-SHA1 over the message so far, its length field counting the integrity attribute."""
    length = len(before) - HEADER.size + ATTRIBUTE.size + INTEGRITY_BYTES
    return hmac.digest(key, _with_length(before, length), "sha1")


def _fingerprint(before: bytes) -> int:
    """CRC-32 over the message so far, its length field counting the fingerprint (RFC 8489 §14.7)."""
    length = len(before) - HEADER.size + ATTRIBUTE.size + 4
    return zlib.crc32(_with_length(before, length)) ^ FINGERPRINT_XOR


def parse(data: bytes) -> StunMessage:
    """Parse one message that fills `data`. Raises StunError."""
    if len(data) < HEADER.size:
        raise StunError("shorter than a header")
    kind, length, cookie, transaction = HEADER.unpack_from(data)
    if kind & 0xC000 or cookie != MAGIC_COOKIE:
        raise StunError("not STUN")
    if length % 4 or length != len(data) - HEADER.size:
        raise StunError("wrong length")
    attributes, integrity_at = _attributes(data)
    return StunMessage(
        method=(kind & 0x000F) | (kind & 0x00E0) >> 1 | (kind & 0x3E00) >> 2,
        message_class=(kind >> 4 & 1) | (kind >> 7 & 2),
        transaction=transaction,
        attributes=tuple(attributes),
        raw=data,
        integrity_at=integrity_at,
    )


def _attributes(data: bytes) -> tuple[list[tuple[int, bytes]], int | None]:
    attributes: list[tuple[int, bytes]] = []
    integrity_at: int | None = None
    at = HEADER.size
    count = 0
    while at < len(data):
        count += 1
        if count > limits.STUN_ATTRIBUTES:
            raise StunError("too many attributes")
        kind, size = ATTRIBUTE.unpack_from(data, at)  # the length is a multiple of 4: four bytes are there
        start, after = at + ATTRIBUTE.size, at + ATTRIBUTE.size + (size + 3 & ~3)
        if after > len(data):
            raise StunError("truncated attribute")
        if kind == FINGERPRINT:
            if size != 4 or after != len(data):
                raise StunError("misplaced fingerprint")
            if int.from_bytes(data[start : start + 4]) != _fingerprint(data[:at]):
                raise StunError("wrong fingerprint")
        elif integrity_at is None:
            if kind == MESSAGE_INTEGRITY:
                if size != INTEGRITY_BYTES:
                    raise StunError("integrity of a wrong size")
                integrity_at = at
            else:
                attributes.append((kind, data[start : start + size]))
        at = after
    return attributes, integrity_at


def build(
    method: int,
    message_class: int,
    transaction: bytes,
    attributes: Iterable[tuple[int, bytes]] = (),
    *,
    key: bytes | None = None,
    fingerprint: bool = True,
) -> bytes:
    """Serialise a message; with a key, add MESSAGE-INTEGRITY. Raises StunError for impossible values."""
    if len(transaction) != 12 or not 0 <= method <= 0xFFF or not 0 <= message_class <= 3:
        raise StunError("impossible header")
    body = bytearray()
    for kind, value in attributes:
        if not 0 <= kind <= 0xFFFF or len(value) > 0xFFFF:
            raise StunError("impossible attribute")
        body += ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)
    if len(body) > 0xFF00:
        raise StunError("too long")
    # The two bits of the class lie between the bits of the method (RFC 8489 §5).
    code = (method & 0x00F) | (method & 0x070) << 1 | (method & 0xF80) << 2
    code |= (message_class & 1) << 4 | (message_class & 2) << 7
    message = HEADER.pack(code, len(body), MAGIC_COOKIE, transaction) + bytes(body)
    if key is not None:
        message += ATTRIBUTE.pack(MESSAGE_INTEGRITY, INTEGRITY_BYTES) + _integrity(message, key)
    if fingerprint:
        message += ATTRIBUTE.pack(FINGERPRINT, 4) + _fingerprint(message).to_bytes(4)
    return _with_length(message, len(message) - HEADER.size)


def pack_xor_address(ip: bytes, port: int, transaction: bytes) -> bytes:
    """The value of XOR-MAPPED-ADDRESS for 4 or 16 bytes of address (RFC 8489 §14.2)."""
    if len(ip) not in (4, 16) or not 0 <= port <= 0xFFFF:
        raise StunError("impossible address")
    family = FAMILY_IPV4 if len(ip) == 4 else FAMILY_IPV6
    return _XOR_ADDRESS.pack(0, family, port ^ MAGIC_COOKIE >> 16) + _masked(ip, transaction)


def _masked(ip: bytes, transaction: bytes) -> bytes:
    size = len(ip)
    mask = (MAGIC_COOKIE.to_bytes(4) + transaction)[:size]
    return (int.from_bytes(ip) ^ int.from_bytes(mask)).to_bytes(size)


def error_value(code: int, text: str) -> bytes:
    """The value of ERROR-CODE (RFC 8489 §14.8)."""
    return struct.pack("!HBB", 0, code // 100, code % 100) + text.encode()
