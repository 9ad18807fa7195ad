"""Modules named in advance: all that are imported, none twice, nothing outside."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from galene_py.web.modules import ModuleGraph, imports
from galene_py.web.static_files import StaticTree
from unit.web.conftest import Site


def test_imports_are_found_however_they_are_written() -> None:
    text = """
import './a.js';
import {x} from "./b.js"
import {
    y,
    z as w,
} from '../c.js';
import * as d from './d.js';
export {e} from './e.js';
export * from './f.js';
import g, {h} from './g.js';
const i = await import('./lazy.js');
// import './comment.js' is a comment
export const j = "./string.js";
import other from 'package';
"""
    assert imports(text) == ["./a.js", "./b.js", "../c.js", "./d.js", "./e.js", "./f.js", "./g.js"]


def test_graph_has_cycles_gaps_and_an_edge(tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "main.js").write_text("import './ui/a.js'; \nimport './b.js'; \nimport '../../etc/passwd';")
    (tmp_path / "ui" / "a.js").write_text("import '../b.js';\nimport './missing.js';\nimport '../main.js';")
    (tmp_path / "b.js").write_text("import './ui/a.js';")
    graph = ModuleGraph(StaticTree(tmp_path))
    assert graph.needed_by("main.js") == ["ui/a.js", "b.js"]
    assert graph.needed_by("none.js") == []


async def test_pages_name_their_modules(site: Site, http: aiohttp.ClientSession) -> None:
    (site.static / "main.js").write_text("import './css/x.js';")
    (site.static / "css" / "x.js").write_text("")
    async with http.get(site.url + "group/demo/") as response:
        text = await response.text()
    version = site.context.static.version()
    assert f'<link rel="modulepreload" href="../../static/@{version}/css/x.js">' in text
