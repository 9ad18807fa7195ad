"""HTTP for `ctl`: JSON in and out, conditions by ETag, errors in words.

Follows no redirects, so that a password goes to no other server than the one that was named.
"""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import Any
from urllib.parse import quote, urlsplit

from galene_py.cli import limits
from galene_py.cli.ctl.failure import Failure

API = "/galene-api/v0"
_UPDATE_ATTEMPTS = 4

_HINTS = {
    401: "check --admin-username and --admin-password (or --admin-token); "
    "changing groups also needs writableGroups in the server's config.json",
    403: "the server refuses requests of this origin",
    404: "there is no such group, user or token, or --server is not the root of a server",
    413: "the data is too large",
}


class HttpFailure(Exception):
    """The server said no."""

    def __init__(self, status: int, reason: str, detail: str = "") -> None:
        super().__init__(f"HTTP error: {status} {reason}".rstrip())
        self.status = status
        self.detail = detail


class NoAnswer(Exception):
    """The server did not answer; the text says why."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said."""

    body: bytes
    etag: str
    location: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Never; the answer is reported as an error."""


class AdminClient:
    """One server and the credentials for it."""

    def __init__(
        self, server: str, *, username: str = "", password: str = "", token: str = "", insecure: bool = False
    ) -> None:
        self.server = server.rstrip("/")
        self._headers: dict[str, str] = {"User-Agent": "galene-py"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        elif username:
            basic = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
            self._headers["Authorization"] = f"Basic {basic}"
        context = ssl.create_default_context()
        if insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        handler = urllib.request.HTTPSHandler(context=context)
        self._opener = urllib.request.build_opener(_NoRedirect, handler)

    def get(self, path: str) -> tuple[Any, str]:
        """Decoded JSON and its ETag."""
        reply = self._request("GET", path)
        return _decode(reply.body), reply.etag

    def put(self, path: str, value: object, *, overwrite: bool = True) -> None:
        """Send JSON; unless `overwrite`, only where there is nothing yet."""
        self._request("PUT", path, value, {} if overwrite else {"If-None-Match": "*"})

    def post(self, path: str, value: object) -> str:
        """Send JSON for something new; its Location."""
        return self._request("POST", path, value).location

    def delete(self, path: str) -> None:
        """Delete it."""
        self._request("DELETE", path)

    def update(self, path: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Fetch, change and put back; again if somebody else was quicker."""
        for attempt in range(_UPDATE_ATTEMPTS):
            old, etag = self.get(path)
            if not etag or not isinstance(old, dict):
                raise NoAnswer("missing ETag", "is --server a Galène or galene-py server?")
            try:
                self._request("PUT", path, change(old), {"If-Match": etag})
                return
            except HttpFailure as error:
                if error.status != 412 or attempt == _UPDATE_ATTEMPTS - 1:
                    raise

    def _request(
        self, method: str, path: str, value: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        data = None if value is None else json.dumps(value).encode("utf-8")
        sent = self._headers | dict(headers or {})
        if data is not None:
            sent["Content-Type"] = "application/json"
        try:
            request = urllib.request.Request(self.server + API + path, data, sent, method=method)
            with self._opener.open(request, timeout=limits.CTL_SECONDS) as answer:
                found: HTTPMessage = answer.headers
                body = answer.read(limits.CTL_ANSWER_BYTES)
                return Reply(body, found.get("ETag", ""), found.get("Location", ""))
        except urllib.error.HTTPError as error:
            with error:
                raise HttpFailure(error.code, error.reason, _detail(error)) from None
        except urllib.error.URLError as error:
            raise _no_answer(self.server, error.reason) from None
        except (OSError, HTTPException, ValueError) as error:
            raise _no_answer(self.server, error) from None


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """Within it, what goes wrong becomes a Failure: what was tried, why it failed, what to do."""
    try:
        yield
    except HttpFailure as error:
        raise Failure(f"{doing}: {error}", error.detail or _HINTS.get(error.status, "")) from None
    except NoAnswer as error:
        raise Failure(f"{doing}: {error}", error.hint) from None


def join(*names: str) -> str:
    """A path below the interface's root; names are escaped, their slashes stay."""
    return "".join("/" + quote(name, safe="/") for name in names)


def _decode(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswer("the answer is not JSON", "is --server a Galène or galene-py server?") from None


def _detail(error: urllib.error.HTTPError) -> str:
    """The server's own words, where they are meant for people."""
    if error.code in (401, 404) or error.headers.get_content_type() != "text/plain":
        return ""
    try:
        text = error.read(2000).decode("utf-8", "replace").strip()
    except (OSError, HTTPException):
        return ""
    return "" if text == "Internal server error" else text.replace("\n", " ")


def _no_answer(server: str, reason: object) -> NoAnswer:
    if isinstance(reason, ssl.SSLCertVerificationError):
        hint = "the certificate is not trusted; --insecure if you are sure that it is the right server"
    elif isinstance(reason, ssl.SSLError) and urlsplit(server).scheme == "https":
        hint = f"perhaps the server speaks plain HTTP: --server {server.replace('https', 'http', 1)}"
    elif isinstance(reason, ValueError):
        hint = "--server takes an address such as https://galene.example.org:8443"
    else:
        hint = "is the server running, and is --server its address?"
    words = getattr(reason, "strerror", None) or reason
    return NoAnswer(f"{server}: {words}", hint)
