"""The TLS certificate: the admin's data/cert.pem and key.pem, or one of our own making.

A renewed certificate is picked up by the next connection; our own is made anew before it ends. A broken or
half-written pair while running is logged, and the last good one stays in use. Writes nothing but its own
self-signed pair below data/var/. Owns the current SSL context.
"""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from galene_py import file_reading
from galene_py import limits as shared
from galene_py.file_reading import FileTrouble
from galene_py.web import limits

log = logging.getLogger(__name__)


class CertificateError(Exception):
    """The certificate cannot be used; the text names the file and is meant for the admin."""


def make_self_signed(names: list[str], now: datetime.datetime) -> bytes:
    """A new key and certificate for host names and addresses, both PEM in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    alternatives: list[x509.GeneralName] = []
    for name in names:
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            alternatives.append(x509.DNSName(name))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=limits.SELF_SIGNED_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def local_names() -> list[str]:
    """The names a self-signed certificate is made for."""
    names = [socket.gethostname() or "localhost", "localhost", "127.0.0.1", "::1"]
    return [name for name in dict.fromkeys(names) if name.isascii()]


class Certificate:
    """The certificate now in force.

    `clock` counts seconds between two looks at the files, `wall_clock` seconds since 1970.
    """

    def __init__(
        self,
        data: Path,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float] = time.time,
        names: list[str] | None = None,
    ) -> None:
        self._certificate = data / "cert.pem"
        self._key = data / "key.pem"
        self._own = data / "var" / "self-signed.pem"
        self._clock = clock
        self._wall_clock = wall_clock
        self._names = names or local_names()
        self._context: ssl.SSLContext | None = None
        self._stamp: object = None
        self._next_look = float("-inf")
        self._renew_at = float("inf")
        self.self_signed = False

    def load(self) -> ssl.SSLContext:
        """Read the files now, make a certificate if there is none; raises CertificateError."""
        self._stamp = self._signature()
        self._next_look = self._clock() + shared.CONFIG_CHECK_SECONDS
        # A link that leads nowhere is a mistake, not the wish for a self-signed one.
        if os.path.lexists(self._certificate) or os.path.lexists(self._key):
            context = _load(self._certificate, self._key)
            self.self_signed = False
            self._renew_at = float("inf")
        else:
            context = self._load_own()
            self.self_signed = True
        self._context = context
        return context

    def context(self) -> ssl.SSLContext:
        """The context for a new connection; raises CertificateError only before the first good one."""
        now = self._clock()
        if self._context is None:
            return self.load()
        if now < self._next_look:
            return self._context
        self._next_look = now + shared.CONFIG_CHECK_SECONDS
        ends = self._wall_clock() >= self._renew_at
        if ends:
            self._renew_at = self._wall_clock() + limits.SELF_SIGNED_RETRY_SECONDS
        if ends or self._signature() != self._stamp:
            try:
                self.load()
                if ends:
                    log.info("made a new self-signed certificate, as the old one ends soon")
                else:
                    log.info("read the certificate %s again", self._certificate)
            except CertificateError as error:
                log.error("%s; the old certificate stays in use", error)
        return self._context

    def _signature(self) -> object:
        stamps: list[object] = []
        for path in (self._certificate, self._key):
            try:
                info = path.stat()
                stamps.append((info.st_mtime_ns, info.st_size, info.st_ino))
            except OSError as error:
                stamps.append(error.errno)
        return stamps

    def _load_own(self) -> ssl.SSLContext:
        now = self._wall_clock()
        ahead = limits.SELF_SIGNED_RENEW_DAYS * 86400
        if _end(self._own) - ahead <= now:
            made = make_self_signed(self._names, datetime.datetime.fromtimestamp(now, datetime.UTC))
            try:
                self._own.parent.mkdir(parents=True, exist_ok=True)
                _write_private(self._own, made)
            except OSError as error:
                raise CertificateError(f"cannot write {self._own}: {error.strerror}") from None
        context = _load(self._own, self._own)
        self._renew_at = _end(self._own) - ahead
        return context


def _end(path: Path) -> float:
    """Seconds since 1970 at which the certificate in a file ends; 0 if there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return 0.0


def _write_private(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _load(certificate: Path, key: Path) -> ssl.SSLContext:
    for path in (certificate, key):
        try:
            file_reading.read(path, shared.CONFIG_FILE_BYTES)
        except FileNotFoundError:
            raise CertificateError(f"cannot read {path}: No such file or directory") from None
        except FileTrouble as error:
            raise CertificateError(f"{path}: {error}") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # A password callback that fails keeps an encrypted key from asking on the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError, OSError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise CertificateError(f"cannot use {certificate} with {key}: {reason}") from None
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted with a password")
