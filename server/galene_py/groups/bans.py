"""Who is kept out of a group for a while: by the address, the invitation or the user name they came with.

Easily evaded, by another network and another invitation, and it keeps out others of the same network: a means
against nuisance, not against somebody determined. Nobody whom the group's file makes an operator is ever kept
out. Of an invitation a digest is kept, not the invitation.

Kept in one small file, so that a restart forgets nobody; what the disk refuses to keep counts until then.
Used from the event loop, `save` from any thread. Owner of the state: the registry of groups.
"""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from galene_py.budget.origin import origin, stands_for_many
from galene_py.groups import files, limits
from galene_py.groups.admission import Admission, TokenGrant, UserGrant
from galene_py.groups.errors import Refused, StorageError, Why

log = logging.getLogger(__name__)


class Ban(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry of the file; one of `address`, `token` and `user` that fits is enough.

    group: empty for the whole server. made, expires: seconds since 1970. address: IPv4, or IPv6 prefix.
    token: digest of an invitation. user: a user of the group's file. name: what the person was called.
    """

    id: str
    group: str = ""
    made: float = 0.0
    expires: float = 0.0
    by: str = ""
    name: str = ""
    address: str = ""
    token: str = ""
    user: str = ""

    def covers(self, group: str, file: str) -> bool:
        """Whether it is for this group, whose description is in the file of that group's name."""
        if self.group in ("", group):
            return True
        # Subgroups that have no file of their own belong to the group; others have their own operators.
        return group.startswith(self.group + "/") and (self.group + "/").startswith(file + "/")

    def fits(self, address: str, admission: Admission) -> bool:
        """Whether it is about whoever was admitted like this from there."""
        if self.address and self.address == origin(address):
            return True
        if self.token and self.token == _digest(admission):
            return True
        return bool(self.user) and admission.grant == UserGrant(self.user)


class Bans:
    """All bans of one server. `wall_clock` counts seconds since 1970; `path` None: they are not kept."""

    def __init__(
        self, path: Path | None, wall_clock: Callable[[], float], *, disk: files.Disk = files.DISK
    ) -> None:
        self._path = path
        self._wall_clock = wall_clock
        self._disk = disk
        self._bans: dict[str, Ban] = {}
        self._saving = threading.Lock()
        self.on_change: Callable[[], None] = lambda: None
        """called after a change; whoever wants it kept calls `save` then"""

    def load(self) -> None:
        """Read the file. One that is broken is put aside and reported."""
        if self._path is None:
            return
        try:
            data = self._path.read_bytes()[: limits.BAN_FILE_BYTES]
            found = msgspec.json.decode(data, type=list[Ban])
        except FileNotFoundError:
            return
        except OSError as error:
            log.error("cannot read %s: %s; nobody is kept out", self._path, error.strerror)
            return
        except (msgspec.MsgspecError, ValueError) as error:
            aside = self._path.with_suffix(".broken")
            log.error("%s: %s; nobody is kept out, the file is now %s", self._path, error, aside.name)
            self._path.replace(aside)
            return
        self._bans = {ban.id: ban for ban in found[-limits.BANS :]}
        self._forget_old()

    def save(self) -> None:
        """Write the file. Raises StorageError; then the bans count until the server stops."""
        if self._path is None:
            return
        with self._saving:
            data = msgspec.json.encode(list(self._bans.values()))
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                files.replace(self._path, data, disk=self._disk)
            except OSError as error:
                text = f"cannot write {self._path}: {error.strerror}; bans count until the server stops"
                raise StorageError(text) from None

    def of_group(self, group: str) -> list[Ban]:
        """Those for exactly this group, empty: for the whole server; what ends first comes first."""
        self._forget_old()
        return sorted((b for b in self._bans.values() if b.group == group), key=lambda b: b.expires)

    def find(self, id: str, group: str) -> Ban | None:
        """The ban of a group with that id."""
        self._forget_old()
        ban = self._bans.get(id)
        return ban if ban is not None and ban.group == group else None

    def add(
        self,
        group: str,
        *,
        by: str,
        name: str = "",
        address: str = "",
        token: str = "",
        user: str = "",
        seconds: float = limits.BAN_SECONDS,
    ) -> Ban:
        """Keep out whoever comes with one of these; beyond the bounds, those who would be let in first are
        let in now."""
        now = self._wall_clock()
        ban = Ban(
            id=secrets.token_hex(limits.BAN_ID_BYTES),
            group=group,
            made=math.floor(now),
            expires=math.floor(now + min(seconds, limits.BAN_SECONDS_MOST)),
            by=by,
            name=name,
            address=origin(address),
            token=token,
            user=user,
        )
        self._bans[ban.id] = ban
        self._forget_old()
        self._shrink(self.of_group(group), limits.BANS_PER_GROUP)
        self._shrink(sorted(self._bans.values(), key=lambda b: b.expires), limits.BANS)
        self.on_change()
        return ban

    def keep_out(self, group: str, address: str, admission: Admission | None, by: str) -> Ban | None:
        """Keep out somebody who was let in; None when nothing is known by which that could be done."""
        if admission is None or "op" in admission.permissions:
            return None
        where = "" if stands_for_many(origin(address)) else address
        user = admission.grant.name if isinstance(admission.grant, UserGrant) else ""
        token = _digest(admission)
        if not (where or token or user):
            return None
        return self.add(group, by=by, name=admission.username, address=where, token=token, user=user)

    def lift(self, ban: Ban) -> None:
        """Let them in again."""
        if self._bans.pop(ban.id, None) is not None:
            self.on_change()

    def check(self, group: str, file: str, address: str, admission: Admission | None) -> None:
        """Raise Refused when whoever was admitted like this is kept out."""
        if not self._bans or admission is None or "op" in admission.permissions:
            return
        self._forget_old()
        for ban in self._bans.values():
            if ban.covers(group, file) and ban.fits(address, admission):
                minutes = math.ceil((ban.expires - self._wall_clock()) / 60)
                raise Refused(
                    Why.BANNED,
                    "you, or somebody from your network or with your invitation, were removed from this "
                    f"group; try again in {minutes} minute{'s' if minutes > 1 else ''}",
                )

    def _shrink(self, bans: list[Ban], most: int) -> None:
        for ban in bans[: max(len(bans) - most, 0)]:
            self._bans.pop(ban.id, None)

    def _forget_old(self) -> None:
        now = self._wall_clock()
        for ban in _over(self._bans.values(), now):
            del self._bans[ban.id]


def _over(bans: Iterable[Ban], now: float) -> list[Ban]:
    return [ban for ban in bans if ban.expires <= now]


def _digest(admission: Admission) -> str:
    """What is kept of an invitation; empty when there is none."""
    if not isinstance(admission.grant, TokenGrant):
        return ""
    return hashlib.sha256(admission.grant.token.encode()).hexdigest()
