"""`galene-py compose`: one film of a recording. Only words, options, progress and signals.

The work is in `galene_py.compose`, which is imported when the command runs: it needs an extra.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import click

from galene_py.cli.paths import AbsolutePath
from galene_py.cli.sizes import PixelSize

_NICENESS = 15
"""Of a film in the background: meetings come first."""


@click.command(short_help="Make one film of a recording.")
@click.argument("recording", type=AbsolutePath(), metavar="RECORDING")
@click.option(
    "-o",
    "--output",
    type=AbsolutePath(),
    metavar="FILE",
    help=".mp4 (H.264, AAC) or .webm (VP9, Opus).  [default: beside the recording, NAME.mp4]",
)
@click.option("--size", type=PixelSize(), default="1280x720", show_default=True, help="Of the picture.")
@click.option(
    "--rate", type=click.IntRange(1, 60), default=30, show_default=True, help="Pictures per second."
)
@click.option("--chat", is_flag=True, help="The chat as subtitles, where the recording has it.")
@click.option("--skip-broken", is_flag=True, help="Go on without files that are missing or damaged.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "json", "none"]),
    default="auto",
    show_default=True,
    help="A line on a terminal, or JSON lines on standard output.",
)
@click.option("--background", is_flag=True, hidden=True, help="For the server: yields, ends with its input.")
def compose(
    recording: Path,
    output: Path | None,
    skip_broken: bool,
    progress: str,
    background: bool,
    **chosen: Any,
) -> None:
    """Make one film of RECORDING, the JSON file of a recording: who speaks large, screens large with the
    speaker beside, everybody when nobody speaks; with names, everybody's sound, and chapters.

    \b
    galene-py compose recordings/demo/2026-11-29_10-19-49.json
    galene-py compose recordings/demo/2026-11-29_10-19-49.json -o meeting.webm

    Nothing is left of a film that could not be finished. Exit codes: 0: it is there; 1: it cannot be made,
    and standard error says why; 2: wrong options; 130, 143: stopped by SIGINT or SIGTERM.
    """
    try:
        from galene_py.compose.film import Cancelled
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing; install galene-py with its extra: pip install '.[compose]'"
        ) from None
    stopped = _watch_signals()
    if background:
        with suppress(OSError):  # service managers may forbid it
            os.nice(_NICENESS)
        with suppress(OSError):  # where memory gets short, this is what the kernel ends first
            Path("/proc/self/oom_score_adj").write_text("800")
        threading.Thread(target=_watch_input, daemon=True).start()
    try:
        _compose(recording, output, skip_broken, _reporter(progress, stopped), background, chosen)
    except Cancelled:
        click.echo("stopped; nothing is left of the film", err=True)
        sys.exit(128 + stopped[0])


def _compose(
    recording: Path,
    output: Path | None,
    skip_broken: bool,
    progress: Callable[[float, float], None],
    background: bool,
    chosen: dict[str, Any],
) -> None:
    from galene_py.compose.errors import ComposeError
    from galene_py.compose.film import Cancelled, Wishes, prepare_process
    from galene_py.compose.film import compose as make
    from galene_py.compose.inputs import Recording

    prepare_process()
    try:
        found = Recording(recording, skip_broken=skip_broken)
        for name in found.lacking:
            click.echo(f"{name} cannot be read: the film is made without it", err=True)
        wishes = Wishes(careful=background, **chosen)
        make(found, output or found.directory / f"{found.name}.mp4", wishes, progress)
    except ComposeError as error:
        raise click.ClickException(str(error)) from None
    except Exception as error:
        if not background or isinstance(error, Cancelled):
            raise
        traceback.print_exc()  # for the server's log; what comes last is for people
        raise click.ClickException("something unexpected went wrong; the server's log says what") from None


def _watch_signals() -> list[int]:
    """The signal that came first; empty for as long as none did."""
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return came


def _watch_input() -> None:
    """The server holds the other end for as long as it wants the film."""
    while os.read(0, 1 << 10):  # not sys.stdin: a thread that holds its lock aborts the interpreter's end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _reporter(how: str, stopped: list[int]) -> Callable[[float, float], None]:
    """Called for each picture; says something once or twice a second."""
    from galene_py.compose.film import Cancelled

    began = time.monotonic()
    said = [began]
    line = how == "auto" and sys.stderr.isatty()

    def report(done: float, whole: float) -> None:
        if stopped:
            if line:
                sys.stderr.write("\n")
            raise Cancelled
        now, last = time.monotonic(), done >= whole
        if now - said[0] < 0.5 and not last:
            return
        said[0] = now
        speed = done / max(now - began, 0.01)
        if how == "json":
            _write(
                sys.stdout,
                json.dumps({"done": round(done, 2), "whole": whole, "speed": round(speed, 2)}) + "\n",
            )
        elif line:
            left = "" if last else f", {_clock((whole - done) / max(speed, 0.01))} left"
            _write(
                sys.stderr,
                f"\r{done / whole:4.0%}  {_clock(done)} of {_clock(whole)}, {speed:.1f}×{left} \x1b[K"
                + ("\n" if last else ""),
            )

    return report


def _write(to: TextIO, text: str) -> None:
    to.write(text)
    to.flush()


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
