"""`galene-py health`: asks a running server whether it works; for supervisors and containers.

Exit status 0 when it answers, 1 otherwise. Trusts any certificate: it asks this machine for a yes.
"""

from __future__ import annotations

import http.client
import socket
import ssl

import click

from galene_py.web.sockets import HttpAddress, ListenError, parse_address

_SECONDS = 5.0


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def _connection(address: HttpAddress, *, insecure: bool) -> http.client.HTTPConnection:
    if address.path:
        return _UnixConnection(address.path)
    host = address.host or "localhost"
    if insecure:
        return http.client.HTTPConnection(host, address.port, timeout=_SECONDS)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, address.port, timeout=_SECONDS, context=context)


@click.command(short_help="Ask a running server whether it works.")
@click.option(
    "--http",
    "http_address",
    default=":8443",
    show_default=True,
    metavar="ADDRESS",
    help="Where the server listens, as given to serve.",
)
@click.option("--insecure", is_flag=True, help="The server speaks plain HTTP.")
def health(http_address: str, insecure: bool) -> None:
    """Ask a running server on this machine whether it works. The exit status is 0 if it does."""
    try:
        connection = _connection(parse_address(http_address), insecure=insecure)
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        text = response.read(10_000).decode(errors="replace").strip()
    except (ListenError, OSError, http.client.HTTPException) as error:
        raise click.ClickException(f"no answer from {http_address}: {error}") from None
    if response.status != http.client.OK:
        raise click.ClickException(f"{http_address} answers {response.status}")
    click.echo(text)
