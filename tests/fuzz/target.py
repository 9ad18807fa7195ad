"""What a target is, and how the work that an input causes is counted. Keeps nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

TESTS = Path(__file__).parents[1]
CORPUS = TESTS / "data" / "fuzz"
SERVER = str(TESTS.parent / "server" / "galene_py")
KEPT_BYTES = 1_100
"""bytes of an input that the corpus keeps: a small H.264 keyframe; longer ones are made by mutation"""


@dataclass(frozen=True, slots=True)
class Target:
    """`run` takes any bytes; it raises nothing unless something is wrong: with the parser, or with what it
    returned. An input may cost `base + per_byte * len(input)` lines of the server's Python."""

    name: str
    run: Callable[[bytes], None]
    seeds: Sequence[bytes]
    base: int = 2_000
    per_byte: int = 40

    def lines_allowed(self, data: bytes) -> int:
        return self.base + self.per_byte * len(data)

    def corpus(self) -> list[bytes]:
        """What earlier runs found worth keeping: bytes literals, one a line."""
        path = CORPUS / f"{self.name}.txt"
        kept = path.read_text().splitlines() if path.exists() else []
        return [ast.literal_eval(f'b"{line}"') for line in kept]

    def keep(self, inputs: Sequence[bytes]) -> None:
        """Replace the corpus; without inputs there is none."""
        CORPUS.mkdir(exist_ok=True)
        text = "".join(f"{_literal(data)}\n" for data in sorted(inputs, key=lambda data: (len(data), data)))
        path = CORPUS / f"{self.name}.txt"
        path.write_text(text)
        if not text:
            path.unlink()


def _literal(data: bytes) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in data
    )


Line = tuple[CodeType, int]


def lines_run(call: Callable[[], None]) -> tuple[int, set[Line]]:
    """How many lines of the server's own code a call runs through, and which: the same on every machine."""
    count = 0
    reached: set[Line] = set()

    def line(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if event == "line":
            count += 1
            reached.add((frame.f_code, frame.f_lineno))
        return line

    def enter(frame: FrameType, _event: str, _: object) -> Any:
        return line if frame.f_code.co_filename.startswith(SERVER) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        call()
    finally:
        sys.settrace(before)
    return count, reached
