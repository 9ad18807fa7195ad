"""Answers to real offers, offers to receivers, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py.sdp import limits, reader
from galene_py.sdp.model import AUDIO_LEVEL_URI, MID_URI, RID_URI, WIDE_URI, SessionDescription
from galene_py.sdp.negotiation import (
    IncomingSection,
    LocalParameters,
    OutgoingSection,
    accept,
    answer,
    offer,
    read_offer,
)
from galene_py.sdp.reader import SdpError

DATA = Path(__file__).parents[2] / "data" / "sdp"
OFFERS = {path.stem: path.read_bytes().decode() for path in sorted(DATA.glob("*.sdp"))}
EVERYTHING = ("vp8", "vp9", "av1", "h264", "opus", "g722", "pcmu", "pcma")
LOCAL = LocalParameters(
    ufrag="srvu",
    pwd="p" * 24,
    fingerprint=":".join(["AB"] * 32),
    candidates=["1 1 udp 2130706431 192.0.2.1 8443 typ host"],
    session_id=77,
)


def answered(text: str, *codecs: str) -> SessionDescription:
    return reader.parse(answer(read_offer(text, codecs), LOCAL))


def sections_of(text: str, *codecs: str) -> tuple[IncomingSection, ...]:
    return read_offer(text, codecs or ("vp8", "opus")).sections


@pytest.mark.parametrize("name", OFFERS)
def test_answer_mirrors_the_offer(name: str) -> None:
    offered = reader.parse(OFFERS[name])
    session = answered(OFFERS[name], "vp8", "opus")
    assert [s.mid for s in session.sections] == [s.mid for s in offered.sections]
    assert [s.kind for s in session.sections] == [s.kind for s in offered.sections]
    assert session.bundle == offered.bundle
    assert session.ice_lite
    for section, before in zip(session.sections, offered.sections, strict=True):
        assert section.direction == "recvonly"
        assert section.rtcp_mux
        assert section.transport.setup == "passive"
        assert section.candidates == 1
        (payload_type,) = section.formats
        assert before.formats[payload_type].name == section.formats[payload_type].name
        for uri, identifier in section.extensions.items():
            assert uri in (MID_URI, RID_URI, AUDIO_LEVEL_URI, WIDE_URI)
            assert before.extensions[uri] == identifier


@pytest.mark.parametrize("name", OFFERS)
@pytest.mark.parametrize("codec", EVERYTHING)
def test_each_codec_alone_is_taken_or_refused(name: str, codec: str) -> None:
    offered = {f.name for section in reader.parse(OFFERS[name]).sections for f in section.formats.values()}
    if codec not in offered:
        with pytest.raises(SdpError, match="codecs"):
            answered(OFFERS[name], codec)
        return
    session = answered(OFFERS[name], codec)
    for section in session.sections:
        if section.port and section.direction != "inactive":
            assert [f.name for f in section.formats.values()] == [codec]


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_simulcast_is_answered_with_every_layer(browser: str) -> None:
    text = answer(read_offer(OFFERS[f"{browser}-simulcast"], ("vp8", "opus")), LOCAL)
    assert "a=rid:h recv\r\na=rid:l recv\r\na=simulcast:recv h;l\r\n" in text
    video = sections_of(OFFERS[f"{browser}-simulcast"])[1]
    assert video.encodings == ("h", "l")
    assert video.ssrcs == ()
    assert video.extension(RID_URI)


def test_of_many_layers_the_first_and_the_last_are_kept() -> None:
    text = OFFERS["native-simulcast"].replace(
        "a=simulcast:send f;h;q",
        "a=rid:x send\r\na=rid:y send\r\na=simulcast:send f;h;x;y;q",
    )
    assert sections_of(text)[1].encodings == ("f", "h", "q")


def test_simulcast_by_ssrc_is_best_first_without_retransmission() -> None:
    text = OFFERS["chromium-av"].rstrip() + (
        "\r\na=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\na=ssrc:21 cname:x\r\na=ssrc:22 cname:x"
        "\r\na=ssrc-group:SIM 11 21\r\na=ssrc-group:FID 11 12\r\na=ssrc-group:FID 21 22\r\n"
    )
    assert sections_of(text)[1].ssrcs == (21, 11)


def test_retransmission_ssrc_is_not_a_media_ssrc() -> None:
    video = reader.parse(OFFERS["firefox-av"]).sections[1]
    ((_, pair),) = video.ssrc_groups
    assert sections_of(OFFERS["firefox-av"])[1].ssrcs == pair[:1]


def test_group_order_of_codecs_decides() -> None:
    names = [
        read_offer(OFFERS["chromium-av"], order).sections[1].codec.name
        for order in (
            ("opus", "vp9", "vp8"),
            ("vp8", "vp9", "opus"),
            ("h264", "opus"),
            ("av1", "vp8", "opus"),
        )
    ]
    assert names == ["vp9", "vp8", "h264", "av1"]


def test_h264_prefers_what_every_receiver_decodes() -> None:
    codec = read_offer(OFFERS["chromium-av"], ("h264", "opus")).sections[1].codec
    assert "42e01f" in codec.parameters
    assert "packetization-mode=1" in codec.parameters


def test_vp9_prefers_profile_0_and_takes_profile_2() -> None:
    text = OFFERS["chromium-av"]
    assert "profile-id=0" in read_offer(text, ("vp9",)).sections[0].codec.parameters
    only_two = text.replace("profile-id=0", "profile-id=1")
    assert "profile-id=2" in read_offer(only_two, ("vp9",)).sections[0].codec.parameters


def test_opus_asks_for_fec_and_stereo() -> None:
    for name in ("chromium-audio", "firefox-audio", "aiortc-av"):
        parameters = sections_of(OFFERS[name])[0].codec.parameters
        assert "useinbandfec=1" in parameters
        assert "stereo=1" in parameters


def test_limits_of_the_offerer_as_a_receiver_are_not_echoed() -> None:
    text = answer(read_offer(OFFERS["firefox-av"], ("vp8", "opus")), LOCAL)
    assert "max-fs" not in text
    assert "maxplaybackrate" not in text


def test_codec_mismatch_rejects_only_that_section() -> None:
    text = answer(read_offer(OFFERS["chromium-av"], ("opus",)), LOCAL)
    session = reader.parse(text)
    assert session.sections[1].port == 0
    assert session.sections[1].rejected
    assert session.bundle == ["0"]
    assert session.sections[0].port == 9


def test_the_section_whose_transport_all_share_stays_without_media() -> None:
    """Chromium cannot give its transport to another section."""
    negotiated = read_offer(OFFERS["chromium-av"], ("vp8",))
    assert [section.kind for section in negotiated.sections] == ["video"]
    session = reader.parse(answer(negotiated, LOCAL))
    assert session.bundle == ["0", "1"]
    assert [section.direction for section in session.sections] == ["inactive", "recvonly"]
    assert list(session.sections[0].formats) == [111]


def test_nothing_usable_names_the_groups_codecs() -> None:
    with pytest.raises(SdpError, match="codecs are av1"):
        read_offer(OFFERS["aiortc-av"], ("av1",))


def test_data_channels_are_rejected() -> None:
    text = (
        OFFERS["chromium-audio"].rstrip()
        + "\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:5\r\n"
    )
    reply = answer(read_offer(text, ("opus",)), LOCAL)
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in reply


def test_sections_outside_the_bundle_are_rejected() -> None:
    text = OFFERS["chromium-av"].replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1")
    assert [s.port for s in answered(text, "vp8", "opus").sections] == [0, 9]


def test_inactive_sections_keep_their_place() -> None:
    text = OFFERS["chromium-av"].replace("a=sendonly", "a=inactive", 1)
    audio, video = sections_of(text)
    assert not audio.active
    assert video.active
    assert [s.direction for s in answered(text, "vp8", "opus").sections] == ["inactive", "recvonly"]


def test_payload_types_that_look_like_rtcp_are_not_taken() -> None:
    text = OFFERS["native-simulcast"].replace(" 111", " 72").replace(":111 ", ":72 ")
    assert [s.kind for s in sections_of(text)] == ["video"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("a=fingerprint:sha-256", "a=x-fingerprint:sha-256", "no fingerprint"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5", "SHA-256"),
        ("a=ice-ufrag:", "a=x-ufrag:", "ice-ufrag"),
        ("a=ice-pwd:", "a=x-pwd:", "ice-pwd"),
        ("a=ice-pwd:", "a=ice-pwd:*", r"no ice-ufrag or ice-pwd \(line \d+: bad ice-pwd"),
        ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/OTHER", "audio section 0: its protocol is UDP/TLS/RTP/OTHER"),
        ("m=", "m=x-", "only audio and video"),
        ("a=setup:actpass", "a=setup:holdconn", "holdconn"),
        ("a=rtcp-mux", "a=x-mux", "rtcp-mux"),
        ("s=-", "s=-\r\na=ice-lite", "ICE-lite"),
    ],
)
def test_offers_that_cannot_work_are_refused(old: str, new: str, reason: str) -> None:
    with pytest.raises(SdpError, match=reason):
        read_offer(OFFERS["chromium-av"].replace(old, new), ("vp8", "opus"))


def test_every_profile_that_jsep_names_is_answered_in_kind() -> None:
    text = OFFERS["chromium-av"].replace("UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF")
    reply = answer(read_offer(text, ("vp8", "opus")), LOCAL)
    assert reply.count("TCP/DTLS/RTP/SAVPF") == 2
    assert "UDP/TLS" not in reply


def test_opus_without_its_two_channels_is_opus() -> None:
    text = OFFERS["chromium-av"].replace("opus/48000/2", "opus/48000")
    audio = sections_of(text)[0]
    assert audio.codec.name == "opus"
    reply = answer(read_offer(text, ("vp8", "opus")), LOCAL)
    assert "a=rtpmap:111 opus/48000\r\n" in reply  # the sender's own spelling, which it looks for
    assert "a=rtpmap:111 opus/48000/2\r\n" in offer(outgoing(text), LOCAL)


def test_one_bad_line_costs_neither_sound_nor_picture() -> None:
    """Whatever a peer adds that is not required: both sections are taken."""
    for line in (
        "a=simulcast:send ;",
        "a=extmap:x y",
        "a=ssrc:x",
        "a=rtcp-fb:999 nack",
        "b=",
        "?",
        "a=rid:a b c",
    ):
        text = OFFERS["chromium-av"].replace("a=mid:", f"{line}\r\na=mid:")
        assert [section.kind for section in sections_of(text)] == ["audio", "video"]


def test_without_mid_and_bundle_the_one_section_is_taken() -> None:
    """Neither is required of an offer with one section (RFC 8829 §5.10); the answer has neither."""
    lines = OFFERS["chromium-audio"].split("\r\n")
    text = "\r\n".join(line for line in lines if not line.startswith(("a=mid:", "a=group:")))
    negotiated = read_offer(text, ("opus",))
    assert [section.mid for section in negotiated.sections] == ["0"]
    reply = answer(negotiated, LOCAL)
    assert "a=mid" not in reply
    assert "BUNDLE" not in reply


def test_without_bundle_one_section_is_taken_and_the_others_are_told_why() -> None:
    text = "\r\n".join(
        line for line in OFFERS["chromium-av"].split("\r\n") if not line.startswith("a=group:")
    )
    reply = answer(read_offer(text, ("vp8", "opus")), LOCAL)
    assert "BUNDLE" in reply.partition("m=video 0 ")[2]
    assert "a=group" not in reply


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("VP8/90000", "VP7/90000", "it offers VP7"),
        ("rtpmap:97 VP8/90000", "rtpmap:97 VP8", "line 42: bad rtpmap"),
        ("m=video 41375 UDP/TLS/RTP/SAVPF", "m=video 9 OTHER", "its protocol is OTHER"),
        ("BUNDLE 0 1", "BUNDLE 0", "not in the BUNDLE group"),
    ],
)
def test_a_refused_section_says_why(old: str, new: str, reason: str) -> None:
    reply = answer(read_offer(OFFERS["aiortc-av"].replace(old, new), ("vp8", "opus")), LOCAL)
    video = reply[reply.index("m=video") :].split("\r\n")
    assert video[0].startswith("m=video 0 ")
    assert video[1].startswith("i=")
    assert reason in video[1]
    assert len(video[1]) <= limits.SDP_REASON + 2


def outgoing(text: str) -> list[OutgoingSection]:
    return [
        OutgoingSection(s.mid, s.codec, s.extensions, 1000 + n, "cname", "stream", f"track{n}")
        for n, s in enumerate(sections_of(text))
    ]


@pytest.mark.parametrize("name", OFFERS)
def test_receivers_are_offered_the_senders_numbers(name: str) -> None:
    up = read_offer(OFFERS[name], ("vp8", "opus")).sections
    session = reader.parse(offer(outgoing(OFFERS[name]), LOCAL))
    for section, sent in zip(session.sections, up, strict=True):
        assert section.mid == sent.mid
        assert list(section.formats) == [sent.codec.payload_type]
        assert section.extensions.get(MID_URI) == (sent.extension(MID_URI) or None)
        assert RID_URI not in section.extensions
        assert section.direction == "sendonly"
        assert section.transport.setup == "actpass"
        assert len(section.ssrcs) == 1


def browser_answer(text: str) -> str:
    """What a willing receiver answers: active, and the direction turned round."""
    return (
        text.replace("a=ice-lite\r\n", "")
        .replace("a=setup:actpass", "a=setup:active")
        .replace("a=sendonly", "a=recvonly")
    )


def test_an_answer_is_accepted() -> None:
    sections = outgoing(OFFERS["chromium-av"])
    accepted = accept(browser_answer(offer(sections, LOCAL)), sections)
    assert accepted.mids == {"0", "1"}
    assert accepted.remote.ufrag == "srvu"
    assert accepted.remote.fingerprints == (("sha-256", LOCAL.fingerprint),)


def test_who_wants_to_be_the_dtls_server_may() -> None:
    """As Pion answers an ICE-lite offerer; browsers do not."""
    sections = outgoing(OFFERS["chromium-av"])
    text = browser_answer(offer(sections, LOCAL))
    assert not accept(text, sections).remote.passive
    assert accept(text.replace("setup:active", "setup:passive"), sections).remote.passive
    negotiated = read_offer(OFFERS["chromium-av"].replace("setup:actpass", "setup:passive"), ("vp8", "opus"))
    assert negotiated.remote.passive
    assert "a=setup:active" in answer(negotiated, LOCAL, active=True)


def test_a_rejected_section_is_not_sent() -> None:
    sections = outgoing(OFFERS["chromium-av"])
    text = browser_answer(offer(sections, LOCAL)).replace("m=audio 9", "m=audio 0")
    text = text.replace("BUNDLE 0 1", "BUNDLE 1")
    assert accept(text, sections).mids == {"1"}


def test_an_inactive_section_is_not_sent() -> None:
    sections = outgoing(OFFERS["chromium-av"])
    sections[0] = replace(sections[0], active=False)
    text = offer(sections, LOCAL)
    assert text.count("a=inactive") == 1
    assert "a=ssrc:1000" not in text
    assert accept(browser_answer(text), sections).mids == {"1"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("a=setup:active", "a=setup:holdconn", "holdconn"),
        ("a=mid:1", "a=mid:9", "mids"),
        ("a=rtcp-mux", "a=x-mux", "takes no section.*rtcp-mux"),
        ("m=audio", "m=video", "kinds"),
        ("a=fingerprint", "a=x", "fingerprint"),
        ("m=audio 9", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:7\r\nm=audio 9", "sections"),
    ],
)
def test_bad_answers_are_refused(old: str, new: str, reason: str) -> None:
    sections = outgoing(OFFERS["chromium-av"])
    with pytest.raises(SdpError, match=reason):
        accept(browser_answer(offer(sections, LOCAL)).replace(old, new), sections)


@settings(max_examples=150)
@given(st.sampled_from(sorted(OFFERS)), st.data())
def test_offers_with_lines_lost_or_swapped_are_answered_or_refused(name: str, data: st.DataObject) -> None:
    lines = OFFERS[name].split("\r\n")
    for _ in range(data.draw(st.integers(1, 6))):
        a = data.draw(st.integers(0, len(lines) - 1))
        b = data.draw(st.integers(0, len(lines) - 1))
        lines[a], lines[b] = lines[b], lines[a]
        if data.draw(st.booleans()):
            del lines[a]
    try:
        negotiated = read_offer("\r\n".join(lines), EVERYTHING)
    except SdpError:
        return
    reply = reader.parse(answer(negotiated, LOCAL))
    assert len(reply.sections) == len(negotiated.printed)
