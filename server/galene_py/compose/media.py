"""Opens media files, whatever is in them; the only error is UnreadableError."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer


class UnreadableError(Exception):
    """It cannot be opened, or has nothing of what is wanted; the text is a few words for people."""


def open_media(path: Path, kind: Literal["video", "audio", "any"]) -> InputContainer:
    """A file that has a stream of this kind in a codec that is known. Raises UnreadableError."""
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableError(getattr(error, "strerror", None) or str(error)) from None
    kinds = ("video", "audio") if kind == "any" else (kind,)
    for stream in container.streams:
        if stream.type in kinds and stream.codec_context is not None:
            return container
    container.close()
    raise UnreadableError("it has nothing that can be decoded")
