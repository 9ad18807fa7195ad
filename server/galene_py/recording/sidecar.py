"""NAME.json: what a recording is, for programs. `Sidecar` is its form, `docs/recordings.md` its description.

Times are seconds since the recording's start, which is the one instant with a date. Fields are only ever
added; readers ignore what they do not know, and must check `version`. Reading raises SidecarError.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from galene_py.recording import layout

VERSION = 1
BYTES_MAX = 64 << 20
"""Bytes of a file that is read at all."""


class SidecarError(ValueError):
    """The file cannot be read or is none of ours; the text is for people."""


class File(msgspec.Struct, omit_defaults=False):
    """One media file. `name` is beside the sidecar; while the file is written `.part` is behind it."""

    name: str
    stream: str
    """The stream's id; several files may have the same one."""
    client: str
    """The sender's id, as in `people`."""
    username: str
    label: str
    """'camera', 'screenshare', 'video' or what else the sender's program calls it."""
    offset: float
    """Where the file's own time 0 is."""
    duration: float | None = None
    """Seconds; None: not finished."""
    bytes: int = 0
    audio: str = ""
    """Codec: 'opus', 'pcm_s16le'; empty: no sound."""
    video: str = ""
    """Codec: 'vp8', 'vp9', 'av1', 'h264'; empty: no picture."""
    width: int = 0
    height: int = 0
    """Pixels of the first picture; later ones may differ."""
    gaps: list[tuple[float, float]] = []
    """From, to: the picture stands still here because packets or time were lacking."""


class Person(msgspec.Struct, omit_defaults=False):
    """One stay of a participant."""

    id: str
    username: str
    joined: float
    """0 for those who were there."""
    left: float | None = None
    """None: was there at the end."""


class ChatLine(msgspec.Struct, omit_defaults=False):
    """One public chat message."""

    time: float
    id: str
    source: str
    """The speaker's id."""
    username: str
    kind: str
    value: object


class Spoken(msgspec.Struct, omit_defaults=False):
    """Somebody spoke. From the sender's audio levels (RFC 6464)."""

    client: str
    start: float
    end: float


class Sidecar(msgspec.Struct, omit_defaults=False):
    """The whole file."""

    version: int
    group: str
    start: str
    """ISO 8601 with offset, milliseconds."""
    state: str = "recording"
    """'recording'; 'complete'; 'stopped': ended early for `reason`; 'interrupted': the server died."""
    reason: str = ""
    by: str = ""
    """Name of whoever started it."""
    duration: float | None = None
    files: list[File] = []
    people: list[Person] = []
    spoken: list[Spoken] = []
    chat: list[ChatLine] | None = None
    """None: it was not asked for."""


def read(path: Path) -> Sidecar:
    """Raises SidecarError."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise SidecarError(f"{path.name} is too large")
        sidecar = msgspec.json.decode(path.read_bytes(), type=Sidecar)
    except OSError as error:
        raise SidecarError(f"cannot read {path.name}: {error.strerror}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise SidecarError(f"{path.name} is no recording: {error}") from None
    if sidecar.version != VERSION:
        raise SidecarError(f"{path.name} is of a version that is not known here")
    return sidecar


def write(path: Path, sidecar: Sidecar) -> None:
    """Atomically, so that readers see the old one or the new one. Raises OSError."""
    data = msgspec.json.format(msgspec.json.encode(sidecar), indent=1)
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, layout.FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
