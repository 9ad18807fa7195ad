"""A connection to somebody who watches and has described itself first (WHEP): one stream now, another later.

The receiver's payload types are settled once; whichever stream is watched, its packets are sent under them. A
stream that ends leaves the connection standing, with nothing to carry, until `watch` brings the next one.
The engine owns it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from galene_py.conference.media import MediaError, Published, UnacceptableError
from galene_py.engine.context import Context
from galene_py.engine.receiving import Receiving
from galene_py.engine.section import DownSection
from galene_py.engine.track import Source, Track
from galene_py.sdp import viewing
from galene_py.sdp.codecs import Codec
from galene_py.sdp.model import SdpError
from galene_py.sdp.negotiation import RemoteParameters
from galene_py.sdp.viewing import ViewedSection
from galene_py.sdp.writer import PrintedSection

T = TypeVar("T")


class Watchable(Protocol):
    """What it needs of the stream that it takes (`published.PublishedStream`)."""

    source: Source
    viewers: set[ViewedStream]


class ViewedStream(Receiving):
    """Implements `conference.media.Viewed`."""

    def __init__(
        self,
        context: Context,
        published: Published,
        offer: str | None,
        codecs: Sequence[str],
        on_closed: Callable[[str], None],
        forget: Callable[[ViewedStream], None],
    ) -> None:
        """`offer`: the receiver's; None: offer it what is sent. Raises MediaError."""
        self._remote: RemoteParameters | None = None
        self._taken: tuple[ViewedSection, ...] = ()
        self._printed: Sequence[PrintedSection]
        self._setup = "actpass"
        self._bundled = True
        self._published: Watchable | None = None
        self._forget = forget
        sent = _sent(_own(published))
        stream_id = secrets.token_hex(8)
        if offer is None:
            self._printed = viewing.counter_sections(sent, stream_id)
            super().__init__(context, on_closed)
        else:
            judged = _judged(lambda: viewing.read_offer(offer, codecs, sent, stream_id))
            self._printed, self._taken, self._bundled = judged.printed, judged.sections, judged.bundled
            self._setup = "active" if judged.remote.passive else "passive"
            super().__init__(context, on_closed)
            self._take(judged.remote)
        self._describe()
        self.watch(published)

    @property
    def description(self) -> str:
        """Our side: the answer to the receiver's offer, or the offer, where that does not do."""
        return self._description

    def renew(self, description: str) -> str:
        """Take the receiver's description anew, with other ICE credentials, or its answer to our offer;
        return ours. Raises MediaError; the connection then goes on as it was."""
        if self._closed:
            raise MediaError("the connection is closed")
        if self._remote is None:
            remote, self._taken = _judged(lambda: viewing.read_answer(description, self._printed))
            self._take(remote)
            self.update()
            return self._description
        remote, before = _judged(lambda: viewing.read_credentials(description)), self._remote
        if not set(before.fingerprints) & set(remote.fingerprints):
            raise MediaError("another certificate: end this session and begin a new one")
        if (before.ufrag, before.pwd) != (remote.ufrag, remote.pwd):
            self._peer.restart()
        self._take(remote)
        self._describe()
        return self._description

    def watch(self, published: Published | None) -> None:
        """Carry this stream from now on, or nothing."""
        if self._published is not None:
            self._published.viewers.discard(self)
        self._published = None if published is None or self._closed else _own(published)
        if self._published is not None:
            self._published.viewers.add(self)
        self.update()

    def update(self) -> None:
        """The stream's tracks may have changed."""
        if self._closed:
            return
        source = None if self._published is None else self._published.source
        tracks = {} if source is None else _tracks(source)
        for kind, sent in list(self._sections.items()):
            if tracks.get(kind) is not sent.track:
                self._stop([self._sections.pop(kind)])
        for section in self._taken:
            track = tracks.get(section.kind)
            if source is None or track is None or section.kind in self._sections:
                continue
            codec = section.codecs.get(track.section.codec.name)
            if codec is not None:
                sent = DownSection(track, self._peer, source, codec.payload_type)
                sent.active = sent.accepted = True
                self._sections[section.kind] = sent
        if self._peer.connected:
            self._update()

    # --- inside ---

    def _take(self, remote: RemoteParameters) -> None:
        self._remote = remote
        self._peer.set_remote(remote.ufrag, remote.pwd, remote.fingerprints, passive=self._setup == "active")

    def _describe(self) -> None:
        self._version += 1
        local = self._context.local(self._peer, self._session_id, self._version)
        self._description = viewing.describe(self._printed, local, self._setup, bundle=self._bundled)

    def _free(self) -> None:
        super()._free()
        if self._published is not None:
            self._published.viewers.discard(self)
            self._published = None
        self._forget(self)


def _own(published: Published) -> Watchable:
    return cast(Watchable, published)  # there is one engine: its streams are ours


def _tracks(source: Source) -> dict[str, Track]:
    """The first track of each kind."""
    found: dict[str, Track] = {}
    for track in source.tracks.values():
        found.setdefault(track.kind, track)
    return found


def _sent(published: Watchable) -> Mapping[str, Codec]:
    return {kind: track.section.codec for kind, track in _tracks(published.source).items()}


def _judged(judge: Callable[[], T]) -> T:
    try:
        return judge()
    except viewing.Unacceptable as error:
        raise UnacceptableError(f"this offer does not do: {error}") from None
    except SdpError as error:
        raise MediaError(f"bad description: {error}") from None
