"""Tokens of an authorisation server: only for the right group, the right key, the right time."""

import base64
import json
import time
from contextlib import suppress
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from galene_py.groups.errors import DescriptionError, Refused
from galene_py.groups.tokens import signed

SECRET = {"HS256": b"1" * 32, "HS384": b"2" * 48, "HS512": b"3" * 64}
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_PEM = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def oct_key(alg: str, kid: str = "", secret: bytes | None = None) -> dict[str, Any]:
    return {"kty": "oct", "alg": alg, "k": b64(secret or SECRET[alg])} | ({"kid": kid} if kid else {})


EC_JWK = json.loads(ECAlgorithm.to_jwk(EC_KEY.public_key())) | {"alg": "ES256"}
RSA_JWK = json.loads(RSAAlgorithm.to_jwk(RSA_KEY.public_key())) | {"alg": "RS256"}
for jwk in (EC_JWK, RSA_JWK):
    jwk.pop("key_ops", None)


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "sub": "vimes",
        "aud": "https://galene.example.org/group/city-watch/",
        "permissions": ["present"],
        "iat": now,
        "exp": now + 30,
        "iss": "https://auth.example.org/",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def make(
    alg: str = "HS256", key: Any = None, headers: dict[str, Any] | None = None, **changes: object
) -> str:
    return jwt.encode(claims(**changes), key or SECRET[alg], algorithm=alg, headers=headers)


def admit(
    token: str, keys: list[dict[str, Any]], group: str = "city-watch", host: str = "", prefix: str = ""
) -> Any:
    verified, key = signed.verify(token, keys)
    return signed.check(verified, key, group, host, prefix)


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_shared_secrets(alg: str) -> None:
    result = admit(make(alg), [oct_key(alg)])
    assert (result.username, result.permissions) == ("vimes", ("present",))


def test_public_keys() -> None:
    assert admit(make("ES256", EC_KEY), [EC_JWK]).username == "vimes"
    assert admit(make("RS256", RSA_KEY), [RSA_JWK]).username == "vimes"


def test_all_keys_are_tried_unless_the_token_names_one() -> None:
    keys = [EC_JWK, oct_key("HS256", "old", b"x" * 32), oct_key("HS256", "new")]
    assert admit(make(), keys).key == signed.key_digest(keys[2])
    assert admit(make(headers={"kid": "new"}), keys)
    for kid in ("old", "other"):
        with pytest.raises(Refused):
            admit(make(headers={"kid": kid}), keys)
    with pytest.raises(Refused):
        admit(make(headers={"kid": "new"}), [oct_key("HS256")])


def unsigned(alg: str) -> str:
    header, body = {"alg": alg, "typ": "JWT"}, claims()
    return ".".join([b64(json.dumps(header).encode()), b64(json.dumps(body).encode()), ""])


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "HS256", "RS256", "ES256"])
def test_unsigned_tokens_are_refused(alg: str) -> None:
    with pytest.raises(Refused):
        admit(unsigned(alg), [oct_key("HS256"), EC_JWK, RSA_JWK])


def test_a_public_key_is_no_secret() -> None:
    """Algorithm confusion: signed with HMAC, the published key as the secret."""
    import hashlib
    import hmac

    for alg in ("HS256", "RS256"):
        for secret in (RSA_PEM, json.dumps(RSA_JWK).encode()):
            head = b64(json.dumps({"alg": alg}).encode()) + "." + b64(json.dumps(claims()).encode())
            token = head + "." + b64(hmac.new(secret, head.encode(), hashlib.sha256).digest())
            with pytest.raises(Refused):
                admit(token, [RSA_JWK])


def test_the_key_decides_on_the_algorithm() -> None:
    with pytest.raises(Refused):
        admit(make("HS512", b"1" * 64), [oct_key("HS256")])
    with pytest.raises(Refused):
        admit(make("RS512", RSA_KEY), [RSA_JWK])
    for jwk in ({**RSA_JWK, "alg": "RS512"}, {**EC_JWK, "alg": "HS256"}, oct_key("HS256") | {"alg": "none"}):
        with pytest.raises(DescriptionError):
            signed.parse_key(jwk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exp": int(time.time()) - 60}, "expired"),
        ({"exp": None}, "not valid"),
        ({"exp": "soon"}, "not valid"),
        ({"nbf": int(time.time()) + 600}, "not valid yet"),
        ({"iat": int(time.time()) + 600}, "not valid yet"),
        ({"aud": "https://galene.example.org/group/other/"}, "another group"),
        ({"aud": "https://galene.example.org/group/city-watch"}, "another group"),
        ({"aud": "https://galene.example.org/city-watch/"}, "another group"),
        ({"aud": "https://galene.example.org/group/city-watch/sub/"}, "another group"),
        ({"aud": None}, "another group"),
        ({"aud": 5}, "login token"),
        ({"aud": [5, None]}, "login token"),
        ({"aud": "https://[/group/city-watch/"}, "another group"),
        ({"permissions": "op"}, "not valid"),
        ({"permissions": [1]}, "not valid"),
        ({"permissions": ["\ud83d"]}, "not valid"),
        ({"sub": 5}, "not valid"),
    ],
)
def test_wrong_claims(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        admit(make(**changes), [oct_key("HS256")])


@pytest.mark.parametrize("exp", ["inf", "nan"])
def test_numbers_that_are_none(exp: str) -> None:
    with pytest.raises(Refused):
        admit(make(exp=float(exp)), [oct_key("HS256")])


def test_clocks_may_differ_by_five_seconds() -> None:
    now = time.time()
    admit(make(exp=now - 3, iat=now + 3), [oct_key("HS256")])
    with pytest.raises(Refused):
        admit(make(exp=now - 7), [oct_key("HS256")])


def test_any_of_several_audiences_will_do() -> None:
    urls = ["https://other/group/x/", "https://galene.example.org/group/city-watch/"]
    assert admit(make(aud=urls), [oct_key("HS256")])


def test_the_canonical_host_counts_when_there_is_one() -> None:
    assert admit(make(), [oct_key("HS256")], host="Galene.Example.Org")
    with pytest.raises(Refused):
        admit(make(), [oct_key("HS256")], host="evil.example.org")
    with pytest.raises(Refused):
        admit(make(), [oct_key("HS256")], host="galene.example.org:8443")


@pytest.mark.parametrize(
    ("audience", "host"),
    [
        ("https://galene.example.org:443/group/city-watch/", "galene.example.org"),
        ("https://GALENE.example.org./group/city-watch/", "galene.example.org:443"),
        ("https://bücher.example/group/city-watch/", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/group/city-watch/", "BÜCHER.example"),
        ("https://[2001:db8:0::1]/group/city-watch/", "[2001:DB8::1]"),
    ],
)
def test_every_spelling_of_the_canonical_host_is_the_audience(audience: str, host: str) -> None:
    assert admit(make(aud=audience), [oct_key("HS256")], host=host)


@pytest.mark.parametrize(
    "audience", ["https://[/group/city-watch/", "/group/city-watch/", "https://a b/group/x/"]
)
def test_an_audience_without_a_host_is_not_the_canonical_one(audience: str) -> None:
    with pytest.raises(Refused):
        admit(make(aud=audience), [oct_key("HS256")], host="galene.example.org")


def test_a_proxy_may_serve_us_below_a_path() -> None:
    token = make(aud="https://example.org/meet/group/city-watch/")
    assert admit(token, [oct_key("HS256")], prefix="/meet/")
    with pytest.raises(Refused):
        admit(token, [oct_key("HS256")])


def test_names_may_be_escaped_in_the_address() -> None:
    assert admit(make(aud="https://x/group/b%C3%A4r%20x/"), [oct_key("HS256")], group="bär x")


@pytest.mark.parametrize(
    ("audience", "group", "good"),
    [
        ("/group/a/", "a", True),
        ("/group/a/", "a/b", True),
        ("/group/a/", "a/b/c", True),
        ("/group/a/", "ab", False),
        ("/group/a/b/", "a", False),
        ("/group/", "a", True),
        ("/group/", "", True),
        ("/group", "a", False),
        ("/", "a", False),
    ],
)
def test_subgroups(audience: str, group: str, good: bool) -> None:
    token = make(aud="https://galene.example.org" + audience, **{"include-subgroups": True})
    if good:
        assert admit(token, [oct_key("HS256")], group=group)
    else:
        with pytest.raises(Refused):
            admit(token, [oct_key("HS256")], group=group)


def test_subgroups_are_not_included_by_anything_but_true() -> None:
    for value in ("true", 1, [True]):
        with pytest.raises(Refused):
            admit(make(**{"include-subgroups": value}), [oct_key("HS256")], group="city-watch/x")


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": b64(b"1" * 32)},
        {"kty": "oct", "alg": "HS256"},
        {"kty": "oct", "alg": "HS256", "k": b64(b"short")},
        {"kty": "oct", "alg": "HS256", "k": 5},
        {**EC_JWK, "crv": "P-384"},
        {**EC_JWK, "x": b64(b"1" * 32)},
        {"kty": "RSA", "alg": "RS256", "n": "AQAB"},
        {"kty": "OKP", "alg": "EdDSA"},
        {"kty": "oct", "alg": "HS256", "k": b64(b"1" * 32), "kid": 5},
    ],
)
def test_keys_that_are_none(jwk: dict[str, Any]) -> None:
    with pytest.raises(DescriptionError) as error:
        signed.parse_key(jwk)
    assert b64(b"1" * 32) not in str(error.value)
    with pytest.raises(Refused):
        admit(make(), [jwk])


def test_a_bad_key_does_not_spoil_the_good_ones() -> None:
    assert admit(make(), [{"alg": "HS256"}, oct_key("HS256")])


@given(st.text(max_size=80))
def test_any_text_is_refused(text: str) -> None:
    for token in (text, f"{text}.{text}.{text}", make()[:-2] + text):
        with suppress(Refused):
            admit(token, [oct_key("HS256"), EC_JWK, RSA_JWK])


@given(st.lists(st.binary(max_size=20), min_size=3, max_size=3))
def test_any_three_parts_are_refused(parts: list[bytes]) -> None:
    with pytest.raises(Refused):
        admit(".".join(map(b64, parts)), [oct_key("HS256"), EC_JWK])


def test_a_header_is_short_or_the_token_is_refused() -> None:
    """It is parsed before anybody knows who wrote it."""
    for size, good in ((600, True), (800, False)):
        token = jwt.encode(claims(), EC_KEY, "ES256", headers={"x": "y" * size})
        if good:
            assert signed.verify(token, [EC_JWK])[0]["sub"] == claims()["sub"]
        else:
            with pytest.raises(Refused):
                signed.verify(token, [EC_JWK])


@pytest.mark.parametrize("token", ["..", "a.b", "a.b.c.d", "e30.e30.", ".e30.AA", "\u00e4.b.c", "W10.e30.AA"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Refused):
        signed.verify(token, [EC_JWK, RSA_JWK, oct_key("HS256")])
