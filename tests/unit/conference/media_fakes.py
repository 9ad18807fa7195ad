"""A stand-in for media: descriptions are words, and nothing flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from galene_py.conference.media import MediaError


@dataclass(eq=False)
class FakeSubscribed:
    """Its description says what it sends, and how often that changed."""

    published: FakePublished
    want: frozenset[str]
    on_closed: Callable[[str], None]
    version: int = 1
    told: int = 0
    """The version that the receiver was last offered."""
    settled: int = 0
    """The version that it has answered."""
    candidates: list[Mapping[str, object]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    closed: bool = False
    on_paused: Callable[[bool], None] = print
    downlink: FakeDownlink | None = None
    pixels: int | None = None

    def show(self, pixels: int | None) -> None:
        assert not self.closed
        self.pixels = pixels

    @property
    def offer(self) -> str:
        assert self.told in (self.settled, self.version), "one offer at a time"
        self.told = self.version
        return self._description

    @property
    def _description(self) -> str:
        return f"offer {self.version} {'+'.join(sorted(self.want))}"

    def accept(self, answer: str) -> None:
        assert not self.closed
        if answer != f"answer {self.told}":
            raise MediaError("bad answer")
        self.settled = self.told
        self.answers.append(answer)

    def add_candidate(self, candidate: Mapping[str, object]) -> None:
        if "candidate" not in candidate:
            raise MediaError("bad candidate")
        self.candidates.append(candidate)

    def select(self, want: frozenset[str]) -> bool:
        assert not self.closed
        before, self.want = self._description, want
        changed = before != self._description
        self.version += changed
        return changed

    def restart(self) -> str:
        self.version += 1
        return self.offer

    def close(self) -> None:
        assert not self.closed
        self.closed = True
        self.published.subscriptions.remove(self)

    def debug_state(self) -> dict[str, object]:
        return {}


class FakeTap:
    def keyframe(self, track: int) -> None:
        pass

    def close(self) -> None:
        pass


class FakePublished:
    def __init__(self, offer: str, on_closed: Callable[[str], None]) -> None:
        self.on_closed = on_closed
        self.subscriptions: list[FakeSubscribed] = []
        self.candidates: list[Mapping[str, object]] = []
        self.taps: list[object] = []
        self.closed = False
        self.answer = self.renegotiate(offer)

    def renegotiate(self, offer: str) -> str:
        if offer.startswith("bad"):
            raise MediaError("bad session description")
        self.kinds = frozenset(offer.split("+")) & {"audio", "video"}
        return f"answer to {offer}"

    def add_candidate(self, candidate: Mapping[str, object]) -> None:
        self.candidates.append(candidate)

    def subscribe(
        self,
        want: frozenset[str],
        *,
        on_closed: Callable[[str], None],
        on_paused: Callable[[bool], None],
        downlink: FakeDownlink,
    ) -> FakeSubscribed | None:
        assert not self.closed
        assert not downlink.closed
        assert want <= {"audio", "video", "video-low"}
        if not any(kind.removesuffix("-low") in self.kinds for kind in want):
            return None
        subscribed = FakeSubscribed(self, want, on_closed)
        subscribed.on_paused, subscribed.downlink = on_paused, downlink
        self.subscriptions.append(subscribed)
        return subscribed

    def tap(self, sink: object) -> FakeTap:
        self.taps.append(sink)
        return FakeTap()

    def close(self) -> None:
        assert not self.closed
        self.closed = True
        for subscribed in list(self.subscriptions):
            subscribed.close()

    def debug_state(self) -> dict[str, object]:
        return {}


class FakeDownlink:
    closed = False

    def close(self) -> None:
        assert not self.closed
        self.closed = True

    def debug_state(self) -> dict[str, object]:
        return {}


class FakeMedia:
    def __init__(self) -> None:
        self.published: list[FakePublished] = []

    def downlink(self) -> FakeDownlink:
        return FakeDownlink()

    def publish(
        self,
        offer: str,
        *,
        codecs: Sequence[str],
        label: str,
        on_closed: Callable[[str], None],
        on_speaking: Callable[[bool], None],
    ) -> FakePublished:
        published = FakePublished(offer, on_closed)
        published.on_speaking = on_speaking
        self.published.append(published)
        return published

    @property
    def open(self) -> list[FakePublished]:
        return [published for published in self.published if not published.closed]

    async def close(self) -> None:
        pass

    def debug_state(self) -> dict[str, object]:
        return {}
