"""Prints the descriptions that this server sends: answers to senders, offers to receivers.

Takes settled values and turns them into lines; it decides nothing and keeps no state. Everything that came
from a peer (mids, rids, format parameters) was checked by the parser, so no line break can be smuggled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from galene_py.sdp import limits
from galene_py.sdp.codecs import Codec

_NOWHERE = "c=IN IP4 0.0.0.0"


@dataclass(frozen=True, slots=True)
class LocalParameters:
    """Our side of a connection. `candidates` are the values of `a=candidate` lines, without the name;
    `fingerprint` is upper-case hex with colons (SHA-256); `version` grows by one with every description."""

    ufrag: str
    pwd: str
    fingerprint: str
    candidates: Sequence[str]
    session_id: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class PrintedSection:
    """One m= section to print. `codec` None: rejected, with the m= line's `protocol` and `format_text`.

    `mid` is empty where the offer gave none. `reason`: why there will be no media, printed as the section's
    information (RFC 8866 §5.4), which programs skip and people find.
    """

    kind: str
    mid: str
    codec: Codec | None
    protocol: str = "UDP/TLS/RTP/SAVPF"
    format_text: str = ""
    direction: str = "inactive"
    extensions: Sequence[tuple[str, int]] = ()
    receive_rids: Sequence[str] = ()
    reduced_rtcp: bool = True
    ssrc: int | None = None
    cname: str = ""
    stream_id: str = ""
    track_id: str = ""
    reason: str = ""
    others: Sequence[Codec] = ()
    """Further codecs that may be sent, less wanted than `codec`."""
    rtx: tuple[int, int] | None = None
    """Payload type and SSRC of retransmissions of `ssrc` (RFC 4588)."""


def print_session(
    sections: Sequence[PrintedSection], local: LocalParameters, setup: str, *, bundle: bool = True
) -> str:
    """The text of a description; `bundle`: its accepted sections are in one BUNDLE group."""
    mids = " ".join(section.mid for section in sections if section.codec is not None)
    lines = [
        "v=0",
        f"o=- {local.session_id} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        *([f"a=group:BUNDLE {mids}"] if bundle else ()),
        "a=msid-semantic: WMS *",
    ]
    for section in sections:
        lines += _section(section, local, setup)
    return "\r\n".join(lines) + "\r\n"


def _section(section: PrintedSection, local: LocalParameters, setup: str) -> Iterable[str]:
    codec = section.codec
    if codec is None:
        yield f"m={section.kind} 0 {section.protocol} {section.format_text}"
        yield from _information(section)
        yield _NOWHERE
        yield "a=inactive"
        if section.mid:
            yield f"a=mid:{section.mid}"
        return
    codecs = (codec, *section.others)
    payload_types = [each.payload_type for each in codecs] + list((section.rtx or ())[:1])
    yield f"m={section.kind} 9 {section.protocol} {' '.join(map(str, payload_types))}"
    yield from _information(section)
    yield _NOWHERE
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    for candidate in local.candidates:
        yield f"a=candidate:{candidate}"
    yield "a=end-of-candidates"
    yield f"a=ice-ufrag:{local.ufrag}"
    yield f"a=ice-pwd:{local.pwd}"
    yield f"a=fingerprint:sha-256 {local.fingerprint}"
    yield f"a=setup:{setup}"
    if section.mid:
        yield f"a=mid:{section.mid}"
    for uri, identifier in section.extensions:
        yield f"a=extmap:{identifier} {uri}"
    yield f"a={section.direction}"
    yield "a=rtcp-mux"
    if section.reduced_rtcp:
        yield "a=rtcp-rsize"
    for each in codecs:
        yield from _codec(each)
    if section.rtx:
        yield f"a=rtpmap:{section.rtx[0]} rtx/{codec.clock_rate}"
        yield f"a=fmtp:{section.rtx[0]} apt={codec.payload_type}"
    yield from _streams(section)


def _codec(codec: Codec) -> Iterable[str]:
    yield f"a=rtpmap:{codec.payload_type} {codec.rtpmap}"
    for feedback in codec.feedback:
        yield f"a=rtcp-fb:{codec.payload_type} {feedback}"
    if codec.parameters:
        yield f"a=fmtp:{codec.payload_type} {codec.parameters}"


def _information(section: PrintedSection) -> Iterable[str]:
    if section.reason:
        yield f"i={section.reason[: limits.SDP_REASON]}"


def _streams(section: PrintedSection) -> Iterable[str]:
    for rid in section.receive_rids:
        yield f"a=rid:{rid} recv"
    if section.receive_rids:
        yield "a=simulcast:recv " + ";".join(section.receive_rids)
    if section.stream_id and section.direction == "sendonly":
        yield f"a=msid:{section.stream_id} {section.track_id}"
    if section.ssrc is not None:
        if section.rtx:
            yield f"a=ssrc-group:FID {section.ssrc} {section.rtx[1]}"
        for ssrc in (section.ssrc, *(section.rtx or ())[1:]):
            yield f"a=ssrc:{ssrc} cname:{section.cname}"
            yield f"a=ssrc:{ssrc} msid:{section.stream_id} {section.track_id}"
