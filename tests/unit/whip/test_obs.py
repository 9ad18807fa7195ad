"""Offers as OBS Studio writes them, from version 30 on, by libdatachannel; made by the field's knowledge.

ICE and DTLS parameters are the session's, sound comes first, every SSRC is announced, nothing trickles.
"""

from __future__ import annotations

import pytest

from galene_py.sdp import reader
from galene_py.sdp.model import SdpError
from galene_py.sdp.negotiation import LocalParameters, answer, read_offer

FINGERPRINT = ":".join(["5C"] * 32)
OURS = LocalParameters("ours", "o" * 24, FINGERPRINT, ["1 1 udp 1 192.0.2.1 8443 typ host"], 1)
BASELINE = "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1"
HIGH = "profile-level-id=640c1f;packetization-mode=1;level-asymmetry-allowed=1"


def offer(codec: str = "H264", parameters: str = BASELINE, *, layers: int = 1) -> str:
    """An offer with sound and a picture; from version 31 on several layers by rid."""
    lines = [
        "v=0",
        "o=rtc 3045678912 0 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "a=group:LS 0 1",
        "a=msid-semantic:WMS *",
        "a=setup:actpass",
        "a=ice-ufrag:hZ0K",
        "a=ice-pwd:0k1QpLw9Xv2bD7sFzN3mTc",
        "a=ice-options:ice2,trickle",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sendonly",
        "a=ssrc:11 cname:obs",
        "a=ssrc:11 msid:obs obs-audio",
        "a=msid:obs obs-audio",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=mid:1",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "a=sendonly",
    ]
    if layers > 1:
        rids = [str(number) for number in range(layers)]
        lines += [f"a=rid:{rid} send" for rid in rids] + [f"a=simulcast:send {';'.join(rids)}"]
    else:
        lines += ["a=ssrc:12 cname:obs", "a=ssrc:12 msid:obs obs-video"]
    lines += [
        "a=msid:obs obs-video",
        "a=rtcp-mux",
        f"a=rtpmap:96 {codec}/90000",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 goog-remb",
        *([f"a=fmtp:96 {parameters}"] if parameters else []),
    ]
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize(
    ("codec", "parameters", "name"),
    [
        ("H264", BASELINE, "h264"),
        ("H264", HIGH, "h264"),
        ("AV1", "profile=0;level-idx=5;tier=0", "av1"),
        ("AV1", "", "av1"),
    ],
)
def test_what_obs_sends_is_taken_as_it_is(codec: str, parameters: str, name: str) -> None:
    judged = read_offer(offer(codec, parameters), ["h264", "av1", "opus"])
    sound, picture = judged.sections
    assert (sound.codec.name, sound.ssrcs) == ("opus", (11,))
    assert (picture.codec.name, picture.codec.payload_type, picture.ssrcs) == (name, 96, (12,))
    assert set(picture.codec.feedback) == {"nack", "nack pli", "goog-remb"}
    text = answer(judged, OURS)
    said = reader.parse(text)
    assert [section.direction for section in said.sections] == ["recvonly", "recvonly"]
    assert said.bundle == ["0", "1"]
    assert said.transport_of(said.sections[1]).setup == "passive"
    if name == "h264":
        assert f"a=fmtp:96 {parameters}" in text


def test_its_layers_are_taken_best_first() -> None:
    (_, picture) = read_offer(offer(layers=3), ["h264", "opus"]).sections
    assert picture.encodings == ("0", "1", "2")


@pytest.mark.parametrize(
    ("codec", "parameters"), [("H265", "profile-id=1;level-id=93;tier-flag=0"), ("H264", BASELINE)]
)
def test_a_codec_that_the_group_does_not_allow_costs_the_picture_and_says_so(
    codec: str, parameters: str
) -> None:
    judged = read_offer(offer(codec, parameters), ["vp8", "opus"])
    assert [section.codec.name for section in judged.sections] == ["opus"]
    text = answer(judged, OURS)
    assert f"i=it offers {codec}; this group's codecs are vp8, opus" in text
    with pytest.raises(SdpError, match=f"{codec}; this group's codecs are vp8"):
        read_offer(offer(codec, parameters).replace("opus/48000", "flac/48000"), ["vp8", "opus"])
