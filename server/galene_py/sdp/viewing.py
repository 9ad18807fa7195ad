"""Offer and answer with a receiver that describes itself first (WHEP): what it can be sent.

It may be sent another codec later, of those that it takes: hence an answer names all of them, promises no
SSRC and no header extensions, and each packet is told apart by its payload type (RFC 9143 §9.2). Where
an offer takes nothing of what is sent, we can offer instead. Pure; errors are SdpError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from galene_py.sdp import fitness, reader
from galene_py.sdp.codecs import KINDS, VIDEO_FEEDBACK, Codec, receivable
from galene_py.sdp.model import SdpError, Section
from galene_py.sdp.negotiation import RemoteParameters, read_remote, refused
from galene_py.sdp.writer import LocalParameters, PrintedSection, print_session


class Unacceptable(SdpError):
    """The offer is well-formed, and what is sent cannot be received by it."""


@dataclass(frozen=True, slots=True)
class ViewedSection:
    """What may be sent in one section. `codecs`: by name, with the receiver's payload types."""

    kind: str
    codecs: Mapping[str, Codec]


@dataclass(frozen=True, slots=True)
class Viewing:
    """An offer as it was judged. At most one section of each kind is used."""

    remote: RemoteParameters
    sections: tuple[ViewedSection, ...]
    printed: tuple[PrintedSection, ...]
    bundled: bool


def read_offer(text: str, codecs: Sequence[str], sent: Mapping[str, Codec], stream_id: str) -> Viewing:
    """Judge a receiver's offer. `codecs`: the group's, most wanted first; `sent`: by kind what is sent.

    Raises Unacceptable when nothing of `sent` can be received, or a kind that the offer wants comes in a
    codec that it does not take; SdpError when it is no offer that can be used at all.
    """
    session = reader.parse(text)
    used: dict[str, ViewedSection] = {}
    printed: list[PrintedSection] = []
    lacking: list[str] = []
    tagged: Section | None = None
    for section, reason in zip(session.sections, fitness.obstacles(session), strict=True):
        chosen: list[Codec] = []
        bearer = not reason and tagged is None
        if not reason:
            tagged = tagged or section
            reason, chosen = _judge(section, codecs, sent, used)
        if reason:
            lacking.append(fitness.explain(section, reason))
            printed.append(refused(section, lacking[-1], bearer=bearer))
            continue
        if section.kind in sent and (not chosen or chosen[0].name != sent[section.kind].name):
            raise Unacceptable(f"it takes no {sent[section.kind].name.upper()}, which is what is sent")
        used[section.kind] = ViewedSection(section.kind, {codec.name: codec for codec in chosen})
        printed.append(_printed(section.kind, section.mid, chosen, stream_id, section))
    if tagged is None:
        raise SdpError(f"nothing in the offer can be used: {fitness.summary(session, lacking)}")
    remote = read_remote(session, tagged)
    if not set(used) & set(sent):
        raise Unacceptable(f"nothing that is sent can be received: {'; '.join(lacking) or 'other kinds'}")
    return Viewing(remote, tuple(used.values()), tuple(printed), bool(session.bundle))


def counter_sections(sent: Mapping[str, Codec], stream_id: str) -> list[PrintedSection]:
    """What we offer where the receiver's offer does not do: exactly what is sent, sound first."""
    return [_printed(kind, kind, [_full(sent[kind])], stream_id) for kind in sorted(sent)]


def describe(
    sections: Sequence[PrintedSection], local: LocalParameters, setup: str, *, bundle: bool = True
) -> str:
    """The text of our side; `setup` 'actpass' makes it an offer."""
    return print_session(sections, local, setup, bundle=bundle)


def read_answer(
    text: str, offered: Sequence[PrintedSection]
) -> tuple[RemoteParameters, tuple[ViewedSection, ...]]:
    """Judge the answer to an offer of `counter_sections`. Raises SdpError, also when it takes nothing."""
    session = reader.parse(text)
    if len(session.sections) != len(offered):
        raise SdpError(f"the answer has {len(session.sections)} sections, the offer {len(offered)}")
    taken: list[ViewedSection] = []
    tagged: Section | None = None
    reasons = fitness.obstacles(session)
    for section, wanted, reason in zip(session.sections, offered, reasons, strict=True):
        codec = wanted.codec
        if section.kind != wanted.kind or codec is None:
            raise SdpError("the answer's kinds of media are not the offer's")
        receives = section.direction in ("recvonly", "sendrecv")
        if not reason and receives and codec.payload_type in section.formats:
            tagged = tagged or section
            taken.append(ViewedSection(section.kind, {codec.name: codec}))
    if tagged is None:
        raise SdpError(f"the answer takes no section: {fitness.summary(session, reasons)}")
    return read_remote(session, tagged), tuple(taken)


def read_credentials(text: str) -> RemoteParameters:
    """Whose description it is, whatever it says of media: for ICE restarts. Raises SdpError."""
    session = reader.parse(text)
    for section, reason in zip(session.sections, fitness.obstacles(session), strict=True):
        if not reason:
            return read_remote(session, section)
    raise SdpError("nothing in the description can be used")


def _judge(
    section: Section, codecs: Sequence[str], sent: Mapping[str, Codec], used: Mapping[str, ViewedSection]
) -> tuple[str, list[Codec]]:
    """Why a section is not used, or what it may be sent."""
    if section.direction not in ("recvonly", "sendrecv"):
        return f"it is {section.direction}, and whoever watches receives", []
    if section.kind in used:
        return "one stream has one section of each kind", []
    chosen = receivable(section, codecs, sent.get(section.kind))
    return "" if chosen or section.kind in sent else fitness.no_codec(section, codecs), chosen


def _printed(
    kind: str, mid: str, codecs: Sequence[Codec], stream_id: str, like: Section | None = None
) -> PrintedSection:
    return PrintedSection(
        kind=kind,
        mid=mid,
        codec=codecs[0],
        others=codecs[1:],
        protocol=like.protocol if like else "UDP/TLS/RTP/SAVPF",
        direction="sendonly",
        reduced_rtcp=like.reduced_rtcp if like else True,
        stream_id=stream_id,
        track_id=f"{stream_id}-{kind}",
    )


def _full(codec: Codec) -> Codec:
    """With all feedback that is understood from receivers."""
    audio = KINDS[codec.name] == "audio"
    channels = 2 if codec.name == "opus" else codec.channels
    return replace(codec, channels=channels, feedback=() if audio else VIDEO_FEEDBACK)
