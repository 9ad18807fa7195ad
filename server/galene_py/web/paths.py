"""Names out of URLs: decoding a request path exactly once and refusing whatever is not a plain name.

Pure functions; the file system is not asked here.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from galene_py.web import limits


def segments(raw: str) -> tuple[str, ...] | None:
    """The decoded segments of a percent-encoded relative path, or None if any of them is no plain name.

    Refused: empty segments (`//`), `.` and `..` and other names with a leading dot, separators that were
    hidden by encoding (`%2f`, backslash), control characters (NUL), bytes that are not UTF-8.
    """
    if not raw or len(raw) > limits.URL_PATH_BYTES:
        return None
    result = []
    for part in raw.split("/"):
        try:
            name = unquote_to_bytes(part).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if not name or name.startswith(".") or "/" in name or "\\" in name or not name.isprintable():
            return None
        result.append(name)
    return tuple(result)


def quote_name(name: str) -> str:
    """A group's name as part of a URL; slashes stay."""
    return quote(name, safe="/")


def up(raw_path: str) -> str:
    """The relative URL that leads from a page to the server's root, wherever a proxy mounted it."""
    depth = raw_path.count("/") - 1
    return "../" * depth if depth > 0 else "./"
