"""Strict, bounded parser of session descriptions: text in, `Session` out, or `SdpError`.

Reads what WebRTC peers write (JSEP RFC 8829, SDP RFC 8866). Attributes it does not know are skipped, known
ones must be well formed. It never resolves a name, opens anything or keeps a candidate. No state.
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
from galene_py.sdp.model import Format, SdpError, Section, Session

__all__ = ["SdpError", "Session", "parse"]

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_RTP_PROTOCOLS = frozenset(
    {"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF", "RTP/SAVP"},
)
_STATIC = {0: ("pcmu", 8000), 8: ("pcma", 8000), 9: ("g722", 8000)}
"""Payload types that need no rtpmap (RFC 3551 section 6)."""


def parse(text: str) -> Session:
    """Parse a whole description. Raises SdpError, with the offending line's number, on anything malformed."""
    if len(text) > limits.SDP_BYTES:
        raise SdpError(f"the description has {len(text)} characters; {limits.SDP_BYTES} are allowed")
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(lines) > limits.SDP_LINES:
        raise SdpError(f"the description has {len(lines)} lines; {limits.SDP_LINES} are allowed")
    if lines[0] != "v=0":
        raise SdpError("the description does not start with v=0")
    session = Session()
    section: Section | None = None
    for number, line in enumerate(lines, 1):
        try:
            section = _line(session, section, line)
        except SdpError as error:
            raise SdpError(f"line {number}: {error}") from None
    _check(session)
    return session


def _line(session: Session, section: Section | None, line: str) -> Section | None:
    """Take one line; returns the section that the next line belongs to."""
    if len(line) > shared.SDP_LINE_BYTES:
        raise SdpError("too long")
    if len(line) < 2 or line[1] != "=" or not "a" <= line[0] <= "z":
        raise SdpError("not of the form letter=value")
    if _CONTROL.search(line):
        raise SdpError("control character")
    value = line[2:]
    if line[0] == "m":
        if len(session.sections) >= limits.SDP_SECTIONS:
            raise SdpError(f"more than {limits.SDP_SECTIONS} media sections")
        section = _media(value)
        section.direction = session.direction
        session.sections.append(section)
    elif line[0] == "a":
        name, _, argument = value.partition(":")
        if section is None:
            session_attribute(session, name, argument)
        else:
            section_attribute(section, name, argument)
    return section


def _media(value: str) -> Section:
    parts = value.split()
    if len(parts) < 4:
        raise SdpError("m= line with fewer than four fields")
    kind, port_text, protocol = parts[:3]
    if not TOKEN.fullmatch(kind):
        raise SdpError("bad media kind")
    port = read_number(port_text.partition("/")[0], 65535, "port")
    rtp = protocol in _RTP_PROTOCOLS and kind in ("audio", "video")
    if not PRINTABLE.fullmatch(value) or len(value) > 1024:
        raise SdpError("bad m= line")
    section = Section(kind, port, protocol, " ".join(parts[3:]), rtp)
    if rtp:
        bounded(len(parts) - 3, "payload types")
        for part in parts[3:]:
            payload_type = read_payload_type(part)
            if payload_type in section.formats:
                raise SdpError(f"payload type {payload_type} twice")
            name, rate = _STATIC.get(payload_type, ("", 0))
            section.formats[payload_type] = Format(payload_type, name, rate)
    return section


def _check(session: Session) -> None:
    if not session.sections:
        raise SdpError("no media section")
    mids = [section.mid for section in session.sections if section.mid]
    if len(mids) != len(set(mids)):
        raise SdpError("two sections have the same mid")
    if len(session.bundle) != len(set(session.bundle)):
        raise SdpError("a mid is twice in the BUNDLE group")
    if not set(session.bundle) <= set(mids):
        raise SdpError("the BUNDLE group names a mid that no section has")
