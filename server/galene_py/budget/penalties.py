"""Making those who fail wait: the more failures lately, the longer until the next attempt may begin.

A number of failures is free, more of them where many succeed: behind one address there may be a whole
university, where somebody always mistypes. Beyond that, each failure adds to the delay, up to a maximum, and
counts for half after a while. Never looks at a clock, waits, or knows what was attempted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from galene_py.budget import limits


@dataclass(frozen=True, slots=True)
class Terms:
    """free: failures without a delay. per_success: further ones for each success, up to `free_most` in all.
    seconds: delay for each failure beyond. most: longest delay, in seconds. half_life: in seconds."""

    free: float
    per_success: float
    free_most: float
    seconds: float
    most: float
    half_life: float


@dataclass(slots=True)
class _Record:
    failures: float = 0.0
    successes: float = 0.0
    counted: float = 0.0
    began: float = float("-inf")


class Penalties:
    """What is remembered of each key; those that failed longest ago are forgotten when there are too many."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._records: OrderedDict[Hashable, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def failed(self, key: Hashable, now: float) -> None:
        """An attempt failed."""
        self._record(key, now).failures += 1

    def succeeded(self, key: Hashable, now: float) -> None:
        """An attempt succeeded."""
        self._record(key, now).successes += 1

    def began(self, key: Hashable, now: float) -> None:
        """An attempt begins: the next one has to keep its distance."""
        if key in self._records:
            self._record(key, now).began = now

    def delay(self, key: Hashable, now: float) -> float:
        """Seconds that have to pass between two attempts."""
        record = self._records.get(key)
        if record is None:
            return 0.0
        terms, lately = self._terms, self._lately(record, now)
        free = min(terms.free + terms.per_success * record.successes * lately, terms.free_most)
        return min(max(record.failures * lately - free, 0.0) * terms.seconds, terms.most)

    def ready_at(self, key: Hashable, now: float, most: float = float("inf")) -> float:
        """When the next attempt may begin; in the past when it need not wait. `most`: a shorter maximum."""
        record = self._records.get(key)
        return float("-inf") if record is None else record.began + min(self.delay(key, now), most)

    def _lately(self, record: _Record, now: float) -> float:
        return float(0.5 ** (max(now - record.counted, 0.0) / self._terms.half_life))

    def _record(self, key: Hashable, now: float) -> _Record:
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record(counted=now)
            if len(self._records) > limits.PENALTIES_REMEMBERED:
                self._records.popitem(last=False)
        lately = self._lately(record, now)
        record.failures *= lately
        record.successes *= lately
        record.counted = max(now, record.counted)
        self._records.move_to_end(key)
        return record
