"""The wheel: installed into an environment of its own, away from the checkout, it serves the whole page."""

from __future__ import annotations

import re
import site
import subprocess
import sys
import urllib.request
import venv
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


def test_wheel_serves_the_page_and_everything_it_needs(installed: Path, tmp_path: Path) -> None:
    command = [str(installed), "serve", "--http", "127.0.0.1:0", "--insecure"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("Serving ").strip()
            assert url, process.communicate()[1]
            page_url = urljoin(url, "group/demo/")
            page = urllib.request.urlopen(page_url, timeout=5).read().decode()
            needed = re.findall(r'(?:src|href)="([^"]+)"', page)
            assert len(needed) > 3
            for address in needed:
                with urllib.request.urlopen(urljoin(page_url, address), timeout=5) as response:
                    assert response.read()
        finally:
            process.terminate()
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
