"""Which payload type of an offered section is taken, and what is said about it.

One payload type per section: a track's codec is settled before its first packet, so that receivers can be
offered exactly the sender's own numbers and packets need no rewriting. Pure functions, no state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from galene_py.sdp.model import Format, Section

VIDEO_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")
"""RTCP feedback this server understands from receivers, and gives to senders that offer it."""
WIDE_FEEDBACK = "transport-cc"
"""Transport-wide, for sound and pictures; from receivers only. A browser that gets it pads its media up to
what the encodings take that it has switched off, and without retransmissions has no other SSRC for that."""
KINDS = {
    "vp8": "video",
    "vp9": "video",
    "av1": "video",
    "h264": "video",
    "opus": "audio",
    "g722": "audio",
    "pcmu": "audio",
    "pcma": "audio",
}
_RATES = {"opus": 48000, "g722": 8000, "pcmu": 8000, "pcma": 8000}
_FORM = {"vp9": ("profile-id",), "av1": ("level-idx", "profile", "tier"), "opus": ("minptime",)}
# Constrained baseline is what every receiver decodes; then baseline, main, high (RFC 6184 §8.1).
_H264_PROFILES = ("42e0", "42c0", "4200", "4d00", "640c", "6400")


@dataclass(frozen=True, slots=True)
class Codec:
    """One settled codec. `name` is a key of `KINDS`; `clock_rate` in Hz; `parameters` is fmtp text."""

    name: str
    payload_type: int
    clock_rate: int
    channels: int
    parameters: str
    feedback: tuple[str, ...]

    @property
    def kind(self) -> str:
        """'audio' or 'video'."""
        return KINDS[self.name]

    @property
    def rtpmap(self) -> str:
        """The encoding as `a=rtpmap` spells it."""
        name = self.name if self.name == "opus" else self.name.upper()
        return f"{name}/{self.clock_rate}" + (f"/{self.channels}" if self.channels > 1 else "")


def choose(section: Section, allowed: Sequence[str]) -> Codec | None:
    """The best payload type of `section` among the codecs `allowed`, most wanted first; None: no match."""
    for name in allowed:
        if KINDS.get(name) != section.kind:
            continue
        ranked = [(rank, f) for f in section.formats.values() if (rank := _rank(name, f)) is not None]
        if ranked:
            return _settle(name, min(ranked, key=lambda pair: pair[0])[1])
    return None


def receivable(section: Section, allowed: Sequence[str], sent: Codec | None) -> list[Codec]:
    """What the offerer of `section` can be sent: for each of the codecs `allowed` the payload type that fits
    best, in their order; that of `sent`, if it fits, comes first and is of the same form."""
    found: dict[str, Codec] = {}
    for name in dict.fromkeys(([sent.name] if sent else []) + list(allowed)):
        like = sent if sent is not None and sent.name == name else None
        ranked = [
            (_distance(f, like), rank, f)
            for f in section.formats.values()
            if KINDS.get(name) == section.kind and (rank := _rank(name, f)) is not None
        ]
        if ranked and min(ranked, key=lambda each: each[:2])[0] < _UNFIT:
            found[name] = _settle(name, min(ranked, key=lambda each: each[:2])[2])
    return list(found.values())


_UNFIT = 2


def _distance(format_: Format, sent: Codec | None) -> int:
    """How far a receiver's form of a codec is from what is sent: 0 the same, 1 decodable, 2 not."""
    if sent is None or sent.name not in ("h264", "vp9"):
        return 0
    ours, theirs = parse_parameters(sent.parameters), parse_parameters(format_.parameters)
    if sent.name == "vp9":
        return 0 if ours.get("profile-id", "0") == theirs.get("profile-id", "0") else _UNFIT
    if ours.get("packetization-mode", "0") > theirs.get("packetization-mode", "0"):
        return _UNFIT  # a receiver of mode 0 takes no fragments (RFC 6184 §6.2)
    return 0 if _h264_profile(ours) == _h264_profile(theirs) else 1


def _h264_profile(parameters: dict[str, str]) -> str:
    return parameters.get("profile-level-id", "42000a").lower()[:4]


def _rank(name: str, format_: Format) -> int | None:
    """Lower is better; None: not this codec, or a form of it that is not forwarded."""
    if format_.name != name or 64 <= format_.payload_type <= 95:
        return None  # 64 to 95 look like RTCP when multiplexed (RFC 5761 §4)
    if format_.clock_rate != _RATES.get(name, 90000):
        return None
    parameters = parse_parameters(format_.parameters)
    if name == "opus":
        return 0 if format_.channels <= 2 else None  # "/2" is required (RFC 7587 §7), and often forgotten
    if name == "vp9":
        return {"0": 0, "2": 1}.get(parameters.get("profile-id", "0"))
    if name == "av1":
        return 0 if parameters.get("profile", "0") == "0" else None
    if name == "h264":
        return _h264_rank(parameters)
    return 0 if format_.channels == 1 else None


def _h264_rank(parameters: dict[str, str]) -> int | None:
    mode = parameters.get("packetization-mode", "0")
    profile = _h264_profile(parameters)
    if mode not in ("0", "1"):
        return None
    known = _H264_PROFILES.index(profile) if profile in _H264_PROFILES else len(_H264_PROFILES)
    return known + (0 if mode == "1" else 100)


def _settle(name: str, format_: Format) -> Codec:
    feedback = tuple(item for item in VIDEO_FEEDBACK if item in format_.feedback)
    return Codec(
        name, format_.payload_type, format_.clock_rate, format_.channels, _asked(name, format_), feedback
    )


def _asked(name: str, format_: Format) -> str:
    """The format parameters we repeat: those that name the form of the codec, not the offerer's own limits
    as a receiver (max-fs, maxplaybackrate …), which would bind a sender when they are echoed."""
    if name == "h264":
        return format_.parameters
    offered = parse_parameters(format_.parameters)
    kept = {key: offered[key] for key in _FORM.get(name, ()) if key in offered}
    if name == "opus":
        kept |= {"useinbandfec": "1", "stereo": "1", "sprop-stereo": "1"}
    return ";".join(f"{key}={value}" for key, value in kept.items())


def parse_parameters(text: str) -> dict[str, str]:
    """`a=b;c=d` as a dictionary with lower-case keys; parts without an equals sign are left out."""
    pairs: Iterable[tuple[str, str, str]] = (part.partition("=") for part in text.split(";"))
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}
