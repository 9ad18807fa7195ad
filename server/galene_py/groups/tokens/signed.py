"""Signed tokens (JWT) of an authorisation server: verified with the group's own keys, for its own address.

The algorithm comes from the key (its `alg` is required), never from the token, so that no token can choose
how it is checked. `exp` is required; `aud` must be the address of the group's page. Keys are JWKs:
`oct` with HS256/384/512, `EC` P-256 with ES256, `RSA` with RS256.

Pure apart from the wall clock that the JWT library reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt
import msgspec
from jwt.algorithms import ECAlgorithm, RSAAlgorithm, get_default_algorithms
from jwt.exceptions import ExpiredSignatureError, ImmatureSignatureError, PyJWTError
from jwt.utils import base64url_decode

from galene_py import hosts
from galene_py import limits as shared
from galene_py.groups import limits
from galene_py.groups.errors import DescriptionError, Refused, Why
from galene_py.groups.names import normal

_HMAC_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
_ALGORITHMS = get_default_algorithms()
_ERRORS = (PyJWTError, ValueError, TypeError, OverflowError, RecursionError, KeyError, AttributeError)

BAD = "this login token is not valid"
EXPIRED = "this login token has expired"
NOT_YET = "this login token is not valid yet"
WRONG_GROUP = "this login token is for another group"


@dataclass(frozen=True, slots=True)
class Key:
    """A key ready for use; `digest` identifies it without revealing it."""

    algorithm: str
    kid: str
    digest: str
    material: Any


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    username: str
    permissions: tuple[str, ...]
    key: str
    """digest of the key that verified it"""


def looks_signed(token: str) -> bool:
    """Whether this is meant to be a JWT; stateful tokens contain no dots."""
    return token.count(".") == 2


def key_digest(jwk: Mapping[str, Any]) -> str:
    """What identifies a key in an admission."""
    return hashlib.sha256(msgspec.json.encode(jwk, order="deterministic")).hexdigest()


def parse_key(jwk: Mapping[str, Any]) -> Key:
    """Read a JWK. Raises DescriptionError that names what is wrong, without the key itself."""
    if not isinstance(jwk.get("kty"), str) or not isinstance(jwk.get("alg"), str):
        raise DescriptionError("kty and alg are required")
    kid = jwk.get("kid", "")
    if not isinstance(kid, str):
        raise DescriptionError("kid: must be a string")
    key = _parse_key(msgspec.json.encode(jwk, order="deterministic"))
    if isinstance(key, str):
        raise DescriptionError(key)
    return key


@lru_cache(maxsize=256)
def _parse_key(encoded: bytes) -> Key | str:
    jwk = msgspec.json.decode(encoded)
    kty, algorithm = jwk["kty"], jwk["alg"]
    try:
        if kty == "oct" and algorithm in _HMAC_BYTES:
            material: Any = base64url_decode(jwk["k"])
            if len(material) != _HMAC_BYTES[algorithm]:
                return f"k: {algorithm} takes a key of {_HMAC_BYTES[algorithm]} bytes"
        elif kty == "EC" and algorithm == "ES256":
            if jwk.get("crv") != "P-256":
                return "crv: ES256 takes P-256"
            material = ECAlgorithm.from_jwk({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        elif kty == "RSA" and algorithm == "RS256":
            # Only the public part, whatever else the key carries.
            material = RSAAlgorithm.from_jwk({name: jwk[name] for name in ("kty", "n", "e")})
        else:
            return f"alg: {algorithm!r} does not go with kty {kty!r}, or is unknown"
    except _ERRORS:
        return "the key's parameters are missing or wrong"
    return Key(algorithm, str(jwk.get("kid", "")), hashlib.sha256(encoded).hexdigest(), material)


def verify(token: str, keys: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], Key]:
    """The claims of a token that one of the keys signed, and that key. Raises Refused.

    Nothing but a short header is parsed before a signature was found good: that costs less than 0.1 ms for
    each key, whatever the token.
    """
    algorithm, kid = _header(token)
    for jwk in keys[: shared.AUTH_KEYS]:
        if jwk.get("alg") != algorithm or (kid and jwk.get("kid") != kid):
            continue
        try:
            key = parse_key(jwk)
        except DescriptionError:
            continue
        if _signed_with(token, key) and (claims := _claims(token, key)) is not None:
            return claims, key
    raise Refused(Why.TOKEN_BAD, BAD)


def _header(token: str) -> tuple[object, object]:
    """What a token says of its algorithm and its key; raises Refused."""
    text, _, rest = token.partition(".")
    if len(text) > limits.TOKEN_HEADER_CHARS or rest.count(".") != 1:
        raise Refused(Why.TOKEN_BAD, BAD)
    try:
        header = msgspec.json.decode(base64url_decode(text))
    except (*_ERRORS, msgspec.DecodeError):
        raise Refused(Why.TOKEN_BAD, BAD) from None
    if not isinstance(header, dict):
        raise Refused(Why.TOKEN_BAD, BAD)
    return header.get("alg"), header.get("kid")


def _signed_with(token: str, key: Key) -> bool:
    signed, _, signature = token.rpartition(".")
    try:
        algorithm = _ALGORITHMS[key.algorithm]
        return bool(algorithm.verify(signed.encode("ascii"), key.material, base64url_decode(signature)))
    except _ERRORS:
        return False


def _claims(token: str, key: Key) -> dict[str, Any] | None:
    """None: another key may do better. Raises Refused when the signature is good and the time is not."""
    try:
        claims = jwt.decode(
            token,
            key.material,
            algorithms=[key.algorithm],
            leeway=limits.TOKEN_LEEWAY_SECONDS,
            options={"require": ["exp"], "verify_aud": False, "verify_iss": False},
        )
    except ExpiredSignatureError:
        raise Refused(Why.TOKEN_EXPIRED, EXPIRED) from None
    except ImmatureSignatureError:
        raise Refused(Why.TOKEN_NOT_YET, NOT_YET) from None
    except _ERRORS:
        return None
    return claims if isinstance(claims, dict) else None


def check(claims: Mapping[str, Any], key: Key, group: str, host: str, prefix: str = "") -> Claims:
    """Whether verified claims admit to a group; raises Refused.

    `host`: the server's canonical host, '' when any will do. `prefix`: the path below which a proxy has us.
    """
    audience = claims.get("aud")
    urls = audience if isinstance(audience, list) else [audience]
    below = claims.get("include-subgroups") is True
    if not any(isinstance(url, str) and _is_for(url, group, host, prefix, below) for url in urls):
        raise Refused(Why.TOKEN_WRONG_GROUP, WRONG_GROUP)
    permissions = claims.get("permissions")
    if permissions is None:
        permissions = []
    # isprintable: what could not even be told to the bearer is no permission, such as half a surrogate pair.
    if not isinstance(permissions, list) or not all(
        isinstance(p, str) and p.isprintable() for p in permissions
    ):
        raise Refused(Why.TOKEN_BAD, BAD)
    username = claims.get("sub") or ""
    if not isinstance(username, str):
        raise Refused(Why.TOKEN_BAD, BAD)
    return Claims(normal(username), tuple(permissions), key.digest)


def _is_for(url: str, group: str, host: str, prefix: str, below: bool) -> bool:
    try:
        parts = urlsplit(url)
        if host and (asked := hosts.read_origin(url)) != hosts.read_host(host).at(asked.scheme):
            return False
    except ValueError:
        return False
    path = normal(unquote(parts.path))
    for root in {"/group/", f"{prefix.rstrip('/')}/group/"}:
        own = f"{root}{group}/" if group else root
        if path == own and (group or below):
            return True
        if below and path.startswith(root) and path.endswith("/") and own.startswith(path):
            return True
    return False
