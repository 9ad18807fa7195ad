"""`galene-py pull` and `push` as people run them, against a real server; others judge the files."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kit import judge
from kit.commands import command, ends, said
from kit.films import film
from kit.peer import participant
from kit.server import OPEN_GROUP, Server
from kit.waiting import until

GROUPS: dict[str, object] = {
    "demo": OPEN_GROUP,
    "films": {**OPEN_GROUP, "codecs": ["h264", "opus"]},
    "closed": {"users": {"ada": {"password": "secret", "permissions": "present"}}},
    "quiet": {"wildcard-user": {"password": {"type": "wildcard"}, "permissions": "observe"}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("streams"), GROUPS) as running:
        yield running


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("films")
    return {
        "vp8": film(directory / "red.webm", colour="red", hertz=440),
        "h264": film(directory / "blue.mp4", colour="blue", hertz=880),
    }


@pytest.mark.parametrize(
    ("group", "name", "way", "codecs", "colour", "hertz"),
    [
        ("demo", "vp8", (), ("vp8", "opus"), (250, 0, 0), 440),
        ("films", "h264", ("--whip",), ("h264", "opus"), (0, 0, 250), 880),
        ("demo", "h264", (), ("vp8", "opus"), (0, 0, 250), 880),
    ],
    ids=["as it is", "as it is by WHIP", "encoded anew"],
)
async def test_what_is_pushed_is_what_is_pulled(
    server: Server,
    films: dict[str, Path],
    tmp_path: Path,
    group: str,
    name: str,
    way: tuple[str, ...],
    codecs: tuple[str, str],
    colour: tuple[int, int, int],
    hertz: int,
) -> None:
    url, out = server.group_url(group), tmp_path / "out.mkv"
    label = "camera" if way else "video"
    async with command("pull", url, "--label", label, "--once", "-o", out) as pulling:
        await said(pulling, "in ")
        async with command("push", url, films[name], *way) as pushing:
            told = await ends(pushing)
        assert ("as it is" in told) == (name == codecs[0])
        await ends(pulling)
    judge.decodes(out)
    facts = judge.probe(out)
    assert facts.codecs == {"video": codecs[0], "audio": codecs[1]}
    assert facts.duration == pytest.approx(3.0, abs=0.6)
    assert np.abs(np.subtract(judge.colour(judge.pictures(out)[50]), colour)).max() < 30
    assert judge.frequency(judge.sound(out)[judge.RATE : 2 * judge.RATE]) == pytest.approx(hertz, abs=5)


async def test_both_come_back_to_a_server_that_comes_back_and_the_file_goes_on(
    films: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.webm"
    with Server(tmp_path / "server", GROUPS) as server:
        url = server.group_url("demo")
        async with (
            command("push", url, films["vp8"], "--loop", "--user", "film") as pushing,
            command("pull", url, "--label", "video", "--who", "film", "-o", out) as pulling,
        ):
            part = tmp_path / "out.webm.part"
            await said(pulling, "'film' sends video")
            await until(lambda: part.exists() and part.stat().st_size > 10_000)
            server.kill()
            await said(pulling, "trying again")
            server.start()
            await said(pulling, "'film' sends video")
            size = part.stat().st_size
            await until(lambda: part.stat().st_size > size + 10_000)
            for process in (pulling, pushing):
                process.send_signal(signal.SIGINT)
            await ends(pulling)
            await ends(pushing)
    assert [name for name in os.listdir(tmp_path) if name.startswith("out")] == ["out.webm"]
    judge.decodes(out)


async def test_a_pipe_is_read_by_other_programs_and_may_be_closed(
    server: Server, films: dict[str, Path]
) -> None:
    url = server.group_url("demo")
    async with (
        command("push", url, films["vp8"], "--loop", "--label", "camera") as pushing,
        command("pull", url, "-o", "-") as pulling,
    ):
        assert pulling.stdout is not None
        head = await asyncio.wait_for(pulling.stdout.readexactly(10_000), 30)
        assert head[:4] == b"\x1a\x45\xdf\xa3"  # EBML
        assert b"matroska" in head[:64]
        pulling.stdout._transport.close()  # type: ignore[attr-defined]  # as head does
        await ends(pulling)
        pushing.send_signal(signal.SIGTERM)
        await ends(pushing)


async def test_secrets_come_by_the_environment_and_invitations_by_the_address(
    server: Server, films: dict[str, Path]
) -> None:
    closed = server.group_url("closed")
    async with command("push", closed, films["vp8"], "--user", "ada", GALENE_PY_PASSWORD="secret") as one:
        await said(one, "in closed as 'ada'")
    async with participant(server.ws_url) as operator:
        await operator.join("demo", "op", "op", request={})
        wanted = {"group": "demo", "permissions": [], "username": "guest", "expires": 60_000}
        await operator.send(type="groupaction", kind="maketoken", value=wanted)
        token = (await operator.wait("usermessage", kind="token"))["value"]["token"]
        url = f"{server.group_url('demo')}?token={token}"
        async with command("pull", url, "-o", "-", "--user", "") as one:
            await said(one, "in demo as 'guest'")


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("pull", "{url}closed/", "--user", "ada"), 3, "Error: "),
        (("pull", "{url}nowhere/"), 3, "there is no group"),
        (("push", "{url}quiet/", "{film}"), 3, "may not present"),
        (("push", "{url}quiet/", "{film}", "--whip"), 3, "present"),
        (("pull", "{url}demo/", "--who", "nobody", "--wait", "0.5", "-o", "-"), 5, "'nobody' sent no camera"),
        (("pull", "{url}demo/", "-o", "{film}"), 4, "exists"),
        (("pull", "{url}demo/", "-o", "/dev/null"), 4, "no video device"),
        (("push", "{url}demo/", "{film}.not"), 4, "cannot open"),
        (("pull", "{url}demo/", "-o", "x.avi"), 2, ".mkv"),
        (("pull", "chess"), 2, "is not an address"),
        (("pull", "http://127.0.0.1:{free}/group/demo/"), 6, "cannot reach"),
    ],
)
async def test_exit_statuses_tell_what_went_wrong(
    server: Server, films: dict[str, Path], arguments: tuple[str, ...], status: int, text: str
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        values = {
            "url": f"{server.url}group/",
            "film": str(films["vp8"]),
            "free": str(unused.getsockname()[1]),
        }
        async with command(*(each.format(**values) for each in arguments)) as process:
            assert text in await ends(process, status)
