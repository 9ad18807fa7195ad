"""Makes new inputs of known ones: the same ones for the same seed, on every machine. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

ODD_BYTES = b"\x00\x01\x7f\x80\xff\x0f\xf0 \r\n\t:;,=/\\\"'%.[]{}-0"
MOST_BYTES = 4096


def mutations(seeds: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """`count` inputs; each is a seed, or an earlier input, with one to four changes."""
    dice = random.Random(seed)
    pool = list(seeds)
    for _ in range(count):
        data = bytearray(dice.choice(pool))
        for _ in range(dice.randint(1, 4)):
            _change(dice, data, pool)
        made = bytes(data[:MOST_BYTES])
        if dice.random() < 0.2:
            pool.append(made)
        yield made


def _change(dice: random.Random, data: bytearray, pool: Sequence[bytes]) -> None:
    at = dice.randrange(len(data) + 1)
    end = min(len(data), at + dice.choice((1, 1, 2, 4, 16, 64)))
    match dice.randrange(7):
        case 0:
            del data[at:end]
        case 1:
            data[at:end] = bytes(dice.choice(ODD_BYTES) for _ in range(end - at))
        case 2:
            data[at:end] = dice.randbytes(end - at)
        case 3:
            data[at:at] = data[at:end] * dice.choice((1, 2, 8, 100))
        case 4:
            other = dice.choice(pool)
            start = dice.randrange(len(other) + 1)
            data[at:end] = other[start : start + dice.choice((1, 4, 16, 64))]
        case 5:
            del data[at:]
        case _ if at < len(data):
            data[at] ^= 1 << dice.randrange(8)
