"""Recording as the conference sees it: something that can be plugged in, or not.

Never does: record. Whether somebody may ask for it is the table of rules' business.
"""

from __future__ import annotations

from typing import Protocol


class RecorderError(Exception):
    """Why recording cannot be started or stopped, in words for the operator."""


class Recorder(Protocol):
    """Records groups to disk. Both raise RecorderError."""

    def start(self, group: str) -> None:
        """Begin to record everything that is published in a group."""

    def stop(self, group: str) -> None:
        """End it; nothing if there was no recording."""
