"""Logging: one line per event on standard error, readable or JSON, never a secret, never a second line.

Text that came from outside cannot forge a line: control characters are escaped. Tokens and passwords in
query strings and headers are blanked as a last defence; nobody is meant to log them in the first place.
Owns the handlers of the root logger, nothing else.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback

LEVELS = ("debug", "info", "warning", "error")

_SECRET = re.compile(
    # Not `users.ada.password: must be ...`, which names a field of a file and says what is wrong with it.
    r"(?i)(\b(?!(?<=\.)[a-z]+: [^\s\"'])"
    r"(?:token|password|authorization|credential)\b[\"']?\s*[=:]\s*(?:bearer\s+|basic\s+)?[\"']?)"
    r"[^\s\"'&,;<>]+"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def clean(text: str) -> str:
    """The text on one line, with control characters escaped and secrets blanked."""
    text = _SECRET.sub(r"\1***", text)
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def describe_exception(error: BaseException) -> str:
    """An exception and where it came from, innermost place first, on one line."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return clean(f"{type(error).__name__}: {error} at {places or 'unknown place'}")


def _timestamp(record: logging.LogRecord) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03d}Z"


def _exception_of(record: logging.LogRecord) -> str | None:
    if record.exc_info and record.exc_info[1] is not None:
        return describe_exception(record.exc_info[1])
    return None


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _name(record: logging.LogRecord) -> str:
    return record.name.removeprefix("galene_py.")


class TextFormatter(logging.Formatter):
    """time LEVEL module: message key=value."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_timestamp(record)} {record.levelname:<7} {_name(record)}: {clean(record.getMessage())}"
        for key, value in _extras(record).items():
            line += f" {key}={clean(str(value))}"
        error = _exception_of(record)
        return f"{line} ({error})" if error else line


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, and whatever the event carries."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": _timestamp(record),
            "level": record.levelname.lower(),
            "logger": _name(record),
            "message": clean(record.getMessage()),
        }
        for key, value in _extras(record).items():
            entry[key] = value if isinstance(value, int | float | bool) else clean(str(value))
        error = _exception_of(record)
        if error:
            entry["exception"] = error
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str = "info", as_json: bool = False) -> None:
    """Send every event of `level` (one of LEVELS) and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("asyncio", "aiohttp", "aioice", "aiortc"):
        logging.getLogger(chatty).setLevel("WARNING" if level != "debug" else "INFO")
    logging.captureWarnings(True)


def is_json() -> bool:
    """Whether events are sent as JSON: processes that the server starts do as it does."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)
