"""What a session description says, as plain data (RFC 8866, JSEP RFC 8829).

Only the parts that this server uses are kept; everything else is dropped while parsing. The module never
parses, prints or decides. Whoever parsed or built a description owns it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
WIDE_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
"""Transport-wide numbers; of use only together with the feedback `transport-cc`."""


class SdpError(ValueError):
    """The one error of everything that reads SDP; its text may be shown to the client."""


@dataclass(slots=True)
class Format:
    """One payload type of a section: `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` together.

    `name` is in lower case; `clock_rate` in Hz; `channels` is 1 when the description does not say.
    """

    payload_type: int
    name: str = ""
    clock_rate: int = 0
    channels: int = 1
    parameters: str = ""
    feedback: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Transport:
    """ICE and DTLS parameters of a section, or of the whole session. Fingerprints are (algorithm, hex)."""

    ufrag: str = ""
    pwd: str = ""
    setup: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """One m= section. `formats` is empty when `rtp` is false; `format_text` is the m= line's own list."""

    kind: str
    port: int
    protocol: str
    format_text: str
    rtp: bool
    formats: dict[int, Format] = field(default_factory=dict)
    mid: str = ""
    direction: str = "sendrecv"
    transport: Transport = field(default_factory=Transport)
    rtcp_mux: bool = False
    reduced_rtcp: bool = False
    bundle_only: bool = False
    extensions: dict[str, int] = field(default_factory=dict)
    """Header extensions the sender of the description is willing to send: URI to id."""
    extension_directions: dict[str, str] = field(default_factory=dict)
    send_rids: list[str] = field(default_factory=list)
    simulcast_send: list[str] = field(default_factory=list)
    ssrcs: dict[int, dict[str, str]] = field(default_factory=dict)
    ssrc_groups: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """Lines of this section that were of no use, `line 12: bad rtpmap`; the first few."""
    candidates: int = 0
    """How many candidates were there. They are counted, never looked at: the server is ICE-lite."""

    @property
    def rejected(self) -> bool:
        """Whether the section is switched off: port 0 without `a=bundle-only` (RFC 9143 §6)."""
        return self.port == 0 and not self.bundle_only


@dataclass(slots=True)
class SessionDescription:
    """A whole description. `bundle` holds the mids of the first BUNDLE group, in its order."""

    sections: list[Section] = field(default_factory=list)
    bundle: list[str] = field(default_factory=list)
    transport: Transport = field(default_factory=Transport)
    ice_lite: bool = False
    direction: str = "sendrecv"
    extensions: dict[str, int] = field(default_factory=dict)
    """Header extensions named for all sections (RFC 8285 §5)."""
    extension_directions: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    """Lines before the first section that were of no use; the first few."""

    def transport_of(self, section: Section) -> Transport:
        """What holds for `section`: its own parameters, completed by the session's (RFC 8839 §5.4)."""
        own, common = section.transport, self.transport
        return Transport(
            ufrag=own.ufrag or common.ufrag,
            pwd=own.pwd or common.pwd,
            setup=own.setup or common.setup,
            fingerprints=own.fingerprints or common.fingerprints,
        )
