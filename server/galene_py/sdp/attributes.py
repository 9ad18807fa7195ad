"""The attributes of a description that this server understands: each a function from text to a checked value.

`session_attribute` and `section_attribute` take one `a=` line; unknown names are skipped, known ones must be
well formed (SdpError): a line that is not changes nothing. Part of the parser in `reader`, which owns the
objects that are filled in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from galene_py.sdp import limits
from galene_py.sdp.model import SdpError, Section, SessionDescription, Transport

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+")
_RID = re.compile(r"[A-Za-z0-9_\-]+")
_ICE = re.compile(r"[A-Za-z0-9+/=\-_#]{4,256}")
_DIGITS = re.compile(r"[0-9]{1,10}")
_HEX = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")
PRINTABLE = re.compile(r"[\x20-\x7e]*")


def session_attribute(session: SessionDescription, name: str, value: str) -> None:
    """One line before the first m= line."""
    if name == "group":
        parts = value.split()
        if parts and parts[0] == "BUNDLE" and not session.bundle:
            session.bundle = list(dict.fromkeys(parts[1:]))
    elif name == "ice-lite":
        session.ice_lite = True
    elif name in _DIRECTIONS:
        session.direction = name
    elif name == "extmap":
        _extmap(session, value)
    elif name in _TRANSPORT:
        _TRANSPORT[name](session.transport, value)


def section_attribute(section: Section, name: str, value: str) -> None:
    """One line of a section."""
    if name in _TRANSPORT:
        _TRANSPORT[name](section.transport, value)
    elif name in _DIRECTIONS:
        section.direction = name
    elif name == "mid":
        section.mid = read_token(value.strip(), "mid")
    elif section.rtp and name in _SECTION:
        _SECTION[name](section, value)


def _ufrag(transport: Transport, value: str) -> None:
    value = value.strip()
    if not _ICE.fullmatch(value):
        raise SdpError("bad ice-ufrag")
    transport.ufrag = value


def _pwd(transport: Transport, value: str) -> None:
    value = value.strip()
    if not _ICE.fullmatch(value) or len(value) < 22:
        raise SdpError("bad ice-pwd")
    transport.pwd = value


def _setup(transport: Transport, value: str) -> None:
    value = value.strip().lower()
    if value not in ("active", "passive", "actpass", "holdconn"):
        raise SdpError("bad setup")
    transport.setup = value


def _fingerprint(transport: Transport, value: str) -> None:
    algorithm, _, digest = value.strip().partition(" ")
    if not TOKEN.fullmatch(algorithm) or not _HEX.fullmatch(digest.strip()):
        raise SdpError("bad fingerprint")
    bounded(len(transport.fingerprints) + 1, "fingerprints")
    transport.fingerprints.append((algorithm.lower(), digest.strip().upper()))


def _head(value: str) -> tuple[str, str]:
    """The first word and what follows it, without blanks around."""
    head, _, rest = value.strip().partition(" ")
    return head, rest.strip()


def _rtpmap(section: Section, value: str) -> None:
    head, rest = _head(value)
    format_ = section.formats.get(read_payload_type(head))
    parts = [part.strip() for part in rest.split("/")]
    if len(parts) not in (2, 3):
        raise SdpError("bad rtpmap")
    name = read_token(parts[0], "codec name").lower()
    rate = read_number(parts[1], 1_000_000, "clock rate")
    channels = read_number(parts[2], 255, "channel count") if len(parts) == 3 and parts[2] else 1
    if format_ is not None:
        format_.name, format_.clock_rate, format_.channels = name, rate, channels


def _fmtp(section: Section, value: str) -> None:
    head, rest = _head(value)
    format_ = section.formats.get(read_payload_type(head))
    if not PRINTABLE.fullmatch(rest):
        raise SdpError("bad fmtp")
    if format_ is not None:
        format_.parameters = rest


def _feedback(section: Section, value: str) -> None:
    head, rest = _head(value)
    if head == "*":
        chosen = list(section.formats.values())
    else:
        format_ = section.formats.get(read_payload_type(head))
        chosen = [] if format_ is None else [format_]
    kind = " ".join(rest.lower().split())
    for format_ in chosen:
        if len(format_.feedback) < limits.SDP_LIST:
            format_.feedback.append(kind)


def _extmap(section: Section | SessionDescription, value: str) -> None:
    parts = value.split()
    if len(parts) < 2:
        raise SdpError("bad extmap")
    id_text, _, direction = parts[0].partition("/")
    identifier = read_number(id_text, 65535, "extension id")
    if direction and direction not in _DIRECTIONS:
        raise SdpError("bad extmap direction")
    # Ids over 255 are only placeholders of an offer (RFC 8285 §7); 15 is reserved (§4.2).
    if not 1 <= identifier <= 255 or identifier == 15:
        return
    if identifier in section.extensions.values() and section.extensions.get(parts[1]) != identifier:
        raise SdpError(f"extension id {identifier} twice")
    bounded(len(section.extensions) + 1, "header extensions")
    section.extensions[parts[1]] = identifier
    section.extension_directions[parts[1]] = direction or "sendrecv"


def _rid(section: Section, value: str) -> None:
    parts = value.split()
    if len(parts) < 2 or parts[1] not in ("send", "recv"):
        raise SdpError("bad rid")
    rid = read_token(parts[0], "rid", _RID)
    if parts[1] == "send":
        if rid in section.send_rids:
            raise SdpError("the same rid twice")
        bounded(len(section.send_rids) + 1, "rids")
        section.send_rids.append(rid)


def _simulcast(section: Section, value: str) -> None:
    # "send a;b,c;~d recv e": alternatives after a comma, a tilde means paused (RFC 8853 §5.1).
    parts = value.split()
    if len(parts) not in (2, 4):
        raise SdpError("bad simulcast")
    chosen: list[str] = []
    for direction, streams in zip(parts[::2], parts[1::2], strict=True):
        if direction not in ("send", "recv"):
            raise SdpError("bad simulcast direction")
        if direction == "recv":
            continue
        first = [stream.split(",")[0].removeprefix("~") for stream in streams.split(";")]
        bounded(len(first), "simulcast streams")
        rids = [read_token(rid, "rid in simulcast", _RID) for rid in first]
        if len(set(rids)) != len(rids):
            raise SdpError("the same rid twice in simulcast")
        chosen = rids
    section.simulcast_send = chosen


def _ssrc(section: Section, value: str) -> None:
    head, rest = _head(value)
    ssrc = read_number(head, 0xFFFFFFFF, "ssrc")
    name, _, argument = rest.partition(":")
    bounded(len(section.ssrcs) + (ssrc not in section.ssrcs), "ssrcs")
    attributes = section.ssrcs.setdefault(ssrc, {})
    if name == "cname":
        attributes[name] = argument


def _ssrc_group(section: Section, value: str) -> None:
    semantics, *members = value.split() or [""]
    bounded(len(section.ssrc_groups) + 1, "ssrc groups")
    bounded(len(members), "ssrcs of a group")
    numbers = tuple(read_number(member, 0xFFFFFFFF, "ssrc") for member in members)
    section.ssrc_groups.append((semantics, numbers))


def _candidate(section: Section, _value: str) -> None:
    bounded(section.candidates + 1, "candidates")
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


def read_token(value: str, what: str, pattern: re.Pattern[str] = TOKEN) -> str:
    """A name that is repeated in what we send."""
    if not pattern.fullmatch(value) or len(value) > limits.SDP_TOKEN:
        raise SdpError(f"bad {what}")
    return value


def read_number(text: str, highest: int, what: str) -> int:
    """A decimal number from 0 to `highest`."""
    if not _DIGITS.fullmatch(text) or int(text) > highest:
        raise SdpError(f"bad {what}")
    return int(text)


def read_payload_type(text: str) -> int:
    """A payload type; 128 and more do not exist (RFC 3551 §6)."""
    return read_number(text, 127, "payload type (0 to 127)")


def bounded(count: int, what: str) -> None:
    """Refuse lists longer than anybody needs."""
    if count > limits.SDP_LIST:
        raise SdpError(f"more than {limits.SDP_LIST} {what}")
