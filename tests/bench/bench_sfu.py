"""How many packets per CPU second the forwarding unit decides about, without protection and sending.

    python tests/bench/bench_sfu.py [--seconds S]

Each line: packets × receivers per second of CPU, and microseconds per batch. Runs in this process alone.
"""

from __future__ import annotations

import argparse
import time

from galene_py.rtp import packet
from galene_py.sfu import DownTrack, UpTrack
from kit import packets

VP8_KEY = b"\x90\x80\x81\x23\x10\x02\x00\x9d\x01\x2a"
VP8_DELTA = b"\x90\x80\x81\x23\x11\x02\x00\x00\x00\x00"


def stream(burst: int, kind: str) -> list[list[bytearray]]:
    """A cycle of 65,536 packets in frames of `burst`."""
    batches = []
    sequence = stamp = 0
    size = 1100 if kind == "video" else 100
    while sequence + burst <= 65536:
        batch = []
        for index in range(burst):
            head = (VP8_KEY if sequence == 0 else VP8_DELTA) if index == 0 else b"\x80\x80\x81\x23\x00"
            batch.append(packets.build(96, sequence, stamp, 1, head + bytes(size), marker=index == burst - 1))
            sequence += 1
        batches.append(batch)
        stamp += 3000 if kind == "video" else 960
    return batches


def run(burst: int, fan_out: int, seconds: float, kind: str = "video", rewritten: int = 0) -> None:
    """Measure one load and print a line."""
    clock = 90000 if kind == "video" else 48000
    up = UpTrack(kind, "vp8" if kind == "video" else "opus", clock, 96, 7, nack=True, pli=True, remb=True)
    downs = [DownTrack(index, cname="c") for index in range(fan_out)]
    for down in downs:
        up.add(down, 0.0)
    batches = stream(burst, kind)
    source = packet.ssrc(batches[0][0]).to_bytes(4)
    up.receive(batches[0], 0.0)
    for down in downs[:rewritten]:
        up._routes.move(down, (0, 7, 0))
    now, forwarded, spent, count = 0.0, 0, 0.0, 0
    turn = batches[1:]
    while spent < seconds:
        for batch in turn:
            for one in batch:
                one[8:12] = source
        begun = time.process_time()
        for batch in turn:
            now += 0.03
            for audience, sent in up.receive(batch, now):
                forwarded += len(audience.sinks) * len(sent)
            if up.due <= now:
                up.poll(now)
        spent += time.process_time() - begun
        count += len(turn)
        turn = batches
        up.encodings[0].cache.clear()
    rate = forwarded / spent
    print(
        f"{kind} burst {burst} fan-out {fan_out} rewritten {rewritten}: "
        f"{rate:,.0f} packets/CPU s, {1e6 * spent / count:.1f} µs per batch",
        flush=True,
    )


def main() -> None:
    """All loads."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0)
    seconds = arguments.parse_args().seconds
    for burst, fan_out in ((4, 30), (2, 30), (1, 30), (4, 200), (1, 100), (4, 2)):
        run(burst, fan_out, seconds)
    run(1, 30, seconds, "audio")
    run(4, 30, seconds, rewritten=1)
    run(4, 30, seconds, rewritten=10)


if __name__ == "__main__":
    main()
