"""The parser: what browsers write is understood, a bad line costs itself, the rest is one clear SdpError."""

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
        (PREFIX + (AUDIO + "a=mid:0\r\n") * 2, "same mid"),
        (PREFIX + "m=audio 65536 UDP/TLS/RTP/SAVPF 0\r\n", "line 5: bad port"),
        (PREFIX + "m=audio 9\r\n", "line 5: m= line"),
        (PREFIX + "m=audio 9 UDP/TLS/RTP/SAVPF " + "0 " * 200, "payload types"),
        (PREFIX + AUDIO + "a=mid:" + "x" * 65 + "\r\n", "line 7: bad mid"),
        (PREFIX + AUDIO + "a=mid:a b\r\n", "bad mid"),
        (PREFIX + AUDIO + "a=mid:a\x00\r\n", "control character"),
        (PREFIX + AUDIO + "a=mid:a\rb\r\n", "control character"),
    ],
)
def test_what_makes_a_description_ambiguous_is_a_clear_error(text: str, reason: str) -> None:
    with pytest.raises(SdpError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a=" + "x" * shared.SDP_LINE_BYTES, "too long"),
        ("a=rtpmap:200 opus/48000/2", "payload type"),
        ("a=rtpmap:111 opus", "rtpmap"),
        ("a=rtpmap:111 opus/99999999999", "clock rate"),
        ("a=fmtp:999 x=1", "payload type"),
        ("a=fmtp:111 caf\u00e9=1", "fmtp"),
        ("a=fingerprint:sha-256 zz", "fingerprint"),
        ("a=ice-pwd:short", "ice-pwd"),
        ("a=ice-ufrag:a b", "ice-ufrag"),
        ("a=setup:both", "setup"),
        ("a=ssrc:4294967296 cname:x", "ssrc"),
        ("a=ssrc:-1 cname:x", "ssrc"),
        ("a=extmap:1/up x", "extmap"),
        ("a=extmap:3 y", "twice"),
        ("a=rid:h sideways", "rid"),
        ("a=rid:q send", "twice"),
        ("a=simulcast:send h;h", "twice"),
        ("a=simulcast:send h;;l", "rid"),
        ("a=simulcast:send h sideways x", "direction"),
        ("a=simulcast:", "simulcast"),
        ("a=rtcp-fb:x nack", "payload type"),
        ("a=x\x00y", "control character"),
        ("A=mid:0", "letter=value"),
        ("nonsense", "letter=value"),
        ("=", "letter=value"),
    ],
)
def test_a_line_that_cannot_be_used_costs_itself_only(line: str, reason: str) -> None:
    good = PREFIX + AUDIO + "a=rtpmap:111 opus/48000/2\r\na=extmap:3 x\r\na=rid:q send\r\n"
    session, plain = parse(good + line + "\r\na=mid:0\r\n"), parse(good + "a=mid:0\r\n")
    (skipped,) = session.sections[0].skipped
    assert skipped.startswith("line 10: ")
    assert reason in skipped
    session.sections[0].skipped.clear()
    assert session == plain


def test_of_long_lists_the_beginning_is_taken() -> None:
    text = PREFIX + AUDIO + "".join(f"a=ssrc:{n} cname:x\r\na=candidate:1\r\n" for n in range(200))
    section = parse(text).sections[0]
    assert list(section.ssrcs) == list(range(limits.SDP_LIST))
    assert section.candidates == limits.SDP_LIST
    assert len(section.skipped) == limits.SDP_SKIPPED


def test_payload_types_that_do_not_exist_or_come_twice_are_left_out() -> None:
    section = parse(PREFIX + "m=audio 9 UDP/TLS/RTP/SAVPF 128 0 opus 0 8\r\n").sections[0]
    assert list(section.formats) == [0, 8]


@pytest.mark.parametrize(
    "protocol",
    [
        "UDP/TLS/RTP/SAVPF",
        "UDP/TLS/RTP/SAVP",
        "TCP/DTLS/RTP/SAVPF",
        "TCP/DTLS/RTP/SAVP",
        "TCP/TLS/RTP/SAVPF",
        "RTP/SAVPF",
        "RTP/SAVP",
        "RTP/AVPF",
        "RTP/AVP",
        "udp/tls/rtp/savpf",
    ],
)
def test_every_name_of_media_over_dtls_is_known(protocol: str) -> None:
    section = parse(PREFIX + f"m=audio 9 {protocol} 0\r\n").sections[0]
    assert section.rtp
    assert section.protocol == protocol


@pytest.mark.parametrize("protocol", ["RTP", "SAVPF", "UDP/DTLS/SCTP", "UDP/TLS/RTP/SAVPF/X", "XRTP/AVP"])
def test_other_protocols_are_not(protocol: str) -> None:
    assert not parse(PREFIX + f"m=audio 9 {protocol} 0\r\n").sections[0].rtp


def test_blanks_where_none_belong_change_nothing() -> None:
    """Around lines and values, between words, instead of lines, and tabs for blanks."""
    for text in OFFERS.values():
        spaced = "\r\n\r\n".join(f" {line}\t " for line in text.split("\r\n"))
        for old, new in (("v=0", "v= 0"), ("a=mid:", "a=mid: "), ("a=setup:", "a=setup:  ")):
            spaced = spaced.replace(old, new)
        for name in (
            "rtpmap",
            "fmtp",
            "rtcp-fb",
            "extmap",
            "ssrc",
            "ssrc-group",
            "rid",
            "ice-ufrag",
            "ice-pwd",
        ):
            spaced = spaced.replace(f"a={name}:", f"a={name}: ")
        spaced = "\n".join(
            line.replace(" ", "  ", 2)
            if line.strip().startswith(("m=", "a=fingerprint", "a=rtpmap"))
            else line
            for line in spaced.split("\n")
        )
        assert parse("\r\n" + spaced) == parse(text)


def test_header_extensions_named_for_the_session_hold_for_its_sections() -> None:
    text = PREFIX + "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n" + AUDIO + "a=extmap:5 x\r\n" + AUDIO
    first, second = parse(text).sections
    assert first.extensions == {"urn:ietf:params:rtp-hdrext:sdes:mid": 4, "x": 5}
    assert second.extensions == {"urn:ietf:params:rtp-hdrext:sdes:mid": 4}


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
