"""Which sections of a description can carry media here, and why the others cannot, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.sdp import limits
from galene_py.sdp.model import Section, SessionDescription


def obstacles(session: SessionDescription) -> list[str]:
    """For each section why it cannot share our one transport; empty where it can: it is in the BUNDLE group,
    or the first one where there is no such group."""
    found: list[str] = []
    free = not session.bundle
    for section in session.sections:
        obstacle = _obstacle(section)
        if not obstacle and session.bundle and section.mid not in session.bundle:
            obstacle = "it is not in the BUNDLE group"
        elif not obstacle and not session.bundle:
            obstacle = "" if free else "there is no BUNDLE group, so that only one section can be used"
            free = False
        found.append(obstacle)
    return found


def _obstacle(section: Section) -> str:
    if section.kind not in ("audio", "video"):
        return "only audio and video are forwarded"
    if not section.rtp:
        return f"its protocol is {section.protocol}, not UDP/TLS/RTP/SAVPF"
    if section.rejected:
        return "it is switched off by port 0"
    if not section.rtcp_mux:
        return "it has no rtcp-mux"
    return ""


def no_codec(section: Section, allowed: Sequence[str]) -> str:
    """Why no payload type of a section was chosen."""
    names = dict.fromkeys(format_.name.upper() for format_ in section.formats.values() if format_.name)
    offered = f"offers {', '.join(names)}" if names else "names no codec"
    return f"it {offered}; this group's codecs are {', '.join(allowed)}"


def no_setup(session: SessionDescription, section: Section) -> str:
    """Where to look when something that a connection needs is missing: the lines that could not be used."""
    lines = [*session.skipped, *section.skipped][: limits.SDP_SKIPPED]
    return f" ({'; '.join(lines)})" if lines else ""


def explain(section: Section, reason: str) -> str:
    """The reason with the lines of the section that could not be used; at most `SDP_REASON` characters."""
    if section.skipped:
        reason += f" ({'; '.join(section.skipped)})"
    return reason if len(reason) <= limits.SDP_REASON else reason[: limits.SDP_REASON - 1] + "…"


def summary(session: SessionDescription, reasons: Sequence[str]) -> str:
    """All refusals in one line, for an error; the first few sections."""
    named = [
        f"{section.kind} section {section.mid or number}: {reason}"
        for number, (section, reason) in enumerate(zip(session.sections, reasons, strict=False))
        if reason
    ]
    return "; ".join(named[:4])
