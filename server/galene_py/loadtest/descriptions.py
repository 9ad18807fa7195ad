"""What a person of a load test says in SDP: a camera to send, or everything that is offered. Pure.

We are always the DTLS client, and name no address: the other side learns ours from our checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from galene_py.loadtest.ice import Address, IceAgent
from galene_py.sdp import reader
from galene_py.sdp.model import Format, SdpError, Section

OPUS, VP8 = 111, 96
CLOCK_RATES = {"opus": 48000, "vp8": 90000, "vp9": 90000, "av1": 90000, "h264": 90000}
_CANDIDATE = re.compile(r"candidate:\S+ 1 udp \d+ (\S+) (\d+) typ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remote:
    """The other side of a connection."""

    ufrag: str
    pwd: str
    lite: bool
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A track that is offered to us."""

    kind: str
    codec: str
    clock_rate: int
    payload_type: int


def remote(text: str) -> Remote:
    """Who is at the other side. Raises SdpError."""
    session = reader.parse(text)
    section = next((each for each in session.sections if not each.rejected), None)
    if section is None:
        raise SdpError("every section is refused")
    transport = session.transport_of(section)
    return Remote(transport.ufrag, transport.pwd, session.ice_lite, tuple(addresses(text.splitlines())))


def addresses(lines: Iterable[str]) -> list[Address]:
    """The UDP addresses in candidates; names (mDNS) are left out."""
    found = [(match[1], int(match[2])) for line in lines if (match := _CANDIDATE.search(line))]
    return [(host, port) for host, port in found if not host.endswith(".local")]


def offer(ice: IceAgent, fingerprint: str, ssrcs: Mapping[str, int]) -> str:
    """A camera's offer; `ssrcs`: by kind, 'audio' and 'video'."""
    lines = _head(list(ssrcs))
    for kind, ssrc in ssrcs.items():
        payload_type, codec = (OPUS, "opus/48000/2") if kind == "audio" else (VP8, "VP8/90000")
        lines += _section(ice, fingerprint, kind, payload_type, kind, "sendonly")
        lines += [f"a=rtpmap:{payload_type} {codec}"]
        if kind == "video":
            asked = ("nack", "nack pli", "ccm fir", "goog-remb")
            lines += [f"a=rtcp-fb:{payload_type} {item}" for item in asked]
        lines += [f"a=ssrc:{ssrc} cname:loadtest", f"a=ssrc:{ssrc} msid:loadtest {kind}"]
    return "\r\n".join(lines) + "\r\n"


def answer(text: str, ice: IceAgent, fingerprint: str) -> tuple[str, dict[int, Incoming]]:
    """The answer that takes all sound and video of an offer, and what will come by payload type. Raises
    SdpError."""
    session = reader.parse(text)
    lines = _head([section.mid for section in session.sections])
    tracks = {}
    for section in session.sections:
        taken = _choose(section)
        if taken is None:
            lines += [f"m={section.kind} 0 {section.protocol} {section.format_text}", "c=IN IP4 0.0.0.0"]
            lines += [f"a=mid:{section.mid}", "a=inactive"]
            continue
        number = taken.payload_type
        tracks[number] = Incoming(section.kind, taken.name.lower(), taken.clock_rate, number)
        direction = "recvonly" if section.direction in ("sendonly", "sendrecv") else "inactive"
        lines += _section(ice, fingerprint, section.kind, number, section.mid, direction)
        channels = f"/{taken.channels}" if section.kind == "audio" else ""
        lines += [f"a=rtpmap:{number} {taken.name}/{taken.clock_rate}{channels}"]
        if taken.parameters:
            lines += [f"a=fmtp:{number} {taken.parameters}"]
        lines += [f"a=rtcp-fb:{number} {item}" for item in taken.feedback if item != "transport-cc"]
    return "\r\n".join(lines) + "\r\n", tracks


def _choose(section: Section) -> Format | None:
    if section.rejected or section.kind not in ("audio", "video"):
        return None
    return next((each for each in section.formats.values() if each.name.lower() in CLOCK_RATES), None)


def _head(mids: list[str]) -> list[str]:
    return ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]


def _section(
    ice: IceAgent, fingerprint: str, kind: str, payload_type: int, mid: str, direction: str
) -> list[str]:
    return [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}",
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{ice.ufrag}",
        f"a=ice-pwd:{ice.pwd}",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:active",
        f"a=mid:{mid}",
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
