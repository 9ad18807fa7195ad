"""Offer and answer (RFC 3264, JSEP RFC 8829) for connections that carry media one way.

`answer` takes a sender's offer; `offer` and `accept` describe tracks to a receiver. Every accepted section
shares one transport (BUNDLE, rtcp-mux): the server is ICE-lite and always controlled, and the DTLS server
unless the other side says that it waits for our hello (`a=setup:passive`). Receivers are offered the sender's
own mids, payload types and extension ids, so that all of them can be sent the same plaintext. Nothing here
keeps state or touches a peer; errors are `SdpError`, worded for the client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from galene_py.sdp import fitness, limits, reader
from galene_py.sdp.codecs import KINDS, VIDEO_FEEDBACK, WIDE_FEEDBACK, Codec, choose
from galene_py.sdp.model import (
    AUDIO_LEVEL_URI,
    MID_URI,
    RID_URI,
    WIDE_URI,
    SdpError,
    Section,
    SessionDescription,
)
from galene_py.sdp.writer import LocalParameters, PrintedSection, print_session

__all__ = [
    "Accepted",
    "IncomingSection",
    "LocalParameters",
    "Negotiated",
    "OutgoingSection",
    "RemoteParameters",
    "accept",
    "answer",
    "offer",
    "read_offer",
    "read_remote",
    "refused",
]

_UNNAMED = "0"
"""Our name for the only section of an offer that gives none (RFC 8829 §5.10)."""
_STRONG_HASHES = frozenset({"sha-256", "sha-384", "sha-512"})


@dataclass(frozen=True, slots=True)
class RemoteParameters:
    """The peer's ICE credentials and the fingerprints its certificate must match, (algorithm, hex)."""

    ufrag: str
    pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    tag: str
    """The mid of the section whose transport all share (RFC 9143 §7)."""
    passive: bool = False
    """It wants to be the DTLS server."""


@dataclass(frozen=True, slots=True)
class IncomingSection:
    """A section that a sender may use. `encodings`: rids, best first, empty without simulcast by rid.

    `ssrcs`: announced media SSRCs, best encoding first, without those of retransmission and FEC.
    `active` is false while the sender says that it sends nothing.
    """

    mid: str
    codec: Codec
    active: bool
    extensions: tuple[tuple[str, int], ...]
    encodings: tuple[str, ...]
    ssrcs: tuple[int, ...]

    @property
    def kind(self) -> str:
        """'audio' or 'video'."""
        return self.codec.kind

    def extension(self, uri: str) -> int:
        """The id of a header extension, 0 when it was not negotiated."""
        return next((identifier for known, identifier in self.extensions if known == uri), 0)


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What an offer amounts to. `printed` holds all sections in the offer's order, for the answer.
    `bundled`: the offer has a BUNDLE group, so that the answer may have one."""

    remote: RemoteParameters
    sections: tuple[IncomingSection, ...]
    printed: tuple[PrintedSection, ...]
    bundled: bool = True


@dataclass(frozen=True, slots=True)
class OutgoingSection:
    """A section offered to a receiver: the sender's mid, codec and extensions, and the SSRC we send with."""

    mid: str
    codec: Codec
    extensions: tuple[tuple[str, int], ...]
    ssrc: int
    cname: str
    stream_id: str
    track_id: str
    active: bool = True
    rtx: tuple[int, int] | None = None
    """Payload type and SSRC of retransmissions (RFC 4588); None: there are none."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A receiver's answer: its transport and the mids of the sections it is willing to receive; `wide`: those
    of them for which it sends transport-wide feedback, `rtx`: those of which it takes retransmissions."""

    remote: RemoteParameters
    mids: frozenset[str]
    wide: frozenset[str] = frozenset()
    rtx: frozenset[str] = frozenset()


def read_offer(text: str, codecs: Sequence[str]) -> Negotiated:
    """Judge a sender's offer against the group's `codecs` (most wanted first). Raises SdpError."""
    session = reader.parse(text)
    incoming: list[IncomingSection] = []
    printed: list[PrintedSection] = []
    reasons: list[str] = []
    tagged: Section | None = None
    for section, reason in zip(session.sections, fitness.obstacles(session), strict=True):
        codec, bearer = None, False
        if not reason:
            bearer, tagged = tagged is None, tagged or section
            codec = choose(section, codecs)
            reason = "" if codec else fitness.no_codec(section, codecs)
        reasons.append(reason and fitness.explain(section, reason))
        if codec is None:
            printed.append(refused(section, reasons[-1], bearer=bearer))
            continue
        taken = _incoming(section, codec)
        incoming.append(taken)
        printed.append(_answered(section, taken))
    if tagged is None or not incoming:
        raise SdpError(f"nothing in the offer can be used: {fitness.summary(session, reasons)}")
    return Negotiated(read_remote(session, tagged), tuple(incoming), tuple(printed), bool(session.bundle))


def answer(negotiated: Negotiated, local: LocalParameters, *, active: bool = False) -> str:
    """The text that answers a judged offer. `active`: we are the DTLS client."""
    setup = "active" if active else "passive"
    return print_session(negotiated.printed, local, setup, bundle=negotiated.bundled)


def offer(sections: Sequence[OutgoingSection], local: LocalParameters) -> str:
    """The text that offers `sections` to a receiver; inactive ones keep their place (RFC 3264 §8)."""
    printed = [
        PrintedSection(
            kind=section.codec.kind,
            mid=section.mid,
            codec=_outgoing_codec(section),
            direction="sendonly" if section.active else "inactive",
            extensions=[pair for pair in section.extensions if pair[0] != RID_URI],
            ssrc=section.ssrc if section.active else None,
            rtx=section.rtx,
            cname=section.cname,
            stream_id=section.stream_id,
            track_id=section.track_id,
        )
        for section in sections
    ]
    return print_session(printed, local, setup="actpass")


def accept(text: str, sections: Sequence[OutgoingSection]) -> Accepted:
    """Judge a receiver's answer to an offer of `sections`. Raises SdpError.

    The answer may be to an earlier offer that had fewer sections: they keep their order, later ones follow.
    """
    session = reader.parse(text)
    if len(session.sections) > len(sections):
        raise SdpError(f"the answer has {len(session.sections)} sections, the offer {len(sections)}")
    reasons = fitness.obstacles(session)
    mids: list[str] = []
    wide: list[str] = []
    rtx: list[str] = []
    tagged: Section | None = None
    for section, offered, reason in zip(session.sections, sections, reasons, strict=False):
        if section.mid and section.mid != offered.mid:
            raise SdpError("the answer's mids are not the offer's")
        if section.kind != offered.codec.kind:
            raise SdpError("the answer's kinds of media are not the offer's")
        if reason:
            continue
        tagged = tagged or section
        wanted = section.direction in ("recvonly", "sendrecv")
        if wanted and offered.active and offered.codec.payload_type in section.formats:
            mids.append(offered.mid)
            if _takes_wide(section, offered):
                wide.append(offered.mid)
            if _takes_rtx(section, offered):
                rtx.append(offered.mid)
    if tagged is None:
        raise SdpError(f"the answer takes no section: {fitness.summary(session, reasons)}")
    return Accepted(read_remote(session, tagged), frozenset(mids), frozenset(wide), frozenset(rtx))


def _takes_wide(section: Section, offered: OutgoingSection) -> bool:
    """Whether an answered section keeps the transport-wide numbers, and promises feedback about them."""
    identifier = dict(offered.extensions).get(WIDE_URI, 0)
    feedback = section.formats[offered.codec.payload_type].feedback
    return bool(identifier) and section.extensions.get(WIDE_URI) == identifier and WIDE_FEEDBACK in feedback


def _takes_rtx(section: Section, offered: OutgoingSection) -> bool:
    format_ = None if offered.rtx is None else section.formats.get(offered.rtx[0])
    return format_ is not None and format_.name == "rtx"


def read_remote(session: SessionDescription, tagged: Section) -> RemoteParameters:
    """The other side as `tagged`, the section whose transport all share, describes it. Raises SdpError."""
    transport = session.transport_of(tagged)
    if session.ice_lite:
        raise SdpError("both sides are ICE-lite: nobody would connect")
    if transport.setup == "holdconn":
        raise SdpError("a=setup:holdconn cannot be served: there would be no connection")
    if not transport.ufrag or not transport.pwd:
        raise SdpError(f"no ice-ufrag or ice-pwd{fitness.no_setup(session, tagged)}")
    if not transport.fingerprints:
        raise SdpError(f"no fingerprint{fitness.no_setup(session, tagged)}")
    strong = tuple(pair for pair in transport.fingerprints if pair[0] in _STRONG_HASHES)
    if not strong:
        raise SdpError("no fingerprint with SHA-256 or better")
    passive = transport.setup == "passive"
    return RemoteParameters(transport.ufrag, transport.pwd, strong, tagged.mid, passive)


def _incoming(section: Section, codec: Codec) -> IncomingSection:
    rids = _encodings(section)
    wanted = [MID_URI, AUDIO_LEVEL_URI] if section.kind == "audio" else [MID_URI]
    if rids:
        wanted.append(RID_URI)
    # Ids over 14 need the two-byte form, which we do not ask for (RFC 8285 §4.3).
    extensions = tuple(
        (uri, identifier)
        for uri in wanted
        if 0 < (identifier := section.extensions.get(uri, 0)) <= 14
        and section.extension_directions[uri] in ("sendrecv", "sendonly")
    )
    if rids and RID_URI not in dict(extensions):
        rids = rids[:1]  # the layers could not be told apart: take one
    return IncomingSection(
        mid=section.mid or _UNNAMED,
        codec=codec,
        active=section.direction in ("sendonly", "sendrecv"),
        extensions=extensions,
        encodings=rids,
        ssrcs=_media_ssrcs(section),
    )


def _encodings(section: Section) -> tuple[str, ...]:
    """The rids to receive, best first; of too many the first ones and the last (RFC 8853 §5.2)."""
    rids = [rid for rid in section.simulcast_send if rid in section.send_rids]
    if len(rids) > limits.SDP_ENCODINGS:
        rids = [*rids[: limits.SDP_ENCODINGS - 1], rids[-1]]
    return tuple(rids) if section.kind == "video" else ()


def _media_ssrcs(section: Section) -> tuple[int, ...]:
    """Announced SSRCs that carry media, best first (a SIM group lists them from the smallest up)."""
    if section.simulcast_send:
        return ()  # which is which is told by the rid extension only
    secondary = {
        ssrc
        for semantics, members in section.ssrc_groups
        if semantics in ("FID", "FEC", "FEC-FR")
        for ssrc in members[1:]
    }
    for semantics, members in section.ssrc_groups:
        if semantics == "SIM":
            chosen = tuple(dict.fromkeys(ssrc for ssrc in reversed(members) if ssrc in section.ssrcs))
            return chosen[: limits.SDP_ENCODINGS]
    return tuple(ssrc for ssrc in section.ssrcs if ssrc not in secondary)[:1]


def _answered(section: Section, taken: IncomingSection) -> PrintedSection:
    direction = "recvonly" if taken.active else "inactive"
    return PrintedSection(
        kind=section.kind,
        mid=section.mid,
        codec=taken.codec,
        protocol=section.protocol,
        direction=direction,
        extensions=taken.extensions,
        receive_rids=taken.encodings if taken.active else (),
        reduced_rtcp=section.reduced_rtcp,
    )


def refused(section: Section, reason: str, *, bearer: bool) -> PrintedSection:
    """A section without media. `bearer`: all others share its transport. Chromium cannot give that to another
    section (RFC 9143 §7.3.3) when the bundle policy is max-bundle, so it stays, inactive."""
    codec = choose(section, tuple(KINDS)) if bearer else None
    return PrintedSection(
        kind=section.kind,
        mid=section.mid,
        codec=codec,
        protocol=section.protocol,
        format_text=section.format_text,
        reduced_rtcp=section.reduced_rtcp,
        reason=reason,
    )


def _outgoing_codec(section: OutgoingSection) -> Codec:
    codec = section.codec
    feedback: tuple[str, ...] = VIDEO_FEEDBACK if codec.kind == "video" else ()
    if WIDE_URI in dict(section.extensions):
        feedback += (WIDE_FEEDBACK,)
    return Codec(
        codec.name,
        codec.payload_type,
        codec.clock_rate,
        2 if codec.name == "opus" else codec.channels,  # RFC 7587 §7: always two, for browsers insist
        codec.parameters,
        feedback,
    )
