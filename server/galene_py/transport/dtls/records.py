"""DTLS records as bytes: splitting, judging and renumbering them before OpenSSL sees them. Pure.

Decrypts nothing and keeps nothing. RFC 6347 §4.1 (records), §4.2.2 (handshake fragments).
"""

from __future__ import annotations

from collections.abc import Iterator

from galene_py.transport import limits

RECORD_HEADER_BYTES = 13
FRAGMENT_HEADER_BYTES = 12
HANDSHAKE_RECORD = 22
CLIENT_HELLO = 1
SERVER_HELLO_DONE = 14
RANDOM_AT = RECORD_HEADER_BYTES + FRAGMENT_HEADER_BYTES + 2
RANDOM_BYTES = 32
EPOCH_PLAIN = b"\0\0"


def records(datagram: bytes) -> Iterator[bytes]:
    """The records of a datagram, header and all (RFC 6347 §4.1); stops at one that is cut short."""
    at = 0
    while at + RECORD_HEADER_BYTES <= len(datagram):
        end = at + RECORD_HEADER_BYTES + int.from_bytes(datagram[at + 11 : at + 13])
        if end > len(datagram):
            return
        yield datagram[at:end]
        at = end


def is_sound(datagram: bytes) -> bool:
    """Whether the datagram is a row of complete records of known types with something in each."""
    total = 0
    for record in records(datagram):
        if not 20 <= record[0] <= 25 or len(record) == RECORD_HEADER_BYTES:
            return False
        if record[0] == HANDSHAKE_RECORD and record[3:5] == EPOCH_PLAIN and not _has_sound_fragments(record):
            return False
        total += len(record)
    return total == len(datagram) and total > 0


def _has_sound_fragments(record: bytes) -> bool:
    """Handshake fragments in plain text (RFC 6347 §4.2.2) must lie within their message and not be empty,
    which only ServerHelloDone is: both have been trouble for others."""
    at = RECORD_HEADER_BYTES
    while at < len(record):
        length = int.from_bytes(record[at + 1 : at + 4])
        offset = int.from_bytes(record[at + 6 : at + 9])
        size = int.from_bytes(record[at + 9 : at + 12])
        if (
            (not size and (length or record[at] != SERVER_HELLO_DONE))
            or offset + size > length
            or length > limits.DTLS_MESSAGE_BYTES
        ):
            return False
        at += FRAGMENT_HEADER_BYTES + size
    return at == len(record)


def hello_random(datagram: bytes) -> bytes:
    """The client's random number, when the datagram is (the beginning of) a plain ClientHello, otherwise
    nothing: the same in a repetition, another in each new handshake (RFC 5246 §7.4.1.2)."""
    is_hello = datagram[:1] == bytes((HANDSHAKE_RECORD,)) and datagram[3:5] == EPOCH_PLAIN
    fragment = datagram[RECORD_HEADER_BYTES : RECORD_HEADER_BYTES + FRAGMENT_HEADER_BYTES]
    if not is_hello or fragment[:1] != bytes((CLIENT_HELLO,)) or any(fragment[6:9]):
        return b""
    random = datagram[RANDOM_AT : RANDOM_AT + RANDOM_BYTES]
    return random if len(random) == RANDOM_BYTES else b""


def is_protected(datagram: bytes) -> bool:
    """Whether its first record was written with the keys of an association."""
    return datagram[3:5] != EPOCH_PLAIN


def restamp(datagram: bytes, number: int) -> tuple[bytes, int]:
    """Give the plain records new sequence numbers from `number` on; returns them and the next number.

    A receiver that had to discard a record, because it came out of order, would take its unchanged repetition
    for a replay. Nothing covers the numbers of plain records, so they are free to choose."""
    parts = []
    for record in records(datagram):
        if record[3:5] == EPOCH_PLAIN:
            parts.append(record[:5] + number.to_bytes(6) + record[11:])
            number += 1
        else:
            parts.append(record)
    return b"".join(parts), number


def datagrams(stream: bytes) -> Iterator[bytes]:
    """Cut what the BIO ran together into datagrams again: whole records, as many as the MTU holds."""
    gathered = b""
    for record in records(stream):
        if gathered and len(gathered) + len(record) > limits.DTLS_MTU:
            yield gathered
            gathered = b""
        gathered += record
    if gathered:
        yield gathered
