"""Bounded parser of session descriptions: text in, `SessionDescription` out, or `SdpError`.

Reads what WebRTC peers write (JSEP RFC 8829, SDP RFC 8866), and what others write a little differently:
blanks where none belong, lines and protocols of other profiles, missing optional parts. A line that cannot be
used costs itself only, and is remembered in `skipped`; what makes the description ambiguous (its size, the m=
lines, the mids) is an error. It never resolves a name, opens anything or keeps a candidate. No state.
"""

from __future__ import annotations

import re

from galene_py import limits as shared
from galene_py.sdp import limits
from galene_py.sdp.attributes import (
    PRINTABLE,
    TOKEN,
    bounded,
    read_number,
    read_payload_type,
    section_attribute,
    session_attribute,
)
from galene_py.sdp.model import Format, SdpError, Section, SessionDescription

__all__ = ["SdpError", "SessionDescription", "parse"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RTP_PROTOCOL = re.compile(r"(?:(?:UDP|TCP)/D?TLS/)?RTP/S?AVPF?", re.IGNORECASE)
"""All names that stand for media over DTLS-SRTP (RFC 8829 §5.1.2), and how some write the TCP ones."""
_STATIC = {0: ("pcmu", 8000), 8: ("pcma", 8000), 9: ("g722", 8000)}
"""Payload types that need no rtpmap (RFC 3551 §6)."""


def parse(text: str) -> SessionDescription:
    """Parse a whole description. Raises SdpError, with the offending line's number."""
    if len(text) > limits.SDP_BYTES:
        raise SdpError(f"the description has {len(text)} characters; {limits.SDP_BYTES} are allowed")
    lines = text.replace("\r\n", "\n").replace("\t", " ").rstrip().split("\n")
    if len(lines) > limits.SDP_LINES:
        raise SdpError(f"the description has {len(lines)} lines; {limits.SDP_LINES} are allowed")
    session = SessionDescription()
    section: Section | None = None
    begun = False
    for number, line in enumerate(lines, 1):
        line = line.strip(" ")
        if not begun and line:
            if line.replace(" ", "") != "v=0":
                raise SdpError("the description does not start with v=0")
            begun = True
        elif line:
            section = _line(session, section, number, line)
    if not begun:
        raise SdpError("the description does not start with v=0")
    _check(session)
    return session


def _line(session: SessionDescription, section: Section | None, number: int, line: str) -> Section | None:
    """Take one line; returns the section that the next line belongs to."""
    essential = line.startswith(("m=", "a=mid:"))
    skipped = session.skipped if section is None else section.skipped
    try:
        if len(line) > shared.SDP_LINE_BYTES:
            raise SdpError("too long")
        if len(line) < 2 or line[1] != "=" or not "a" <= line[0] <= "z":
            raise SdpError("not of the form letter=value")
        if _CONTROL.search(line):
            raise SdpError("control character")
        value = line[2:].strip(" ")
        if line[0] == "m":
            return _open_section(session, value)
        if line[0] == "a":
            name, _, argument = value.partition(":")
            if section is None:
                session_attribute(session, name.rstrip(" "), argument)
            else:
                section_attribute(section, name.rstrip(" "), argument)
    except SdpError as error:
        if essential:
            raise SdpError(f"line {number}: {error}") from None
        if len(skipped) < limits.SDP_SKIPPED:
            skipped.append(f"line {number}: {error}")
    return section


def _open_section(session: SessionDescription, value: str) -> Section:
    if len(session.sections) >= limits.SDP_SECTIONS:
        raise SdpError(f"more than {limits.SDP_SECTIONS} media sections")
    section = _media(value)
    section.direction = session.direction
    section.extensions = dict(session.extensions)
    section.extension_directions = dict(session.extension_directions)
    session.sections.append(section)
    return section


def _media(value: str) -> Section:
    parts = value.split()
    if len(parts) < 4:
        raise SdpError("m= line with fewer than four fields")
    kind, port_text, protocol = parts[:3]
    if not TOKEN.fullmatch(kind):
        raise SdpError("bad media kind")
    port = read_number(port_text.partition("/")[0], 65535, "port")
    if not PRINTABLE.fullmatch(value) or len(value) > 1024:
        raise SdpError("bad m= line")
    rtp = _RTP_PROTOCOL.fullmatch(protocol) is not None and kind in ("audio", "video")
    section = Section(kind, port, protocol, " ".join(parts[3:]), rtp)
    if rtp:
        bounded(len(parts) - 3, "payload types")
        for part in parts[3:]:
            _format(section, part)
    return section


def _format(section: Section, text: str) -> None:
    try:
        payload_type = read_payload_type(text)
    except SdpError as error:
        if len(section.skipped) < limits.SDP_SKIPPED:
            section.skipped.append(f"m= line: {error}")
        return
    name, rate = _STATIC.get(payload_type, ("", 0))
    section.formats.setdefault(payload_type, Format(payload_type, name, rate))


def _check(session: SessionDescription) -> None:
    if not session.sections:
        raise SdpError("no media section")
    mids = [section.mid for section in session.sections if section.mid]
    if len(mids) != len(set(mids)):
        raise SdpError("two sections have the same mid")
