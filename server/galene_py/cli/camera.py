"""`galene-py camera`: a virtual camera for every other program. Only words and options.

The work is in `galene_py.camera`, which is imported when the command runs: it needs an extra.
"""

from __future__ import annotations

import re
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galene_py import resources

if TYPE_CHECKING:
    from galene_py.camera import VirtualCamera

_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})\Z")


class Size(click.ParamType[tuple[int, int]]):
    """Of pictures, as in 1280x720."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        match = _SIZE.match(value) if isinstance(value, str) else None
        if match is None:
            self.fail(f"{value!r} is not a size such as 1280x720", param, ctx)
        return int(match[1]), int(match[2])


class _Colour(click.ParamType[tuple[int, int, int]]):
    name = "#RRGGBB"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int]:
        try:
            red, green, blue = bytes.fromhex(str(value).removeprefix("#"))
        except ValueError:
            self.fail(f"{value!r} is not a colour such as #00b140", param, ctx)
        return red, green, blue


@click.command(short_help="Blur or replace the room in a camera's pictures, for other programs.")
@click.argument("source", default="/dev/video0", metavar="[SOURCE]")
@click.option("-o", "--output", default="-", metavar="DEVICE|FILE", show_default="standard output")
@click.option("-f", "--format", "container", default="", help="Container, for standard output or a file.")
@click.option("--effect", type=click.Choice(["blur", "picture", "colour", "veil", "none"]), default=None)
@click.option("--picture", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--colour", type=_Colour(), help="In place of the room, such as #00b140.")
@click.option("--strength", type=float, default=50, show_default=True, metavar="PERCENT", help="Of the blur.")
@click.option(
    "--threshold", type=float, default=50, show_default=True, metavar="PERCENT", help="How surely a person."
)
@click.option("--erode", type=int, default=0, metavar="PIXELS", help="Shrink outlines (of 256 pixels).")
@click.option("--dilate", type=int, default=0, metavar="PIXELS", help="Grow outlines, after shrinking.")
@click.option("--smoothing", type=float, default=50, show_default=True, metavar="PERCENT", help="Over time.")
@click.option(
    "--network", type=click.Choice(["auto", "square", "landscape"]), default="auto", show_default=True
)
@click.option("--follow/--no-follow", default=True, help="Look at the part of the frame where people are.")
@click.option("--region", type=float, nargs=4, metavar="X Y W H", help="Look for people here only; percent.")
@click.option("--size", type=Size(), default="1280x720", show_default=True, help="Of the virtual camera.")
@click.option("--rate", type=int, default=30, show_default=True, help="Frames per second that are written.")
@click.option("--input-size", type=Size(), help="To ask of the camera; default: as --size.")
@click.option("--input-rate", type=int, default=0, help="To ask of the camera.")
@click.option("--input-format", default="", metavar="FORMAT", help="To ask of the camera: mjpeg, yuyv422 …")
@click.option("--loop", is_flag=True, help="Begin a film again when it ends.")
@click.option("--models", type=click.Path(file_okay=False, path_type=Path), metavar="DIRECTORY")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), default="data", metavar="DIRECTORY")
@click.option("--debug", is_flag=True, help="Print the times of each stage, every second.")
@click.option(
    "--debug-file", type=click.Path(path_type=Path), metavar="FILE", help="A film of mask and rectangle."
)
def camera(
    source: str, output: str, container: str, debug: bool, debug_file: Path | None, **chosen: Any
) -> None:
    """Read SOURCE (a camera, a film or a picture; /dev/video0 if not given), blur or replace the room behind
    people, and write to a virtual camera, a file or standard output.

    \b
    Once, as root:   modprobe v4l2loopback exclusive_caps=1 card_label=Blurred
    Then:            galene-py camera -o /dev/video10
    A picture:       galene-py camera --picture beach.jpg -o /dev/video10
    To a player:     galene-py camera | ffplay -

    SIGUSR1 switches the effect off and on again. While the network loads, and whenever there is no outline of
    people, everything is blurred.
    """
    try:
        from galene_py.camera import CameraError, VirtualCamera, open_sink, open_source
        from galene_py.camera.debug import DebugFilm, report
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing; install galene-py with its extra: pip install '.[camera]'"
        ) from None
    with ExitStack() as stack:
        try:
            settings = _settings(chosen)
            width, height = chosen["input_size"] or chosen["size"]
            reading = open_source(
                source,
                width=width,
                height=height,
                rate=chosen["input_rate"],
                pixel_format=chosen["input_format"],
                loop=chosen["loop"],
            )
            opened = stack.enter_context(reading)
            film = stack.enter_context(DebugFilm(debug_file, settings)) if debug_file else None
            sink = stack.enter_context(open_sink(output, settings, container_format=container))
            virtual = VirtualCamera(opened, sink, settings, _models(chosen))
            signal.signal(signal.SIGUSR1, lambda *_: virtual.toggle())
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: virtual.stop())
            seconds = [time.monotonic()]

            def each(camera: VirtualCamera) -> None:
                if film is not None:
                    film.add(camera)
                if debug and time.monotonic() - seconds[0] >= 1:
                    seconds[0] = time.monotonic()
                    click.echo(report(camera), err=True)

            virtual.run(each)
        except CameraError as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            sys.exit(0)  # whoever read has enough
        except OSError as error:
            raise click.ClickException(f"cannot write {output}: {error.strerror or error}") from None


def _settings(chosen: dict[str, Any]) -> Any:
    from galene_py.camera import Effect, Settings

    effect = chosen["effect"]
    if effect is None:
        effect = "picture" if chosen["picture"] else "colour" if chosen["colour"] else "blur"
    width, height = chosen["size"]
    more = {"colour": chosen["colour"]} if chosen["colour"] else {}
    if chosen["region"]:
        more["region"] = tuple(value / 100 for value in chosen["region"])
    return Settings(
        effect=Effect(effect),
        picture=chosen["picture"],
        strength=chosen["strength"] / 100,
        threshold=chosen["threshold"] / 100,
        smoothing=chosen["smoothing"] / 100,
        erode=chosen["erode"],
        dilate=chosen["dilate"],
        network=chosen["network"],
        follow=chosen["follow"],
        width=width,
        height=height,
        rate=chosen["rate"],
        **more,
    )


def _models(chosen: dict[str, Any]) -> Path:
    if chosen["models"]:
        return Path(chosen["models"])
    places = [place / "mediapipe" / "models" for place in resources.vendor_dirs(chosen["data"])]
    return next((place for place in places if place.is_dir()), places[0])
