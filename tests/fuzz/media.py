"""Targets: what encoders' packets say, payload descriptors and whole pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fuzz.target import TESTS, Target
from galene_py.rtp import RtpError
from galene_py.rtp.depacketize import audio
from galene_py.rtp.depacketize.pictures import PictureBuilder
from galene_py.rtp.payload import parser

CODECS = ("vp8", "vp9", "h264", "av1")
AROUND = b"\xff" * 12


def _described(codec: str) -> list[bytes]:
    lines = (TESTS / "data" / "rtp" / "payloads.txt").read_text().splitlines()
    fields = [line.split("|") for line in lines if line and not line.startswith("#")]
    return [bytes.fromhex(row[2]) for row in fields if row[1].strip() == codec]


def descriptor(codec: str) -> Target:
    """The hot path's parser: in place, inside a packet; never looks at what lies around its payload."""
    parse = parser(codec)
    assert parse is not None

    def run(data: bytes) -> None:
        start, end = len(AROUND), len(AROUND) + len(data)
        try:
            info = parse(AROUND + data + AROUND, start, end)
        except RtpError:
            for tail in (b"", bytes(12)):
                try:
                    parse(data + tail, 0, len(data))
                except RtpError:
                    continue
                raise AssertionError("what lies behind the payload decides") from None
            return
        alone = parse(data + bytes(12), 0, len(data))
        shifted = {
            name: getattr(alone, name) + start
            for name in ("picture_id_at", "tl0_index_at", "payload_at")
            if getattr(alone, name)
        }
        assert alone._replace(**shifted) == info
        assert info.start or not info.keyframe
        assert 0 <= info.temporal <= 7 and 0 <= info.spatial <= 7 and 0 <= info.spatial_layers <= 8
        assert (info.picture_id is None) == (info.picture_id_bits == 0)
        if info.picture_id is not None:
            assert start <= info.picture_id_at and info.picture_id_at + info.picture_id_bits // 8 < end
            assert 0 <= info.picture_id < 1 << info.picture_id_bits
        if info.tl0_index is not None:
            assert data[info.tl0_index_at - start] == info.tl0_index
        assert info.payload_at == 0 or start < info.payload_at <= end

    return Target(f"descriptor-{codec}", run, _described(codec))


def packets(data: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """Timestamp, marker and payload of each packet that the bytes stand for: two bytes before each."""
    at = timestamp = 0
    while at + 2 <= len(data):
        size = (data[at] & 15) << 8 | data[at + 1]
        timestamp += 3000 * (data[at] >> 6 & 1)
        yield timestamp, data[at] >= 0x80, data[at + 2 : at + 2 + size]
        at += 2 + size


def row(payloads: Sequence[bytes]) -> bytes:
    """The bytes that stand for a picture in these packets."""
    last = len(payloads) - 1
    heads = (0x40 * (n == 0) | 0x80 * (n == last) | len(part) >> 8 for n, part in enumerate(payloads))
    return b"".join(bytes((head, len(part) & 255)) + part for head, part in zip(heads, payloads, strict=True))


def pictures(codec: str) -> Target:
    """Pictures out of packets; the corpus has what a real encoder made."""

    def run(data: bytes) -> None:
        builder = PictureBuilder(codec)
        taken = 0
        last = -1
        for timestamp, marker, payload in packets(data):
            taken += len(payload)
            waiting = builder.waiting
            done = builder.push(timestamp, marker, payload)
            assert len(done) <= 2
            assert not waiting or not done or done[0][1].keyframe
            for at, picture in done:
                assert at >= last  # equal, when there is a marker in the middle of one time
                last = at
                assert picture.data
                # Start codes, lengths, the index of a superframe, parameter sets again.
                assert len(picture.data) <= 6 * taken + 64
                assert 0 <= picture.width <= 1 << 16 and 0 <= picture.height <= 1 << 16
                assert not picture.keyframe or (picture.width and picture.height)

    return Target(f"pictures-{codec}", run, [row([one]) for one in _described(codec)])


def run_opus(data: bytes) -> None:
    try:
        samples = audio.opus_samples(data)
    except RtpError:
        return
    assert 120 <= samples <= 5760


TARGETS = (
    *(descriptor(codec) for codec in CODECS),
    *(pictures(codec) for codec in CODECS),
    Target("opus", run_opus, [audio.OPUS_SILENCE, b"\xff\x03", b""]),
)
