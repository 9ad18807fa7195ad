"""Wiring: makes the groups, the media engine, the conference and the web server, and connects them.

The only module that sees all of them. Starts in the order in which they depend on each other and stops in
reverse; whatever keeps the server from starting is a `StartError` with one line for the admin. Holds no
logic of its own. Owns every long-lived object of the process.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from galene_py import __version__, limits, resources
from galene_py.audit import AuditLog
from galene_py.budget.turns import Turns
from galene_py.compose import jobs
from galene_py.conference.conference import Conference
from galene_py.config import ConfigError, Configuration
from galene_py.engine.media import MediaEngine
from galene_py.groups.errors import GroupError
from galene_py.groups.registry import GroupRegistry
from galene_py.memory import Trimmer
from galene_py.metrics.endpoint import PATH as METRICS
from galene_py.metrics.endpoint import MetricsEndpoint
from galene_py.metrics.events import CountedAudit
from galene_py.probe.endpoint import PATH as CONNECTION_TEST
from galene_py.probe.endpoint import ProbeEndpoint
from galene_py.recording.recorder import Recorder
from galene_py.recording.shelf import Shelf
from galene_py.transport.hub import TransportHub
from galene_py.web import api, sockets
from galene_py.web.app import GROUP_PAGES, WEBSOCKETS, build_app
from galene_py.web.context import WebContext, is_foreign_client
from galene_py.web.deadlines import Deadlines
from galene_py.web.listener import Listener
from galene_py.web.recordings import page as recordings
from galene_py.web.recordings.door import Door
from galene_py.web.sockets import HttpAddress, ListenError
from galene_py.web.static_files import StaticTree
from galene_py.web.tls import Certificate, CertificateError
from galene_py.whip.sending import WhipEndpoint
from galene_py.whip.watching import WhepEndpoint

log = logging.getLogger(__name__)

DEFAULT_MEDIA_PORT = 8443
"""where HTTP has no port number to share"""
AUDIT_OFF = "off"
GOODBYE = "The server is going down. You will be reconnected when it is back."


class StartError(Exception):
    """The server cannot start; the text is one line for the admin."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    http: str = ":8443"
    insecure: bool = False
    data: Path = Path("data")
    groups: Path = Path("groups")
    recordings: Path = Path("recordings")
    static: Path | None = None
    recordings_limit: int = 0
    """Bytes of all recordings; 0: no limit."""
    recordings_group_limit: int = 0
    """Bytes of one group's recordings; 0: no limit."""
    udp_port: int | None = None
    public_addresses: tuple[str, ...] = ()
    metrics: str = ""
    """Address of the metrics alone, as `http`; empty: none."""
    audit_log: str = ""
    """path of the audit log; empty: var/audit.jsonl below `data`; 'off': none"""

    def absolute(self) -> Options:
        """The same, with paths that mean the same wherever they are handed."""
        paths = {name: getattr(self, name).absolute() for name in ("data", "groups", "recordings")}
        return replace(self, static=self.static and self.static.absolute(), **paths)


class Server:
    """One server process."""

    def __init__(self, options: Options) -> None:
        self.options = options.absolute()
        self.address = HttpAddress()
        self.port = 0
        self.hub: TransportHub
        self.media: MediaEngine
        self.turns: Turns
        self.recorder: Recorder
        self.films: jobs.Jobs | None = None
        """None: the extra that makes films is not installed."""
        self.conference: Conference
        self.registry: GroupRegistry
        self.app: web.Application
        self._certificate: Certificate | None = None
        self._config: Configuration
        self._started = time.monotonic()
        self._cleanup = AsyncExitStack()

    async def start(self) -> None:
        """Start everything or nothing; raises StartError."""
        try:
            await self._start()
        except (ConfigError, CertificateError, ListenError, GroupError) as error:
            await self._cleanup.aclose()
            raise StartError(str(error)) from None
        except BaseException:
            await self._cleanup.aclose()
            raise
        log.info(
            "galene-py %s listens on %s; media on port %d", __version__, self.local_url, self.hub.udp_port
        )

    async def _start(self) -> None:
        options = self.options
        self.address = sockets.parse_address(options.http)
        for path in (options.data, options.groups, options.recordings):
            prepare_directory(path)
        self._config = Configuration(options.data, clock=time.monotonic, wall_clock=time.time)
        self._config.load()
        if not options.insecure and not self.address.path:
            self._certificate = Certificate(options.data, clock=time.monotonic)
            self._certificate.load()
        await self._open_groups()
        listening = await self._open_ports()
        self.media = MediaEngine(self.hub)
        self._cleanup.push_async_callback(self.media.close)
        loop = asyncio.get_running_loop()
        self.turns = Turns(time.perf_counter, loop.call_soon, loop.call_later)
        trimmer = Trimmer(loop, deserted=lambda: self.conference.deserted)
        self._cleanup.callback(trimmer.close)
        self.recorder = Recorder(
            options.recordings,
            limit=options.recordings_limit,
            group_limit=options.recordings_group_limit,
        )
        self._cleanup.push_async_callback(self.recorder.close)
        self.recorder.open()
        if jobs.available():
            self.films = jobs.Jobs(options.recordings)
            self._cleanup.push_async_callback(asyncio.to_thread, self.films.close)
            self.films.open()
        self.conference = Conference(
            self.registry,
            self.media,
            turns=self.turns,
            rtc_configuration=self._config.rtc_configuration,
            on_departure=trimmer.soon,
            recorder=self.recorder,
        )
        await self._open_web(listening)

    async def _open_groups(self) -> None:
        options = self.options
        self.registry = GroupRegistry(options.groups, options.data, server=lambda: self._config.server)
        self._cleanup.callback(self.registry.close)
        if options.audit_log != AUDIT_OFF:
            self.registry.audit = self._open_audit_log()
        self.registry.audit = self._events = CountedAudit(self.registry.audit)
        await self.registry.start()

    def _open_audit_log(self) -> AuditLog:
        path = Path(self.options.audit_log or self.options.data / "var" / "audit.jsonl")
        try:
            audit = AuditLog(path)
        except OSError as error:
            raise StartError(f"--audit-log: cannot use {path}: {error.strerror}") from None
        self._cleanup.callback(audit.close)
        audit("started", version=__version__)
        self._cleanup.callback(audit, "stopped")
        return audit

    async def _open_ports(self) -> list[socket.socket]:
        """Bind the HTTP sockets and start the hub; with port 0, one number that is free for both."""
        attempts = 20 if self.address.port == 0 and self.options.udp_port is None else 1
        while True:
            attempts -= 1
            listening = sockets.listen(self.address)
            self.port = 0 if self.address.path else listening[0].getsockname()[1]
            try:
                await self._start_hub(listening)
            except OSError as error:
                for sock in listening:
                    sock.close()
                if error.errno == errno.EADDRINUSE and attempts > 0:
                    continue
                raise StartError(self._explain_udp(error)) from None
            except ValueError as error:
                raise StartError(f"--public-address: {error}") from None
            self._cleanup.callback(self.hub.close)
            return listening

    def _media_port(self) -> int:
        if self.options.udp_port is not None:
            return self.options.udp_port
        return DEFAULT_MEDIA_PORT if self.address.path else self.port

    async def _start_hub(self, listening: list[socket.socket]) -> None:
        port = self._media_port()
        shared = bool(port) and port == self.port
        self.hub = TransportHub(
            udp_port=port,
            public_addresses=self.options.public_addresses,
            tcp_port=port if shared else None,
            tcp_addresses=[s.getsockname()[0] for s in listening] if shared and self.address.host else (),
        )
        await self.hub.start(tcp=not shared)

    def _explain_udp(self, error: OSError) -> str:
        port = self._media_port()
        if error.errno == errno.EADDRINUSE:
            return f"port {port} for media is in use by another program; choose another with --udp-port"
        if error.errno == errno.EACCES:
            return f"port {port} for media may not be used without privileges; choose one with --udp-port"
        return f"cannot use port {port} for media: {error.strerror}"

    async def _open_web(self, listening: list[socket.socket]) -> None:
        options = self.options
        static = options.static or resources.static_dir()
        if not (static / "main.js").is_file() and not is_foreign_client(static):
            raise StartError(f"the browser client is not in {static}; see --static")
        context = WebContext(
            config=self._config,
            groups=self.registry,
            new_client=self.conference.new_client,
            turns=self.turns,
            static=StaticTree(static),
            vendor_dirs=resources.vendor_dirs(options.data),
            started=self._started,
        )
        self.app = build_app(context)
        shelf, door = Shelf(options.recordings), Door(self.registry)
        recordings.add_routes(self.app, shelf, door)
        api.add_routes(
            self.app,
            self.registry,
            lambda: self._config.server,
            self.debug_state,
            self.conference.debug_states,
            shelf,
            door,
            self.films,
        )
        for name, kind in ((".whip", WhipEndpoint), (".whep", WhepEndpoint)):
            endpoint = kind(self.conference, lambda: self._config.server)
            self.app[GROUP_PAGES].register(name, endpoint.handle)
            self._cleanup.callback(endpoint.close)
        probe = ProbeEndpoint(self.media, lambda: self._config.server)
        self.app.router.add_post(CONNECTION_TEST, probe.handle)
        self._cleanup.callback(probe.close)
        await self._open_metrics()
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=limits.WEBSOCKET_CLOSE_SECONDS)
        await runner.setup()
        self._cleanup.push_async_callback(runner.cleanup)
        server = runner.server
        assert server is not None
        loop = asyncio.get_running_loop()
        deadlines = Deadlines(self.turns)
        listener = Listener(
            listening,
            lambda: deadlines.protocol(server, loop),
            self._certificate,
            self.hub.adopt_tcp if self.hub.tcp_port == self.port else None,
            turns=self.turns,
        )
        self._cleanup.push_async_callback(self._say_goodbye)
        self._cleanup.callback(listener.close)
        listener.start()

    async def _open_metrics(self) -> None:
        metrics = MetricsEndpoint(
            self.media, self._all_state, self._events, lambda: self._config.server.metricsToken
        )
        self._cleanup.push_async_callback(metrics.close)
        self.app.router.add_get(METRICS, metrics.guarded)
        if self.options.metrics:
            try:
                log.info("metrics at %s", await metrics.listen(self.options.metrics))
            except ListenError as error:
                raise StartError(f"--metrics: {error}") from None

    def _all_state(self) -> dict[str, Any]:
        return {**self.debug_state(), "groups": self.registry.debug_state()}

    async def _say_goodbye(self) -> None:
        self.conference.shutdown(GOODBYE)
        await self.app[WEBSOCKETS].close(GOODBYE)

    async def stop(self) -> None:
        """Tell everybody, close everything; returns within `limits.SHUTDOWN_SECONDS`."""
        try:
            async with asyncio.timeout(limits.SHUTDOWN_SECONDS):
                await self._cleanup.aclose()
        except TimeoutError:
            log.warning("stopping takes too long; leaving the rest to the operating system")

    @property
    def url(self) -> str:
        """The root under which people reach this server, as far as the server can know."""
        configured = self._config.server
        if configured.proxyURL:
            return configured.proxyURL.rstrip("/") + "/"
        if configured.canonicalHost:
            return f"{'https' if self._certificate else 'http'}://{configured.canonicalHost}/"
        return self.local_url

    @property
    def local_url(self) -> str:
        """Where it listens."""
        if self.address.path:
            return f"unix:{self.address.path}"
        scheme, default = ("https", 443) if self._certificate else ("http", 80)
        host = self.address.host or (socket.gethostname() if self._certificate else "") or "localhost"
        if ":" in host:
            host = f"[{host}]"
        port = "" if self.port == default else f":{self.port}"
        return f"{scheme}://{host}{port}/"

    @property
    def self_signed(self) -> bool:
        """Whether browsers will warn about the certificate."""
        return self._certificate is not None and self._certificate.self_signed

    def debug_state(self) -> dict[str, Any]:
        """What the statistics page shows of the server itself."""
        return {
            "version": __version__,
            "uptime": round(time.monotonic() - self._started, 1),
            "conference": self.conference.debug_state(),
            "media": self.media.debug_state(),
            "recordings": self.recorder.debug_state(),
            "films": self.films.debug_state() if self.films is not None else None,
            "hub": self.hub.debug_state(),
            "turns": self.turns.debug_state(),
        }


def prepare_directory(path: Path) -> None:
    """Make it if it is not there; raises StartError unless it can be read and entered."""
    try:
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
        os.listdir(path)
    except (FileExistsError, NotADirectoryError):
        raise StartError(f"{path} is not a directory") from None
    except OSError as error:
        raise StartError(f"cannot use the directory {path}: {error.strerror}") from None
