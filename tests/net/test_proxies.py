"""The reverse-proxy examples of deploy/, run by the distribution's real nginx and Caddy.

At the root and below a sub-path: pages, their scripts, redirects, the WebSocket with its Origin check.
Skipped where the proxy is not installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest

from galene_py.web.tls import make_self_signed
from kit.server import Server, StartServer, start_server

__all__ = ["start_server"]

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SBIN = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def certificate(directory: Path) -> Path:
    path = directory / "proxy.pem"
    path.write_bytes(make_self_signed(["localhost"], datetime.datetime.now(datetime.UTC)))
    return path


def nginx(directory: Path, port: int, upstream: str, prefix: str) -> list[str]:
    """The site file as deployed, with this test's addresses."""
    pem = certificate(directory)
    site = (DEPLOY / "nginx.conf").read_text()
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    site = re.sub(r"listen \[::\]:443 ssl;", "", site)
    site = re.sub(r"(ssl_certificate(?:_key)?) +\S+;", rf"\1 {pem};", site)
    site = site.replace("server_name meet.example.org;", "server_name localhost;")
    site = site.replace("127.0.0.1:8080", upstream)
    site = site.replace("location / {", f"location {prefix} {{")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in kinds)
    (directory / "site.conf").write_text(site)
    (directory / "nginx.conf").write_text(
        f"daemon off; pid {directory}/pid; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {places}\ninclude {directory}/site.conf; }}\n"
    )
    return ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", "stderr"]


def caddy(directory: Path, port: int, upstream: str, prefix: str) -> list[str]:
    """The Caddyfile as deployed, its sub-path part uncommented when that is asked for."""
    pem = certificate(directory)
    text = (DEPLOY / "Caddyfile").read_text()
    if prefix != "/":
        commented = text[text.index("# www.example.org {") :]
        text = "".join(line.removeprefix("# ").removeprefix("#") for line in commented.splitlines(True))
    text = re.sub(r"(?m)^\S+example\.org \{$", f"https://localhost:{port} {{\n\ttls {pem} {pem}", text)
    text = text.replace("localhost:8080", upstream)
    (directory / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    config = str(directory / "Caddyfile")
    return ["caddy", "run", "--config", config, "--adapter", "caddyfile"]


Setup = Callable[[Path, int, str, str], list[str]]
Behind = tuple[Server, str]


@pytest.fixture(params=["nginx", "caddy"])
def setup(request: pytest.FixtureRequest) -> Setup:
    if shutil.which(request.param, path=SBIN) is None:
        pytest.skip(f"{request.param} is not installed")
    found: Setup = {"nginx": nginx, "caddy": caddy}[request.param]
    return found


@pytest.fixture(params=["/", "/meet/"])
def behind(
    request: pytest.FixtureRequest, setup: Setup, start_server: StartServer, tmp_path: Path
) -> Iterator[Behind]:
    """A server behind a proxy and the URL that people see."""
    port = free_port()
    url = f"https://localhost:{port}{request.param}"
    server = start_server(config={"proxyURL": url})
    command = setup(tmp_path, port, f"127.0.0.1:{server.port}", request.param)
    environment = {**os.environ, "PATH": SBIN, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    with (tmp_path / "proxy.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        wait_for_port(process, port, tmp_path / "proxy.log")
        yield server, url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 15
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()


async def test_pages_scripts_and_websocket_work_behind_a_proxy(behind: Behind) -> None:
    _, url = behind
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=trust)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(f"{url}group/demo") as response:  # without the slash: redirected
            assert str(response.url) == f"{url}group/demo/"
            page = await response.text()
            assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        script = re.search(r'<script type="module" src="([^"]+)"', page)
        assert script is not None
        async with session.get(urljoin(f"{url}group/demo/", script[1])) as response:
            assert response.status == 200
            assert "immutable" in response.headers["Cache-Control"]
        async with session.get(url) as response:
            link = re.search(r'href="([^"]*group/demo/)"', await response.text())
            assert link is not None
            assert urljoin(url, link[1]) == f"{url}group/demo/"
        async with session.get(f"{url}join", params={"group": "demo"}) as response:
            assert str(response.url) == f"{url}group/demo/"
        async with session.get(f"{url}group/demo/.status") as response:
            status = await response.json()
        assert status["endpoint"] == f"wss{url.removeprefix('https')}ws"
        assert status["location"] == f"{url}group/demo/"
        origin = re.match(r"https://[^/]+", url)
        assert origin is not None
        async with session.ws_connect(status["endpoint"], headers={"Origin": origin[0]}) as ws:
            await ws.send_json({"type": "handshake", "version": ["2"], "id": "a" * 16})
            async with asyncio.timeout(5):
                assert (await ws.receive_json())["type"] == "handshake"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(status["endpoint"], headers={"Origin": "https://foe.example"})
