"""The packet cache: what goes in is found, as long as it fits."""

from hypothesis import given
from hypothesis import strategies as st

from galene_py import limits as shared
from galene_py.rtp import packet
from galene_py.sfu import limits
from galene_py.sfu.cache import PacketCache
from kit import packets


def made(sequence: int) -> bytearray:
    return packets.build(96, sequence & 0xFFFF, 0, 1)


@given(st.integers(0, 0xFFFF), st.integers(1, 500))
def test_the_newest_are_found(first: int, count: int) -> None:
    cache = PacketCache()
    for index in range(count):
        cache.put((first + index) & 0xFFFF, made(first + index))
    for index in range(count):
        found = cache.get((first + index) & 0xFFFF)
        assert (found is not None) == (count - index <= cache.size)


@given(st.integers(0, 0xFFFF), st.lists(st.sampled_from([10.0, 300.0, 600.0, 1500.0, 5000.0]), max_size=6))
def test_resizing_keeps_the_newest(first: int, rates: list[float]) -> None:
    cache = PacketCache()
    sequence = first
    smallest = 1 << 20
    for rate in rates:
        for _ in range(150):
            cache.put(sequence & 0xFFFF, made(sequence))
            sequence += 1
        cache.fit(rate, 0.1)
        smallest = min(smallest, cache.size)
        assert limits.CACHE_PACKETS_MIN <= cache.size <= shared.CACHE_PACKETS_MAX
        assert len(cache.ring) == cache.size == cache.mask + 1
        kept = min(sequence - first, limits.CACHE_PACKETS_MIN)
        for one in range(sequence - kept, sequence):
            found = cache.get(one & 0xFFFF)
            assert found is not None
            assert packet.sequence_number(found) == one & 0xFFFF


def test_size_follows_rate_and_round_trip() -> None:
    cache = PacketCache()
    cache.fit(50, 0.05)
    assert cache.size == limits.CACHE_PACKETS_MIN
    cache.fit(300, 0.05)
    assert cache.size == 256
    cache.fit(300, 0.5)
    assert cache.size == shared.CACHE_PACKETS_MAX
    cache.fit(200, 0.5)
    assert cache.size == shared.CACHE_PACKETS_MAX
    cache.fit(50, 0.0)
    assert cache.size == limits.CACHE_PACKETS_MIN


def test_forgotten_numbers_are_not_found() -> None:
    cache = PacketCache()
    cache.put(65535, made(65535))
    cache.put(0, made(0))
    cache.forget(65535, 2)
    assert cache.get(65535) is None
    assert cache.get(0) is None
    cache.forget(0, 100_000)
    assert not any(cache.ring)
