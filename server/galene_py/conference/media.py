"""Media as the conference sees it: a handful of Protocol classes that the engine implements.

All calls are synchronous and quick; they are made, like every callback, on the event loop's thread. Only
sinks see codecs and packets. Nothing here knows of transports, and nothing below knows of groups or
signalling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class MediaError(Exception):
    """Media refused something; the text is for the client (a bad description, too many streams)."""


class UnacceptableError(MediaError):
    """The description is well-formed, and nothing of what is sent can be received by it."""


class Subscribed(Protocol):
    """One stream on its way to one receiver."""

    @property
    def offer(self) -> str:
        """SDP to send to the receiver."""

    def accept(self, answer: str) -> None:
        """Take the receiver's answer, to the last offer or to one before that crossed it. Raises
        MediaError."""

    def add_candidate(self, candidate: Mapping[str, object]) -> None:
        """Take one of the receiver's ICE candidates. Raises MediaError."""

    def select(self, want: frozenset[str]) -> bool:
        """Send `want` ⊆ {'audio', 'video', 'video-low'} from now on.

        True: `offer` has changed and must be sent again. Raises MediaError.
        """

    def show(self, pixels: int | None) -> None:
        """Say how large the receiver shows the pictures, 0: not at all, None: it does not say."""

    def restart(self) -> str:
        """Return a new offer with new ICE credentials."""

    def close(self) -> None:
        """Stop sending and free everything; `on_closed` is not called."""

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""


@dataclass(frozen=True, slots=True)
class TrackForm:
    """What whoever takes packets must know of one section of a stream."""

    mid: str
    codec: str
    """'vp8', 'vp9', 'av1', 'h264', 'opus', 'g722', 'pcmu' or 'pcma'."""
    clock_rate: int
    """Hz of the timestamps."""
    channels: int
    level_extension: int
    """Identifier of the audio level (RFC 6464) among the header extensions; 0: there is none."""


class MediaSink(Protocol):
    """Takes a stream's packets as they are forwarded; a recorder. Its methods are quick and never raise."""

    def opened(self, form: TrackForm) -> int:
        """A track is there; returns its number, which the sink chooses."""

    def packets(self, track: int, packets: Sequence[bytes | bytearray | memoryview], now: float) -> None:
        """RTP packets, in the order in which they came. They are never changed any more."""

    def clock(self, track: int, now: float, timestamp: int) -> None:
        """At `now` (monotonic seconds) the timestamps stand at `timestamp`. About once a second."""

    def closed(self, track: int) -> None:
        """The track is gone."""


class Tap(Protocol):
    """A stream on its way to a sink."""

    def keyframe(self, track: int) -> None:
        """Ask the sender for a keyframe."""

    def close(self) -> None:
        """End it; the sink is told that its tracks are closed. Harmless when closed."""


class Published(Protocol):
    """One stream that a sender publishes."""

    @property
    def answer(self) -> str:
        """SDP of the last answer."""

    @property
    def kinds(self) -> frozenset[str]:
        """What the sender actually sends: a subset of {'audio', 'video'}."""

    def renegotiate(self, offer: str) -> str:
        """Take a new offer (an ICE restart, or changed tracks), return the answer. Raises MediaError."""

    def add_candidate(self, candidate: Mapping[str, object]) -> None:
        """Take one of the sender's ICE candidates. Raises MediaError."""

    def subscribe(
        self,
        want: frozenset[str],
        *,
        on_closed: Callable[[str], None],
        on_paused: Callable[[bool], None] = ...,
        downlink: Downlink | None = None,
    ) -> Subscribed | None:
        """Prepare to send `want` to one more receiver; None: there is nothing of it to send.

        `on_closed(reason)` is called once if the receiver's connection dies from below; `on_paused(whether)`
        when its line has no room for the video, and when it has again. `downlink`: the receiver's.
        """

    def tap(self, sink: MediaSink) -> Tap:
        """Give the sink every packet from now on, in the best quality that the sender sends."""

    def close(self) -> None:
        """End the stream and its subscriptions, without calling their `on_closed`."""

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""


class Viewed(Protocol):
    """A connection to somebody who watches and described itself first: one stream now, another later."""

    @property
    def description(self) -> str:
        """SDP of our side as it is now."""

    def renew(self, description: str) -> str:
        """Take the receiver's description with other ICE credentials, or its answer to our offer; return
        ours. Raises MediaError; the connection then goes on as it was."""

    def watch(self, published: Published | None) -> None:
        """Carry this stream from now on, or nothing."""

    def close(self) -> None:
        """Stop sending and free everything; `on_closed` is not called."""

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""


class Downlink(Protocol):
    """The line of one receiver, which all its subscriptions share."""

    def close(self) -> None:
        """Forget the receiver."""

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""


class Media(Protocol):
    """The forwarding unit."""

    def downlink(self) -> Downlink:
        """The line of one more receiver."""

    def publish(
        self,
        offer: str,
        *,
        codecs: Sequence[str],
        label: str,
        on_closed: Callable[[str], None],
        on_speaking: Callable[[bool], None] = ...,
    ) -> Published:
        """Take a sender's offer. Raises MediaError.

        codecs: names of the codecs the group allows, best first; `on_closed(reason)` is called once if the
        sender's connection dies from below, `on_speaking(whether)` when who sends begins and ends to speak.
        """

    def view(
        self,
        published: Published,
        offer: str | None,
        *,
        codecs: Sequence[str],
        on_closed: Callable[[str], None],
    ) -> Viewed:
        """Answer a receiver's offer, or, with None, make it one of what is sent.

        codecs: what else the group allows; `on_closed(reason)` is called once if the receiver's connection
        dies from below. Raises UnacceptableError, MediaError.
        """

    async def close(self) -> None:
        """Close everything."""

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
