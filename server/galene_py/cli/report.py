"""`galene-py report`: writes what somebody who looks for a fault must know into one file, without secrets."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from galene_py.cli.paths import AbsolutePath
from galene_py.report import sections
from galene_py.report.figures import figures
from galene_py.report.masking import Mask

_INTRODUCTION = """\
# A report on a galene-py server, {now}

Passwords, tokens and keys are left out; names, hosts and addresses are replaced by stand-ins. Read it before
you show it to anybody all the same.
"""


@click.command(short_help="Gather what a bug report needs into one file.")
@click.option("--data", type=AbsolutePath(), default="data", show_default=True, metavar="DIRECTORY")
@click.option("--groups", type=AbsolutePath(), default="groups", show_default=True, metavar="DIRECTORY")
@click.option("--metrics", metavar="ADDRESS", help="Where the server tells of itself, as given to serve.")
@click.option(
    "--log",
    type=AbsolutePath(exists=True, dir_okay=False),
    metavar="FILE",
    help="The server's log.  [default: the journal of the service galene-py]",
)
@click.option(
    "-o", "--output", type=AbsolutePath(), metavar="FILE", help="[default: galene-py-report-DATE-TIME.txt]"
)
def report(data: Path, groups: Path, metrics: str | None, log: Path | None, output: Path | None) -> None:
    """Gather what a bug report needs: versions, machine, settings without secrets, figures, the log.

    Nothing is sent anywhere. Read the file before you show it to anybody.
    """
    now = time.gmtime()
    output = output or Path(f"galene-py-report-{time.strftime('%Y%m%d-%H%M%S', now)}.txt").absolute()
    mask = Mask()
    parts = {
        "Versions": sections.versions,
        "Machine": sections.machine,
        "Groups": lambda: sections.groups(groups, mask),
        "Settings": lambda: sections.settings(data, mask),
        "Figures": lambda: figures(metrics),
        "Log": lambda: sections.log_of(log, mask),
    }
    lines = [_INTRODUCTION.format(now=time.strftime("%Y-%m-%d %H:%M UTC", now))]
    for title, part in parts.items():
        lines += sections.part(title, part)
    try:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write("\n".join(lines))
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    click.echo(f"Wrote {output}. Read it before you show it to anybody.")
