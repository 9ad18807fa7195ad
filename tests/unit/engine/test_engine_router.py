"""Which track and encoding a packet belongs to."""

from dataclasses import replace
from pathlib import Path

import pytest

from galene_py.engine import limits
from galene_py.engine.router import Assignment, Router
from galene_py.rtp import extensions
from galene_py.sdp.model import MID_URI, RID_URI
from galene_py.sdp.negotiation import IncomingSection, read_offer
from kit import packets

DATA = Path(__file__).parents[2] / "data" / "sdp"


def sections(name: str) -> tuple[IncomingSection, ...]:
    return read_offer((DATA / f"{name}.sdp").read_bytes().decode(), ("vp8", "opus")).sections


def router_for(name: str) -> tuple[Router[str], tuple[IncomingSection, ...]]:
    router: Router[str] = Router()
    found = sections(name)
    router.configure([(section, section.kind) for section in found])
    return router, found


def rtp(section: IncomingSection, ssrc: int, **elements: str) -> bytearray:
    """A packet of a section with the given MID and RID."""
    ids = {"mid": section.extension(MID_URI), "rid": section.extension(RID_URI)}
    block = {ids[key]: value.encode() for key, value in elements.items()}
    return packets.build(
        section.codec.payload_type,
        1,
        1,
        ssrc,
        b"payload",
        extension_profile=extensions.ONE_BYTE_PROFILE,
        extension=extensions.build_one_byte(block),
    )


@pytest.mark.parametrize("name", ["chromium-av", "firefox-av", "aiortc-av"])
def test_announced_ssrcs_are_known_at_once(name: str) -> None:
    router, found = router_for(name)
    for section in found:
        (ssrc,) = section.ssrcs
        assert router.find(ssrc, bytearray(12)) == Assignment(section.kind, 0)


@pytest.mark.parametrize("name", ["chromium-simulcast3", "firefox-simulcast3"])
def test_layers_are_told_apart_by_rid(name: str) -> None:
    router, (video,) = router_for(name)
    for index, rid in enumerate(("h", "m", "l")):
        assert router.find(1000 + index, rtp(video, 1000 + index, mid="0", rid=rid)) == Assignment(
            "video", index
        )
        # Browsers stop sending the extensions once they were acknowledged.
        assert router.find(1000 + index, rtp(video, 1000 + index)) == Assignment("video", index)


@pytest.mark.parametrize("name", ["chromium-simulcast3", "firefox-simulcast3"])
def test_layers_stay_known_when_their_section_comes_back_with_another_track(name: str) -> None:
    router, (video,) = router_for(name)
    for index, rid in enumerate(("h", "m", "l")):
        router.find(1000 + index, rtp(video, 1000 + index, mid="0", rid=rid))
    router.configure([])
    assert router.find(1000, rtp(video, 1000)) is None
    router.configure([(video, "another")])
    for index in range(3):
        assert router.find(1000 + index, rtp(video, 1000 + index)) == Assignment("another", index)
    router.configure([(replace(video, encodings=("l", "x")), "fewer")])
    assert router.find(1002, rtp(video, 1002)) == Assignment("fewer", 0)
    assert router.find(1000, rtp(video, 1000)) is None


def test_a_layer_without_rid_cannot_be_told() -> None:
    router, (video,) = router_for("chromium-simulcast3")
    assert router.find(1000, rtp(video, 1000, mid="0")) is None
    assert router.find(1000, rtp(video, 1000, mid="0", rid="x")) is None
    assert router.unroutable == 2


def test_mid_alone_is_enough_without_layers() -> None:
    router, (_, video) = router_for("chromium-av")
    assert router.find(5, rtp(video, 5, mid="1")) == Assignment("video", 0)


def test_payload_type_is_the_last_resort() -> None:
    router, (audio, video) = router_for("chromium-av")
    assert router.find(5, rtp(audio, 5)) == Assignment("audio", 0)
    assert router.find(6, rtp(video, 6)) == Assignment("video", 0)


def test_mid_and_payload_type_must_agree() -> None:
    router, (audio, _) = router_for("chromium-av")
    assert router.find(5, rtp(audio, 5, mid="1")) is None
    assert router.find(5, rtp(audio, 5, mid="9")) is None


def test_an_encoding_has_one_ssrc_at_a_time() -> None:
    router, (audio, _) = router_for("chromium-av")
    router.find(5, rtp(audio, 5))
    router.find(6, rtp(audio, 6))
    assert [ssrc for ssrc, route in router.known.items() if route.track == "audio"] == [6]


def test_a_flood_of_ssrcs_is_bounded() -> None:
    router, (audio, _) = router_for("chromium-av")
    for ssrc in range(1, 1000):
        router.find(ssrc, rtp(audio, ssrc))
    assert len(router.known) <= 2
    assert router.refused == 999 - limits.ENGINE_LEARNT_SSRCS


def test_a_new_description_keeps_known_ssrcs_and_drops_sections_that_went() -> None:
    router, (audio, video) = router_for("chromium-simulcast")
    router.find(7, rtp(video, 7, mid="1", rid="l"))
    router.configure([(video, "video")])
    assert router.known == {7: Assignment("video", 1)}
    assert router.find(audio.ssrcs[0], rtp(audio, audio.ssrcs[0])) is None


def test_damaged_packets_are_dropped() -> None:
    router, (video,) = router_for("chromium-simulcast3")
    whole = rtp(video, 9, mid="0", rid="h")
    for length in range(12, len(whole) - 7):
        assert router.find(9, whole[:length]) is None
