"""The one error that everything in `rtp` raises."""

from __future__ import annotations


class RtpError(ValueError):
    """Bytes that are not what they claim to be. The text is for logs; it never contains payload."""
