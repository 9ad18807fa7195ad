"""The server's own configuration: data/config.json and data/ice-servers.json.

Both are read again when they change. At start a broken file is an error (`ConfigError`, one line that names
the file and the field); while running it is logged once and the last good contents stay in force.
Never writes a file. Owns the parsed contents.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from galene_py import file_reading, hosts, json_text, limits
from galene_py.file_reading import FileTrouble
from galene_py.hosts import HostError
from galene_py.json_text import JsonError
from galene_py.site import Site, SiteError, checked

log = logging.getLogger(__name__)

T = TypeVar("T")


class ConfigError(Exception):
    """A configuration file is unreadable or wrong; the text names it and is meant for the admin."""


class ServerConfig(msgspec.Struct, frozen=True):
    """data/config.json; as Galène's, with `allowFrame`, `metricsToken`, `site`. Hosts are in normal form."""

    users: dict[str, dict[str, object]] = {}
    writableGroups: bool = False
    allowOrigin: list[str] = []
    allowAdminOrigin: list[str] = []
    allowFrame: list[str] = []
    proxyURL: str = ""
    canonicalHost: str = ""
    metricsToken: str = ""
    site: Site = Site()


class IceServer(msgspec.Struct, frozen=True):
    """One entry of data/ice-servers.json."""

    urls: list[str]
    username: str = ""
    credential: str = ""
    credentialType: Literal["", "password", "oauth", "hmac-sha1"] = ""


_OBSOLETE = {"admin": ": administrators are in users", "publicServer": ": see allowOrigin"}
"""Fields of older versions of Galène, which ignores them, too."""
_ORIGINS = ("allowOrigin", "allowAdminOrigin", "allowFrame")
_ADDRESS = "must be an http or https address such as https://example.org/meet/"
_NO_ORIGIN = "is not an origin such as https://example.org"
_SERVER_FIELDS = {name.lower(): name for name in (*ServerConfig.__struct_fields__, *_OBSOLETE)}
_ICE_FIELDS = {name.lower(): name for name in IceServer.__struct_fields__}


def parse_config(data: bytes) -> ServerConfig:
    """data/config.json; raises ConfigError."""
    tree = _fields(_decode(data), _SERVER_FIELDS, "")
    for obsolete in _OBSOLETE:
        if tree.pop(obsolete, None) is not None:
            log.warning("config.json: %s is obsolete and ignored%s", obsolete, _OBSOLETE[obsolete])
    for name, user in _users(tree).items():
        # What is in a password is looked at where it is used, and named there.
        _fields(user, {"password": "password", "permissions": "permissions"}, f"users.{name}")
    _fields(tree.get("site", {}), {name.lower(): name for name in Site.__struct_fields__}, "site")
    config = _convert(tree, ServerConfig, "")
    if config.metricsToken and len(config.metricsToken) < limits.METRICS_TOKEN_LENGTH:
        raise ConfigError(
            f"metricsToken: has fewer than {limits.METRICS_TOKEN_LENGTH} characters: too easily guessed"
        )
    return msgspec.structs.replace(
        config,
        proxyURL=_proxy_url(config.proxyURL),
        canonicalHost=_canonical_host(config.canonicalHost),
        site=_site(config.site),
        **{field: [_origin(text, field) for text in getattr(config, field)] for field in _ORIGINS},
    )


def _proxy_url(text: str) -> str:
    """In normal form, ending with a slash; '' if there is none."""
    if not text:
        return ""
    try:
        origin, parts = hosts.read_origin(text), urlsplit(text)
    except ValueError as error:
        raise ConfigError(f"proxyURL: {text!r} {_ADDRESS}: {error}") from None
    if origin.scheme not in ("http", "https") or "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f"proxyURL: {text!r} {_ADDRESS}, without a query, user or fragment")
    return f"{origin}{parts.path.rstrip('/')}/"


def _site(site: Site) -> Site:
    try:
        return checked(site)
    except SiteError as error:
        raise ConfigError(f"site.{error}") from None


def _canonical_host(text: str) -> str:
    """`host` or `host:port` in normal form; '' if there is none."""
    if not text:
        return ""
    try:
        return str(hosts.read_host(text))
    except HostError as error:
        raise ConfigError(
            f"canonicalHost: {text!r} must be a host name without scheme or path: {error}"
        ) from None


def _origin(text: str, field: str) -> str:
    if text == "*":
        return text
    try:
        origin, parts = hosts.read_origin(text), urlsplit(text)
    except ValueError as error:
        raise ConfigError(f"{field}: {text!r} {_NO_ORIGIN}: {error}") from None
    if parts.path not in ("", "/") or "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f"{field}: {text!r} {_NO_ORIGIN}, which ends after the host and the port")
    return str(origin)


def parse_ice_servers(data: bytes) -> tuple[IceServer, ...]:
    """data/ice-servers.json; raises ConfigError."""
    raw = _decode(data)
    if not isinstance(raw, list):
        raise ConfigError("must be a JSON array of servers")
    servers = []
    for index, entry in enumerate(raw):
        where = f"[{index}]"
        server = _convert(_fields(entry, _ICE_FIELDS, where, strangers=True), IceServer, where)
        for url in server.urls:
            _check_ice_url(url, f"{where}.urls")
        servers.append(server)
    return tuple(servers)


def _check_ice_url(url: str, field: str) -> None:
    """RFC 7064, RFC 7065. Browsers make no connection at all when one address is none: nobody had media."""
    scheme, _, rest = url.partition(":")
    place, mark, query = rest.partition("?")
    if scheme.lower() not in ("stun", "stuns", "turn", "turns"):
        raise ConfigError(f"{field}: {url!r} does not start with stun:, stuns:, turn: or turns:")
    try:
        hosts.read_host(place)
        if place.endswith(":"):
            raise HostError("a port follows a colon")
    except HostError as error:
        raise ConfigError(f"{field}: {url!r} has no host such as turn.example.org:3478: {error}") from None
    if mark and (scheme.lower().startswith("stun") or query not in ("transport=udp", "transport=tcp")):
        raise ConfigError(f"{field}: {url!r}: only turn: may be followed by ?transport=udp or ?transport=tcp")


def _users(tree: dict[str, Any]) -> dict[str, object]:
    """The users in `tree`, which gets their names in normal form."""
    users = tree.get("users", {})
    if not isinstance(users, dict):
        raise ConfigError("users: must be an object that maps names to users")
    tree["users"] = {}
    for name, user in users.items():
        normal = unicodedata.normalize("NFC", name)
        if normal in tree["users"]:
            raise ConfigError(f"users.{name}: stands there twice, in two Unicode forms")
        tree["users"][normal] = {} if user is None else user
    return dict(tree["users"])


def _decode(data: bytes) -> object:
    try:
        return json_text.decode(data)
    except JsonError as error:
        raise ConfigError(str(error)) from None


def _fields(raw: object, known: Mapping[str, str], where: str, *, strangers: bool = False) -> dict[str, Any]:
    try:
        return json_text.fields(raw, known, where, strangers=strangers)
    except JsonError as error:
        raise ConfigError(str(error)) from None


def _convert(tree: object, type_: type[T], where: str) -> T:
    try:
        return json_text.convert(tree, type_, where)
    except JsonError as error:
        raise ConfigError(str(error)) from None


def rtc_configuration(servers: Sequence[IceServer], wall_time: float) -> dict[str, object]:
    """The RTCConfiguration sent to browsers; `wall_time` is in seconds since 1970.

    Credentials of type hmac-sha1 are replaced by ones that expire after a day: the user name carries the
    expiry, the password is the base64 of HMAC-SHA1(shared secret, user name) (the TURN REST convention).
    """
    result: list[dict[str, object]] = []
    for server in servers:
        entry: dict[str, object] = {"urls": list(server.urls)}
        username, credential = server.username, server.credential
        if server.credentialType == "hmac-sha1":
            username = f"{int(wall_time) + limits.ICE_CREDENTIAL_SECONDS}:{username}"
            digest = hmac.new(credential.encode(), username.encode(), hashlib.sha1).digest()
            credential = base64.b64encode(digest).decode("ascii")
        if username:
            entry["username"] = username
        if credential:
            entry["credential"] = credential
        if server.credentialType == "oauth":
            entry["credentialType"] = "oauth"
        result.append(entry)
    return {"iceServers": result} if result else {}


class WatchedFile(Generic[T]):
    """A file's parsed contents, read again after it changed; `default` while there is no file."""

    def __init__(
        self, path: Path, parse: Callable[[bytes], T], default: T, clock: Callable[[], float]
    ) -> None:
        self.path = path
        self._parse = parse
        self._default = default
        self._clock = clock
        self._value = default
        self._stamp: object = None
        self._next_look = float("-inf")

    def load(self) -> T:
        """Read the file now; raises ConfigError with the file's name."""
        self._stamp = self._signature()
        self._next_look = self._clock() + limits.CONFIG_CHECK_SECONDS
        self._value = self._read()
        return self._value

    def current(self) -> T:
        """The contents now; never raises: a change for the worse is logged and ignored."""
        now = self._clock()
        if now < self._next_look:
            return self._value
        self._next_look = now + limits.CONFIG_CHECK_SECONDS
        stamp = self._signature()
        if stamp == self._stamp:
            return self._value
        self._stamp = stamp
        try:
            self._value = self._read()
            log.info("read %s again", self.path)
        except ConfigError as error:
            log.error("%s; the old contents stay in force", error)
        return self._value

    def _signature(self) -> object:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return file_reading.DANGLING if file_reading.dangling(self.path) else None
        except OSError as error:
            return str(error)
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> T:
        try:
            data, _ = file_reading.read(self.path, limits.CONFIG_FILE_BYTES)
            return self._parse(data)
        except FileNotFoundError:
            return self._default
        except (FileTrouble, ConfigError) as error:
            raise ConfigError(f"{self.path}: {error}") from None


class Configuration:
    """Both files of one data directory; the one place that others ask."""

    def __init__(self, data: Path, *, clock: Callable[[], float], wall_clock: Callable[[], float]) -> None:
        self.data = data
        self._server = WatchedFile(data / "config.json", parse_config, ServerConfig(), clock)
        no_servers: tuple[IceServer, ...] = ()
        self._ice = WatchedFile(data / "ice-servers.json", parse_ice_servers, no_servers, clock)
        self._wall_clock = wall_clock

    def load(self) -> None:
        """Read both files at start; raises ConfigError."""
        self._server.load()
        self._ice.load()

    @property
    def server(self) -> ServerConfig:
        """data/config.json as it is now."""
        return self._server.current()

    def rtc_configuration(self) -> dict[str, object]:
        """What browsers get as RTCConfiguration, with fresh time-limited credentials."""
        return rtc_configuration(self._ice.current(), self._wall_clock())
