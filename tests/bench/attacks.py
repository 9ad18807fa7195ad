"""Attacks of one address on a server, each for some seconds and with a bounded number of connections.

python tests/bench/attacks.py NAME PORT SECONDS SOCKETS [prefix]
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import attacks_http as http
import attacks_members as members
import attacks_strangers as strangers
from attacking import Attack

from kit.lightpeople import allow_many_sockets

ATTACKS: dict[str, Callable[[Attack], Coroutine[Any, Any, None]]] = {
    attack.__name__: attack
    for attack in (
        strangers.brackets, strangers.brackets_later, strangers.quotes, strangers.fragments, strangers.pings,
        strangers.binary, strangers.small, strangers.continuations, strangers.deflated, strangers.unfinished,
        strangers.silent, strangers.logins, strangers.guesses, strangers.long_tokens, strangers.aborted_joins,
        strangers.unknown_groups, strangers.many_names,
        http.landing, http.pages, http.pipelining, http.huge_headers, http.slow_headers, http.tiny_chunks,
        http.slow_reading, http.whip, http.api_logins,
        members.private_flood, members.toggling, members.offers, members.chatting, members.never_reading,
        members.hands, members.talking, members.requests, members.operating, members.packets,
    )
}  # fmt: skip


def main() -> None:
    os.nice(5)  # an attacker has a machine of its own
    allow_many_sockets()
    name, port, seconds, sockets = sys.argv[1:5]
    attack = Attack(int(port), float(seconds), int(sockets), prefix="prefix" in sys.argv[5:])
    asyncio.run(ATTACKS[name](attack))
    print(json.dumps(attack.told))


if __name__ == "__main__":
    main()
