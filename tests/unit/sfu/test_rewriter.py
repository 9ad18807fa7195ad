"""Leaving out layers: what remains has no gaps, and everything that was sent can be sent again."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from sfu_fakes import OUT_SSRC, PAYLOAD_TYPE, Sender, vp8

from galene_py.rtp import packet
from galene_py.rtp.payload import parser
from galene_py.sfu.encoding import Encoding
from galene_py.sfu.forwarder import ALL_LAYERS, PassThrough
from galene_py.sfu.rewriter import Rewriter
from kit import packets
from kit.packets import describe

PATTERN = [(0, False), (2, True), (1, True), (2, True)]
"""(temporal layer, sync) of four pictures, as encoders with three layers make them."""


def encoding(codec: str = "vp8") -> Encoding:
    return Encoding(0, parser(codec), 90000, PAYLOAD_TYPE, OUT_SSRC, nack=True)


def layered(sender: Sender, pictures: int, size: int = 2) -> list[list[bytearray]]:
    frames = []
    for index in range(pictures):
        temporal, sync = PATTERN[index % 4]
        frames.append(sender.frame(size, keyframe=index == 0, temporal=temporal, sync=sync))
    return frames


def started(sender: Sender, limit: int) -> tuple[Encoding, Rewriter]:
    """An encoding that sent one picture, and a rewriter that leaves out layers from the next on."""
    source = encoding()
    source.receive(sender.frame(2, keyframe=True, temporal=0), 0.0)
    plain = PassThrough(source, parser("vp8"))
    rewriter = Rewriter.from_pass_through(source, parser("vp8"), plain.position(), counts_pictures=True)
    rewriter.want(ALL_LAYERS, limit)
    return source, rewriter


def run(source: Encoding, rewriter: Rewriter, frames: list[list[bytearray]]) -> list[bytearray]:
    sent = []
    for frame in frames:
        sent += rewriter.forward(source.receive(frame, 0.0))
    return sent


def pictures(sent: list[bytearray]) -> list[int]:
    found = [describe("vp8", one[12:]).picture_id for one in sent]
    return [number for number, _ in itertools.groupby(found) if number is not None]


def test_upper_layers_are_left_out_without_gaps() -> None:
    sender = Sender(sequence=65530, picture=0x7FFD)
    source, rewriter = started(sender, 1)
    sent = run(source, rewriter, layered(sender, 12))
    assert {describe("vp8", one[12:]).temporal for one in sent} == {0, 1}
    assert len(sent) == 12
    assert [packet.sequence_number(one) for one in sent] == [(65532 + n) & 0xFFFF for n in range(12)]
    assert pictures(sent) == [(0x7FFE + n) & 0x7FFF for n in range(6)]


def test_the_encodings_own_packets_are_not_changed() -> None:
    sender = Sender()
    source, rewriter = started(sender, 0)
    frames = layered(sender, 8)
    copies = [bytes(one) for frame in frames for one in frame]
    run(source, rewriter, frames)
    for one, copy in zip(itertools.chain(*frames), copies, strict=True):
        one[8:12] = sender.ssrc.to_bytes(4)
        assert bytes(one) == copy


def test_layers_come_back_only_where_the_stream_allows() -> None:
    sender = Sender()
    source, rewriter = started(sender, 0)
    run(source, rewriter, layered(sender, 4))
    rewriter.want(ALL_LAYERS, ALL_LAYERS)
    unsynced = [
        sender.frame(1, temporal=1),
        sender.frame(1, temporal=0),
        sender.frame(1, temporal=2, sync=True),
    ]
    assert len(run(source, rewriter, unsynced)) == 1
    sent = run(
        source, rewriter, [sender.frame(1, temporal=1, sync=True), sender.frame(1, temporal=2, sync=True)]
    )
    assert len(sent) == 2


def test_a_keyframe_brings_all_layers_back() -> None:
    sender = Sender()
    source, rewriter = started(sender, 0)
    run(source, rewriter, layered(sender, 4))
    rewriter.want(ALL_LAYERS, ALL_LAYERS)
    sent = run(source, rewriter, [sender.frame(1, keyframe=True, temporal=0), sender.frame(1, temporal=2)])
    assert len(sent) == 2


def test_late_packet_takes_its_own_place() -> None:
    sender = Sender()
    source, rewriter = started(sender, 0)
    base = [
        sender.frame(3, temporal=0),
        *[sender.frame(2, temporal=2, sync=True)],
        sender.frame(2, temporal=0),
    ]
    missing = base[0].pop(1)
    sent = run(source, rewriter, base)
    numbers = [packet.sequence_number(one) for one in sent]
    assert numbers == [1002, 1004, 1005, 1006]
    (late,) = run(source, rewriter, [[missing]])
    assert packet.sequence_number(late) == 1003
    assert rewriter.sent(1003) == late


def test_late_packet_of_a_layer_that_is_left_out_becomes_a_filler() -> None:
    sender = Sender()
    source, rewriter = started(sender, 0)
    one, two = sender.frame(2, temporal=2, sync=True)
    sent = run(source, rewriter, [[two], sender.frame(1, temporal=0)])
    assert [packet.sequence_number(p) for p in sent] == [1003]
    (filler,) = run(source, rewriter, [[one]])
    parsed = packets.parse(filler)
    assert (parsed.sequence, parsed.payload, parsed.ssrc) == (1002, b"", OUT_SSRC)


def test_source_numbers_are_found_for_what_is_missing() -> None:
    sender = Sender(sequence=65530)
    source, rewriter = started(sender, 1)
    frames = layered(sender, 8)
    lost = frames[4].pop(0)
    lost_number = packet.sequence_number(lost)
    kept = {}
    for frame in frames:
        numbers = [packet.sequence_number(one) for one in frame]
        sent = run(source, rewriter, [frame])
        if sent:
            kept.update(zip([packet.sequence_number(one) for one in sent], numbers, strict=True))
    for outgoing, incoming in kept.items():
        assert rewriter.source_sequence(outgoing) == incoming
    hole = (min(kept, key=lambda n: (n - 65532) & 0xFFFF) + 4) & 0xFFFF
    assert hole not in kept
    assert rewriter.source_sequence(hole) == lost_number
    assert rewriter.source_sequence((max(kept, key=lambda n: (n - 65532) & 0xFFFF) + 1) & 0xFFFF) is None


def test_a_branch_goes_its_own_way() -> None:
    sender = Sender()
    source, rewriter = started(sender, 1)
    run(source, rewriter, layered(sender, 8))
    branch = rewriter.branch()
    assert branch.audience is not rewriter.audience
    branch.want(ALL_LAYERS, 0)
    assert branch.position() == rewriter.position()
    number = (rewriter.position().sequence - 1) & 0xFFFF
    assert branch.sent(number) == rewriter.sent(number)
    frames = layered(sender, 8)
    first, second = [], []
    for frame in frames:
        accepted = source.receive(frame, 0.0)
        first += rewriter.forward(accepted)
        second += branch.forward(accepted)
    assert len(second) < len(first)
    numbers = [packet.sequence_number(one) for one in second]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_branch_leaves_out_what_its_origin_left_out() -> None:
    sender = Sender()
    source, rewriter = started(sender, 0)
    run(source, rewriter, layered(sender, 4))
    one, two = sender.frame(2, temporal=2, sync=True)
    assert run(source, rewriter, [[one]]) == []
    assert run(source, rewriter.branch(), [[two]]) == []


def test_upper_spatial_layers_are_left_out_and_the_base_ends_the_picture() -> None:
    source = encoding("vp9")
    sender = Sender()

    def picture(*, key: bool) -> list[bytearray]:
        head = 0x80 | 0x20 | 0x10 | (0 if key else 0x40)
        made = []
        for spatial in (0, 1, 2):
            first = head | 0x08 | 0x04 | (0x02 if key and spatial == 0 else 0)
            descriptor = bytearray((first, 0x80 | (sender.picture >> 8), sender.picture & 0xFF, spatial << 1))
            if not key:
                descriptor.append(0x02)
            if first & 0x02:
                descriptor.append(0x40)  # three layers
            made.append(sender.packet(bytes(descriptor) + b"media", marker=spatial == 2))
        sender.timestamp += 3000
        sender.picture += 1
        return made

    source.receive(picture(key=True), 0.0)
    assert source.pictures.spatial_layers == 3
    plain = PassThrough(source, parser("vp9"))
    rewriter = Rewriter.from_pass_through(source, parser("vp9"), plain.position(), counts_pictures=False)
    rewriter.want(1, ALL_LAYERS)
    sent = run(source, rewriter, [picture(key=False), picture(key=False)])
    assert [packet.marker(one) for one in sent] == [False, True, False, True]
    assert pictures_vp9(sent) == [101, 101, 102, 102]
    rewriter.want(ALL_LAYERS, ALL_LAYERS)
    assert len(run(source, rewriter, [picture(key=False)])) == 2
    assert len(run(source, rewriter, [picture(key=True)])) == 3


def pictures_vp9(sent: list[bytearray]) -> list[int | None]:
    return [describe("vp9", one[12:]).picture_id for one in sent]


@settings(max_examples=60)
@given(
    dice=st.randoms(use_true_random=False),
    base=st.integers(0, 65535),
    first_picture=st.integers(0, 0x7FFF),
    lossless=st.booleans(),
)
def test_no_number_is_used_twice_and_whole_streams_have_no_holes(
    dice: Random, base: int, first_picture: int, lossless: bool
) -> None:
    """Any loss, any delay, any changes of mind: no two different packets share a number."""
    sender = Sender(sequence=base, picture=first_picture)
    source, rewriter = started(sender, ALL_LAYERS)
    waiting: list[bytearray] = []
    sent: dict[int, bytes] = {}
    for index in range(30):
        temporal, sync = PATTERN[index % 4]
        arriving = []
        for one in sender.frame(2, keyframe=dice.random() < 0.1, temporal=temporal, sync=sync):
            late = not lossless and dice.random() < 0.1
            (waiting if late else arriving).append(one)
        if waiting and dice.random() < 0.5:
            arriving.append(waiting.pop(0))
        if dice.random() < 0.2:
            rewriter.want(ALL_LAYERS, dice.choice([0, 1, ALL_LAYERS]))
        if not arriving:
            continue
        for one in rewriter.forward(source.receive(arriving, 0.0)):
            number = packet.sequence_number(one)
            assert number not in sent
            sent[number] = bytes(one)
            assert rewriter.sent(number) == one
    if lossless:
        start = (base + 2) & 0xFFFF
        assert [(n - start) & 0xFFFF for n in sent] == list(range(len(sent)))
        ids = pictures([bytearray(one) for one in sent.values()])
        assert ids == [(first_picture + 1 + n) & 0x7FFF for n in range(len(ids))]


def test_short_picture_ids_wrap_in_seven_bits() -> None:
    source, sender = encoding(), Sender()

    def frame(temporal: int, picture: int) -> list[bytearray]:
        sender.timestamp += 3000
        payload = bytes((0x90, 0xA0, picture, temporal << 6, 1))
        return [sender.packet(payload)]

    source.receive(frame(0, 125), 0.0)
    plain = PassThrough(source, parser("vp8"))
    rewriter = Rewriter.from_pass_through(source, parser("vp8"), plain.position(), counts_pictures=True)
    rewriter.want(ALL_LAYERS, 0)
    sent = run(source, rewriter, [frame(index % 2, (126 + index) & 0x7F) for index in range(8)])
    assert pictures(sent) == [126, 127, 0, 1]


def test_packets_without_a_descriptor_are_survived() -> None:
    source, rewriter = started(sender := Sender(), 0)
    broken = sender.packet(vp8())
    del broken[12:]
    assert len(run(source, rewriter, [[broken], sender.frame(1, temporal=0)])) == 2
