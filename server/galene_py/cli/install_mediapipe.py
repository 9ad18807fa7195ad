"""`galene-py install-mediapipe`: what background filters need, fetched once, verified, kept on this server.

Only words and options; the work is in `galene_py.mediapipe`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from galene_py import resources
from galene_py.cli.paths import AbsolutePath
from galene_py.mediapipe import install as installer
from galene_py.mediapipe import pins, store
from galene_py.mediapipe.pins import InstallError

_HELP = """\b
Install MediaPipe for background blur.

Fetches the segmentation library (with npm) and its two models (with pip), 46 MB together, checks every digest
and puts 23 MB where the server serves them; people's browsers then load them from this server only. A running
server notices. May be repeated or interrupted at any time.

\b
Without a network, fetch the two files elsewhere and name them:
  galene-py install-mediapipe --from {library} --from {models}
The commands that fetch them:
  {by_hand}
"""


class _Bar:
    """A progress bar on a terminal; a line per package elsewhere."""

    def __init__(self) -> None:
        self._what = ""
        self._terminal = sys.stderr.isatty()

    def __call__(self, what: str, done: int, expected: int) -> None:
        if self._terminal:
            width = 30
            filled = width * done // max(expected, 1)
            bar = "█" * filled + "░" * (width - filled)
            end = "\n" if done >= expected else ""
            click.echo(
                f"\r{bar} {done / 1e6:5.1f} of {expected / 1e6:.1f} MB  {what} {end}", nl=False, err=True
            )
        elif what != self._what:
            click.echo(f"Fetching {what} ({expected / 1e6:.0f} MB)", err=True)
        self._what = what


def _help() -> str:
    try:
        packages = pins.load().packages
    except InstallError:
        return _HELP.partition("\n\n\b")[0]
    return _HELP.format(
        library=packages[0].archive,
        models=packages[1].archive,
        by_hand="\n  ".join(package.by_hand() for package in packages),
    )


@click.command("install-mediapipe", help=_help(), short_help="Install what background blur needs.")
@click.option(
    "--from",
    "files",
    multiple=True,
    type=AbsolutePath(exists=True, dir_okay=False),
    metavar="FILE",
    help="Use this package file instead of fetching it; give both.",
)
@click.option(
    "--check", is_flag=True, help="Only verify what is installed; exit status 1 unless it is whole."
)
@click.option("--remove", is_flag=True, help="Remove it; background filters are then not offered.")
@click.option(
    "--data",
    type=AbsolutePath(file_okay=False),
    default="data",
    show_default=True,
    metavar="DIRECTORY",
    help="The server's data directory; a checkout keeps MediaPipe in its own vendor directory instead.",
)
def install_mediapipe(files: tuple[Path, ...], check: bool, remove: bool, data: Path) -> None:
    """See _HELP."""
    if check + remove + bool(files) > 1:
        raise click.UsageError("--check, --remove and --from exclude each other")
    vendor = resources.vendor_install_dir(data)
    try:
        pinned = pins.load()
        if check:
            _check(vendor, pinned)
        elif remove:
            done = installer.remove(vendor)
            click.echo("MediaPipe was removed." if done else "MediaPipe was not installed.")
        else:
            done = installer.install(vendor, pinned, files, _Bar())
            state = "is installed" if done else "was installed already"
            click.echo(f"MediaPipe {pinned.version} {state} in {vendor / store.DIRECTORY}.")
    except InstallError as error:
        raise click.ClickException(str(error)) from error


def _check(vendor: Path, pinned: pins.Pins) -> None:
    wrong = store.problems(vendor, pinned)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise InstallError(f"{wrong[0]}{more}; run galene-py install-mediapipe")
    click.echo(f"MediaPipe {pinned.version} is installed in {vendor / store.DIRECTORY}.")
