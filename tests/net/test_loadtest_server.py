"""`galene-py loadtest` against a whole server: everybody comes, everything arrives, figures tell so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kit.server import OPEN_GROUP, Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path, {"demo": OPEN_GROUP, "closed": {}, "1": OPEN_GROUP, "2": OPEN_GROUP})


def loadtest(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "galene_py", "loadtest", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_everybody_comes_and_everything_arrives(server: Server, tmp_path: Path) -> None:
    page, figures = tmp_path / "report.html", tmp_path / "report.json"
    with server:
        done = loadtest(
            server.group_url("demo"),
            *("--people", "4", "--ramp", "0.5", "--seconds", "2.5", "--pid", str(server.pid)),
            *("-o", str(page), "--json", str(figures)),
        )
        assert done.returncode == 0, done.stderr + done.stdout
        found = json.loads(figures.read_text())
        assert found["failures"] == {}
        assert found["seconds"]["join"]["count"] == 4
        assert found["seconds"]["firstKeyframe"]["count"] == 12
        assert found["received"]["lost"] == 0
        assert found["received"]["packets"] > 1000
        assert found["steady"]["serverBytes"] > 1e7
        assert "<polyline" in page.read_text()

        rooms = server.group_url("1").replace("/1/", "/{n}/")
        done = loadtest(
            rooms, *("--shape", "rooms", "--people", "4", "--room-size", "2"), "--ramp", "0", "--seconds", "1"
        )
        assert done.returncode == 0, done.stderr + done.stdout
        done = loadtest(server.group_url("closed"), "--people", "1", "--seconds", "1")
        assert done.returncode == 1
        assert "password is wrong" in done.stdout
        done = loadtest(server.group_url("none"), "--people", "1")
        assert done.returncode == 1
        assert "there is no group" in done.stderr
