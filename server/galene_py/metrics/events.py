"""Counts what the audit log notes: logins, refusals and their reasons, moderation, changes by admins.

Stands before the log and passes everything on. Events and reasons are those of the code, never of people.
"""

from __future__ import annotations

from collections import Counter

from galene_py.audit import Audit

Event = tuple[str, str]
"""The event, and why or what of its kind; both from the code."""


class CountedAudit:
    """An audit log that counts."""

    def __init__(self, log: Audit) -> None:
        self.counts: Counter[Event] = Counter()
        self._log = log

    def __call__(self, event: str, **facts: object) -> None:
        """Count an event, and note it."""
        self.counts[event, str(facts.get("why") or facts.get("how") or "")] += 1
        self._log(event, **facts)
