"""The client's side of DTLS 1.2 for media, and its SRTP keys (RFC 5764). Datagrams in, datagrams out.

Trusts any certificate: a load test has no secrets, and says so. Owned by one peer.
"""

from __future__ import annotations

from OpenSSL import SSL
from pylibsrtp import Policy
from pylibsrtp import Session as Srtp

from galene_py.loadtest import limits
from galene_py.transport.dtls.session import DtlsCertificate

_PROFILE = b"SRTP_AEAD_AES_128_GCM"
_RECORD_HEADER = 13


class Handshake:
    """`sessions` (what we send, what we receive) are there when it is done."""

    def __init__(self, certificate: DtlsCertificate) -> None:
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.use_certificate(certificate.certificate)
        context.use_privatekey(certificate.key)
        context.set_tlsext_use_srtp(_PROFILE)
        self._tls = SSL.Connection(context, None)
        self._tls.set_ciphertext_mtu(1200)
        self._tls.set_connect_state()
        self._pause = limits.HANDSHAKE_SECONDS
        self._due: float | None = None
        self.sessions: tuple[Srtp, Srtp] | None = None

    def start(self, now: float) -> list[bytes]:
        """The first flight."""
        self._due = now + self._pause
        return self._advance()

    def received(self, datagram: bytes, now: float) -> list[bytes]:
        """What answers a datagram of the server. Raises SSL.Error when there will be no connection."""
        self._tls.bio_write(datagram)
        if self.sessions is not None:
            return self._flush()  # the server's last flight again: so is ours
        self._due = now + self._pause
        return self._advance()

    def poll(self, now: float) -> list[bytes]:
        """A flight again that was not answered in time."""
        if self.sessions is not None or self._due is None or now < self._due:
            return []
        self._pause *= 2
        self._due = now + self._pause
        self._tls.DTLSv1_handle_timeout()
        return self._flush()

    def _advance(self) -> list[bytes]:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return self._flush()
        self.sessions = self._keys()
        return self._flush()

    def _flush(self) -> list[bytes]:
        """OpenSSL's records, one datagram each: it forgets where they end."""
        try:
            stream = self._tls.bio_read(65536)
        except SSL.WantReadError:
            return []
        records = []
        while stream:
            end = _RECORD_HEADER + int.from_bytes(stream[11:13])
            records.append(stream[:end])
            stream = stream[end:]
        return records

    def _keys(self) -> tuple[Srtp, Srtp]:
        """RFC 5764 §4.2; RFC 7714 §12 for the lengths."""
        block = self._tls.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
        profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        outgoing = Policy(block[:16] + block[32:44], Policy.SSRC_ANY_OUTBOUND, 0, profile)
        outgoing.allow_repeat_tx = True  # packets that are asked for again
        incoming = Policy(block[16:32] + block[44:], Policy.SSRC_ANY_INBOUND, 0, profile)
        incoming.window_size = 8192
        return Srtp(outgoing), Srtp(incoming)
