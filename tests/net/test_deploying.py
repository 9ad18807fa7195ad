"""The systemd unit of deploy/: accepted by systemd, well confined, and enough for the server to work.

What systemd would do to the process is done here by libseccomp, with the same lists of system calls.
"""

from __future__ import annotations

import asyncio
import ctypes.util
import json
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import bcrypt
import psutil
import pytest

from galene_py.compose import jobs
from galene_py.recording import sidecar
from kit.packetizers import coded
from kit.peer import participant
from kit.server import Server

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "galene-py.service"
EXPOSURE_MOST = 2.5
"""Of systemd's 0 (safe) to 10; a plain unit has 9.6."""

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")

CONFINE = """
import ctypes, errno, os, sys
library = ctypes.CDLL(sys.argv[1])
library.seccomp_init.restype = ctypes.c_void_p
library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
library.seccomp_load.argtypes = [ctypes.c_void_p]
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
refused = sys.argv[2]
otherwise = ERRNO | getattr(errno, refused) if refused else KILL
context = library.seccomp_init(ctypes.c_uint32(otherwise))
for name in sys.argv[3].split():
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        library.seccomp_rule_add(context, ALLOW, number, 0)
assert library.seccomp_load(context) == 0
os.execv(sys.argv[4], sys.argv[4:])
"""


def settings(name: str) -> list[str]:
    """The values of a setting, in order."""
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text())


def members(group: str) -> set[str]:
    """The system calls of a group like @system-service."""
    command = ["systemd-analyze", "syscall-filter", group]
    listed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=20).stdout
    names: set[str] = set()
    for line in listed.splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            names |= members(name)
        elif name and not name.startswith("#"):
            names.add(name)
    return names


def allowed_calls() -> set[str]:
    """What the unit lets through (systemd.exec(5): the first list allows, later ones add or take)."""
    allowed: set[str] = set()
    for value in settings("SystemCallFilter"):
        for word in value.removeprefix("~").split():
            group = members(word) if word.startswith("@") else {word}
            allowed = allowed - group if value.startswith("~") else allowed | group
    return allowed


def installed(directory: Path) -> Path:
    """The unit as it is after an installation as INSTALL.md has it."""
    text = UNIT.read_text()
    program = re.search(r"(?m)^ExecStart=(\S+)", text)
    assert program is not None
    real = Path(sys.executable).with_name("galene-py")
    assert real.exists()
    path = directory / UNIT.name
    path.write_text(text.replace(program[1], str(real)))
    return path


@needs_systemd
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    command = ["systemd-analyze", "verify", "--man=no", str(installed(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    about = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, about) == (0, [])


@needs_systemd
def test_the_unit_is_well_confined(tmp_path: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(installed(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    overall = re.search(r"Overall exposure level.*?([\d.]+) ", done.stdout)
    if overall is None:
        pytest.skip("this systemd cannot judge a unit that is not running")
    assert float(overall[1]) <= EXPOSURE_MOST


def confined(command: list[str]) -> list[str]:
    """A command under the unit's filter of system calls."""
    library = ctypes.util.find_library("seccomp")
    if library is None:
        pytest.skip("libseccomp is not installed")
    refused = "".join(settings("SystemCallErrorNumber")[-1:])
    calls = " ".join(sorted(allowed_calls()))
    return [sys.executable, "-c", CONFINE, library, refused, calls, *command]


class Confined(Server):
    """A server under the unit's filter of system calls."""

    def command(self) -> list[str]:
        return confined(super().command())


@needs_systemd
async def test_the_server_works_within_the_filter_of_system_calls(tmp_path: Path) -> None:
    """Everything that makes unusual calls: hashing, writing group files, media, stopping."""
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(5)).decode()
    group = {"users": {"jane": {"password": {"type": "bcrypt", "key": hashed}, "permissions": "present"}}}
    admin = {"users": {"root": {"password": "root", "permissions": "admin"}}, "writableGroups": True}
    server = Confined(tmp_path, {"demo": group}, config=admin)
    await asyncio.to_thread(server.start)
    try:
        headers = {"Authorization": aiohttp.encode_basic_auth("root", "root")}
        async with aiohttp.ClientSession(headers=headers) as session:
            user = f"{server.url}galene-api/v0/.groups/demo/.users/john"
            async with session.put(user, json={"permissions": "present"}) as response:
                assert response.status == 201, await response.text()
            async with session.post(f"{user}/.password", data="secret2") as response:
                assert response.status == 204, await response.text()
        assert "john" in (server.groups / "demo.json").read_text()
        async with participant(server.ws_url) as jane, participant(server.ws_url) as john:
            assert (await jane.join("demo", "jane", "secret"))["kind"] == "join"
            assert (await john.join("demo", "john", "secret2"))["kind"] == "join"
            heard: asyncio.Queue[object] = asyncio.Queue()

            def consume(track: object) -> None:
                async def take() -> None:
                    heard.put_nowait(await track.recv())  # type: ignore[attr-defined]

                tasks.append(asyncio.create_task(take()))

            tasks: list[asyncio.Task[None]] = []
            john.consume = consume
            await jane.publish(video=False)
            async with asyncio.timeout(15):
                await heard.get()
    finally:
        status = await asyncio.to_thread(server.stop)
    assert status == 0, server.log()
    assert "Traceback" not in server.log()


@needs_systemd
def test_a_film_is_made_within_the_filter_of_system_calls_and_yields(tmp_path: Path) -> None:
    size, rate = (64, 48), Fraction(1, 30)
    with av.open(str(tmp_path / "N_ada.webm"), "w") as container:
        stream = container.add_mux_stream("vp8", width=size[0], height=size[1], time_base=rate)
        for number, (data, keyframe) in enumerate(coded("vp8", 30, size)):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = stream, rate, keyframe
            packet.pts = packet.dts = number
            container.mux_one(packet)
    camera = sidecar.File("N_ada.webm", "stream", "ada", "Ada", "camera", 0.0, 1.0, video="vp8")
    about = sidecar.Sidecar(sidecar.VERSION, "demo", "2026-11-29T10:00:00", "complete", files=[camera])
    for lasts in (3600.0, 1.0):
        about.duration = lasts
        sidecar.write(tmp_path / "N.json", about)
        command = confined(jobs.command(tmp_path / "N.json"))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert json.loads(process.stdout.readline())["whole"] == lasts
            if lasts > 1:
                assert psutil.Process(process.pid).nice() > 0
                process.stdin.close()
            assert process.wait(timeout=60) == (143 if lasts > 1 else 0)
        assert (tmp_path / "N.mp4").exists() == (lasts == 1)
