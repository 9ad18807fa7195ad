"""`galene-py loadtest`: how many people a server carries, tried with people who are none."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import click

from galene_py.cli.paths import AbsolutePath
from galene_py.client.errors import ClientError
from galene_py.loadtest import report
from galene_py.loadtest.run import MOST_PEOPLE, PLACE, LoadTest, Outcome, Plan

_HELP = """\b
Try how many people a server carries, with people who are none.

URL is a group's address, of this server or of another one that speaks Galène's protocol. The group must let
everybody present, or --password do. Packets are made: nothing is filmed, encoded or decoded. What the test
itself uses of its core is told, too: near 100 %, it measures itself. Start it on another machine than the
server's if you can, and never against a server on which people meet.

\b
Shapes:
  lecture   one sends (or --senders), all others watch
  meeting   everybody sends and watches (or --senders send)
  rooms     meetings of --room-size people each; the URL has {n} in it, for the number of the group
  churn     a meeting in which one goes and one comes every two seconds

\b
Examples:
  galene-py loadtest https://your.host:8443/group/test/ --shape lecture --people 200
  galene-py loadtest 'http://localhost:8000/group/test/{n}/' --shape rooms --people 40 -o report.html

The exit status is 0 if everybody came in and stayed, 1 otherwise.
"""


@click.command(help=_HELP, short_help="Try how many people a server carries.")
@click.argument("url")
@click.option(
    "--shape",
    type=click.Choice(("lecture", "meeting", "rooms", "churn")),
    default="meeting",
    show_default=True,
)
@click.option("--people", type=click.IntRange(1, MOST_PEOPLE), default=10, show_default=True)
@click.option("--senders", type=click.IntRange(0), default=None, help="How many of them have a camera.")
@click.option("--room-size", type=click.IntRange(2), default=4, show_default=True)
@click.option(
    "--rate", type=click.IntRange(30), default=800, show_default=True, help="kbit/s of each camera."
)
@click.option("--sound-only", is_flag=True, help="Nobody has a camera.")
@click.option("--ramp", type=click.FloatRange(0), default=10.0, show_default=True, help="Seconds to come in.")
@click.option("--seconds", type=click.FloatRange(1), default=30.0, show_default=True, help="To stay.")
@click.option("--name", default="Load", show_default=True, help="What people are called, before a number.")
@click.option(
    "--password", default="", envvar="GALENE_PASSWORD", help="Or GALENE_PASSWORD in the environment."
)
@click.option(
    "--pid", type=int, help="Process number of the server, if it is on this machine: for its usage."
)
@click.option("--insecure", is_flag=True, help="Trust any certificate.")
@click.option("-o", "--output", type=AbsolutePath(dir_okay=False), help="Write a page with plots.")
@click.option("--json", "as_json", type=AbsolutePath(dir_okay=False), help="Write all figures as JSON.")
def loadtest(
    url: str,
    shape: str,
    people: int,
    senders: int | None,
    room_size: int,
    rate: int,
    sound_only: bool,
    ramp: float,
    seconds: float,
    name: str,
    password: str,
    pid: int | None,
    insecure: bool,
    output: Path | None,
    as_json: Path | None,
) -> None:
    # The help text is _HELP: click would rewrap a docstring.
    if (shape == "rooms") != (PLACE in url):
        raise click.UsageError(f"--shape rooms, and no other, wants {PLACE} in the URL")
    plan = Plan(
        url=url,
        shape=shape,  # type: ignore[arg-type]  # by click.Choice
        people=people,
        senders=senders,
        room_size=room_size,
        rate=rate * 1000,
        ramp=ramp,
        seconds=seconds,
        password=password,
        name=name,
        kinds=("audio",) if sound_only else ("audio", "video"),
        pid=pid,
        insecure=insecure,
    )
    _allow_many_sockets()
    when = time.strftime("%Y-%m-%d %H:%M")
    try:
        outcome = asyncio.run(_run(plan))
    except ClientError as error:
        raise click.ClickException(str(error)) from None
    width = max(len(title) for title, _ in report.rows(outcome))
    for title, value in report.rows(outcome):
        click.echo(f"{title:<{width}}  {value}")
    if doubt := report.warning(outcome):
        click.echo(doubt, err=True)
    _write(output, report.to_html(outcome, when))
    _write(as_json, json.dumps(report.to_json(outcome), indent=1) + "\n")
    if outcome.counted.failures:
        sys.exit(1)


async def _run(plan: Plan) -> Outcome:
    """The test; an interrupt ends it with what was measured."""
    test = LoadTest(plan, lambda outcome: click.echo(report.progress(outcome), err=True))
    task = asyncio.ensure_future(test.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


def _write(path: Path | None, text: str) -> None:
    if path is None:
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {os.fspath(path)}: {error.strerror}") from None


def _allow_many_sockets() -> None:
    """Everybody has a socket for each stream."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
