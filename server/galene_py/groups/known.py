"""Logins that were right a while ago, known again without hashing, so that nobody has to queue behind
strangers.

Kept as digests under a key that no other process has, for one address and one name each. Who tries other
passwords there can find out a few times whether they are right, then it is forgotten. A password that was
changed is another one, because what is stored is part of the digest.

Never keeps a password. Owner of the state: the registry of groups.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import msgspec

from galene_py.groups import limits
from galene_py.groups.login_turns import Asker
from galene_py.groups.passwords import StoredPassword


@dataclass(slots=True)
class _Known:
    digest: bytes
    until: float
    wrong: int = 0


class KnownLogins:
    """`clock` counts monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[tuple[Hashable, ...], _Known] = OrderedDict()

    def has(self, asker: Asker, stored: StoredPassword, attempt: str) -> bool:
        """Whether `attempt` was right lately for this asker and exactly this stored password."""
        known = self._known.get(asker.keys)
        if known is None:
            return False
        if known.until > self._clock():
            if hmac.compare_digest(known.digest, self._digest(stored, attempt)):
                return True
            known.wrong += 1
        if known.until <= self._clock() or known.wrong >= limits.KNOWN_LOGIN_FAILURES:
            del self._known[asker.keys]
        return False

    def add(self, asker: Asker, stored: StoredPassword, attempt: str) -> None:
        """It was right."""
        until = self._clock() + limits.KNOWN_LOGIN_SECONDS
        self._known[asker.keys] = _Known(self._digest(stored, attempt), until)
        self._known.move_to_end(asker.keys)
        if len(self._known) > limits.KNOWN_LOGINS:
            self._known.popitem(last=False)

    def _digest(self, stored: StoredPassword, attempt: str) -> bytes:
        data = msgspec.json.encode(stored) + b"\0" + attempt.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, data, "sha256")
