"""Files of recordings, and the page that shows them: seeking, names that lead nowhere else, methods."""

from __future__ import annotations

import os

import pytest

from galene_py.web import limits
from unit.recording.test_shelf import NAME
from unit.web.recordings_house import (
    BODY,
    FILE,
    OLGA,
    House,
    basic,
    house,
)

__all__ = ["house"]


async def test_a_player_can_seek(house: House) -> None:
    path, login = f"recordings/club/{FILE}", basic(*OLGA)
    one = await house.ask(path, Range="bytes=100-199", **login)
    assert (one.status, one.body) == (206, BODY[100:200])
    assert one.headers["Content-Range"] == f"bytes 100-199/{len(BODY)}"
    assert (await house.ask(path, Range="bytes=-5", **login)).body == BODY[-5:]
    none = await house.ask(path, Range=f"bytes={len(BODY)}-", **login)
    assert (none.status, none.headers["Content-Range"]) == (416, f"bytes */{len(BODY)}")
    several = await house.ask(path, Range="bytes=0-1,10-11", **login)
    kind, _, boundary = several.headers["Content-Type"].partition("; boundary=")
    assert (several.status, kind) == (206, "multipart/byteranges")
    parts = several.body.split(f"--{boundary}".encode())
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [
        BODY[:2] + b"\r\n",
        BODY[10:12] + b"\r\n",
    ]
    assert f"Content-Range: bytes 10-11/{len(BODY)}".encode() in parts[2]
    assert parts[-1] == b"--\r\n"
    head = await house.ask(path, "HEAD", Range="bytes=0-1", **login)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(BODY)), b"")
    assert head.headers["Accept-Ranges"] == "bytes"


async def test_what_is_known_is_not_sent_again_nor_parts_of_another_version(house: House) -> None:
    path, login = f"recordings/club/{FILE}", basic(*OLGA)
    tag = (await house.ask(path, "HEAD", **login)).headers["ETag"]
    same = await house.ask(path, If_None_Match=tag, **login)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    assert same.headers["Cache-Control"] == "no-store"
    assert (await house.ask(path, If_Match='"other"', **login)).status == 412
    assert (await house.ask(path, Range="bytes=0-1", If_Range=tag, **login)).body == BODY[:2]
    (house.club / FILE).write_bytes(BODY + b"more")
    assert (await house.ask(path, Range="bytes=0-1", If_Range=tag, **login)).body == BODY + b"more"


async def test_players_are_sent_pieces_and_everybody_else_all(house: House) -> None:
    size = limits.PIECE_BYTES + 1000
    os.truncate(house.club / FILE, size)
    path, login = f"recordings/club/{FILE}", basic(*OLGA)
    piece = await house.ask(f"{path}?play", Range="bytes=10-", **login)
    assert len(piece.body) == limits.PIECE_BYTES
    assert piece.headers["Content-Range"] == f"bytes 10-{limits.PIECE_BYTES + 9}/{size}"
    rest = await house.ask(f"{path}?play", Range=f"bytes={limits.PIECE_BYTES + 10}-", **login)
    assert len(rest.body) == 990
    assert len((await house.ask(path, Range="bytes=10-", **login)).body) == size - 10
    assert len((await house.ask(f"{path}?play", **login)).body) == size


@pytest.mark.parametrize("ending", ["webm", "mkv", "mp4", "json"])
async def test_types_are_those_of_the_endings(house: House, ending: str) -> None:
    (house.club / f"{NAME}.{ending}").write_bytes(b"x")
    answer = await house.ask(f"recordings/club/{NAME}.{ending}", **basic(*OLGA))
    kinds = {"mkv": "video/x-matroska", "json": "application/json"}
    assert answer.headers["Content-Type"] == kinds.get(ending, f"video/{ending}")


@pytest.mark.parametrize(
    "tail",
    [
        "../secret.webm",
        "%2e%2e/secret.webm",
        "..%2fsecret.webm",
        "club/..%2f..%2fsecret.webm",
        "club/../secret.webm",
        "club/%2e%2e/secret.webm",
        "club/below%2fsecret.webm",
        "club/..%5csecret.webm",
        "club//secret.webm",
        "club/link.webm",
        "club/linked/secret.webm",
        "club/.hidden.webm",
        "club/nul%00.webm",
        "club/%ff.webm",
        "club/%c0%ae%c0%ae/secret.webm",
        "club/" + "a" * 5000 + ".webm",
        f"club/{FILE}.part",
        f"club/.{NAME}.lock",
    ],
)
async def test_names_lead_nowhere_else(house: House, tail: str) -> None:
    for directory in (house.recordings, house.club / "below", house.recordings.parent):
        (directory / "secret.webm").write_bytes(b"secret")
    (house.club / ".hidden.webm").write_bytes(b"secret")
    (house.club / f"{FILE}.part").write_bytes(b"secret")
    (house.club / f".{NAME}.lock").write_bytes(b"secret")
    (house.club / "link.webm").symlink_to(house.recordings / "secret.webm")
    (house.club / "linked").symlink_to(house.recordings)
    for login in ({}, basic(*OLGA)):
        answer = await house.ask(f"recordings/{tail}", **login)
        assert answer.status in (308, 400, 401, 404, 414)
        assert b"secret" not in answer.body


async def test_the_page_is_the_same_whatever_group_there_is(house: House) -> None:
    there, absent = [await house.ask(f"recordings/{name}/") for name in ("club", "nowhere")]
    assert there.status == 200
    assert there.without_date() == absent.without_date()
    assert there.headers["Cache-Control"] == "no-store"
    policy = there.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert b'css/recordings.css"' in there.body
    assert (await house.ask("recordings/club/below/", "HEAD")).status == 200
    moved = await house.ask("recordings/club")
    assert (moved.status, moved.headers["Location"]) == (308, "./club/")
    assert (await house.ask("recordings/")).status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "POST", "DELETE"])
async def test_pages_and_files_are_only_read(house: House, method: str) -> None:
    for path in ("recordings/club/", f"recordings/club/{FILE}"):
        answer = await house.ask(path, method, **basic(*OLGA))
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    assert (house.club / FILE).exists()


async def test_browsers_ask_people_for_a_password_and_players_do_not(house: House) -> None:
    path = f"recordings/club/{FILE}"
    for sent, scheme in (
        ({}, "Basic"),
        ({"Sec_Fetch_Dest": "document"}, "Basic"),
        ({"Sec_Fetch_Dest": "video"}, "Bearer"),
    ):
        assert (await house.ask(path, **sent)).headers["WWW-Authenticate"].startswith(scheme)
