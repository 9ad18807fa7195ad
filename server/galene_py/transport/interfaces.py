"""The seam between the transport hub and whoever consumes it: what that is told, and why peers end.

The hub owns sockets and peers; the consumer owns the handler it passes to `hub.open`. All callbacks run on
the event loop, are synchronous and must be quick. An exception that escapes from one closes that peer only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Leisure:
    """A time in which transport-wide feedback of some peers is dropped before it is decrypted: their owner
    has heard all that it wants to know. It is told from the rest by what stands before the encrypted part
    (RFC 3711 §3.4), which is not authentic; but nobody gains by having his feedback dropped."""

    __slots__ = ("until",)

    def __init__(self) -> None:
        self.until = 0.0
        """Monotonic seconds."""


class CloseReason(StrEnum):
    """Why a peer was closed from below; the text is for logs and for people."""

    CONNECT_TIMEOUT = "no connection could be made"
    CONSENT_LOST = "the connection was lost"
    DTLS_FAILED = "the DTLS handshake failed"
    FINGERPRINT = "the certificate does not match the description"
    PEER_CLOSED = "the peer closed the connection"
    HANDLER_FAILED = "internal error"


class PeerHandler(Protocol):
    """What the owner of a peer is told. Never called again after `closed`, or after `peer.close()`."""

    def connected(self) -> None:
        """ICE and DTLS are done and the fingerprint matches: packets flow. Called again when the other side
        has put another DTLS association in the place of the first; in between packets may not flow."""

    def rtp(self, packets: list[bytearray], now: float) -> None:
        """Decrypted RTP packets of one wake-up, in order of arrival, of any SSRC of this peer. `now` is
        `time.monotonic()`. The buffers are the handler's to keep and to change. They are authentic but not
        validated: only the first two bytes and a length of at least 12 were looked at."""

    def rtcp(self, packet: bytes, now: float) -> None:
        """One decrypted RTCP compound packet; comes after the RTP packets of the same wake-up."""

    def closed(self, reason: str) -> None:
        """The peer is gone (a text of `CloseReason`) and has freed what it held. Not called for
        `peer.close()`."""
