"""The ICE-lite agent: whom it believes, which path it uses, when it gives up."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from galene_py.transport import limits
from galene_py.transport.ice import stun
from galene_py.transport.ice.agent import CheckResult, IceAgent, IceCredentials

OURS = IceCredentials("ours", "our-password-of-22-chars")
NEW = IceCredentials("new0", "new-password-of-22-chars")
TRANSACTION = bytes(range(12))
INDICATION = 0b01


@dataclass(frozen=True, eq=False)
class FakePath:
    port: int = 1
    reliable: bool = False
    ip: bytes = b"\x7f\0\0\1"


def request(
    credentials: IceCredentials = OURS,
    *,
    nominate: bool = False,
    priority: bytes | None = b"\0\0\0\1",
    more: tuple[tuple[int, bytes], ...] = (),
    pwd: str | None = None,
) -> stun.StunMessage:
    attributes = [(stun.USERNAME, f"{credentials.ufrag}:them".encode()), (stun.ICE_CONTROLLING, bytes(8))]
    if priority is not None:
        attributes.append((stun.PRIORITY, priority))
    if nominate:
        attributes.append((stun.USE_CANDIDATE, b""))
    attributes += more
    key = (pwd or credentials.pwd).encode()
    return stun.parse(stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, attributes, key=key))


def agent(now: float = 0.0) -> IceAgent[FakePath]:
    return IceAgent(OURS, now)


def error_code(outcome: CheckResult[FakePath]) -> int:
    assert outcome.response is not None
    message = stun.parse(outcome.response)
    assert message.message_class == stun.ERROR
    assert message.is_authentic(OURS.pwd.encode())
    value = message.get(stun.ERROR_CODE)
    assert value is not None
    return value[2] * 100 + value[3]


def test_a_check_is_answered_with_the_address_it_came_from() -> None:
    path = FakePath(port=4242)
    outcome = agent().check(request(), path, 1.0)
    assert outcome.valid
    assert outcome.response is not None
    message = stun.parse(outcome.response)
    assert message.message_class == stun.SUCCESS
    assert message.transaction == TRANSACTION
    assert message.is_authentic(OURS.pwd.encode())
    address = stun.pack_xor_address(path.ip, path.port, TRANSACTION)
    assert message.get(stun.XOR_MAPPED_ADDRESS) == address


def test_wrong_integrity_and_strange_names_are_met_with_silence() -> None:
    a, path = agent(), FakePath()
    nameless = stun.parse(stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, (), key=OURS.pwd.encode()))
    unsigned = stun.parse(
        stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, [(stun.USERNAME, b"ours:them")])
    )
    long_name = request(IceCredentials("ours:" + "x" * 600, OURS.pwd))
    bad = [request(pwd="guess"), request(IceCredentials("else", OURS.pwd)), nameless, unsigned, long_name]
    for message in bad:
        assert a.check(message, path, 1.0) == CheckResult(None)
    assert not a.is_valid(path)
    assert a.selected is None
    assert a.checked == 0.0


def test_only_requests_are_looked_at() -> None:
    for kind in (INDICATION, stun.SUCCESS, stun.ERROR):
        attributes = [(stun.USERNAME, b"ours:them"), (stun.PRIORITY, bytes(4))]
        data = stun.build(stun.BINDING, kind, TRANSACTION, attributes, key=OURS.pwd.encode())
        assert agent().check(stun.parse(data), FakePath(), 1.0) == CheckResult(None)


def test_role_conflict_is_reported() -> None:
    outcome = agent().check(request(more=((stun.ICE_CONTROLLED, bytes(8)),)), FakePath(), 1.0)
    assert error_code(outcome) == 487
    assert not outcome.valid


def test_unknown_attributes_that_must_be_understood_are_named() -> None:
    outcome = agent().check(request(more=((0x7001, b""), (0xF001, b""))), FakePath(), 1.0)
    assert error_code(outcome) == 420
    assert outcome.response is not None
    assert stun.parse(outcome.response).get(stun.UNKNOWN_ATTRIBUTES) == b"\x70\x01"


def test_priority_must_be_there_and_whole() -> None:
    for priority in (None, b"\1\2\3"):
        outcome = agent().check(request(priority=priority), FakePath(), 1.0)
        assert error_code(outcome) == 400
        assert not outcome.valid


def test_first_valid_path_serves_until_one_is_nominated() -> None:
    a, first, second = agent(), FakePath(1), FakePath(2)
    a.check(request(), first, 1.0)
    a.check(request(), second, 1.1)
    assert a.selected is first
    a.check(request(nominate=True), second, 1.2)
    assert a.selected is second


def test_latest_nomination_wins_but_does_not_swing() -> None:
    a, good, poor = agent(), FakePath(1), FakePath(2)
    a.check(request(nominate=True, priority=b"\0\0\0\2"), good, 1.0)
    a.check(request(nominate=True, priority=b"\0\0\0\1"), poor, 1.1)
    assert a.selected is good
    a.check(request(nominate=True, priority=b"\0\0\0\1"), poor, 1.2 + limits.NOMINATION_HOLD_SECONDS)
    assert a.selected is poor
    a.check(request(nominate=True, priority=b"\0\0\0\2"), good, 1.8)
    assert a.selected is good


def test_udp_is_better_than_tcp() -> None:
    a, tcp, udp = agent(), FakePath(1, reliable=True), FakePath(2)
    a.check(request(nominate=True, priority=b"\1\0\0\0"), tcp, 1.0)
    a.check(request(nominate=True), udp, 1.1)
    a.check(request(nominate=True, priority=b"\1\0\0\0"), tcp, 1.2)
    assert a.selected is udp


def test_restart_keeps_the_path_until_a_check_with_new_credentials() -> None:
    a, old, new = agent(), FakePath(1), FakePath(2)
    a.check(request(nominate=True, priority=b"\1\0\0\0"), old, 1.0)
    assert a.restart(NEW) is None
    assert a.check(request(), old, 2.0).retired is None
    assert a.selected is old
    outcome = a.check(request(NEW, nominate=True), new, 2.1)
    assert outcome.retired == OURS.ufrag
    assert a.selected is new
    assert a.is_valid(old)
    assert not a.check(request(), old, 3.0).valid


def test_second_restart_before_an_answer_gives_up_the_first() -> None:
    a, path = agent(), FakePath()
    a.restart(NEW)
    newest = IceCredentials("last", "x" * 22)
    assert a.restart(newest) == NEW.ufrag
    assert not a.check(request(NEW), path, 1.0).valid
    assert a.check(request(OURS), path, 1.0).valid
    assert a.check(request(newest), path, 1.0).retired == OURS.ufrag


def test_paths_are_bounded_and_the_one_in_use_stays() -> None:
    a, used = agent(), FakePath(0)
    a.check(request(nominate=True), used, 0.0)
    lost = []
    for port in range(1, 50):
        outcome = a.check(request(), FakePath(port), float(port))
        lost.append(outcome.lost)
        assert len(a.paths) <= limits.PATHS_PER_PEER
    assert a.selected is used
    assert used not in lost
    assert sum(path is not None for path in lost) == 50 - limits.PATHS_PER_PEER


def test_paths_and_consent_expire() -> None:
    a, path, other = agent(), FakePath(1), FakePath(2)
    a.check(request(nominate=True), path, 1.0)
    a.check(request(), other, 20.0)
    assert a.expire(30.0) == []
    assert a.expire(1.5 + limits.PATH_SECONDS) == [path]
    assert a.selected is other
    assert not a.consent_lost(20.0 + limits.CONSENT_SECONDS)
    assert a.consent_lost(20.1 + limits.CONSENT_SECONDS)


def test_protected_packets_renew_consent_of_their_path() -> None:
    a, path, other = agent(), FakePath(1), FakePath(2)
    a.check(request(), path, 1.0)
    a.heard(path, 25.0)
    a.heard(other, 50.0)
    assert a.expire(26.0 + limits.PATH_SECONDS - 2) == []
    assert a.holds(path, 26.0)
    assert not a.consent_lost(25.0 + limits.CONSENT_SECONDS)
    assert a.consent_lost(25.1 + limits.CONSENT_SECONDS)
    assert not a.is_valid(other)


def test_an_unauthenticated_message_does_not_renew_consent() -> None:
    a, path = agent(), FakePath()
    a.check(request(), path, 1.0)
    a.check(request(pwd="guess"), path, 100.0)
    assert a.checked == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3), st.integers(0, 20)), max_size=60)
)
def test_selected_path_is_always_valid(steps: list[tuple[int, bool, int, int]]) -> None:
    a = agent()
    paths = [FakePath(port, reliable=port > 2) for port in range(5)]
    now = 0.0
    for which, nominate, priority, wait in steps:
        now += wait
        a.check(request(nominate=nominate, priority=bytes((0, 0, 0, priority))), paths[which], now)
        a.expire(now)
        assert a.selected is not None
        assert a.is_valid(a.selected)
        if wait == 7:
            a.lose(paths[which])
            assert a.selected is None or a.is_valid(a.selected)
