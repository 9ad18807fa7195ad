"""Passwords: right ones match, wrong ones do not, and nobody learns which it was from the time it took."""

import asyncio
import hashlib
import time
import unicodedata

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py.groups import passwords as p
from galene_py.groups.hashing import Hasher
from galene_py.groups.passwords import Password

BCRYPT_U = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
"""of 'U*U'; a vector that every implementation of bcrypt is tried with"""


def test_pbkdf2_agrees_with_rfc_7914_section_11() -> None:
    key = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    stored = Password("pbkdf2", "sha-256", key, b"salt".hex(), 1)
    assert p.matches(stored, "passwd")
    assert not p.matches(stored, "Passwd")


def test_bcrypt_agrees_with_a_known_vector() -> None:
    for kind in ("2a", "2b", "2y"):
        stored = Password("bcrypt", key=BCRYPT_U.replace("2a", kind, 1))
        assert p.matches(stored, "U*U")
        assert not p.matches(stored, "U*U*")


def test_bcrypt_ignores_what_comes_after_72_bytes_and_refuses_to_make_such() -> None:
    stored = p.make_bcrypt("x" * 72, 4)
    assert p.matches(stored, "x" * 72)
    assert p.matches(stored, "x" * 100)
    with pytest.raises(ValueError, match="72"):
        p.make_bcrypt("x" * 73, 4)


@given(st.text(max_size=20), st.text(max_size=20))
def test_plain_passwords_match_themselves_only(stored: str, attempt: str) -> None:
    assert p.matches(stored, attempt) == (stored == attempt)
    assert p.matches(Password("plain", key=stored), attempt) == (stored == attempt)


@given(st.text(max_size=15), st.text(max_size=15))
@settings(max_examples=20, deadline=None)
def test_what_we_hash_matches(password: str, other: str) -> None:
    stored = [p.make_pbkdf2(password, 3)]
    if "\0" not in password:
        stored.append(p.make_bcrypt(password, 4))
    for one in stored:
        assert p.matches(one, password)
        if other != password and "\0" not in other:
            assert not p.matches(one, other)


def test_wildcard_matches_anything_and_nothing_matches_nothing() -> None:
    assert p.matches(Password("wildcard"), "")
    assert p.matches(Password("wildcard"), "anything")
    assert not p.matches(None, "")
    assert not p.matches(Password(), "")


@given(
    st.builds(
        Password,
        st.sampled_from(["", "plain", "pbkdf2", "bcrypt", "scrypt"]),
        st.sampled_from(["", "sha-256", "md5"]),
        st.none()
        | st.sampled_from(["00", "zz", BCRYPT_U, "$2a$31$" + "x" * 53, "$2a$ab$" + "x" * 53, "$$$"]),
        st.sampled_from(["", "00", "ü"]),
        st.sampled_from([-1, 0, 1, 10**12]),
    ),
    st.text(max_size=5),
)
def test_broken_entries_never_match_and_never_raise(stored: Password, attempt: str) -> None:
    if p.problem(stored) or not stored.type:
        assert not p.matches(stored, attempt)
    else:
        p.matches(stored, attempt)
    p.cost(stored)


def test_cost_grows_with_the_work() -> None:
    cheap, dear = p.make_bcrypt("x", 4), Password("bcrypt", key=BCRYPT_U.replace("$05$", "$12$"))
    assert 0 == p.cost("plain") < p.cost(p.make_pbkdf2("x", 10)) < p.cost(cheap) <= p.cost(dear)


async def test_hashing_leaves_the_event_loop_alone() -> None:
    hasher = Hasher(workers=1)
    slow = Password("pbkdf2", "sha-256", "00" * 32, "00", 300_000)
    ticks = 0
    job = asyncio.wrap_future(hasher.matches(slow, "x"))
    while not job.done():
        await asyncio.sleep(0)
        ticks += 1
    assert ticks > 20
    hasher.close()


def test_comparing_takes_the_same_time_right_or_wrong() -> None:
    """Medians of interleaved runs; the bound is generous, a short-cut would differ by orders of magnitude."""
    stored = Password(
        "pbkdf2", "sha-256", hashlib.pbkdf2_hmac("sha256", b"right", b"s", 9000).hex(), b"s".hex(), 9000
    )
    right, wrong = [], []
    for _ in range(15):
        for attempt, times in (("right", right), ("wrong", wrong)):
            start = time.thread_time()
            p.matches(stored, attempt)
            times.append(time.thread_time() - start)
    assert 0.5 < sorted(right)[7] / sorted(wrong)[7] < 2


COMPOSED, DECOMPOSED = "gr\u00fc\u00dfe", "gru\u0308\u00dfe"


@pytest.mark.parametrize("hashed_as", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED])
def test_passwords_are_the_same_in_every_unicode_form(hashed_as: str, typed: str) -> None:
    """Also when another program hashed one as it came."""
    salt = b"salt"
    raw = hashlib.pbkdf2_hmac("sha256", hashed_as.encode(), salt, 10)
    foreign = bcrypt.hashpw(hashed_as.encode(), bcrypt.gensalt(4)).decode()
    for stored in (
        hashed_as,
        Password("plain", key=hashed_as),
        p.make_bcrypt(hashed_as, 4),
        p.make_pbkdf2(hashed_as, 10),
        Password("bcrypt", key=foreign),
        Password("pbkdf2", "sha-256", raw.hex(), salt.hex(), 10),
    ):
        assert p.matches(stored, typed)
        assert not p.matches(stored, "gru\u00dfe")


def test_a_hash_is_made_of_the_form_of_rfc_8265() -> None:
    for typed in ("caf\u00e9 noir", "cafe\u0301\u00a0noir", "cafe\u0301\u3000noir"):
        assert bcrypt.checkpw("caf\u00e9 noir".encode(), (p.make_bcrypt(typed, 4).key or "").encode())


@pytest.mark.parametrize("odd", ["\u200d\u00e9", "\U000e0fffe\u0301", "a\te\u0301", "\u00e9" * 5000])
def test_what_the_rules_do_not_know_is_a_password_all_the_same(odd: str) -> None:
    for form in ("NFC", "NFD"):
        assert p.matches(p.make_pbkdf2(odd, 10), unicodedata.normalize(form, odd))  # type: ignore[arg-type]
        assert p.matches(odd, unicodedata.normalize(form, odd))  # type: ignore[arg-type]
