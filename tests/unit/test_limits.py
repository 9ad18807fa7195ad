"""Bounds: each has a name in its room, says its unit and its reason, and is used where it stands."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "server" / "galene_py"
TABLES = sorted(PACKAGE.rglob("limits.py"))


def rows(table: Path) -> dict[str, str]:
    """The bounds of a table, and what is said of each."""
    body = ast.parse(table.read_text()).body
    found: dict[str, str] = {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        target = statement.target if isinstance(statement, ast.AnnAssign) else target
        if isinstance(target, ast.Name):
            said = following.value if isinstance(following, ast.Expr) else None
            found[target.id] = str(said.value) if isinstance(said, ast.Constant) else ""
    return found


def uses(table: Path) -> set[str]:
    """The bounds that the code of a room takes, the whole server for the shared table."""
    files = [path for path in table.parent.rglob("*.py") if path.name != "limits.py"]
    named = re.compile(r"\b(?:limits|shared|[a-z_]+_limits)\.([A-Z][A-Z0-9_]*)")
    own = re.compile(r"\b([A-Z][A-Z0-9_]*)\b")
    within = table.read_text()
    repeated = {name for name in own.findall(within) if within.count(name) > 1}
    return {name for path in files for name in named.findall(path.read_text())} | repeated


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.parent.name)
def test_each_says_its_unit_and_reason(table: Path) -> None:
    assert rows(table)
    assert {name for name, said in rows(table).items() if not said} == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.parent.name)
def test_each_is_used_where_it_stands(table: Path) -> None:
    assert set(rows(table)) - uses(table) == set()


def test_no_name_stands_in_two_rooms() -> None:
    names = [name for table in TABLES for name in rows(table)]
    assert len(names) == len(set(names))
