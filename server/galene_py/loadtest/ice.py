"""One side of ICE, for a connection with one local address (RFC 8445). Pure: datagrams in, datagrams out.

A full agent: it sends checks to each address of the other side and answers checks. Towards a lite agent, and
when it has made the offer, it controls and nominates at once; else it waits for the other's nomination.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

from galene_py.loadtest import limits
from galene_py.transport.ice import stun

Address = tuple[str, int]
Datagrams = list[tuple[bytes, Address]]

_PRIORITY = (110 << 24 | 65535 << 8 | 255).to_bytes(4)
"""Of a peer-reflexive candidate (RFC 8445 §5.1.2)."""


class IceAgent:
    """`selected`: the other side's address once there is a path."""

    def __init__(self) -> None:
        self.ufrag = os.urandom(6).hex()
        self.pwd = os.urandom(12).hex()
        self.selected: Address | None = None
        self._remote = ("", "")
        self._controlling = True
        self._tie = os.urandom(8)
        self._addresses: dict[Address, None] = {}
        self._valid: set[Address] = set()
        self._nominated: Address | None = None
        self._asked: dict[bytes, Address] = {}
        self._due = 0.0

    def set_remote(self, ufrag: str, pwd: str, *, controlling: bool) -> None:
        """Take the other side's credentials; the roles stay as they are afterwards."""
        self._remote = ufrag, pwd
        self._controlling = controlling

    def add(self, addresses: Iterable[Address]) -> None:
        """Take addresses of the other side."""
        self._addresses.update(dict.fromkeys(addresses))
        self._due = 0.0

    def poll(self, now: float) -> Datagrams:
        """The checks that are due."""
        if now < self._due or not self._remote[0]:
            return []
        if self.selected is not None:
            self._due = now + limits.LOAD_CONSENT_SECONDS
            return [(self._check(self.selected), self.selected)]
        self._due = now + limits.LOAD_CHECK_SECONDS
        return [(self._check(address), address) for address in self._addresses]

    def received(self, data: bytes, address: Address) -> Datagrams:
        """A STUN message; what is not good is dropped."""
        try:
            message = stun.parse(data)
        except stun.StunError:
            return []
        if message.message_class == stun.SUCCESS:
            self._answered(message)
            return []
        if message.message_class != stun.REQUEST or not message.is_authentic(self.pwd.encode()):
            return []
        self._addresses.setdefault(address)
        if message.get(stun.USE_CANDIDATE) is not None and not self._controlling:
            self._nominated = address
            self._select()
        return [(self._answer(message, address), address)]

    def _answered(self, message: stun.StunMessage) -> None:
        address = self._asked.get(message.transaction)
        if address is None or not message.is_authentic(self._remote[1].encode()):
            return
        self._valid.add(address)
        if self._controlling and self._nominated is None:
            self._nominated = address
        self._select()

    def _select(self) -> None:
        if self.selected is None and self._nominated in self._valid:
            self.selected = self._nominated
            self._due += limits.LOAD_CONSENT_SECONDS
            self._asked.clear()

    def _check(self, address: Address) -> bytes:
        transaction = os.urandom(12)
        if self.selected is None:
            self._asked[transaction] = address
        role = stun.ICE_CONTROLLING if self._controlling else stun.ICE_CONTROLLED
        attributes = [
            (stun.USERNAME, f"{self._remote[0]}:{self.ufrag}".encode()),
            (stun.PRIORITY, _PRIORITY),
            (role, self._tie),
        ]
        if self._controlling:
            attributes.append((stun.USE_CANDIDATE, b""))
        return stun.build(stun.BINDING, stun.REQUEST, transaction, attributes, key=self._remote[1].encode())

    def _answer(self, message: stun.StunMessage, address: Address) -> bytes:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        mapped = stun.pack_xor_address(
            socket.inet_pton(family, address[0].partition("%")[0]), address[1], message.transaction
        )
        attributes = [(stun.XOR_MAPPED_ADDRESS, mapped)]
        return stun.build(stun.BINDING, stun.SUCCESS, message.transaction, attributes, key=self.pwd.encode())
