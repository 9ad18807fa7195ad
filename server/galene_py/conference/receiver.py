"""What each receiver wants of each stream, by label and by stream.

Pure bookkeeping: never offers, closes or sends anything. Owner of the state: the distribution of the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from galene_py.budget.bucket import Bucket
from galene_py.conference import limits
from galene_py.conference.interfaces import Participant
from galene_py.conference.media import Downlink
from galene_py.conference.subscription import Stream

NOTHING: frozenset[str] = frozenset()
KINDS = frozenset({"audio", "video", "video-low"})


@dataclass(eq=False, slots=True)
class Receiver:
    """What one participant asked for."""

    participant: Participant
    downlink: Downlink
    beginnings: Bucket
    """What it may still subscribe to now: a subscription costs hundreds of times what asking for it does."""
    wants: dict[str, frozenset[str]] = field(default_factory=dict)
    """By label."""
    overrides: dict[str, frozenset[str]] = field(default_factory=dict)
    """By stream id."""
    refused: set[str] = field(default_factory=set)
    """Streams it aborted; a new `request` forgives."""
    lost: dict[str, tuple[int, float]] = field(default_factory=dict)
    """How often in a row the media of a stream died on the way to this receiver, and when last."""
    retry: set[str] = field(default_factory=set)
    """Streams to be looked at again at the next poll."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Pixels by stream id, as far as it says how large it shows them."""
    unwanted: dict[str, float] = field(default_factory=dict)
    """Streams that end with the answer to their last offer, and since when; some may be wanted again."""

    def wanted(self, stream: Stream) -> frozenset[str]:
        """Return what it should get of a stream, given what the stream has."""
        if stream.owner is self.participant or stream.id in self.refused:
            return NOTHING
        default = self.wants.get("", NOTHING)
        wanted = self.overrides.get(stream.id, self.wants.get(stream.label, default))
        return _available(wanted, stream.published.kinds)

    def may_retry(self, stream_id: str, now: float) -> bool:
        """Count a lost connection; say whether to offer the stream once more. `now`: monotonic seconds."""
        count, last = self.lost.get(stream_id, (0, now))
        count = 1 if now - last > limits.MEDIA_RETRY_SECONDS else count + 1
        self.lost[stream_id] = (count, now)
        return count <= limits.MEDIA_RETRIES

    def overdue(self, now: float) -> list[str]:
        """The unwanted streams whose answer has not come in time; they are not waited for any more."""
        late = [each for each, since in self.unwanted.items() if now - since >= limits.UNWANTED_SECONDS]
        for stream_id in late:
            del self.unwanted[stream_id]
        return late

    def forget(self, stream_id: str) -> None:
        """The stream is gone."""
        self.overrides.pop(stream_id, None)
        self.refused.discard(stream_id)
        self.lost.pop(stream_id, None)
        self.retry.discard(stream_id)
        self.sizes.pop(stream_id, None)
        self.unwanted.pop(stream_id, None)


def known(kinds: Sequence[str] | None) -> frozenset[str]:
    """Return those of a list of wanted kinds that the protocol knows."""
    return KINDS.intersection(kinds or ())


def _available(want: frozenset[str], kinds: frozenset[str]) -> frozenset[str]:
    """Return the part of `want` that a stream has; the better of two qualities wins."""
    if "video" in want:
        want -= {"video-low"}
    return frozenset(kind for kind in want if kind.removesuffix("-low") in kinds)
