"""Finds the track and encoding of an incoming packet: by announced SSRC, by MID and RID, by payload type.

Pure and bounded: an SSRC is learnt once (RFC 9143 §9.2, RFC 8852), an encoding has one SSRC at a time,
and a session may bring in only so many that nobody announced. Owned by one published stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from galene_py.engine import limits
from galene_py.rtp import extensions, packet
from galene_py.sdp.model import MID_URI, RID_URI
from galene_py.sdp.negotiation import IncomingSection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assignment(Generic[T]):
    """Where packets of one SSRC go: a track, and the index of the encoding, 0 being the best."""

    track: T
    encoding: int


class Router(Generic[T]):
    """`find` is the hot path: one dictionary look-up for a known SSRC."""

    def __init__(self) -> None:
        self.known: dict[int, Assignment[T]] = {}
        self._sections: dict[str, tuple[IncomingSection, T]] = {}
        self._mid_id = 0
        self._rid_id = 0
        self._learnt = 0
        self._names: dict[int, tuple[str, str]] = {}
        """MID and RID ('' without layers) of learnt SSRCs, the newest last."""
        self.unroutable = 0
        """Packets that belong to no section, or whose encoding cannot be told yet."""
        self.refused = 0
        """Packets of SSRCs beyond the bound."""

    def configure(self, sections: Iterable[tuple[IncomingSection, T]]) -> None:
        """Take the sections of a new description. SSRCs that were learnt stay what they are, even if their
        section has another track now or had none for some time: senders name them only once."""
        self._sections = {section.mid: (section, track) for section, track in sections if section.active}
        self.known = {}
        for ssrc, name in self._names.items():
            assigned = self._assignment(*name)
            if assigned is not None:
                self._bind(ssrc, assigned)
        self._mid_id = self._rid_id = self._learnt = 0
        for section, track in self._sections.values():
            self._mid_id = self._mid_id or section.extension(MID_URI)
            self._rid_id = self._rid_id or section.extension(RID_URI)
            for index, ssrc in enumerate(section.ssrcs):
                self._bind(ssrc, Assignment(track, index))

    def find(self, ssrc: int, first: bytearray) -> Assignment[T] | None:
        """The track and encoding of `ssrc`, learnt from the packet `first` when it is new; None: drop the
        packet."""
        return self.known.get(ssrc) or self._learn(ssrc, first)

    def _learn(self, ssrc: int, first: bytearray) -> Assignment[T] | None:
        name = self._identify(first)
        assigned = None if name is None else self._assignment(*name)
        if name is None or assigned is None:
            self.unroutable += 1
            return None
        if self._learnt >= limits.ENGINE_LEARNT_SSRCS:
            self.refused += 1
            return None
        self._learnt += 1
        self._names.pop(ssrc, None)
        self._names[ssrc] = name
        if len(self._names) > limits.ENGINE_LEARNT_SSRCS:
            del self._names[next(iter(self._names))]
        self._bind(ssrc, assigned)
        return assigned

    def _bind(self, ssrc: int, assigned: Assignment[T]) -> None:
        for old in [known for known, other in self.known.items() if other == assigned]:
            del self.known[old]
        self.known[ssrc] = assigned

    def _identify(self, first: bytearray) -> tuple[str, str] | None:
        """MID and RID of a packet's section and encoding."""
        mid = self._text(first, self._mid_id)
        if mid:
            found = self._sections.get(mid)
        else:
            payload_type = packet.payload_type(first)
            matching = [
                pair for pair in self._sections.values() if pair[0].codec.payload_type == payload_type
            ]
            found = matching[0] if len(matching) == 1 else None
        if found is None or found[0].codec.payload_type != packet.payload_type(first):
            return None
        return found[0].mid, self._text(first, self._rid_id) if found[0].encodings else ""

    def _assignment(self, mid: str, rid: str) -> Assignment[T] | None:
        """What has these names; None: nothing now."""
        section, track = self._sections.get(mid, (None, None))
        if section is None or track is None:
            return None
        if not section.encodings:
            # Layers told apart by SSRC were all announced: another SSRC is none of them.
            return None if rid or len(section.ssrcs) > 1 else Assignment(track, 0)
        if rid in section.encodings:
            return Assignment(track, section.encodings.index(rid))
        return Assignment(track, 0) if not rid and len(section.encodings) == 1 else None

    def _text(self, first: bytearray, identifier: int) -> str:
        value = extensions.find(first, identifier) if identifier else None
        return bytes(value).decode("ascii", "replace") if value else ""
