"""What can go wrong for a client, in words for people."""

from __future__ import annotations


class ClientError(Exception):
    """The text says what is wrong and, where there is something, what to do."""


class AddressError(ClientError):
    """The address is none of a group."""


class RefusedError(ClientError):
    """The server does not let us in, or not do that. `code` is for programs, as in the protocol."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text or code or "the server refused")
        self.code = code


class LostError(ClientError):
    """There is no connection to the server, or none any more; trying again may help."""


class StreamError(ClientError):
    """One stream failed; the connection to the server goes on."""
