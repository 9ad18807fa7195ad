"""docs/robustness.md names tests and benches: each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "robustness.md").read_text()


def test_every_test_that_is_named_exists() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", PAGE)
    assert len(named) > 80
    assert {name for name in named if f"def {name}(" not in tests} == set()


def test_every_bench_that_is_named_exists() -> None:
    named = set(re.findall(r"`(bench_\w+\.py)", PAGE))
    assert named
    assert {name for name in named if not (ROOT / "tests" / "bench" / name).exists()} == set()
