"""What `pull` and `push` share: exit codes, one line of progress, signals, the connection's certificate."""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
import time
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any

import aiohttp
import click

from galene_py import log
from galene_py.cli import limits
from galene_py.client.errors import AddressError, ClientError, LostError, RefusedError
from galene_py.client.pulling import NobodySendsError


class Exit(IntEnum):
    """Of the process."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    MEDIA = 4
    """What should be written or read cannot be."""
    NOBODY = 5
    """Nobody sent in the time that was given."""
    UNREACHABLE = 6


EXIT_HELP = """\b
Exit status: 0 done, 1 another failure, 2 bad usage, 3 the server refuses, 4 the file, pipe or device cannot
be written or read, 5 nobody sent in time, 6 the server cannot be reached."""


class Progress:
    """Tells people on standard error: events as lines, and one line that changes where it is a terminal."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not quiet
        self._shown = 0
        self.began = time.monotonic()

    def tell(self, text: str) -> None:
        """An event."""
        if not self._quiet:
            click.echo(f"\r{text.ljust(self._shown)}", err=True)
            self._shown = 0

    def show(self, text: str) -> None:
        """How it stands."""
        if self._live:
            click.echo(f"\r{text.ljust(self._shown)}", err=True, nl=False)
            self._shown = len(text)

    def clock(self) -> str:
        """Time since the start, mm:ss."""
        seconds = int(time.monotonic() - self.began)
        return f"{seconds // 60:02d}:{seconds % 60:02d}"


def connector(insecure: bool) -> aiohttp.TCPConnector:
    """For HTTP and WebSocket."""
    return aiohttp.TCPConnector(ssl=False if insecure else ssl.create_default_context())


def run(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run to the end and leave with the right status. SIGINT and SIGTERM set the event, a second one ends it
    where it is."""
    log.configure("error")
    status, text = Exit.DONE, ""
    try:
        asyncio.run(_with_signals(main))
    except AddressError as error:
        status, text = Exit.USAGE, str(error)
    except NobodySendsError as error:
        status, text = Exit.NOBODY, str(error)
    except RefusedError as error:
        status, text = Exit.REFUSED, str(error)
    except LostError as error:
        status, text = Exit.UNREACHABLE, str(error)
    except ClientError as error:
        status, text = Exit.FAILED, str(error)
    except BrokenPipeError:
        status = Exit.DONE  # whoever read has enough
    except OSError as error:
        status, text = Exit.MEDIA, error.strerror or str(error)
        if error.filename:
            text = f"{error.filename}: {text}"
    except asyncio.CancelledError:
        status = Exit.DONE
    if text:
        click.echo(f"Error: {text}", err=True)
    sys.exit(status)


async def _with_signals(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    task = asyncio.ensure_future(main(stopping))

    def end() -> None:
        if stopping.is_set():
            task.cancel()
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    await task


async def until(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Work until it is done, or, told to stop, has had time to end by itself."""
    task, told = asyncio.ensure_future(work), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([task, told], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await asyncio.wait([task], timeout=limits.STOP_GRACE_SECONDS)
        if task.done():
            task.result()
    finally:
        for each in (task, told):
            each.cancel()
        await asyncio.wait([task, told])
