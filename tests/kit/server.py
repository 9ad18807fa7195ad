"""A real `galene-py serve` in a process of its own, for tests: own directories, ephemeral ports, loopback.

    def test_something(start_server):
        server = start_server(groups={"demo": {"wildcard-user": ...}})
        server.url, server.group_url("demo"), server.ws_url, server.port
        server.stop()          # SIGTERM; returns the exit status
        server.kill()          # SIGKILL
        server.start()         # again, on the same ports and directories

`Server` is also a context manager, for use outside pytest.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

OPEN_GROUP: dict[str, object] = {
    "public": True,
    "users": {"op": {"password": "op", "permissions": "op"}},
    "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"},
}
"""A group that anybody may join and present in; `op` with password `op` moderates."""

START_SECONDS = 20.0
STOP_SECONDS = 10.0


class Server:
    """One server. `args` are further options of `serve`; `host` may be '' for all addresses."""

    def __init__(
        self,
        directory: Path,
        groups: Mapping[str, object] | None = None,
        *,
        config: Mapping[str, object] | None = None,
        ice_servers: object = None,
        args: Sequence[str] = (),
        tls: bool = False,
        host: str = "127.0.0.1",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data = directory / "data"
        self.groups = directory / "groups"
        self.recordings = directory / "recordings"
        self.log_file = directory / "server.log"
        self.args = list(args)
        self.tls = tls
        self.host = host
        self.port = 0
        self.url = ""
        self.output: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._environment = {**os.environ, **(environment or {})}
        self.data.mkdir(parents=True, exist_ok=True)
        self.groups.mkdir(exist_ok=True)
        for name, description in (groups if groups is not None else {"demo": OPEN_GROUP}).items():
            self.write_group(name, description)
        if config is not None:
            (self.data / "config.json").write_text(json.dumps(config))
        if ice_servers is not None:
            (self.data / "ice-servers.json").write_text(json.dumps(ice_servers))

    def write_group(self, name: str, description: object) -> Path:
        """Write or replace a group's file, atomically."""
        path = self.groups / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(description))
        temporary.replace(path)
        return path

    def command(self) -> list[str]:
        """The command line."""
        command = [sys.executable, "-m", "galene_py", "serve", "--http", f"{self.host}:{self.port}"]
        for option in ("data", "groups", "recordings"):
            command += [f"--{option}", str(getattr(self, option))]
        return command + ([] if self.tls else ["--insecure"]) + self.args

    def start(self) -> Server:
        """Start and wait until it serves; AssertionError with the log if it does not."""
        assert self.process is None, "it is running"
        log = self.log_file.open("a")
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment
        )
        log.close()
        self.url = self._read_url(self.process)
        self.port = _port(self.url)
        return self

    def _read_url(self, process: subprocess.Popen[str]) -> str:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._collect, args=(process, lines), daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                if process.poll() is not None:
                    break
                continue
            if line.startswith("Serving "):
                return f"{'https' if self.tls else 'http'}://{self.host or 'localhost'}:{_port(line)}/"
        self.kill()
        raise AssertionError(f"the server did not start:\n{self.log()}")

    def _collect(self, process: subprocess.Popen[str], lines: queue.SimpleQueue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line.rstrip("\n"))
            lines.put(line)

    @property
    def ws_url(self) -> str:
        """The WebSocket's address."""
        return self.url.replace("http", "ws", 1) + "ws"

    def group_url(self, name: str) -> str:
        """The address of a group's page."""
        return f"{self.url}group/{name}/"

    @property
    def pid(self) -> int:
        """The process, while it runs."""
        assert self.process is not None
        return self.process.pid

    def get(self, path: str) -> bytes:
        """The body of a page of this server (plain HTTP only)."""
        with urllib.request.urlopen(self.url + path, timeout=5) as response:
            body: bytes = response.read()
            return body

    def log(self) -> str:
        """What it logged so far."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL; returns the (negative) exit status."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the server did not stop") from None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _port(line: str) -> int:
    return int(line.strip().rstrip("/)").rpartition(":")[2])


StartServer = Callable[..., Server]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """A function with the arguments of `Server` (but the directory) that returns a running one."""
    servers: list[Server] = []

    def start(groups: Mapping[str, object] | None = None, **options: object) -> Server:
        directory = tmp_path / f"server{len(servers)}"
        server = Server(directory, groups, **options)  # type: ignore[arg-type]
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.kill()
