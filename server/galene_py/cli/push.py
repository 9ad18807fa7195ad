"""`galene-py push`: plays a film or a device into a group. Only words and options."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import click

from galene_py.cli import credentials, streaming
from galene_py.cli.camera import Size
from galene_py.client import address
from galene_py.client.playing import Source
from galene_py.client.pushing import Pusher
from galene_py.client.staying import stay

_HELP = f"""\b
Play a film or a device into a group.

URL is the group's address, or an invitation. SOURCE is a file, a camera (/dev/video0) or a sound card
(alsa:default); of several, each brings the kind that the ones before lack. VP8, H.264 without B-frames, and
Opus are sent as they are where the group takes them, with keyframes at least every five seconds; anything
else is encoded anew. Connections that are lost are made again.

\b
Examples:
  galene-py push https://your.host:8443/group/chess/ talk.webm
  galene-py push https://your.host:8443/group/chess/ pause.mp4 --loop --user Break
  galene-py push https://your.host:8443/group/chess/ /dev/video0 alsa:default

{streaming.EXIT_HELP}
"""


@click.command(help=_HELP, short_help="Play a film or a device into a group.")
@click.argument("url")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--loop", is_flag=True, help="Begin a film again when it ends.")
@click.option("--label", default="", help="camera, screenshare or video; default: video for films.")
@click.option(
    "--size", type=Size(), default="1280x720", show_default=True, help="At most, where encoded anew."
)
@click.option("--whip", is_flag=True, help="Send over HTTP (WHIP) instead of the group's protocol.")
@credentials.options("push")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def push(url: str, sources: tuple[str, ...], **chosen: Any) -> None:
    streaming.run(lambda stopping: _push(url, sources, chosen, stopping))


async def _push(url: str, names: tuple[str, ...], chosen: dict[str, Any], stopping: asyncio.Event) -> None:
    progress = streaming.Progress(chosen["quiet"])
    place = address.parse(url)
    who = credentials.read(chosen["username"], chosen["password_file"], chosen["ask"])
    sources = [
        await asyncio.to_thread(Source, name, loop=chosen["loop"], size=chosen["size"]) for name in names
    ]
    label = chosen["label"] or ("camera" if any(source.live for source in sources) else "video")
    pusher = Pusher(sources, label, stopping, progress.tell)
    showing = asyncio.create_task(_show(progress, pusher))
    try:
        async with aiohttp.ClientSession(connector=streaming.connector(chosen["insecure"])) as http:
            if chosen["whip"]:
                await streaming.until(stopping, pusher.over_http(http, place, who))
            else:
                staying = stay(http, place, who, pusher.visit, listen=pusher.listen, tell=progress.tell)
                await streaming.until(stopping, staying)
    finally:
        showing.cancel()
        await asyncio.to_thread(pusher.close)


async def _show(progress: streaming.Progress, pusher: Pusher) -> None:
    """One line a second: how long, how smooth."""
    before = 0
    while True:
        await asyncio.sleep(1)
        line = pusher.lines.get("video") or pusher.lines["audio"]
        rate, before = line.taken - before, line.taken
        progress.show(f"{progress.clock()}  {rate} {'pictures' if line.kind == 'video' else 'packets'}/s")
