#!/usr/bin/env python3
"""Writes server/galene_py/groups/confusables.txt: which characters look alike (Unicode TR39 §4).

Needs ICU's shared libraries (Debian: libicu72 or newer); asks them for the skeleton of every character.
To be run when a new version of Unicode matters; `--check` only says whether the file is what ICU makes of it.
"""

from __future__ import annotations

import ctypes
import re
import sys
import unicodedata
from collections import defaultdict
from ctypes.util import find_library
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "server/galene_py/groups/confusables.txt"
HEADER = """\
# Characters that look alike: PROTOTYPE: CHARACTER ..., in hexadecimal. Made by scripts/confusables.py of the
# data of Unicode Technical Standard #39 in ICU, Unicode {version}, of which only the mapping is kept.
# Copyright (c) 1991-2022 Unicode, Inc.; see confusables.LICENSE.
"""


class Icu:
    """The spoof checker of ICU."""

    def __init__(self) -> None:
        found = find_library("icui18n")
        version = re.search(r"\.so\.(\d+)", found or "")
        if found is None or version is None:
            sys.exit("confusables: the shared libraries of ICU are missing (Debian: libicu72)")
        library = ctypes.CDLL(found)
        self._skeleton = library[f"uspoof_getSkeletonUTF8_{version[1]}"]
        opened = library[f"uspoof_open_{version[1]}"]
        opened.restype = ctypes.c_void_p
        self._error = ctypes.c_int(0)
        self._checker = ctypes.c_void_p(opened(ctypes.byref(self._error)))
        version_bytes = (ctypes.c_uint8 * 4)()
        ctypes.CDLL(find_library("icuuc"))[f"u_getUnicodeVersion_{version[1]}"](version_bytes)
        self.unicode = f"{version_bytes[0]}.{version_bytes[1]}"

    def skeleton(self, character: str) -> str:
        """What the character looks like."""
        data = character.encode()
        room = ctypes.create_string_buffer(256)
        length = self._skeleton(self._checker, 0, data, len(data), room, len(room), ctypes.byref(self._error))
        if self._error.value > 0:
            sys.exit(f"confusables: ICU answers with error {self._error.value}")
        return room.raw[:length].decode()


def table() -> str:
    """The file's text."""
    icu = Icu()
    alike: dict[str, list[str]] = defaultdict(list)
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) == "Cs" or unicodedata.normalize("NFD", character) != character:
            continue  # the reader decomposes first
        if (prototype := icu.skeleton(character)) != character:
            alike[prototype].append(character)
    lines = [f"{_hex(prototype)}: {' '.join(map(_hex, alike[prototype]))}\n" for prototype in sorted(alike)]
    return HEADER.format(version=icu.unicode) + "".join(lines)


def _hex(text: str) -> str:
    return "+".join(f"{ord(c):x}" for c in text)


if __name__ == "__main__":
    made = table()
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if TARGET.read_text(encoding="ascii") == made else f"{TARGET} is not what ICU makes")
    TARGET.write_text(made, encoding="ascii")
