"""ICE-lite: answers connectivity checks and says which remote addresses are valid and which one is in use.

Pure: messages and `now` come in, answers come out. Never sends a check, gathers nothing, knows no socket,
and never trusts an address that has not passed a check with the right password (RFC 8445 §2.5, §7.3; RFC
7675). The state belongs to one peer. Always controlled: a lite agent facing a full one (RFC 8445 §6.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from galene_py.transport import limits
from galene_py.transport.ice import stun
from galene_py.transport.ice.stun import StunError, StunMessage


class Path(Protocol):
    """A remote transport address as its socket sees it; compared by identity, hashable."""

    @property
    def ip(self) -> bytes:
        """4 or 16 bytes; an IPv4 address seen by an IPv6 socket counts as IPv4."""

    @property
    def port(self) -> int: ...

    @property
    def reliable(self) -> bool:
        """True for TCP, which media uses only when nothing better was validated."""


P = TypeVar("P", bound=Path)


@dataclass(slots=True, frozen=True)
class IceCredentials:
    ufrag: str
    pwd: str


class CheckResult(NamedTuple, Generic[P]):
    """What a check led to. `response` goes back to where the check came from, whatever else is set."""

    response: bytes | None
    valid: bool = False
    """The check was authentic and sound: the path may carry packets from now on."""
    retired: str | None = None
    """After a restart: the local ufrag that is no longer answered to."""
    lost: P | None = None
    """A path that was given up for this one."""


@dataclass(slots=True)
class PathState:
    checked: float
    priority: int
    nominated: float | None = None


_UNDERSTOOD = frozenset(
    {stun.USERNAME, stun.PRIORITY, stun.USE_CANDIDATE, stun.XOR_MAPPED_ADDRESS, stun.ERROR_CODE, 0x0001}
)


class IceAgent(Generic[P]):
    """The ICE state of one peer: credentials, validated paths, the path in use."""

    def __init__(self, local: IceCredentials, now: float) -> None:
        self.local = local
        self.previous: IceCredentials | None = None
        self.remote: IceCredentials | None = None
        self.selected: P | None = None
        self.checked = now
        """When the last authentic check or packet came, or when the agent was made (RFC 7675: consent)."""
        self.checks = 0
        self.refused = 0
        self._paths: dict[P, PathState] = {}

    def set_remote(self, ufrag: str, pwd: str) -> None:
        """The other side's credentials. A lite agent sends no checks, so they are only kept."""
        self.remote = IceCredentials(ufrag, pwd)

    def restart(self, local: IceCredentials) -> str | None:
        """New credentials (RFC 8445 §9). The old ones are answered to until a check with the new ones
        arrives, and validated paths stay. Returns a ufrag that is given up at once: that of an earlier
        restart which nobody answered."""
        retired: str | None = None
        if self.previous is None:
            self.previous = self.local
        else:
            retired = self.local.ufrag
        self.local = local
        return retired

    def is_valid(self, path: P) -> bool:
        """Whether media and DTLS may come from this path."""
        return path in self._paths

    @property
    def paths(self) -> tuple[P, ...]:
        return tuple(self._paths)

    def check(self, message: StunMessage, path: P, now: float) -> CheckResult[P]:
        """Judge one message that was addressed to this peer by its USERNAME."""
        if message.method != stun.BINDING or message.message_class != stun.REQUEST:
            return CheckResult(None)
        name = message.get(stun.USERNAME)
        credentials = self._addressed(name)
        if credentials is None or not message.is_authentic(credentials.pwd.encode()):
            self.refused += 1
            return CheckResult(None)  # silence: an answer to a stranger could be made to hit somebody else
        key = credentials.pwd.encode()
        try:
            priority = message.unsigned(stun.PRIORITY, 4)
        except StunError:
            priority = None
        unknown = [kind for kind, _ in message.attributes if kind < 0x8000 and kind not in _UNDERSTOOD]
        if unknown:
            value = b"".join(kind.to_bytes(2) for kind in unknown)
            return self._refuse(message, key, 420, "Unknown Attribute", (stun.UNKNOWN_ATTRIBUTES, value))
        if priority is None:
            return self._refuse(message, key, 400, "Bad Request")
        if message.get(stun.ICE_CONTROLLED) is not None:
            return self._refuse(message, key, 487, "Role Conflict")  # RFC 8445 §7.3.1.1, our tie-breaker is 0
        return self._accept(message, credentials, path, priority, now)

    def _addressed(self, name: bytes | None) -> IceCredentials | None:
        if name is None or len(name) > limits.STUN_USERNAME_BYTES:
            return None
        ours = name.partition(b":")[0]
        for credentials in (self.local, self.previous):
            if credentials is not None and ours == credentials.ufrag.encode():
                return credentials
        return None

    def _refuse(
        self, message: StunMessage, key: bytes, code: int, text: str, *more: tuple[int, bytes]
    ) -> CheckResult[P]:
        self.refused += 1
        attributes = ((stun.ERROR_CODE, stun.error_value(code, text)), *more)
        return CheckResult(stun.build(stun.BINDING, stun.ERROR, message.transaction, attributes, key=key))

    def _accept(
        self, message: StunMessage, credentials: IceCredentials, path: P, priority: int, now: float
    ) -> CheckResult[P]:
        self.checked = now
        self.checks += 1
        retired: str | None = None
        fresh = False
        if credentials is self.local and self.previous is not None:
            retired, self.previous = self.previous.ufrag, None
            fresh = True
        state = self._paths.get(path)
        lost: P | None = None
        if state is None:
            lost = self._make_room()
            state = self._paths[path] = PathState(now, priority)
        state.checked, state.priority = now, priority
        if message.get(stun.USE_CANDIDATE) is not None:
            state.nominated = now
        self._select(path, state, now, fresh)
        mapped = (
            stun.XOR_MAPPED_ADDRESS,
            stun.pack_xor_address(path.ip, path.port, message.transaction),
        )
        response = stun.build(
            stun.BINDING, stun.SUCCESS, message.transaction, (mapped,), key=credentials.pwd.encode()
        )
        return CheckResult(response, valid=True, retired=retired, lost=lost)

    def _make_room(self) -> P | None:
        """When the table is full, give up the path that was checked longest ago and is not in use."""
        if len(self._paths) < limits.PATHS_PER_PEER:
            return None
        unused = (path for path in self._paths if path is not self.selected)
        oldest = min(unused, key=lambda path: self._paths[path].checked)
        del self._paths[oldest]
        return oldest

    def _select(self, path: P, state: PathState, now: float, fresh: bool) -> None:
        """The latest nomination wins: full agents nominate one pair at a time towards a lite agent. An
        agent that nominates aggressively (RFC 5245 §8.1.1.2) would make it swing, therefore a better pair
        nominated a moment ago is kept. Before any nomination: the first valid path."""
        selected = self.selected
        current = None if selected is None else self._paths.get(selected)
        if selected is None or current is None:
            self.selected = path
        elif path is not selected and state.nominated is not None:
            held = current.nominated is not None and not fresh
            held = held and now - (current.nominated or 0.0) <= limits.NOMINATION_HOLD_SECONDS
            better = (not path.reliable, state.priority) >= (not selected.reliable, current.priority)
            if better or not held:
                self.selected = path

    def prefer(self, path: P) -> None:
        """The peer has just proved, by more than a check, that it is here and no longer where it was."""
        if path in self._paths:
            self.selected = path

    def lose(self, path: P) -> None:
        """The path is gone (a TCP connection closed). The freshest other one takes its place."""
        self._paths.pop(path, None)
        if path is self.selected:
            self.selected = max(self._paths, key=lambda other: self._paths[other].checked, default=None)

    def holds(self, path: P, now: float) -> bool:
        """Whether the path was checked recently enough that nobody else may claim its address."""
        state = self._paths.get(path)
        return state is not None and now - state.checked < limits.PATH_OWNED_SECONDS

    def expire(self, now: float) -> list[P]:
        """Forget paths without a check for a while, and return them."""
        old = [p for p, state in self._paths.items() if now - state.checked > limits.PATH_SECONDS]
        for path in old:
            self.lose(path)
        return old

    def heard(self, path: P, now: float) -> None:
        """Packets came from a valid path that only the peer can have protected: it is there and wants to be.
        Agents that do not know RFC 7675 send no check any more once they are connected (RFC 8445 §11)."""
        state = self._paths.get(path)
        if state is not None:
            self.checked = state.checked = now

    @property
    def due(self) -> float:
        """When consent will be lost or a path expires, unless something is heard."""
        oldest = min((state.checked for state in self._paths.values()), default=self.checked)
        return min(self.checked + limits.CONSENT_SECONDS, oldest + limits.PATH_SECONDS)

    def consent_lost(self, now: float) -> bool:
        return now - self.checked > limits.CONSENT_SECONDS

    def debug_state(self) -> dict[str, object]:
        return {
            "ufrag": self.local.ufrag,
            "restarting": self.previous is not None,
            "paths": len(self._paths),
            "transport": None if self.selected is None else "tcp" if self.selected.reliable else "udp",
            "checks": self.checks,
            "refused": self.refused,
        }
