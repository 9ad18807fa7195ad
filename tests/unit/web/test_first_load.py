"""What a browser fetches before the login form is there, and what it leaves for later, has a size."""

from __future__ import annotations

import gzip
import re

from galene_py import resources
from galene_py.web.modules import ModuleGraph
from galene_py.web.static_files import StaticTree

STATIC = resources.static_dir()
FORM = 150_000
"""bytes, compressed, until the login form can be filled in: with the filters, from which nothing may leak"""
MEETING = 110_000
"""bytes, compressed, that are fetched while it is"""


def size(paths: list[str]) -> int:
    return sum(len(gzip.compress((STATIC / path).read_bytes(), 6, mtime=0)) for path in paths)


def test_a_browser_fetches_little_before_the_login_form_and_while_it_is_filled_in() -> None:
    graph = ModuleGraph(StaticTree(STATIC))
    first = ["main.js", *graph.needed_by("main.js")]
    later = [path for path in ["ui/meeting.js", *graph.needed_by("ui/meeting.js")] if path not in first]
    sheets = re.findall(r'"(.+?\.css)"', (STATIC / "css/main.css").read_text())
    styles = ["css/main.css", *(f"css/{name}" for name in sheets)]
    assert len(styles) > 5
    assert size([*first, *styles, "base/early.js", "i18n/en/room.json"]) <= FORM
    assert 0 < size(later) <= MEETING
    assert "ui/shell.js" in later
