"""Passwords: how they are stored, compared and hashed.

A stored password is a plain string, `{"type": "wildcard"}` (anything goes), PBKDF2 with SHA-256 (hex), or
bcrypt. Comparing takes the same time whatever is wrong, and does not depend on how a keyboard composes
letters (RFC 8265, OpaqueString). These functions are slow on purpose: the event loop uses `hashing.Hasher`,
which runs them in bounded threads.

Never logs and never puts a password into an error's text.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from contextlib import suppress

import bcrypt
import msgspec
from precis_i18n import get_profile

from galene_py import limits as shared
from galene_py.groups import limits

_OPAQUE = get_profile("OpaqueString")


class Password(msgspec.Struct, frozen=True, omit_defaults=True):
    """A password in a file, except a plain one, which is a string. Key and salt of PBKDF2 are in hex."""

    type: str = ""
    hash: str = ""
    key: str | None = None
    salt: str = ""
    iterations: int = 0


StoredPassword = str | Password | None
"""What may stand in the field `password`; None or type '': nobody can log in with a password."""


def matches(stored: StoredPassword, attempt: str) -> bool:
    """Whether `attempt` is the password; False for anything that cannot be checked."""
    if stored is None or problem(stored):
        return False
    if isinstance(stored, str):
        return _same_text(stored, attempt)
    match stored.type:
        case "wildcard":
            return True
        case "plain":
            return _same_text(stored.key or "", attempt)
        case "pbkdf2":
            key = bytes.fromhex(stored.key or "")
            return any(hmac.compare_digest(key, _pbkdf2(form, stored, len(key))) for form in _forms(attempt))
        case "bcrypt":
            return any(_bcrypt_matches(stored.key or "", form) for form in _forms(attempt))
    return False


def prepared(password: str) -> str:
    """A password as it is hashed and compared: RFC 8265 §4.2, OpaqueString.

    Where that refuses it, for example for characters that this version of Unicode does not know, NFC.
    """
    if password.isascii():
        return password
    if len(password) <= limits.PASSWORD_PREPARED_CHARS:
        with suppress(UnicodeEncodeError):
            return _OPAQUE.enforce(password)
    return unicodedata.normalize("NFC", password)


def is_slow(stored: StoredPassword) -> bool:
    """Whether comparing takes long enough to leave the event loop for."""
    return isinstance(stored, Password) and stored.type in ("pbkdf2", "bcrypt") and not problem(stored)


def is_open(stored: StoredPassword) -> bool:
    """Whether every password is right, so that being right proves nothing."""
    return isinstance(stored, Password) and stored.type == "wildcard"


def cost(stored: StoredPassword) -> int:
    """How long comparing takes, roughly, in arbitrary units; for choosing what to pretend to compare."""
    if not is_slow(stored) or not isinstance(stored, Password):
        return 0
    if stored.type == "pbkdf2":
        return stored.iterations
    return 3000 << max(int((stored.key or "")[4:6]) - 6, 0)


def problem(stored: StoredPassword) -> str:
    """Why this can never match anything, in words; '' when it can, or when there is no password."""
    if not isinstance(stored, Password) or stored.type in ("", "wildcard"):
        return ""
    if stored.type not in ("plain", "pbkdf2", "bcrypt"):
        return f"type: {stored.type!r} is unknown"
    if stored.key is None:
        return "key: missing"
    if stored.type == "pbkdf2":
        return _pbkdf2_problem(stored)
    if stored.type == "bcrypt":
        return _bcrypt_problem(stored.key)
    return ""


def make_bcrypt(password: str, rounds: int = shared.BCRYPT_COST) -> Password:
    """Hash a new password; `rounds` is the work's binary logarithm. Raises ValueError beyond 72 bytes."""
    data = prepared(password).encode("utf-8")
    if len(data) > shared.BCRYPT_BYTES:
        raise ValueError(f"the password is longer than {shared.BCRYPT_BYTES} bytes")
    if "\0" in password:
        raise ValueError("the password contains a NUL character")
    if not 4 <= rounds <= limits.BCRYPT_COST_MAX:
        raise ValueError(f"the cost must be between 4 and {limits.BCRYPT_COST_MAX}")
    key = bcrypt.hashpw(data, bcrypt.gensalt(rounds, prefix=b"2a"))
    return Password(type="bcrypt", key=key.decode("ascii"))


def make_pbkdf2(
    password: str, iterations: int = shared.PBKDF2_ITERATIONS, key_bytes: int = 32, salt_bytes: int = 16
) -> Password:
    """Hash a password with PBKDF2 and SHA-256. Raises ValueError when a number is out of range."""
    salt = secrets.token_bytes(salt_bytes)
    shape = Password("pbkdf2", "sha-256", "00" * key_bytes, salt.hex(), iterations)
    wrong = _pbkdf2_problem(shape)
    if wrong:
        raise ValueError(wrong)
    key = _pbkdf2(prepared(password), shape, key_bytes)
    return Password("pbkdf2", "sha-256", key.hex(), salt.hex(), iterations)


def _same_text(stored: str, attempt: str) -> bool:
    # Hashing first makes both sides equally long, so that not even the length can be measured.
    ours, theirs = (prepared(text).encode("utf-8", "surrogatepass") for text in (stored, attempt))
    return hmac.compare_digest(hashlib.sha256(ours).digest(), hashlib.sha256(theirs).digest())


def _forms(attempt: str) -> Iterable[str]:
    """The forms in which a password may have been hashed, here or by a program that took it as it came."""
    return dict.fromkeys((prepared(attempt), attempt, unicodedata.normalize("NFD", attempt)))


def _pbkdf2(attempt: str, stored: Password, length: int) -> bytes:
    salt = bytes.fromhex(stored.salt)
    data = attempt.encode("utf-8", "surrogatepass")
    return hashlib.pbkdf2_hmac("sha256", data, salt, max(stored.iterations, 1), length)


def _pbkdf2_problem(stored: Password) -> str:
    if stored.hash != "sha-256":
        return f"hash: {stored.hash!r} is unknown, sha-256 is known"
    if not 0 <= stored.iterations <= shared.PBKDF2_ITERATIONS_MAX:
        return f"iterations: must be at most {shared.PBKDF2_ITERATIONS_MAX}"
    for field in ("key", "salt"):
        try:
            length = len(bytes.fromhex(getattr(stored, field)))
        except ValueError:
            return f"{field}: not hexadecimal"
        if length > shared.PBKDF2_BYTES or (field == "key" and length < 1):
            return f"{field}: must have at most {shared.PBKDF2_BYTES} bytes, a key at least one"
    return ""


def _bcrypt_problem(key: str) -> str:
    parts = key.split("$")
    if len(parts) != 4 or parts[0] or parts[1] not in ("2a", "2b", "2x", "2y") or len(parts[3]) != 53:
        return "key: not a bcrypt hash"
    if not parts[2].isascii() or not parts[2].isdigit() or len(parts[2]) != 2:
        return "key: not a bcrypt hash"
    if not 4 <= int(parts[2]) <= limits.BCRYPT_COST_MAX:
        return f"key: the cost must be between 4 and {limits.BCRYPT_COST_MAX}"
    return ""


def _bcrypt_matches(key: str, attempt: str) -> bool:
    # The algorithm itself ignores what comes after 72 bytes.
    data = attempt.encode("utf-8", "surrogatepass")[: shared.BCRYPT_BYTES]
    try:
        return bcrypt.checkpw(data, key.encode("ascii"))
    except (ValueError, UnicodeError):
        return False
