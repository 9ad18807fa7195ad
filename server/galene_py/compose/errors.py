"""Why no film can be made."""

from __future__ import annotations


class ComposeError(Exception):
    """The text is for people and says what to do."""
