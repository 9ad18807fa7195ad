"""The command `galene-py` as people run it, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def command(*arguments: str | Path, **environment: str) -> AsyncIterator[Process]:
    """A running command; it is killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "galene_py", *map(str, arguments)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: Process, text: str) -> str:
    """Wait for a line on standard error that has this text."""
    assert process.stderr is not None
    async with asyncio.timeout(30):
        while line := (await process.stderr.readline()).decode():
            if text in line:
                return line
    raise AssertionError(f"it ended without {text!r}")


async def ends(process: Process, status: int = 0, patience: float = 30) -> str:
    """Wait for the end; what it said meanwhile."""
    assert process.stderr is not None
    async with asyncio.timeout(patience):
        text = (await process.stderr.read()).decode()
        assert await process.wait() == status, text
    return text
