"""`galene-py serve`: options, preparation of the process, and the event loop.

What the server consists of is in `app`; here is only what concerns the process: limits of the operating
system, signals, the loop, and one clear line on standard error with a non-zero exit when it cannot start.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from galene_py import log as logs
from galene_py import memory
from galene_py.cli import limits
from galene_py.cli.paths import AbsolutePath
from galene_py.cli.serve_demo import Demo, later_lines, make_demo_group
from galene_py.cli.sizes import parse_size

if TYPE_CHECKING:
    from galene_py.app import Options

log = logging.getLogger(__name__)
STOPPING = (signal.SIGTERM, signal.SIGINT)

_HELP = """\b
Run the server.

Without options it listens on port 8443 for HTTPS and for media, keeps its settings in ./data, group
descriptions in ./groups and recordings in ./recordings, and makes itself a certificate. On the first start
it creates a group to try it with and prints its address.

\b
Examples:
  galene-py serve
      try it; browsers will warn about the self-signed certificate
  galene-py serve --http localhost:8000 --insecure
      plain HTTP on this machine only (browsers allow the camera on localhost)
  galene-py serve --http :443 --udp-port 443 --public-address 203.0.113.7
      a public server behind NAT; put cert.pem and key.pem into the data directory
  galene-py serve --http /run/galene-py/http.sock --udp-port 8443
      behind a reverse proxy on this machine; set proxyURL in data/config.json

Firewall: open the HTTP port (TCP) and the media port (UDP and TCP). Everything below the data and groups
directories may be changed while the server runs. To stop it, press Ctrl-C or send SIGTERM: participants are
told.
"""


_PORT = click.IntRange(0, 65535)
_DIRECTORY = AbsolutePath()  # `app` checks it, with one line for all that may be wrong


@click.command(help=_HELP, short_help="Run the server.")
@click.option(
    "--http",
    "http_address",
    default=":8443",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen for browsers: :PORT (all addresses), HOST:PORT, or a path starting with / "
    "(Unix socket, always plain HTTP, for a reverse proxy).",
)
@click.option("--insecure", is_flag=True, help="Plain HTTP instead of HTTPS: for localhost and proxies.")
@click.option(
    "--data",
    type=_DIRECTORY,
    default="data",
    show_default=True,
    metavar="DIRECTORY",
    help="Settings: config.json, cert.pem and key.pem, ice-servers.json; and the server's own state.",
)
@click.option(
    "--groups",
    type=_DIRECTORY,
    default="groups",
    show_default=True,
    metavar="DIRECTORY",
    help="Group descriptions: NAME.json each.",
)
@click.option(
    "--recordings",
    type=_DIRECTORY,
    default="recordings",
    show_default=True,
    metavar="DIRECTORY",
    help="Where recordings go.",
)
@click.option(
    "--recordings-limit",
    callback=parse_size,
    metavar="SIZE",
    help="What all recordings may take of the disk, such as 50G.  [default: no limit]",
)
@click.option(
    "--recordings-group-limit",
    callback=parse_size,
    metavar="SIZE",
    help="What the recordings of one group may take, those of groups below it included.  [default: no limit]",
)
@click.option(
    "--static",
    type=_DIRECTORY,
    default=None,
    metavar="DIRECTORY",
    help="Serve another browser client than the built-in one, for example Galène's.",
)
@click.option(
    "--udp-port",
    type=_PORT,
    default=None,
    metavar="PORT",
    help="The one port for all media: UDP, and TCP for networks that block UDP.  "
    "[default: the number of the HTTP port; 8443 with a Unix socket]",
)
@click.option(
    "--public-address",
    "public_addresses",
    multiple=True,
    metavar="ADDRESS",
    help="The address under which browsers reach this machine, if it is behind NAT. May be repeated.",
)
@click.option(
    "--log-level", type=click.Choice(logs.LEVELS), default="info", show_default=True, help="How much to log."
)
@click.option(
    "--audit-log",
    default="",
    metavar="FILE",
    help="Where logins, refusals, moderation and changes by admins are noted, one JSON object per line; "
    "'off': nowhere.  [default: var/audit.jsonl in the data directory]",
)
@click.option(
    "--metrics",
    default="",
    metavar="ADDRESS",
    help="Tell Prometheus of the server here, at /metrics by plain HTTP to whoever asks: HOST:PORT or the "
    "path of a Unix socket.  [default: only on the pages' address, to who knows metricsToken]",
)
@click.option("--log-json", is_flag=True, help="Log one JSON object per line.")
def serve(
    http_address: str,
    insecure: bool,
    data: Path,
    groups: Path,
    recordings: Path,
    recordings_limit: int,
    recordings_group_limit: int,
    static: Path | None,
    udp_port: int | None,
    public_addresses: tuple[str, ...],
    log_level: str,
    log_json: bool,
    audit_log: str,
    metrics: str,
) -> None:
    # The help text is _HELP: click would rewrap a docstring.
    from galene_py.app import Options, StartError

    logs.configure(log_level, log_json)
    _raise_descriptor_limit()
    options = Options(
        http=http_address,
        insecure=insecure,
        data=data,
        groups=groups,
        recordings=recordings,
        recordings_limit=recordings_limit,
        recordings_group_limit=recordings_group_limit,
        static=static,
        udp_port=udp_port,
        public_addresses=public_addresses,
        audit_log=audit_log,
        metrics=metrics,
    )
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(options))
    except StartError as error:
        raise click.ClickException(logs.clean(str(error))) from None
    except KeyboardInterrupt:
        sys.exit(130)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop's loop where the platform has it, else None for asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = resource.RLIM_INFINITY
    wanted = limits.FILE_DESCRIPTORS_WANTED
    target = wanted if hard == infinite else min(wanted, hard)
    if soft != infinite and soft < target:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
            soft = target
        except (OSError, ValueError) as error:
            log.warning("cannot raise the limit of open files: %s", error)
    if soft != infinite and soft < limits.FILE_DESCRIPTORS_LOW:
        log.warning(
            "only %d files may be open at once, which limits the number of participants; "
            "raise it (ulimit -n, or LimitNOFILE= in a service file)",
            soft,
        )


async def _run(options: Options) -> None:
    from galene_py.app import Server

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, _stop, stop, number)
    server = Server(options)
    await server.start()
    memory.settle()
    try:
        # After everything else has worked: its password is shown only once.
        demo = _first_start(options)
        behind = f" (listening on {server.local_url})" if server.url != server.local_url else ""
        click.echo(f"Serving {server.url}{behind}")
        if demo is not None:
            click.echo("\n".join(demo.lines(server.url, self_signed=server.self_signed)))
        else:
            click.echo("\n".join(later_lines(options.groups, server.url)))
        sys.stdout.flush()
        await stop.wait()
    finally:
        await server.stop()
        # The loop's handlers end before the process: a repeated signal would make a failure of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)


def _first_start(options: Options) -> Demo | None:
    from galene_py.app import StartError

    try:
        return make_demo_group(options.groups)
    except OSError as error:
        raise StartError(f"cannot use the directory {options.groups}: {error.strerror}") from None


def _stop(stop: asyncio.Event, number: signal.Signals) -> None:
    # A repeated signal (supervisors send them to whole process groups) changes nothing: stopping is bounded.
    if not stop.is_set():
        log.info("stopping on %s", signal.Signals(number).name)
        stop.set()
