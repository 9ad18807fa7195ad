"""The wheel: installed into an environment of its own, away from the checkout, it serves the whole page."""

from __future__ import annotations

import json
import os
import re
import shlex
import site
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `galene-py` command of a fresh environment that has the wheel."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), str(CHECKOUT)]
    subprocess.run([*pip, *build], check=True, timeout=60, cwd=place)
    (wheel,) = place.glob("*.whl")
    venv.create(place / "venv", with_pip=False)
    target = next((place / "venv" / "lib").glob("python*")) / "site-packages"
    install = ["--python", str(place / "venv" / "bin" / "python"), "install", "--no-deps", str(wheel)]
    subprocess.run([*pip, *install], check=True, timeout=60, cwd=place)
    # Dependencies come from this environment instead of the network; the wheel's own package comes first.
    (target / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    return place / "venv" / "bin" / "galene-py"


def documented() -> list[list[str]]:
    """The commands of INSTALL.md that make an administrator and a group, as they stand there."""
    text = (CHECKOUT / "INSTALL.md").read_text().partition("\n## Groups")[2].partition("\n## ")[0]
    return [shlex.split(line) for line in text.splitlines() if line.startswith("    galene-py ")]


@contextmanager
def serving(installed: Path, directory: Path, *options: str) -> Iterator[str]:
    """The URL of a server that was started in `directory` with everything else at its default."""
    command = [str(installed), "serve", "--http", "127.0.0.1:0", *options]
    with subprocess.Popen(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("Serving ").strip()
            assert url, process.communicate()[1]
            yield url
        finally:
            process.terminate()


def test_the_documented_commands_work_as_they_are_written(installed: Path, tmp_path: Path) -> None:
    """Where the server runs, which is not the checkout; with the relative paths that they name."""
    environment = {"PATH": f"{installed.parent}:{os.environ['PATH']}", "HOME": str(tmp_path / "home")}
    run = partial(subprocess.run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    commands = documented()
    assert ["galene-py", "ctl", "create-group", "--group", "chess"] in commands
    with serving(installed, tmp_path) as url:
        for command in commands:
            words = list(command)
            words.insert(2, "--insecure")  # as the text says, with this certificate and port
            if "initial-setup" in words:
                words[-3:-3] = ["--server", url]
            done = run(words, input="secret\nsecret\n") if "--help" not in words else run(words)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
    chess = json.loads((tmp_path / "groups" / "chess.json").read_text())
    assert chess["users"]["ada"]["permissions"] == "op"
    assert chess["wildcard-user"]["password"] == {"type": "wildcard"}
    done = run(["galene-py", "install-mediapipe", "--check"])
    assert done.returncode == 1
    assert str(tmp_path / "data" / "vendor") in done.stderr


def test_wheel_serves_the_page_and_everything_it_needs(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path, "--insecure") as url:
        page_url = urljoin(url, "group/demo/")
        page = urllib.request.urlopen(page_url, timeout=5).read().decode()
        needed = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(needed) > 3
        for address in needed:
            with urllib.request.urlopen(urljoin(page_url, address), timeout=5) as response:
                assert response.read()
    place = installed.parents[1]
    where = "import galene_py; print(galene_py.__file__)"
    found = subprocess.run(
        [str(place / "bin" / "python"), "-c", where], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert found.stdout.startswith(str(place))


def test_wheel_brings_templates_client_manifest_and_licence(installed: Path) -> None:
    (package,) = (installed.parents[1] / "lib").glob("python*/site-packages/galene_py")
    for name in ("static/main.js", "static/css/main.css", "web/templates/group.html", "vendor/manifest.json"):
        assert (package / name).is_file(), name
    assert not list(package.rglob("*mediapipe*.wasm"))
    assert list(package.parent.glob("galene_py-*.dist-info/licenses/LICENSE"))
