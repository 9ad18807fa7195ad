"""Where recordings are and what their files are called. Pure but for the directory's own listing.

Names come from people: whatever they are called, a name stays inside the group's directory, is visible, and
can be typed. Two files never get the same name: whoever creates one does so exclusively and asks for another.
"""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

from galene_py.recording import limits

PART = ".part"
"""Ending of a file that is being written, after its own."""
SIDECAR = ".json"
ENDINGS = (".webm", ".mkv")
"""Of finished files."""
FILM_ENDINGS = (".mp4", ".webm")
"""Of the one film that may be made of a recording; before it stands the recording's name alone."""
FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


class LayoutError(ValueError):
    """A group or a file that cannot have a place here."""


def group_directory(root: Path, group: str) -> Path:
    """Where the recordings of a group are, below those of the group above it. Raises LayoutError."""
    levels = group.split("/")
    if any(not level or level.startswith(".") or "\0" in level or "\\" in level for level in levels):
        raise LayoutError(f"{group!r} is not a group's name")
    return root.joinpath(*levels)


def recording_name(wall: float, number: int = 1) -> str:
    """NAME of a recording that began at `wall` (Unix time), in local time; `number` from 2 on when one of
    that second exists."""
    name = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(wall))
    return name if number == 1 else f"{name}-{number}"


def file_name(recording: str, who: str, what: str, ending: str, number: int = 1) -> str:
    """Name of a stream's file; `who` and `what` may be any text. `number`: as above."""
    parts = [recording, *filter(None, (readable(who), readable(what)))]
    if number > 1:
        parts.append(str(number))
    return "_".join(parts) + ending


def readable(text: str) -> str:
    """What of a text may stand in a file's name: letters and digits of any script, with `-` for the rest."""
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNM" else "-"
        for letter in unicodedata.normalize("NFC", text)
    )
    short = "-".join(filter(None, kept.split("-"))).encode("utf-8", "ignore")[: limits.NAME_BYTES]
    return short.decode("utf-8", "ignore").strip("-")


def lock_name(recording: str) -> str:
    """The file that whoever writes a recording holds a lock on."""
    return f".{recording}.lock"


def locked_recordings(root: Path) -> list[tuple[Path, str]]:
    """(directory, NAME) of everything below `root` that has a lock's file: is being written, or was when its
    writer died. What cannot be read is left out."""
    found = []
    for path in root.rglob(".*.lock"):
        found.append((path.parent, path.name[1 : -len(".lock")]))
    return sorted(found)


def used_bytes(directory: Path) -> int:
    """Bytes of all files below a directory; what vanishes meanwhile does not count."""
    total = 0
    waiting = [directory]
    while waiting:
        try:
            entries = list(waiting.pop().iterdir())
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir() and not entry.is_symlink():
                    waiting.append(entry)
                else:
                    total += entry.lstat().st_size
            except OSError:
                continue
    return total
