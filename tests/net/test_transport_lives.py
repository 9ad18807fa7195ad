"""How long a peer of the hub lives: addresses that change, silence, goodbyes, another association, failing
handlers."""

from __future__ import annotations

import asyncio

import pytest
from aiortc_peer import Recorder
from hub_stage import Clock, clock, gone, hub, join, works
from light_client import LightClient, report, rtp

from galene_py.rtp import rtcp
from galene_py.transport import limits
from galene_py.transport.hub import TransportHub
from galene_py.transport.interfaces import CloseReason, Leisure

__all__ = ["clock", "hub"]


async def test_media_follows_an_authenticated_address_change_only(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    old = client.sock.getsockname()
    client.move()
    assert client.sock.getsockname() != old
    client.media(rtp(1))
    client.check(pwd="guess")
    async with asyncio.timeout(10):
        while not peer.debug_state()["ice"]["refused"]:  # type: ignore[index]  # noqa: ASYNC110  # silent
            await asyncio.sleep(0.01)
    assert not recorder.packets
    client.check(priority=2)
    await client.until(lambda: client.stun)
    await works(hub, client, recorder, peer)


async def test_an_address_in_use_cannot_be_taken_by_another_peer(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    other = hub.open(Recorder())
    client.check(ufrag=other.ufrag, pwd=other.pwd)
    await works(hub, client, recorder, peer)
    assert hub.debug_state()["claimed"] == 1
    peer.close()
    answers = len(client.stun)
    client.check(ufrag=other.ufrag, pwd=other.pwd)
    await client.until(lambda: len(client.stun) > answers)


async def test_ice_restart_keeps_media_and_moves_when_checked(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    before = (peer.ufrag, peer.pwd)
    assert peer.restart() == (peer.ufrag, peer.pwd) != before
    await works(hub, client, recorder, peer)
    client.check(ufrag=before[0], pwd=before[1])
    await client.until(lambda: len(client.stun) > 1)
    client.move()
    client.check()
    await client.until(lambda: len(client.stun) > 2)
    await works(hub, client, recorder, peer)
    client.check(ufrag=before[0], pwd=before[1])
    await client.settled()
    assert hub.debug_state()["unknown_checks"] == 1
    assert recorder.connections == 1


async def test_a_peer_that_vanishes_is_closed(hub: TransportHub, clock: Clock) -> None:
    _, recorder, _ = await join(hub)
    clock.ahead = limits.CONSENT_SECONDS + 1
    await recorder.until(lambda: recorder.reason)
    assert recorder.reason == CloseReason.CONSENT_LOST
    assert not hub.peers
    assert hub.debug_state()["paths"] == 0


async def test_a_peer_that_sends_packets_and_no_checks_stays(hub: TransportHub, clock: Clock) -> None:
    """As agents do that do not know RFC 7675; forged packets do not count."""
    client, recorder, peer = await join(hub)
    for _ in range(3):
        await works(hub, client, recorder, peer)
        clock.ahead += limits.CONSENT_SECONDS - 5
        peer.poll(hub.clock())
    assert recorder.reason is None
    client.send(rtp(1, 1))
    await client.settled()
    assert peer.heard is None
    clock.ahead += limits.CONSENT_SECONDS + 1
    await recorder.until(lambda: recorder.reason)
    assert recorder.reason == CloseReason.CONSENT_LOST


async def test_a_peer_that_never_comes_is_closed(hub: TransportHub, clock: Clock) -> None:
    recorder = Recorder()
    peer = hub.open(recorder)
    client = LightClient(hub, peer)
    client.check()
    await client.until(lambda: client.stun)
    clock.ahead = limits.CONNECT_SECONDS + 1
    await recorder.until(lambda: recorder.reason)
    assert recorder.reason == CloseReason.CONNECT_TIMEOUT


async def test_a_goodbye_closes_and_close_says_goodbye(hub: TransportHub, clock: Clock) -> None:
    client, recorder, _ = await join(hub)
    client.send(client.goodbye())
    await recorder.until(lambda: recorder.reason)
    assert recorder.reason == CloseReason.PEER_CLOSED

    client, recorder, peer = await join(hub)
    peer.returns = True
    client.send(client.goodbye())
    await client.settled()
    assert recorder.reason is None
    clock.ahead += limits.DTLS_RETURN_SECONDS
    await recorder.until(lambda: recorder.reason)
    assert recorder.reason == CloseReason.PEER_CLOSED

    client, recorder, peer = await join(hub)
    peer.close()
    assert recorder.reason is None
    await client.until(lambda: client.ssl.get_shutdown() or _reads_goodbye(client))


@pytest.mark.parametrize("goodbye", ["first", "last", "lost"])
@pytest.mark.parametrize("moves", [False, True])
async def test_another_association_takes_the_place_of_the_first(
    hub: TransportHub, clock: Clock, moves: bool, goodbye: str
) -> None:
    """As browsers make it when they give up the section that all others were bundled with (RFC 9143):
    from another port, and hello may overtake the goodbye."""
    client, recorder, peer = await join(hub)
    await works(hub, client, recorder, peer)
    clock.ahead += limits.DTLS_ANEW_SECONDS
    old, farewell = client.sock.dup(), client.goodbye()
    if goodbye == "first":
        peer.returns = True
        client.send(farewell)
        await client.settled()
        assert not peer.connected
        assert peer.route is None
    if moves:
        client.move()
        client.check(nominate=False)
        await client.until(lambda: len(client.stun) > 1)
    await client.renew()
    if goodbye == "last":
        old.send(farewell)
    old.close()
    await works(hub, client, recorder, peer)
    client.check()
    await works(hub, client, recorder, peer)
    clock.ahead += limits.DTLS_RETURN_SECONDS
    await works(hub, client, recorder, peer)
    assert (recorder.connections, recorder.reason) == (2, None)


def _reads_goodbye(client: LightClient) -> bool:
    try:
        client.ssl.recv(100)
    except Exception:
        return bool(client.ssl.get_shutdown())
    return False


@pytest.mark.parametrize("method", ["rtp", "rtcp", "connected", "closed"])
async def test_a_failing_handler_costs_only_its_own_peer(
    hub: TransportHub, clock: Clock, method: str
) -> None:
    client, recorder, peer = await join(hub)

    class Failing(Recorder):
        pass

    def fail(self: Failing, *_: object) -> None:
        raise RuntimeError("on purpose")

    setattr(Failing, method, fail)
    failing = Failing()
    bad = hub.open(failing)
    victim = LightClient(hub, bad)
    await victim.connect()
    if not bad.closed:
        victim.media(rtp(1))
        victim.report(report())
        if method == "closed":
            victim.send(victim.goodbye())
    await works(hub, client, recorder, peer)
    await gone(bad)
    assert hub.peers == {peer}
    await works(hub, client, recorder, peer)


async def test_a_handler_may_close_any_peer_while_it_is_called(hub: TransportHub) -> None:
    first, one, peer_one = await join(hub)
    second, two, peer_two = await join(hub)

    def close_all(packets: list[bytearray], now: float) -> None:
        peer_one.close()
        peer_two.close()

    one.rtp = two.rtp = close_all  # type: ignore[method-assign]
    for n in range(5):
        first.media(rtp(n))
        second.media(rtp(n))
    await gone(peer_one, peer_two)


async def test_nothing_is_left_of_closed_peers(hub: TransportHub) -> None:
    for tcp in (False, True) * 3:
        client, _, peer = await join(hub, tcp=tcp)
        peer.restart()
        peer.close()
        peer.close()
        client.close()
    state = hub.debug_state()
    assert (state["peers"], state["paths"], state["tcp_unproven"]) == (0, 0, 0)
    assert state["timed"] == 1  # the hub itself
    assert hub.book.addressee(peer.ufrag.encode()) is None


async def test_a_tick_looks_at_nothing_but_what_is_due(hub: TransportHub) -> None:
    for _ in range(8):
        await join(hub)
    begin = hub.clock()

    def polls(seconds: range) -> int:
        before = hub.debug_state()["polls"]
        for tenth in range(10 * seconds.start, 10 * seconds.stop):
            hub._ticker.run(begin + tenth / 10)
        return hub.debug_state()["polls"] - before

    polls(range(5))  # the flights that end the handshakes are repeated
    assert polls(range(5, 25)) <= 20 + 1  # the hub itself looks round once a second
    assert 8 <= polls(range(25, 32)) <= 20  # consent
    assert not hub.peers


async def test_feedback_is_spared_for_as_long_as_its_owner_wants_nothing_and_other_reports_are_not(
    hub: TransportHub, clock: Clock
) -> None:
    client, recorder, peer = await join(hub)
    feedback = rtcp.serialize([rtcp.WideFeedback(1, 2, 7, 1, 0, (7,), (100,))])
    peer.leisure = Leisure()
    peer.leisure.until = clock() + 100.0
    client.report(feedback)
    client.report(report())
    await recorder.until(lambda: recorder.reports)
    assert recorder.reports == [report()]
    assert hub.debug_state()["spared"] == 1
    peer.leisure.until = clock()
    client.report(feedback)
    await recorder.until(lambda: feedback in recorder.reports)
