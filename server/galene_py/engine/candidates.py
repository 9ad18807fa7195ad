"""Checks and counts trickled candidates. An ICE-lite server needs none, and never resolves a name in one."""

from __future__ import annotations

from collections.abc import Mapping

from galene_py import limits as shared
from galene_py.conference.media import MediaError
from galene_py.engine import limits


class CandidateCounter:
    """The candidates of one connection."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, candidate: Mapping[str, object]) -> None:
        """Count a candidate of the form of RTCIceCandidateInit. Raises MediaError when it has no such form;
        more of them than anybody needs are ignored."""
        text = candidate.get("candidate", "")
        if not isinstance(text, str) or len(text) > shared.SDP_LINE_BYTES:
            raise MediaError("bad ICE candidate")
        self.count = min(self.count + 1, limits.ENGINE_CANDIDATES)
