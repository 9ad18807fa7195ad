"""Strict, bounded parser of session descriptions: text in, `Session` out, or `SdpError`.

Reads what WebRTC peers write (JSEP RFC 8829, SDP RFC 8866). Attributes it does not know are skipped, known
ones must be well formed. It never resolves a name, opens anything or keeps a candidate. No state.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .. import limits
from .sdp_model import Format, SdpError, Section, Session, Transport

__all__ = ["SdpError", "Session", "parse"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+")
_RID = re.compile(r"[A-Za-z0-9_\-]+")
_ICE = re.compile(r"[A-Za-z0-9+/=\-_#]{4,256}")
_DIGITS = re.compile(r"[0-9]{1,10}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
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
    if len(line) > limits.SDP_LINE_BYTES:
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
            _session_attribute(session, name, argument)
        else:
            _section_attribute(section, name, argument)
    return section


def _media(value: str) -> Section:
    parts = value.split()
    if len(parts) < 4:
        raise SdpError("m= line with fewer than four fields")
    kind, port_text, protocol = parts[:3]
    if not _TOKEN.fullmatch(kind):
        raise SdpError("bad media kind")
    port = _number(port_text.partition("/")[0], 65535, "port")
    rtp = protocol in _RTP_PROTOCOLS and kind in ("audio", "video")
    if not _PRINTABLE.fullmatch(value) or len(value) > 1024:
        raise SdpError("bad m= line")
    section = Section(kind, port, protocol, " ".join(parts[3:]), rtp)
    if rtp:
        _bounded(len(parts) - 3, "payload types")
        for part in parts[3:]:
            payload_type = _payload_type(part)
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


def _session_attribute(session: Session, name: str, value: str) -> None:
    if name == "group":
        parts = value.split()
        if parts and parts[0] == "BUNDLE" and not session.bundle:
            session.bundle = parts[1:]
    elif name == "ice-lite":
        session.ice_lite = True
    elif name in _DIRECTIONS:
        session.direction = name
    elif name in _TRANSPORT:
        _TRANSPORT[name](session.transport, value)


def _section_attribute(section: Section, name: str, value: str) -> None:
    if name in _TRANSPORT:
        _TRANSPORT[name](section.transport, value)
    elif name in _DIRECTIONS:
        section.direction = name
    elif name == "mid":
        section.mid = _token(value, "mid")
    elif section.rtp and name in _SECTION:
        _SECTION[name](section, value)


def _ufrag(transport: Transport, value: str) -> None:
    if not _ICE.fullmatch(value):
        raise SdpError("bad ice-ufrag")
    transport.ufrag = value


def _pwd(transport: Transport, value: str) -> None:
    if not _ICE.fullmatch(value) or len(value) < 22:
        raise SdpError("bad ice-pwd")
    transport.pwd = value


def _setup(transport: Transport, value: str) -> None:
    if value not in ("active", "passive", "actpass", "holdconn"):
        raise SdpError("bad setup")
    transport.setup = value


def _fingerprint(transport: Transport, value: str) -> None:
    algorithm, _, digest = value.strip().partition(" ")
    if not _TOKEN.fullmatch(algorithm) or not _HEX.fullmatch(digest.strip()):
        raise SdpError("bad fingerprint")
    _bounded(len(transport.fingerprints) + 1, "fingerprints")
    transport.fingerprints.append((algorithm.lower(), digest.strip().upper()))


def _rtpmap(section: Section, value: str) -> None:
    head, _, rest = value.partition(" ")
    format_ = section.formats.get(_payload_type(head))
    parts = rest.strip().split("/")
    if len(parts) not in (2, 3):
        raise SdpError("bad rtpmap")
    name = _token(parts[0], "codec name").lower()
    rate = _number(parts[1], 1_000_000, "clock rate")
    channels = _number(parts[2], 255, "channel count") if len(parts) == 3 else 1
    if format_ is not None:
        format_.name, format_.clock_rate, format_.channels = name, rate, channels


def _fmtp(section: Section, value: str) -> None:
    head, _, rest = value.partition(" ")
    format_ = section.formats.get(_payload_type(head))
    if not _PRINTABLE.fullmatch(rest):
        raise SdpError("bad fmtp")
    if format_ is not None:
        format_.parameters = rest.strip()


def _feedback(section: Section, value: str) -> None:
    head, _, rest = value.partition(" ")
    if head == "*":
        chosen = list(section.formats.values())
    else:
        format_ = section.formats.get(_payload_type(head))
        chosen = [] if format_ is None else [format_]
    kind = " ".join(rest.lower().split())
    for format_ in chosen:
        if len(format_.feedback) < limits.SDP_LIST:
            format_.feedback.append(kind)


def _extmap(section: Section, value: str) -> None:
    parts = value.split()
    if len(parts) < 2:
        raise SdpError("bad extmap")
    id_text, _, direction = parts[0].partition("/")
    identifier = _number(id_text, 65535, "extension id")
    if direction and direction not in _DIRECTIONS:
        raise SdpError("bad extmap direction")
    # Ids over 255 are only placeholders of an offer (RFC 8285 section 7); 15 is reserved (section 4.2).
    if not 1 <= identifier <= 255 or identifier == 15:
        return
    if identifier in section.extensions.values() and section.extensions.get(parts[1]) != identifier:
        raise SdpError(f"extension id {identifier} twice")
    _bounded(len(section.extensions) + 1, "header extensions")
    section.extensions[parts[1]] = identifier
    section.extension_directions[parts[1]] = direction or "sendrecv"


def _rid(section: Section, value: str) -> None:
    parts = value.split()
    if len(parts) < 2 or parts[1] not in ("send", "recv"):
        raise SdpError("bad rid")
    rid = _token(parts[0], "rid", _RID)
    if parts[1] == "send":
        if rid in section.send_rids:
            raise SdpError("the same rid twice")
        _bounded(len(section.send_rids) + 1, "rids")
        section.send_rids.append(rid)


def _simulcast(section: Section, value: str) -> None:
    # "send a;b,c;~d recv e": alternatives after a comma, a tilde means paused (RFC 8853 section 5.1).
    parts = value.split()
    if len(parts) not in (2, 4):
        raise SdpError("bad simulcast")
    for direction, streams in zip(parts[::2], parts[1::2], strict=True):
        if direction not in ("send", "recv"):
            raise SdpError("bad simulcast direction")
        if direction == "recv":
            continue
        first = [stream.split(",")[0].removeprefix("~") for stream in streams.split(";")]
        _bounded(len(first), "simulcast streams")
        rids = [_token(rid, "rid in simulcast", _RID) for rid in first]
        if len(set(rids)) != len(rids):
            raise SdpError("the same rid twice in simulcast")
        section.simulcast_send = rids


def _ssrc(section: Section, value: str) -> None:
    head, _, rest = value.partition(" ")
    ssrc = _number(head, 0xFFFFFFFF, "ssrc")
    name, _, argument = rest.partition(":")
    _bounded(len(section.ssrcs) + (ssrc not in section.ssrcs), "ssrcs")
    attributes = section.ssrcs.setdefault(ssrc, {})
    if name == "cname":
        attributes[name] = argument


def _ssrc_group(section: Section, value: str) -> None:
    semantics, *members = value.split() or [""]
    _bounded(len(section.ssrc_groups) + 1, "ssrc groups")
    _bounded(len(members), "ssrcs of a group")
    numbers = tuple(_number(member, 0xFFFFFFFF, "ssrc") for member in members)
    section.ssrc_groups.append((semantics, numbers))


def _candidate(section: Section, _value: str) -> None:
    _bounded(section.candidates + 1, "candidates")
    section.candidates += 1


def _rtcp_mux(section: Section, _value: str) -> None:
    section.rtcp_mux = True


def _bundle_only(section: Section, _value: str) -> None:
    section.bundle_only = True


def _rtcp_rsize(section: Section, _value: str) -> None:
    section.reduced_rtcp = True


_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_TRANSPORT: dict[str, Callable[[Transport, str], None]] = {
    "ice-ufrag": _ufrag,
    "ice-pwd": _pwd,
    "setup": _setup,
    "fingerprint": _fingerprint,
}
_SECTION: dict[str, Callable[[Section, str], None]] = {
    "rtpmap": _rtpmap,
    "fmtp": _fmtp,
    "rtcp-fb": _feedback,
    "extmap": _extmap,
    "rid": _rid,
    "simulcast": _simulcast,
    "ssrc": _ssrc,
    "ssrc-group": _ssrc_group,
    "candidate": _candidate,
    "rtcp-mux": _rtcp_mux,
    "bundle-only": _bundle_only,
    "rtcp-rsize": _rtcp_rsize,
}


def _token(value: str, what: str, pattern: re.Pattern[str] = _TOKEN) -> str:
    if not pattern.fullmatch(value) or len(value) > limits.SDP_TOKEN:
        raise SdpError(f"bad {what}")
    return value


def _number(text: str, highest: int, what: str) -> int:
    if not _DIGITS.fullmatch(text) or int(text) > highest:
        raise SdpError(f"bad {what}")
    return int(text)


def _payload_type(text: str) -> int:
    return _number(text, 127, "payload type (0 to 127)")


def _bounded(count: int, what: str) -> None:
    if count > limits.SDP_LIST:
        raise SdpError(f"more than {limits.SDP_LIST} {what}")
