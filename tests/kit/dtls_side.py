"""The DTLS client and the SRTP sessions of test clients that stand for a browser; sockets are theirs."""

from __future__ import annotations

from OpenSSL import SSL
from pylibsrtp import Policy, Session

from galene_py.transport.dtls.session import DtlsCertificate

CERTIFICATE = DtlsCertificate()


def dtls_client() -> SSL.Connection:
    """A client over memory, before its first flight; datagrams go in and out by `bio_write`, `bio_read`."""
    context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    context.use_certificate(CERTIFICATE.certificate)
    context.use_privatekey(CERTIFICATE.key)
    context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
    connection = SSL.Connection(context, None)
    connection.set_ciphertext_mtu(1200)
    connection.set_connect_state()
    return connection


def srtp_sessions(connection: SSL.Connection) -> tuple[Session, Session]:
    """The client's sessions (ours, theirs) after the handshake, by RFC 5764 §4.2; wide windows, so that it is
    the server's that decide."""
    block = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
    ours, theirs = block[:16] + block[32:44], block[16:32] + block[44:]
    profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    outgoing = Policy(ours, Policy.SSRC_ANY_OUTBOUND, 0, profile)
    outgoing.allow_repeat_tx = True
    outgoing.window_size = 4096
    incoming = Policy(theirs, Policy.SSRC_ANY_INBOUND, 0, profile)
    incoming.window_size = 8192
    return Session(outgoing), Session(incoming)
