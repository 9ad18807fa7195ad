"""DTLS 1.2 as a sans-IO object: datagrams and `now` in, datagrams and SRTP keys out. It is the server of the
handshake unless the other side's description says that it wants to be that.

Wraps pyOpenSSL's memory BIO. Never opens a socket, keeps no clock, and must only be fed datagrams from an
address that passed a connectivity check. The session belongs to one peer, the context to the hub.

OpenSSL's own retransmission timer starts at one second and reads the wall clock, so the last flight is kept
here and sent again as it was; OpenSSL's timer remains as a second line. The very last flight, for which no
answer comes, is repeated too: a client that misses it asks again after one second, then two, four and eight.
RFC 6347 §4.2.4, RFC 5764, RFC 8122.
"""

from __future__ import annotations

import datetime
import hmac
from collections.abc import Iterable
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from galene_py.transport import limits
from galene_py.transport.dtls.records import HANDSHAKE_RECORD, datagrams, is_sound, restamp
from galene_py.transport.dtls.srtp import PROFILES, Profile, SrtpKeys

READ_BYTES = 4096
DTLS_1_2 = 0xFEFD
"""The newest version whose records this module understands; OpenSSL may learn newer ones."""

CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:\
ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:\
ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384"
"""Those with RSA are for servers with such a certificate; ours is none."""

DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha-256": hashes.SHA256(),
    "sha-384": hashes.SHA384(),
    "sha-512": hashes.SHA512(),
}
"""Fingerprint algorithms accepted from a description; the older ones can be forged (RFC 8122 §5)."""


class DtlsCertificate:
    """The self-signed certificate of one server run, shared by all peers.

    As aiortc's `RTCCertificate` makes it, and made here because importing that brings codecs and 25 MB along.
    """

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "galene-py")])
        now = datetime.datetime.now(datetime.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=3650))
            .sign(self.key, hashes.SHA256())
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256, upper-case hexadecimal with colons, as an SDP has it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


class DtlsContext:
    """OpenSSL's context: certificate, ciphers, SRTP profiles."""

    def __init__(self, certificate: DtlsCertificate, profiles: Iterable[Profile] = PROFILES) -> None:
        self.profiles = {profile.name.encode(): profile for profile in profiles}
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_max_proto_version(DTLS_1_2)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_QUERY_MTU)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # Certificates are self-signed: any passes here, and its fingerprint is compared afterwards.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(certificate.certificate)
        context.use_privatekey(certificate.key)
        context.set_cipher_list(CIPHERS)
        context.set_tlsext_use_srtp(b":".join(self.profiles))
        self.context = context

    def connection(self, *, client: bool) -> SSL.Connection:
        connection = SSL.Connection(self.context, None)
        connection.set_ciphertext_mtu(limits.DTLS_MTU)
        if client:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection


NEVER = float("inf")


class DtlsState(Enum):
    HANDSHAKING = "handshaking"
    UNVERIFIED = "waiting for the fingerprint"
    """The handshake is done, but no description has told the fingerprint yet."""
    CONNECTED = "connected"
    CLOSED = "closed by the peer"
    FAILED = "failed"
    MISMATCH = "wrong fingerprint"


FINAL = frozenset({DtlsState.CLOSED, DtlsState.FAILED, DtlsState.MISMATCH})


class DtlsSession:
    """One handshake and the association that follows. Every call returns the datagrams to send, and may
    change `state`. A client begins with `start`."""

    def __init__(self, context: DtlsContext, *, client: bool = False) -> None:
        self.state = DtlsState.HANDSHAKING
        self.keys: SrtpKeys | None = None
        self.due = NEVER
        """When `poll` has something to do (monotonic seconds); infinity: never."""
        self.retransmissions = 0
        self._context = context
        self._client = client
        self._ssl = context.connection(client=client)
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._received = 0
        self._number = 0
        """The next plain record's sequence number."""
        self._outgoing: list[bytes] = []
        self._flight: list[bytes] = []
        self._wait = limits.DTLS_RETRANSMIT_SECONDS
        self._repeats = 0 if client else limits.DTLS_LAST_FLIGHT_REPEATS
        """How often the very last flight, which is the server's, will be sent again unasked."""

    def set_fingerprints(self, fingerprints: Iterable[tuple[str, str]]) -> list[bytes]:
        """What the description says of the peer's certificate: (algorithm, hexadecimal with colons)."""
        self._fingerprints = tuple((name.lower(), value.upper()) for name, value in fingerprints)
        if self.state is DtlsState.UNVERIFIED:
            self._verify()
        return self._leaving()

    def start(self, now: float) -> list[bytes]:
        """Say hello as a client."""
        self._handshake()
        self._pump(now, repeated=False)
        return self._leaving()

    def receive(self, datagram: bytes, now: float) -> list[bytes]:
        """Take one datagram. Never raises; bytes that make no sense change nothing."""
        if self.state in FINAL or not is_sound(datagram):
            return []
        if self.state is DtlsState.HANDSHAKING:
            self._received += len(datagram)
            if self._received > limits.DTLS_HANDSHAKE_BYTES:
                self.state = DtlsState.FAILED
                return []
        try:
            self._ssl.bio_write(datagram)
            if self.state is DtlsState.HANDSHAKING:
                self._handshake()
            self._read()
        except SSL.Error:
            self._broken()
        self._pump(now, repeated=datagram[0] == HANDSHAKE_RECORD)
        return self._leaving()

    def poll(self, now: float) -> list[bytes]:
        """Send the last flight again when its answer is overdue."""
        if now < self.due:
            return []
        if self.state is DtlsState.HANDSHAKING:
            try:
                self._ssl.DTLSv1_handle_timeout()
            except SSL.Error:
                self.state = DtlsState.FAILED
                return []
        else:
            self._repeats -= 1
        self._pump(now, repeated=True)
        return self._leaving()

    def confirm(self) -> None:
        """The other side has used its keys: it has our last flight."""
        if self.state is not DtlsState.HANDSHAKING:
            self._repeats, self.due = 0, NEVER

    def close(self) -> list[bytes]:
        """Say goodbye (close_notify) when connected."""
        if self.state in (DtlsState.CONNECTED, DtlsState.UNVERIFIED):
            self._shutdown()
        self.state = DtlsState.CLOSED
        return self._leaving()

    def _leaving(self) -> list[bytes]:
        """What is to be sent, under numbers of its own."""
        outgoing, self._outgoing = self._outgoing, []
        stamped = []
        for datagram in outgoing:
            datagram, self._number = restamp(datagram, self._number)
            stamped.append(datagram)
        return stamped

    def _handshake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            return
        self._finished()

    def _finished(self) -> None:
        profile = self._context.profiles.get(self._ssl.get_selected_srtp_profile())
        if profile is None:
            self.state = DtlsState.FAILED
            return
        self.keys = self._export(profile)
        self.state = DtlsState.UNVERIFIED
        if self._client:
            # The server has answered our last flight.
            self._flight, self.due = [], NEVER
        if self._fingerprints:
            self._verify()

    def _export(self, profile: Profile) -> SrtpKeys:
        """RFC 5764 §4.2: both keys, then both salts, the client's first."""
        key, salt = profile.key, profile.salt
        block = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        client = block[:key] + block[2 * key : 2 * key + salt]
        server = block[key : 2 * key] + block[2 * key + salt :]
        if self._client:
            return SrtpKeys(profile, receive=server, transmit=client)
        return SrtpKeys(profile, receive=client, transmit=server)

    def _verify(self) -> None:
        """RFC 8122 §5, RFC 5763 §5: one of the fingerprints of an algorithm that we accept must match."""
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        for name, value in self._fingerprints:
            digest = DIGESTS.get(name)
            if certificate is None or digest is None:
                continue
            actual = certificate.fingerprint(digest).hex(":").upper()
            if hmac.compare_digest(actual.encode(), value.encode()):
                self.state = DtlsState.CONNECTED
                return
        self.keys = None
        self._shutdown()
        self.state = DtlsState.MISMATCH

    def _shutdown(self) -> None:
        try:
            self._ssl.shutdown()
        except SSL.Error:
            return
        finally:
            self._outgoing += self._written()

    def _read(self) -> None:
        """Let OpenSSL look at what is there after the handshake: alerts, a repeated Finished."""
        if self.state is DtlsState.HANDSHAKING:
            return
        try:
            while self._ssl.recv(READ_BYTES):
                pass  # nobody sends application data to us: there are no data channels
        except SSL.WantReadError:
            return
        except SSL.ZeroReturnError:
            self.state = DtlsState.CLOSED

    def _broken(self) -> None:
        """An error during the handshake is its end; afterwards single bad records mean nothing, unless the
        other side has sent a fatal alert."""
        if self.state is DtlsState.HANDSHAKING:
            self.state = DtlsState.FAILED
        elif self.state not in FINAL and self._ssl.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
            self.state = DtlsState.CLOSED

    def _written(self) -> list[bytes]:
        blocks: list[bytes] = []
        try:
            while block := self._ssl.bio_read(65536):
                blocks.append(block)
        except SSL.Error:
            pass
        return list(datagrams(b"".join(blocks)))

    def _pump(self, now: float, repeated: bool) -> None:
        """Collect what OpenSSL wrote: a new flight, which starts the timer; or nothing new, and then a
        handshake record or the timer means that our last flight may have been lost."""
        fresh = self._written()
        if fresh:
            self._outgoing += fresh
            self._flight = fresh if sum(map(len, fresh)) <= limits.DTLS_FLIGHT_BYTES else []
            self._wait = limits.DTLS_RETRANSMIT_SECONDS
        elif repeated and self._flight and (self.due == NEVER or now >= self.due):
            self._outgoing += self._flight
            self.retransmissions += 1
            self._wait = min(self._wait * 2, limits.DTLS_RETRANSMIT_MAX_SECONDS)
        elif self.due != NEVER:
            return
        going_on = self.state is DtlsState.HANDSHAKING or (self.state not in FINAL and self._repeats > 0)
        self.due = now + self._wait if self._flight and going_on else NEVER

    def debug_state(self) -> dict[str, object]:
        return {
            "state": self.state.value,
            "role": "client" if self._client else "server",
            "profile": None if self.keys is None else self.keys.profile.name,
            "retransmissions": self.retransmissions,
        }
