"""What all connections that carry a stream to a receiver have in common: sections, reports, the end.

How the two sides describe themselves to each other is the business of `subscribed` and `viewed`. Owns its
peer and its sections.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Collection, Iterable

from galene_py import limits as shared
from galene_py.engine import limits
from galene_py.engine.context import Context, nobody
from galene_py.engine.downlink import Downlink
from galene_py.engine.section import DownSection
from galene_py.rtp import RtpError, rtcp, wide
from galene_py.sfu.congestion import Path


class Receiving:
    """Implements `transport.interfaces.PeerHandler`."""

    def __init__(
        self,
        context: Context,
        on_closed: Callable[[str], None],
        downlink: Downlink | None = None,
        path: Path | None = None,
    ) -> None:
        """`downlink`: the receiver's line, and `path` this connection's part of it; None: it gives no
        transport-wide feedback. Raises MediaError when there are too many connections."""
        self.malformed = 0
        self._downlink = downlink
        self._path = path
        self._context = context
        self._on_closed = on_closed
        self._sections: dict[str, DownSection] = {}
        self._session_id = secrets.randbits(62)
        self._version = 0
        self._closed = False
        self._peer = context.open(self)
        self._peer.leisure = None if downlink is None else downlink.leisure

    def close(self) -> None:
        """Stop sending and free everything. Harmless when closed."""
        if not self._closed:
            self._peer.close()
            self._free()

    @property
    def sections(self) -> Collection[DownSection]:
        """Its sections, those included that are not sent now."""
        return self._sections.values()

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {
            "transport": self._peer.debug_state(),
            "tracks": [section.debug_state() for section in self._sections.values()],
            "line": None if self._downlink is None else self._downlink.debug_state(),
            "malformed": self.malformed,
        }

    # --- for the hub and the ticker ---

    def connected(self) -> None:
        """Media can flow."""
        self._update()

    def rtp(self, packets: list[bytearray], now: float) -> None:
        """Receivers send no media: what comes is dropped."""
        self.malformed += len(packets)

    def rtcp(self, packet: bytes, now: float) -> None:
        """Receiver reports, requests for packets and keyframes, bandwidth."""
        try:
            if wide.is_alone(packet):  # as it comes ten times a second
                self._feedback(wide.parse(packet[4:]), now)
                return
            items = rtcp.parse_compound(packet)
        except RtpError:
            self.malformed += 1
            return
        for item in items:
            if isinstance(item, wide.WideFeedback):
                self._feedback(item, now)
        for section in self._sections.values():
            section.receiver_rtcp(items, self._context, now)

    def _feedback(self, item: wide.WideFeedback, now: float) -> None:
        if self._downlink is not None and self._path is not None:
            self._downlink.feedback(self._path, item, now)

    def closed(self, reason: str) -> None:
        """The connection died from below."""
        tell = self._on_closed
        self._free()
        tell(reason)

    def poll(self, now: float) -> float | None:
        """Send the reports that are due, all of this receiver in one packet; while nothing flows, none is."""
        if self._closed or not self._peer.connected:
            return None
        sections = self._sections.values()
        report = b"".join(part for section in sections for part in section.poll(now))
        if report:
            self._context.hub.outbox.rtcp(self._peer, report)
        elif all(section.rests(now) for section in sections):
            for section in sections:
                section.rest(self)
            return None
        # Receivers report at common times: a wake-up costs more than a report.
        grid = shared.REPORT_GRID_SECONDS
        pause = limits.ENGINE_REPORT_INTERVAL if report else limits.ENGINE_REPORT_RETRY
        return math.ceil((now + pause) / grid - 0.5) * grid

    # --- inside ---

    def _update(self) -> None:
        """Start and stop sections; runs whenever one of their conditions changed while connected."""
        now = self._context.ticker.now()
        for section in self._sections.values():
            section.update(now)
        self._context.ticker.at(self, now)

    def _stop(self, sections: Iterable[DownSection]) -> None:
        for section in sections:
            section.stop()

    def _free(self) -> None:
        self._closed = True
        self._context.released()
        self._context.ticker.forget(self)
        self._stop(self._sections.values())
        if self._downlink is not None and self._path is not None:
            self._downlink.estimator.forget(self._path)
        self._on_closed = nobody  # it leads to whoever holds us
