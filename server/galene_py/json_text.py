"""JSON as people and programs write it into files and requests: read strictly, so that nothing is lost.

RFC 8259 leaves some things open; here a byte-order mark is taken (§8.1), a name that stands twice in an
object is refused (§4), and so are numbers that no program shares (§6), NaN and lone surrogates. The one
reader for group files, the configuration, invitations and the administration interface; messages of clients
have their own (`signalling.messages`), because there speed counts.

Field names of structures are taken without regard to case, and `null` means absent, as in Galène's files.
Pure. Raises JsonError and nothing else.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import msgspec

T = TypeVar("T")

INTEGER_DIGITS = 4000
"""digits of a whole number that is passed on, so that its field can be named with its range; Python's own
limit is a little above"""

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonError(ValueError):
    """This is not JSON, or not what was expected; the text names the place or the field."""


class _Bad:
    """Stands in the tree for what is wrong, until its place is known."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def decode(data: bytes) -> object:
    """Decode one JSON value. Raises JsonError with line and column, or with the path of the field."""
    text = _text(data)
    if not text.strip(" \t\r\n"):
        raise JsonError("not valid JSON: it is empty")
    reader = _Reader()
    try:
        value = reader.decoder.decode(text)
        if reader.bad or _SURROGATE_ESCAPE.search(text):
            _complain(value, "")
    except json.JSONDecodeError as error:
        raise JsonError(f"not valid JSON: {_problem(error)}") from None
    except RecursionError:
        raise JsonError("not valid JSON: nested too deeply") from None
    return value


def fields(raw: object, known: Mapping[str, str], where: str, *, strangers: bool = False) -> dict[str, Any]:
    """`raw` with its fields spelt as in `known` (lower case to right spelling), without nulls.

    Raises JsonError naming fields that stand there twice, and unknown ones unless `strangers` are ignored.
    `where` is the path of `raw`, empty for the outermost.
    """
    if not isinstance(raw, dict):
        raise JsonError(f"{where}: must be an object" if where else "it must be an object")
    found: dict[str, Any] = {}
    spelt: dict[str, str] = {}
    unknown = []
    for name, value in raw.items():
        field = known.get(name) or known.get(name.lower())
        if field is None:
            unknown.append(name)
            continue
        if field in spelt:
            raise JsonError(f"{at(where, spelt[field])} and {at(where, name)} are the same field")
        spelt[field] = name
        if value is not None:
            found[field] = _number(value) if isinstance(value, float) else value
    if unknown and not strangers:
        names = ", ".join(at(where, name) for name in unknown[:8])
        raise JsonError(f"unknown field{'s' if len(unknown) > 1 else ''}: {names}")
    return found


def convert(
    tree: object, type_: type[T], where: str, *, dec_hook: Callable[[type, Any], Any] | None = None
) -> T:
    """Decoded JSON to a structure. Raises JsonError naming the field."""
    try:
        return msgspec.convert(tree, type_, dec_hook=dec_hook)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        message, _, path = str(error).partition(" - at `$")
        place = at(where, path.removesuffix("`").lstrip("."))
        raise JsonError(f"{place}: {message}" if place else message) from None


def at(where: str, name: str) -> str:
    """The path of a field."""
    return f"{where}.{name}" if where and name else where or name


def _number(value: float) -> object:
    """JSON does not tell 3 from 3.0, nor do we."""
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


class _Reader:
    """Decodes one text; `bad` when the result contains what has to be complained of."""

    def __init__(self) -> None:
        self.bad = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = dict(pairs)
        if len(made) < len(pairs):
            for name, count in Counter(name for name, _ in pairs).items():
                if count > 1:
                    made[name] = self._mark("stands there twice")
        return made

    def _integer(self, digits: str) -> object:
        return int(digits) if len(digits) <= INTEGER_DIGITS else self._mark("a number of too many digits")

    def _float(self, digits: str) -> object:
        value = float(digits)
        return value if math.isfinite(value) else self._mark("a number that is too large")

    def _constant(self, name: str) -> object:
        return self._mark(f"{name} is not JSON")

    def _mark(self, problem: str) -> _Bad:
        self.bad = True
        return _Bad(problem)


def _complain(value: object, where: str) -> None:
    """Raise JsonError with the path of the first thing that is wrong."""
    if isinstance(value, _Bad):
        raise JsonError(f"{where}: {value.problem}" if where else value.problem)
    if isinstance(value, str) and _SURROGATE.search(value):
        place = f" in {where}" if where else ""
        raise JsonError(f"not valid JSON: half of a surrogate pair{place} (RFC 8259 §8.2)")
    if isinstance(value, dict):
        for name, below in value.items():
            _complain(name, where)
            _complain(below, at(where, name))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            _complain(below, f"{where}[{index}]")


def _text(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            _refuse_encoding(encoding)
    if data[:4].count(0) in (2, 3):  # RFC 4627 §3: JSON begins with two ASCII characters
        _refuse_encoding("UTF-16" if data[:4].count(0) == 2 else "UTF-32")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].count(b"\n"), error.start - data.rfind(b"\n", 0, error.start) - 1)
        _refuse_encoding(f"another encoding than UTF-8, perhaps Windows-1252 or Latin-1 {place}")


def _refuse_encoding(encoding: str) -> NoReturn:
    raise JsonError(f"not valid JSON: it is in {encoding}; save it as UTF-8")


def _problem(error: json.JSONDecodeError) -> str:
    if not error.doc[error.pos :].strip(" \t\r\n") and not error.msg.startswith("Extra data"):
        return f"it ends too early {_place(error.lineno - 1, error.colno - 1)}"
    return f"{error.msg[:1].lower()}{error.msg[1:]} {_place(error.lineno - 1, error.colno - 1)}"


def _place(line: int, column: int) -> str:
    return f"(line {line + 1}, column {column + 1})"
