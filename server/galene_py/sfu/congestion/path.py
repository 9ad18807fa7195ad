"""One connection of a receiver: its feedback, against what is known of the packets that went out.

Packets that left within a few milliseconds of each other are a group; the delays of groups make the trend.
What is not reported is no loss here, for receivers share numbers of which each is sent only some: loss is in
the reception reports. Numbers that went to this receiver at another time than to the others are passed over:
what a late joiner was given from the cache, and what was sent again. Pure; owned by the subscription.
"""

from __future__ import annotations

from galene_py.rtp.wide import TICKS_PER_SECOND, WideFeedback
from galene_py.sfu import limits
from galene_py.sfu.congestion.probe import Cluster
from galene_py.sfu.congestion.trend import Trend, Usage
from galene_py.sfu.numbers import Numbers

_GROUP_SECONDS = 0.005
_MS_PER_TICK = 1000 / TICKS_PER_SECOND
_MASK = limits.WIDE_HISTORY - 1


class Path:
    """`feedback` is called ten or twenty times a second."""

    def __init__(self, numbers: Numbers) -> None:
        """`numbers` are those of the stream that the connection carries."""
        self.trend = Trend()
        self.round_trip = 0.0
        """Seconds from a packet's leaving to its feedback; 0: not known."""
        self.messages = 0
        self.arriving = 0.0
        """Bits per second, over some half second."""
        self._bytes = self._bytes_then = 0
        self._measured_at = -1e9
        self._fastest = self._fastest_now = float("inf")
        """Smallest difference of the two clocks (ms) before `_turned_at`, and since."""
        self._turned_at = -1e9
        self._unrest = 0
        """Messages until the path counts as calm again."""
        self.cluster: Cluster | None = None
        """The burst that is on its way."""
        self._numbers = numbers
        self._since = float("inf")
        """Packets that left before were not sent, or not then, to this receiver."""
        self._newest = -1
        """The newest number that was taken into account."""
        self._again: set[int] = set()
        """Numbers that were sent again."""
        self._sent = self._arrived = 0.0
        """Of the group that is being gathered: when its first packet left, and when it came (ms). The last
        one comes the later the larger a picture is, on an idle path, too: nothing here is paced."""
        self._before: tuple[float, float] | None = None
        """The same of the group before it."""
        self._open = False
        self._heard = -1e9
        """When a packet of it was last reported."""

    @property
    def calm(self) -> bool:
        """Whether its packets have taken no longer than the fastest for a while."""
        return not self._unrest and self.cluster is None

    def usage(self, now: float) -> Usage:
        """What its packets say of the line; what they said some time ago counts no more."""
        return self.trend.usage if now - self._heard < limits.TREND_SECONDS else Usage.NORMAL

    def begin(self, now: float) -> None:
        """From now on the receiver is sent what leaves."""
        if self._since > now:
            self._since = now

    def probe(self, other: float) -> None:
        """A burst begins with the next number; `other` is the rate of the receiver's other connections."""
        self.cluster = Cluster(self._numbers.next, other)

    def probed(self) -> None:
        """Its last packet has been sent."""
        if self.cluster is not None:
            self.cluster.last = self._numbers.next

    def resent(self, number: int) -> None:
        """A packet was sent again under its number."""
        if len(self._again) >= limits.WIDE_AGAIN:
            self._again.clear()
        self._again.add(number)

    def feedback(self, item: WideFeedback, now: float) -> int:
        """What the receiver says; returns the bytes that it says have arrived."""
        self.messages += 1
        newest = self._newest
        whole = len(item.sequences) == item.count and self.cluster is None and not self._again
        ahead = newest < 0 or 0 < (item.base - newest) & 0xFFFF < 0x8000
        if whole and ahead and self._numbers.known(item.base):
            size = self._whole(item, now)
        else:
            size = self._one_by_one(item, now)
        self._bytes += size
        if now - self._measured_at >= limits.ARRIVING_SECONDS:
            self.arriving = 8 * (self._bytes - self._bytes_then) / (now - self._measured_at)
            self._bytes_then, self._measured_at = self._bytes, now
        return size

    def _whole(self, item: WideFeedback, now: float) -> int:
        """A run of packets without a gap: it is enough to look at the first one of each batch."""
        numbers, since, arrivals = self._numbers, self._since, item.arrivals
        times, runs, totals = numbers.times, numbers.runs, numbers.totals
        following = min(item.count, (numbers.next - item.base) & 0xFFFF)
        last = (item.base + following - 1) & 0xFFFF
        if self._is_calm(
            times[item.base & _MASK], arrivals[0], times[last & _MASK], arrivals[following - 1], now
        ):
            self._newest = last
            self._note(times[last & _MASK], now)
            return (totals[last & _MASK] - totals[(item.base - 1) & _MASK]) & 0xFFFF_FFFF
        number, index, sent = item.base, 0, 0.0
        counted = -1
        while index < following:
            slot = number & _MASK
            run, sent = runs[slot], times[slot]
            if sent >= since:
                if counted < 0:
                    counted = index
                self._packet(sent, arrivals[index] * _MS_PER_TICK)
            index += run
            number = (number + run) & 0xFFFF
        if counted < 0:
            return 0
        self._newest = last
        self._note(sent, now)
        first = (item.base + counted - 1) & 0xFFFF
        return (totals[last & _MASK] - totals[first & _MASK]) & 0xFFFF_FFFF

    def _is_calm(self, first: float, came: int, last: float, went: int, now: float) -> bool:
        """Whether the trend need not be asked: packets that were sent at `first` and `last` (seconds) took no
        longer than the fastest of late, and so it has been for a while. Most paths are calm, all the time."""
        early, late = came * _MS_PER_TICK - 1000 * first, went * _MS_PER_TICK - 1000 * last
        if now - self._turned_at > limits.CALM_MEMORY_SECONDS / 2:
            self._fastest = self._fastest_now
            self._fastest_now = early
            self._turned_at = now
        self._fastest_now = min(self._fastest_now, early, late)
        base = min(self._fastest, self._fastest_now)
        if first < self._since or max(early, late) - base > limits.CALM_MS:
            self._unrest = limits.CALM_MESSAGES
            return False
        if self._unrest:
            self._unrest -= 1
            if not self._unrest:
                self.trend.forget()
                self._before, self._open = None, False
        return not self._unrest

    def _one_by_one(self, item: WideFeedback, now: float) -> int:
        numbers, since, newest, again = self._numbers, self._since, self._newest, self._again
        times, totals = numbers.times, numbers.totals
        total, last_sent = 0, 0.0
        for number, ticks in zip(item.sequences, item.arrivals, strict=True):
            slot = number & _MASK
            sent = times[slot]
            if sent < since or not numbers.known(number):
                continue
            if newest >= 0 and not 0 < (number - newest) & 0xFFFF < 0x8000:
                continue  # late, or told twice
            newest = number
            size = (totals[slot] - totals[(slot - 1) & _MASK]) & 0xFFFF_FFFF
            total += size
            if self.cluster is not None:
                self.cluster.take(number, size, sent, ticks / TICKS_PER_SECOND)
            if number in again:
                continue
            last_sent = sent
            self._packet(sent, ticks * _MS_PER_TICK)
        self._newest = newest
        if last_sent:
            self._note(last_sent, now)
        return total

    def _note(self, sent: float, now: float) -> None:
        sample = now - sent
        self._heard = now
        self.round_trip += (sample - self.round_trip) * (0.2 if self.round_trip else 1.0)

    def _packet(self, sent: float, arrived: float) -> None:
        """The next packet: another one of the group, or the first of the next."""
        if self._open and sent - self._sent <= _GROUP_SECONDS:
            return
        if self._open:
            self._close()
        self._open = True
        self._sent, self._arrived = sent, arrived

    def _close(self) -> None:
        """A group is complete."""
        before, self._before = self._before, (self._sent, self._arrived)
        if before is None:
            return
        sent, arrived = 1000 * (self._sent - before[0]), self._arrived - before[1]
        if sent > 0 and -limits.WIDE_STEP_MS < arrived < limits.WIDE_STEP_MS:  # else its clock was set
            self.trend.group(sent, arrived, self._arrived)
