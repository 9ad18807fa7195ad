"""The parser: what browsers write is understood, everything else is one clear SdpError."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py import limits as shared
from galene_py.sdp import limits
from galene_py.sdp.reader import SdpError, parse

DATA = Path(__file__).parents[2] / "data" / "sdp"
OFFERS = {path.stem: path.read_bytes().decode() for path in sorted(DATA.glob("*.sdp"))}
PREFIX = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"


@pytest.mark.parametrize("name", OFFERS)
def test_offers_of_real_peers_parse(name: str) -> None:
    session = parse(OFFERS[name])
    assert all(section.rtp and section.mid and section.rtcp_mux for section in session.sections)
    for section in session.sections:
        transport = session.transport_of(section)
        assert transport.ufrag
        assert len(transport.pwd) >= 22
        assert transport.fingerprints
        assert transport.setup == "actpass"


def test_simulcast_is_read_from_both_browsers() -> None:
    for name in ("chromium-simulcast3", "firefox-simulcast3"):
        assert parse(OFFERS[name]).sections[0].simulcast_send == ["h", "m", "l"]


def test_firefox_extension_directions_are_kept() -> None:
    audio = parse(OFFERS["firefox-av"]).sections[0]
    assert audio.extension_directions["urn:ietf:params:rtp-hdrext:csrc-audio-level"] == "recvonly"


def test_feedback_for_all_payload_types_uses_a_star() -> None:
    text = PREFIX + "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtcp-fb:* nack pli\r\n"
    assert all(f.feedback == ["nack pli"] for f in parse(text).sections[0].formats.values())


def test_lines_may_end_with_a_bare_newline() -> None:
    text = OFFERS["chromium-av"]
    assert parse(text.replace("\r\n", "\n")) == parse(text)


def test_a_host_name_in_a_candidate_is_only_counted() -> None:
    text = PREFIX + AUDIO + "a=candidate:1 1 udp 1 metadata.example.internal 80 typ host\r\n"
    assert parse(text).sections[0].candidates == 1


def test_opaque_sections_are_kept_for_rejection() -> None:
    text = PREFIX + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
    section = parse(text).sections[0]
    assert not section.rtp
    assert section.format_text == "webrtc-datachannel"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not start with v=0"),
        ("v=0\r\n", "no media section"),
        ("v=0\r\n" + "a=x\r\n" * limits.SDP_LINES + AUDIO, "lines"),
        ("v=0\r\n" + "a" * (1 << 20), "characters"),
        (PREFIX + "a=x\r\n" * 10_000, "lines"),
        (PREFIX + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 1000, "media sections"),
        (PREFIX + "a=" + "x" * shared.SDP_LINE_BYTES, "too long"),
        (PREFIX + (AUDIO + "a=mid:0\r\n") * 2, "same mid"),
        (PREFIX + "m=audio 9 UDP/TLS/RTP/SAVPF 128\r\n", "payload type"),
        (PREFIX + "m=audio 9 UDP/TLS/RTP/SAVPF 0 0\r\n", "twice"),
        (PREFIX + "m=audio 9 UDP/TLS/RTP/SAVPF opus\r\n", "payload type"),
        (PREFIX + "m=audio 65536 UDP/TLS/RTP/SAVPF 0\r\n", "port"),
        (PREFIX + "m=audio 9\r\n", "m= line"),
        (PREFIX + AUDIO + "a=rtpmap:200 opus/48000/2\r\n", "payload type"),
        (PREFIX + AUDIO + "a=rtpmap:111 opus\r\n", "rtpmap"),
        (PREFIX + AUDIO + "a=rtpmap:111 opus/99999999999\r\n", "clock rate"),
        (PREFIX + AUDIO + "a=fmtp:999 x=1\r\n", "payload type"),
        (PREFIX + AUDIO + "a=fmtp:111 caf\u00e9=1\r\n", "fmtp"),
        (PREFIX + AUDIO + "a=fingerprint:sha-256 zz\r\n", "fingerprint"),
        (PREFIX + AUDIO + "a=ice-pwd:short\r\n", "ice-pwd"),
        (PREFIX + AUDIO + "a=ice-ufrag:a b\r\n", "ice-ufrag"),
        (PREFIX + AUDIO + "a=setup:both\r\n", "setup"),
        (PREFIX + AUDIO + "a=mid:" + "x" * 65 + "\r\n", "mid"),
        (PREFIX + AUDIO + "a=mid:a b\r\n", "mid"),
        (PREFIX + AUDIO + "a=mid:a\x00\r\n", "control character"),
        (PREFIX + AUDIO + "a=mid:a\rb\r\n", "control character"),
        (PREFIX + AUDIO + "a=ssrc:4294967296 cname:x\r\n", "ssrc"),
        (PREFIX + AUDIO + "a=ssrc:-1 cname:x\r\n", "ssrc"),
        (PREFIX + AUDIO + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(200)), "ssrcs"),
        (PREFIX + AUDIO + "a=extmap:1/up x\r\n", "extmap"),
        (PREFIX + AUDIO + "a=extmap:1 x\r\na=extmap:1 y\r\n", "twice"),
        (PREFIX + AUDIO + "a=rid:h sideways\r\n", "rid"),
        (PREFIX + AUDIO + "a=rid:h send\r\na=rid:h send\r\n", "twice"),
        (PREFIX + AUDIO + "a=simulcast:send h;h\r\n", "twice"),
        (PREFIX + AUDIO + "a=simulcast:send h;;l\r\n", "rid"),
        (PREFIX + AUDIO + "a=simulcast:\r\n", "simulcast"),
        (PREFIX + AUDIO + "a=candidate:1\r\n" * 200, "candidates"),
        (PREFIX + "a=group:BUNDLE 0\r\n" + AUDIO, "BUNDLE"),
        (PREFIX + "a=group:BUNDLE 0 0\r\n" + AUDIO + "a=mid:0\r\n", "twice"),
        (PREFIX + AUDIO + "\r\n" + AUDIO, "letter=value"),
        (PREFIX + AUDIO + "A=mid:0\r\n", "letter=value"),
    ],
)
def test_bad_input_is_a_clear_error(text: str, reason: str) -> None:
    with pytest.raises(SdpError, match=reason):
        parse(text)


@given(st.text(max_size=400))
def test_any_text_parses_or_raises_sdp_error(text: str) -> None:
    for whole in (text, PREFIX + text, PREFIX + AUDIO + text):
        with contextlib.suppress(SdpError):
            parse(whole)


@settings(max_examples=200)
@given(st.sampled_from(sorted(OFFERS)), st.integers(0, 7000), st.text(max_size=5), st.integers(0, 20))
def test_damaged_offers_parse_or_raise_sdp_error(name: str, where: int, text: str, removed: int) -> None:
    whole = OFFERS[name]
    with contextlib.suppress(SdpError):
        parse(whole[:where] + text + whole[where + removed :])
