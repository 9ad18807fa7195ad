"""`galene-py serve` as an admin meets it: one line for each mistake, a demo group once, a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import aiohttp
import bcrypt
import pytest
from click.testing import CliRunner

from galene_py.app import Options, StartError
from galene_py.app import Server as RealServer
from galene_py.cli import main
from galene_py.cli.serve_demo import later_lines, make_demo_group
from kit.server import OPEN_GROUP, Server, StartServer, start_server

__all__ = ["start_server"]


def attempt(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Start a server that is not expected to come up."""
    command = [sys.executable, "-m", "galene_py", "serve", "--insecure"]
    if not any(arg.startswith("--http") for arg in args):
        command += ["--http", "127.0.0.1:0"]
    for option in ("data", "groups", "recordings"):
        if f"--{option}" not in args:
            command += [f"--{option}", str(tmp_path / option)]
    return subprocess.run([*command, *args], capture_output=True, text=True, timeout=20, check=False)


def assert_one_line(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr
    assert result.stdout == ""


def test_help_is_for_people() -> None:
    result = CliRunner().invoke(main, ["serve", "--help"])
    assert result.exit_code == 0
    for word in ("--public-address", "Firewall", "Examples", "cert.pem"):
        assert word in result.output
    assert max(len(line) for line in result.output.splitlines()) <= 90


def test_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert_one_line(attempt(tmp_path, "--http", f"127.0.0.1:{port}"), str(port), "in use")
    assert not (tmp_path / "groups" / "demo.json").exists()


async def refused(tmp_path: Path, *words: str, **options: object) -> None:
    """A start in this process that fails with one line containing the words."""
    places = {name: tmp_path / name for name in ("data", "groups", "recordings")}
    made = Options(**{"http": "127.0.0.1:0", "insecure": True, **places, **options})  # type: ignore[arg-type]
    with pytest.raises(StartError) as error:
        await RealServer(made).start()
    for word in words:
        assert word in str(error.value)
    assert len(str(error.value).splitlines()) == 1


async def test_media_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::", 0))
        port = other.getsockname()[1]
        await refused(tmp_path, str(port), "in use", "--udp-port", udp_port=port)


async def test_other_mistakes_are_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "config.json").write_text('{"canonicalHosts": "x"}')
    await refused(tmp_path, "not a directory", data=tmp_path / "file")
    await refused(tmp_path, "/proc/nothing", data=Path("/proc/nothing"))
    await refused(tmp_path, "config.json", "canonicalHosts", data=bad)
    await refused(tmp_path, "--public-address", "somewhere", public_addresses=("somewhere",))
    await refused(tmp_path, "--static", static=bad)
    await refused(tmp_path, "nonsense", http="nonsense")
    (tmp_path / "data" / "cert.pem").write_text("half")
    await refused(tmp_path, "key.pem", insecure=False)


async def test_a_configuration_that_would_block_is_named(tmp_path: Path) -> None:
    for name in ("config.json", "ice-servers.json", "cert.pem"):
        data = tmp_path / name.partition(".")[0]
        data.mkdir()
        os.mkfifo(data / name)
        (data / "key.pem").touch()
        await refused(tmp_path, name, "not a regular file", data=data, insecure=name != "cert.pem")


def test_bad_group_files_stop_nobody_and_their_pages_say_so(start_server: StartServer) -> None:
    server = start_server(groups={"good": OPEN_GROUP})
    server.stop()
    server.write_group("list", [])
    (server.groups / "twice.json").write_text('{"users": {}, "users": {"ada": {"permissions": "op"}}}')
    (server.groups / "empty.json").touch()
    (server.groups / "dangling.json").symlink_to("nowhere.json")
    os.mkfifo(server.groups / "pipe.json")
    (server.groups / "mark.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(OPEN_GROUP).encode())
    bad = ("list", "twice", "empty", "dangling", "pipe")
    server.start()
    for name in ("good", "mark"):
        assert json.loads(server.get(f"group/{name}/.status"))["name"] == name
    for name in bad:
        for path in (f"group/{name}/", f"group/{name}/.status", f"join?group={name}"):
            with pytest.raises(urllib.error.HTTPError) as error:
                server.get(path)
            assert error.value.code == 503
            assert "file on the server is broken" in error.value.read().decode()
    lines = server.log().splitlines()
    for name in bad:
        assert len([line for line in lines if f"/{name}.json: " in line]) == 1
    assert server.stop() == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_directory_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "groups").mkdir(mode=0)
    assert_one_line(attempt(tmp_path), "groups", "Permission")


def test_first_start_makes_a_demo_group_and_tells_once(start_server: StartServer) -> None:
    server = start_server(groups={})
    deadline = time.monotonic() + 5
    while not any("password" in line and "log in" in line for line in server.output):
        assert time.monotonic() < deadline
    assert any(server.group_url("demo") in line for line in server.output)
    password = next(line for line in server.output if "log in" in line).rpartition(" ")[2]
    demo = json.loads((server.groups / "demo.json").read_bytes())
    assert (server.groups / "demo.json").stat().st_mode & 0o777 == 0o600
    assert bcrypt.checkpw(password.encode(), demo["users"]["operator"]["password"]["key"].encode())
    assert json.loads(server.get("group/demo/.status"))["name"] == "demo"
    assert server.stop() == 0
    assert password not in server.log()
    output = len(server.output)
    server.start()
    again = wait_for_line(server, output, "initial-setup")
    assert again[0] == f"Serving {server.url}"
    assert any(server.group_url("demo") in line for line in again)
    assert any("set-password --group demo --user operator" in line for line in again)


def wait_for_line(server: Server, since: int, part: str) -> list[str]:
    """What the server printed after its first `since` lines, once one of them contains `part`."""
    deadline = time.monotonic() + 5
    while not any(part in line for line in server.output[since:]):
        assert time.monotonic() < deadline, server.output[since:]
    return server.output[since:]


def test_later_starts_name_a_few_groups(tmp_path: Path) -> None:
    for name in ("a b", "b", "c", "d/e", "f", "g", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.json").write_text("{}")
    lines = later_lines(tmp_path, "https://h:1/")
    assert lines[1:3] == ["    https://h:1/group/a%20b/", "    https://h:1/group/b/"]
    assert lines[-2] == "    and 1 more"


def test_no_demo_group_beside_others(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "mine.json").write_text("{}")
    assert make_demo_group(tmp_path) is None
    assert make_demo_group(tmp_path / "new") is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stopping_tells_clients_and_takes_no_time(
    start_server: StartServer, number: signal.Signals
) -> None:
    server = await asyncio.to_thread(start_server)
    async with aiohttp.ClientSession() as session, session.ws_connect(server.ws_url) as ws:
        await ws.send_json({"type": "handshake", "version": ["2"], "id": "a" * 16})
        assert (await ws.receive_json(timeout=5))["type"] == "handshake"
        began = time.monotonic()
        assert server.process is not None
        server.process.send_signal(number)
        told = [await ws.receive(timeout=5) for _ in range(2)]
        assert "shutdown" in told[0].data
        assert (told[1].type, told[1].data) == (aiohttp.WSMsgType.CLOSE, 1001)
    # Supervisors repeat themselves.
    while server.process.poll() is None and time.monotonic() - began < 5:
        server.process.send_signal(number)
        await asyncio.sleep(0.001)
    assert server.process.poll() == 0


async def test_stopping_does_not_wait_for_the_deaf(start_server: StartServer) -> None:
    server = await asyncio.to_thread(start_server)
    _, idle = await asyncio.open_connection("127.0.0.1", server.port)
    idle.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT")
    _, deaf = await asyncio.open_connection("127.0.0.1", server.port)
    deaf.write(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await deaf.drain()
    began = time.monotonic()
    assert await asyncio.to_thread(server.stop) == 0
    assert time.monotonic() - began < 5
    idle.close()
    deaf.close()


def test_broken_files_while_running_keep_the_old_state(start_server: StartServer) -> None:
    server = start_server(config={"proxyURL": "https://one.example/"})

    def location() -> str:
        return str(json.loads(server.get("group/demo/.status"))["location"])

    def wait_for(text: str) -> None:
        deadline = time.monotonic() + 5
        while text not in server.log():
            server.get("group/demo/.status")
            assert time.monotonic() < deadline, server.log()

    assert location() == "https://one.example/group/demo/"
    (server.data / "config.json").write_text("{")
    wait_for("config.json")
    (server.groups / "demo.json").write_text("{")
    wait_for("demo")
    assert location() == "https://one.example/group/demo/"


def test_tls_by_default_and_json_logs(start_server: StartServer) -> None:
    server = start_server(tls=True, args=["--log-json"])
    assert server.url.startswith("https://")
    with pytest.raises(urllib.error.URLError, match="certificate"):
        urllib.request.urlopen(server.url, timeout=5)
    for line in server.log().splitlines():
        json.loads(line)
    check = [sys.executable, "-m", "galene_py", "health", "--http", f"127.0.0.1:{server.port}"]
    assert subprocess.run(check, capture_output=True, timeout=10, check=False).returncode == 0
    server.stop()
    assert subprocess.run(check, capture_output=True, timeout=10, check=False).returncode == 1


def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    server = Server(tmp_path, {"demo": OPEN_GROUP})
    command = [*server.command(), "--http", str(path), "--udp-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Serving unix:{path}\n"
        check = [sys.executable, "-m", "galene_py", "health", "--http", str(path)]
        assert subprocess.run(check, capture_output=True, timeout=10, check=False).returncode == 0
        process.terminate()
        assert process.wait(10) == 0
    assert not path.exists()


class FewFiles(Server):
    """A server that may open few files."""

    def command(self) -> list[str]:
        return ["sh", "-c", 'ulimit -n 80 && exec "$@"', "sh", *super().command()]


async def test_running_out_of_descriptors_keeps_the_old_and_recovers(tmp_path: Path) -> None:
    server = FewFiles(tmp_path)
    await asyncio.to_thread(server.start)
    assert "only 80 files" in server.log()
    try:
        async with aiohttp.ClientSession() as session, session.ws_connect(server.ws_url) as ws:
            await ws.send_json({"type": "handshake", "version": ["2"], "id": "a" * 16})
            await ws.receive_json(timeout=5)
            flood = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(150)]
            while "not accepting" not in server.log():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await ws.send_json({"type": "ping"})
            assert (await ws.receive_json(timeout=5))["type"] == "pong"
            for _, writer in flood:
                writer.close()
            async with session.get(server.url + "healthz") as response:
                assert response.status == 200
        assert "Traceback" not in server.log()
    finally:
        assert await asyncio.to_thread(server.stop) == 0
