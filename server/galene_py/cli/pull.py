"""`galene-py pull`: one person's stream to a file, a pipe or a virtual camera. Only words and options."""

from __future__ import annotations

import asyncio
import errno
import sys
from pathlib import Path
from typing import Any

import aiohttp
import click

from galene_py.cli import credentials, streaming
from galene_py.cli.camera import Size
from galene_py.client import address, targets
from galene_py.client.incoming import receiving
from galene_py.client.pulling import Puller, Wish
from galene_py.client.staying import stay
from galene_py.client.taking import Create, Taking

_HELP = f"""\b
Take one person's camera or screen out of a group.

URL is the group's address, or an invitation. Nothing is encoded anew: a file holds what the person's browser
sent. Connections that are lost are made again, and what comes then goes on in the same file. To stop, press
Ctrl-C or send SIGTERM: the file is finished.

\b
Examples:
  galene-py pull https://your.host:8443/group/chess/ --who Ada -o ada.webm
  galene-py pull https://your.host:8443/group/chess/ --label screenshare
  galene-py pull https://your.host:8443/group/chess/ -o - | ffplay -
  galene-py pull https://your.host:8443/group/chess/ -o /dev/video10

{streaming.EXIT_HELP}
"""


@click.command(help=_HELP, short_help="Take a person's stream to a file, a pipe or a virtual camera.")
@click.argument("url")
@click.option("--who", default="", metavar="NAME", help="Whose stream; default: the first who sends.")
@click.option("--label", default="camera", show_default=True, help="camera, screenshare or video.")
@click.option("--only", type=click.Choice(["audio", "video"]), help="Take only one of the two.")
@click.option(
    "-o",
    "--output",
    default="",
    metavar="FILE|DEVICE",
    help="A name that ends with .webm or .mkv; - is a pipe.",
)
@click.option("-f", "--format", "container", type=click.Choice(targets.FORMATS), help="Of a pipe.")
@click.option("--size", type=Size(), default="1280x720", show_default=True, help="Of a device's pictures.")
@click.option("--wait", type=float, metavar="SECONDS", help="Give up when nobody sends for so long.")
@click.option("--duration", type=float, metavar="SECONDS", help="Stop after so long.")
@click.option("--once", is_flag=True, help="Stop when the stream ends, instead of waiting for the next one.")
@credentials.options("pull")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def pull(url: str, **chosen: Any) -> None:
    streaming.run(lambda stopping: _pull(url, chosen, stopping))


async def _pull(url: str, chosen: dict[str, Any], stopping: asyncio.Event) -> None:
    progress = streaming.Progress(chosen["quiet"])
    place = address.parse(url)
    who = credentials.read(chosen["username"], chosen["password_file"], chosen["ask"])
    kinds = [chosen["only"]] if chosen["only"] else ["audio", "video"]
    wish = Wish(chosen["who"], chosen["label"], kinds, chosen["wait"], chosen["once"], chosen["duration"])
    create = _target(chosen)
    async with (
        aiohttp.ClientSession(connector=streaming.connector(chosen["insecure"])) as http,
        receiving(lambda stream: puller.lost(stream)) as incoming,
    ):
        taking = Taking(create, lambda track: puller.keyframe(track))
        puller = Puller(wish, taking, incoming, stopping, progress.tell)
        showing = asyncio.create_task(_show(progress, taking))
        staying = stay(http, place, who, puller.visit, listen=puller.listen, tell=progress.tell)
        try:
            await streaming.until(stopping, staying)
        finally:
            showing.cancel()
            taking.finish()
            for file in taking.files:
                if file.name not in ("", "-"):
                    progress.tell(f"{file.name}: {file.duration or 0:.1f} s, {file.bytes / 1e6:.1f} MB")


def _target(chosen: dict[str, Any]) -> Create:
    """Where it goes. Raises OSError."""
    output, container = chosen["output"], chosen["container"]
    if output == "-":
        return targets.pipe(sys.stdout.buffer, container or "matroska")
    if container:
        raise click.UsageError("--format is for a pipe; a file's name says what it is")
    if output and targets.is_device(output):
        return targets.device(output, chosen["size"])
    path = Path(output) if output else None
    if path is not None and path.suffix not in (".webm", ".mkv"):
        raise click.UsageError(f"{output}: the name must end with .webm or .mkv")
    if path is not None and path.exists():
        raise FileExistsError(errno.EEXIST, "the file exists", str(path))
    return targets.files(path)


async def _show(progress: streaming.Progress, taking: Taking) -> None:
    """One line a second: how long, how much, how smooth."""
    before = 0
    while True:
        await asyncio.sleep(1)
        rate, before = taking.pictures - before, taking.pictures
        codecs = " + ".join(taking.forms) or "waiting"
        progress.show(f"{progress.clock()}  {codecs}  {rate} pictures/s  {taking.bytes / 1e6:.1f} MB")
