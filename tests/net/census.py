"""What is left of whom: a whole server in this process, without the collector; its objects by type."""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from galene_py.app import Options, Server


@asynccontextmanager
async def server_here(
    directory: Path, group: str, description: Mapping[str, object]
) -> AsyncIterator[Server]:
    """A server with one group, in this process and on this loop."""
    groups = directory / "groups"
    groups.mkdir()
    (groups / f"{group}.json").write_text(json.dumps(description))
    server = Server(
        Options(
            http="127.0.0.1:0",
            insecure=True,
            data=directory / "data",
            groups=groups,
            recordings=directory / "recordings",
        )
    )
    await server.start()
    yield server
    await server.stop()


@contextmanager
def without_collector() -> Iterator[None]:
    """Only reference counts free anything."""
    gc.disable()
    yield
    gc.enable()


def census(modules: tuple[str, ...]) -> Counter[str]:
    """How many objects there are of each type whose full name begins with one of these."""
    kinds = Counter(type(thing) for thing in gc.get_objects())
    names = {f"{kind.__module__}.{kind.__qualname__}": count for kind, count in kinds.items()}
    return Counter({name: count for name, count in names.items() if name.startswith(modules)})
