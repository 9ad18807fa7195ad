"""What encoders made comes out of its packets again, whole, or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError, limits
from galene_py.rtp.depacketize import audio, h264
from galene_py.rtp.depacketize import vp9 as vp9_pictures
from galene_py.rtp.depacketize.bits import BitReader
from galene_py.rtp.depacketize.picture import Picture
from galene_py.rtp.depacketize.pictures import ASSEMBLERS, PictureBuilder
from kit.packetizers import PACKETIZERS, coded, vp9

CODECS = sorted(ASSEMBLERS)


def packets_of(codec: str) -> list[list[bytes]]:
    """Payloads, picture by picture."""
    return [PACKETIZERS[codec](data) for data, _ in coded(codec)]


def put_together(builder: PictureBuilder, pictures: Sequence[Sequence[bytes]]) -> list[tuple[int, Picture]]:
    done = []
    for number, payloads in enumerate(pictures):
        for n, payload in enumerate(payloads):
            done += builder.push(number * 3000, n == len(payloads) - 1, payload)
    return done


def decode(codec: str, pictures: Sequence[bytes]) -> list[bytes]:
    """The decoded pictures' bytes."""
    decoder = av.CodecContext.create(codec if codec != "av1" else "libdav1d", "r")
    frames = []
    for data in pictures:
        frames += decoder.decode(av.Packet(data))
    frames += decoder.decode(None)
    return [frame.to_ndarray().tobytes() for frame in frames]


@pytest.mark.parametrize("codec", CODECS)
def test_packets_of_a_real_encoder_become_its_pictures_again(codec: str) -> None:
    done = put_together(PictureBuilder(codec), packets_of(codec))
    assert [stamp for stamp, _ in done] == [3000 * n for n in range(len(coded(codec)))]
    assert [picture.keyframe for _, picture in done] == [keyframe for _, keyframe in coded(codec)]
    expected = decode(codec, [data for data, _ in coded(codec)])
    assert len(expected) == len(done)
    assert decode(codec, [picture.data for _, picture in done]) == expected


@pytest.mark.parametrize("codec", CODECS)
def test_a_keyframe_says_its_size(codec: str) -> None:
    for size in ((64, 48), (182, 98)):
        payloads = PACKETIZERS[codec](coded(codec, 1, size)[0][0])
        (_, picture), *_ = put_together(PictureBuilder(codec), [payloads])
        assert (picture.width, picture.height) == size


@pytest.mark.parametrize("codec", CODECS)
def test_a_missing_marker_is_noticed_at_the_next_picture(codec: str) -> None:
    builder = PictureBuilder(codec)
    first, second = packets_of(codec)[:2]
    assert not [done for payload in first for done in builder.push(1, False, payload)]
    assert [stamp for stamp, _ in builder.push(2, False, second[0])] == [1]


@pytest.mark.parametrize("codec", CODECS)
def test_after_a_gap_nothing_comes_until_a_keyframe(codec: str) -> None:
    builder = PictureBuilder(codec)
    pictures = packets_of(codec)
    assert len(put_together(builder, pictures[:2])) == 2
    builder.gap()
    assert put_together(builder, pictures[2:]) == []
    assert builder.waiting
    assert put_together(builder, pictures[:1])[0][1].keyframe


@pytest.mark.parametrize("codec", ["vp8", "vp9"])
def test_a_picture_whose_first_packet_is_missing_does_not_come(codec: str) -> None:
    whole = packets_of(codec)[0]
    assert len(whole) > 2
    builder = PictureBuilder(codec)
    assert put_together(builder, [whole[1:]]) == []
    assert builder.waiting


@pytest.mark.parametrize("codec", ["av1", "h264", "vp9"])
def test_a_picture_whose_last_packet_is_missing_does_not_come(codec: str) -> None:
    builder = PictureBuilder(codec)
    assert put_together(builder, [packets_of(codec)[0][:-1]]) == []
    assert builder.waiting


def test_an_h264_picture_that_lost_its_parameter_sets_does_not_come() -> None:
    builder = PictureBuilder("h264")
    whole = packets_of("h264")[0]
    put_together(builder, [whole])
    builder.gap()
    assert put_together(builder, [whole[1:]]) == []


def test_h264_parameter_sets_that_were_sent_once_are_repeated() -> None:
    builder = PictureBuilder("h264")
    sets, *rest = packets_of("h264")[0]
    done = put_together(builder, [[sets], rest])
    assert len(done) == 1
    assert done[0][1].keyframe
    assert decode("h264", [done[0][1].data]) == decode("h264", [coded("h264")[0][0]])


def test_packets_that_only_fill_a_place_do_not_matter() -> None:
    builder = PictureBuilder("vp8")
    first, second = packets_of("vp8")[:2]
    for payload in first:
        assert builder.push(1, False, payload) == []
    (stamp, _), *_ = builder.push(1, True, b"")
    assert stamp == 1
    assert builder.push(2, True, b"") == []
    assert len(put_together(builder, [second])) == 1


def test_spatial_layers_become_a_superframe() -> None:
    small, large = coded("vp9", 1, (64, 48))[0][0], coded("vp9", 1, (128, 96))[0][0]
    picture = vp9_pictures.assemble([*vp9(small, 0), *vp9(large, 1)])
    assert (picture.keyframe, picture.width, picture.height) == (True, 128, 96)
    # A player's splitter finds both again (VP9 bitstream, Annex B).
    split = av.BitStreamFilterContext("vp9_superframe_split", _stream("vp9"))
    packets = split.filter(av.Packet(picture.data))
    assert [bytes(packet) for packet in packets] == [small, large]


def _stream(codec: str) -> av.VideoStream:
    container = av.open("/dev/null", "w", format="webm")
    return container.add_mux_stream(codec, width=64, height=48)


def test_a_picture_is_bounded() -> None:
    builder = PictureBuilder("vp8")
    builder.waiting = False
    part = bytes((0x10, *bytes(60000)))
    for _ in range(limits.PICTURE_BYTES // len(part) + 2):
        assert builder.push(1, False, part) == []
    assert builder.waiting


@pytest.mark.parametrize("codec", CODECS)
@given(payloads=st.lists(st.binary(max_size=80), max_size=6))
def test_any_bytes_give_a_picture_or_the_one_error(codec: str, payloads: list[bytes]) -> None:
    with contextlib.suppress(RtpError):
        assert isinstance(ASSEMBLERS[codec]()(payloads), Picture)


@pytest.mark.parametrize("codec", CODECS)
@given(data=st.data())
def test_damaged_packets_give_a_picture_or_the_one_error(codec: str, data: st.DataObject) -> None:
    payloads = [bytearray(payload) for payload in packets_of(codec)[0]]
    for _ in range(data.draw(st.integers(1, 4))):
        payload = data.draw(st.sampled_from(payloads))
        payload[data.draw(st.integers(0, min(24, len(payload) - 1)))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(payloads[-1])))
    payloads[-1] = payloads[-1][:cut]
    with contextlib.suppress(RtpError):
        assert isinstance(ASSEMBLERS[codec]()(payloads), Picture)


@given(st.binary(max_size=60))
def test_any_parameter_set_gives_a_size_or_the_one_error(sps: bytes) -> None:
    with contextlib.suppress(RtpError):
        width, height = h264.read_size(sps)
        assert width > 0
        assert height > 0


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        ("fcff", 960),  # CELT, 20 ms, one frame
        ("f8fffe", 960),
        ("e0ff", 120),  # CELT, 2.5 ms
        ("18ff", 2880),  # SILK, 60 ms
        ("09ff", 1920),  # SILK, 20 ms, two frames of equal size
        ("60ff", 480),  # hybrid, 10 ms
        ("fb03ff", 2880),  # three of 20 ms
        ("fb06ff", 5760),
    ],
)
def test_an_opus_packet_says_how_long_it_is(packet: str, samples: int) -> None:
    assert audio.opus_samples(bytes.fromhex(packet)) == samples


@pytest.mark.parametrize("packet", ["", "fb", "fb00", "fb07", "1bff"])
def test_impossible_opus_packets_are_refused(packet: str) -> None:
    with pytest.raises(RtpError):
        audio.opus_samples(bytes.fromhex(packet))


def test_the_silent_packet_is_silent_and_as_long_as_it_says() -> None:
    decoder = av.CodecContext.create("libopus", "r")
    (frame,) = decoder.decode(av.Packet(audio.OPUS_SILENCE))
    assert frame.samples == audio.OPUS_SILENCE_SAMPLES == audio.opus_samples(audio.OPUS_SILENCE)
    assert not frame.to_ndarray().any()


def test_numbers_of_a_codecs_header_are_read_and_end() -> None:
    bits = BitReader(bytes((0b1_010_011_0, 0b0100_0000)))
    assert [bits.exp_golomb() for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(RtpError):
        BitReader(bytes(4)).exp_golomb()
    with pytest.raises(RtpError):
        BitReader(b"\xff").read(9)


@pytest.mark.parametrize("size", [b"\0\0\x10\0", b"\x10\0\0\0", b"\0\xc0\x10\xc0"])
def test_a_vp8_keyframe_without_width_or_height_is_damaged(size: bytes) -> None:
    with pytest.raises(RtpError, match="impossible size"):
        ASSEMBLERS["vp8"]()([b"\x10" + b"\x10\x02\x00\x9d\x01\x2a" + size + bytes(8)])
