"""The browser's side of a DTLS handshake, from pyOpenSSL, on a clock that the test turns. For tests only."""

from __future__ import annotations

from OpenSSL import SSL

from galene_py.transport.dtls.records import restamp
from galene_py.transport.dtls.session import DtlsCertificate

CERTIFICATE = DtlsCertificate()
BOTH = b"SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"


class DtlsClient:
    def __init__(
        self, profiles: bytes | None = BOTH, certificate: DtlsCertificate | None = CERTIFICATE
    ) -> None:
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        if certificate is not None:
            context.use_certificate(certificate.certificate)
            context.use_privatekey(certificate.key)
        if profiles:
            context.set_tlsext_use_srtp(profiles)
        self.ssl = SSL.Connection(context, None)
        self.ssl.set_ciphertext_mtu(600)
        self.ssl.set_connect_state()
        self.done = False
        self.refused = False
        """The server has sent a fatal alert."""
        self.flight: list[bytes] = []
        self.number = 0

    def start(self) -> list[bytes]:
        return self.receive(b"")

    def receive(self, datagram: bytes) -> list[bytes]:
        """Datagrams that answer one; records are sent one by one."""
        if datagram:
            self.ssl.bio_write(datagram)
        if not self.done:
            try:
                self.ssl.do_handshake()
                self.done = True
            except SSL.WantReadError:
                pass
            except SSL.Error:
                self.refused = True
        return self.written()

    def written(self) -> list[bytes]:
        stream = b""
        try:
            while True:
                stream += self.ssl.bio_read(65536)
        except SSL.Error:
            pass
        records = []
        while stream:
            size = 13 + int.from_bytes(stream[11:13])
            records.append(stream[:size])
            stream = stream[size:]
        if records:
            self.flight = records
        return self.again() if records else []

    def again(self) -> list[bytes]:
        """The last flight, numbered anew as a real client does it."""
        stamped = []
        for record in self.flight:
            record, self.number = restamp(record, self.number)
            stamped.append(record)
        return stamped

    def keys(self, key: int, salt: int) -> tuple[bytes, bytes]:
        """(what the client sends with, what the server sends with)"""
        block = self.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        return (
            block[:key] + block[2 * key : 2 * key + salt],
            block[key : 2 * key] + block[2 * key + salt :],
        )
