"""All groups of this server: the entrance to everything about groups.

Event (pyee, on `events`): `changed(group)` when what is known of a live group is different from before,
because its file, or an invitation that somebody in it used, was changed. Listeners then `reconsider` the
admission of everybody in it. The lock, data and chat are changed by the listeners themselves: no event.

Groups live in memory while there are people in them, or something to remember; a bounded number otherwise.
Used from the event loop; looks at all files in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from pyee.base import EventEmitter

from galene_py.audit import Audit, nothing
from galene_py.budget.shares import Shares
from galene_py.config import ServerConfig
from galene_py.groups import limits
from galene_py.groups import status as statuses
from galene_py.groups.admission import (
    Admission,
    Admissions,
    Credentials,
    TokenGrant,
    UserGrant,
)
from galene_py.groups.bans import Bans
from galene_py.groups.errors import GroupError, Refused, StorageError, UnknownGroup, Why
from galene_py.groups.hashing import Hasher
from galene_py.groups.kept import KeptGroups
from galene_py.groups.known import KnownLogins
from galene_py.groups.listing import PublicList
from galene_py.groups.live import Group
from galene_py.groups.login_turns import LoginTurns
from galene_py.groups.names import normal
from galene_py.groups.store import GroupStore, Stored, remove_leftovers
from galene_py.groups.tokens.actions import TokenActions
from galene_py.groups.tokens.file import TokenFile
from galene_py.groups.tokens.stateful import Token

log = logging.getLogger(__name__)

GONE = "this group does not exist any more"


class GroupRegistry:
    """Finds groups, admits people, notices changes."""

    def __init__(
        self,
        groups_dir: Path,
        data_dir: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        server: Callable[[], ServerConfig] = ServerConfig,
        hasher: Hasher | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock` counts monotonic seconds, `wall_clock` seconds since 1970."""
        self.events = EventEmitter()
        self.store = GroupStore(groups_dir)
        self.token_file = TokenFile(data_dir / "var" / "tokens.jsonl")
        self.tokens = TokenActions(self.token_file, wall_clock, self.exists)
        self.hasher = hasher or Hasher()
        self.login_turns = LoginTurns(self.hasher, clock)
        self.known_logins = KnownLogins(clock)
        self.admissions = Admissions(self.token_file, self.login_turns, self.known_logins, server, wall_clock)
        self.audit: Audit = nothing
        """notes who was let in, who was not, and what was changed"""
        self.bans = Bans(data_dir / "var" / "bans.json", wall_clock)
        self._clock = clock
        self._wall_clock = wall_clock
        self._server = server
        self._sleep = sleep
        self._groups: WeakValueDictionary[str, Group] = WeakValueDictionary()
        self._kept = KeptGroups()
        self._words = Shares(limits.HISTORY_TOTAL_BYTES, limits.HISTORY_FAMILY_BYTES)
        self._gone: set[str] = set()
        self.listing = PublicList()
        self._root_stamp = 0
        self._next_scan = -math.inf
        self._tasks: list[asyncio.Task[None]] = []

    # --- beginning and end -------------------------------------------------------------------------

    async def start(self) -> None:
        """Look at all files once, then keep watching. Raises GroupError if the directory is unreadable."""
        remove_leftovers(self.store.root, self._wall_clock())
        self.rescan()
        loop = asyncio.get_running_loop()
        self.token_file.on_change = lambda: self._from_thread(loop)
        self.bans.load()
        self.bans.on_change = lambda: self._save_bans_later(loop)
        self._tasks = [
            asyncio.create_task(self._watch(limits.GROUP_CHECK_SECONDS, self._check_live)),
            asyncio.create_task(self._watch(limits.GROUP_SCAN_SECONDS, self._scan_all)),
        ]

    def close(self) -> None:
        """Stop watching and hashing."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self.token_file.on_change = lambda: None
        self.login_turns.close()
        self.hasher.close()

    def rescan(self) -> None:
        """Look at all files now."""
        try:
            next(self.store.root.iterdir(), None)
        except OSError as error:
            raise GroupError(f"cannot read {self.store.root}: {error.strerror}") from None
        self._root_stamp = self._stamp()
        self.listing.replace(self._scan_public())

    # --- groups ------------------------------------------------------------------------------------

    def get(self, name: str) -> Group:
        """The group of that name. Raises UnknownGroup, or GroupError if its file is broken and never was
        good."""
        name = normal(name)
        group = self._groups.get(name)
        try:
            stored = self.store.read(name)
        except UnknownGroup:
            if group is not None:
                self._look_again(group)
            raise
        if group is None:
            group = self._groups[name] = self._new(name, stored)
        else:
            self._describe(group, stored)
        self._kept.keep(group)
        self.listing.note(name, stored)
        return group

    def look(self, name: str) -> Group:
        """Like `get`, for those who only look: a group that nobody is in is not remembered for them."""
        if name in self._groups:
            return self.get(name)
        stored = self.store.read(name)
        self.listing.note(name, stored)
        return self._new(name, stored)

    def _new(self, name: str, stored: Stored) -> Group:
        return Group(
            name,
            stored,
            clock=self._clock,
            wall_clock=self._wall_clock,
            words=self._words,
            touched=self.listing.touch,
        )

    def status(self, group: Group | str, base_url: str = "") -> dict[str, Any]:
        """What anybody may know about a group. Raises UnknownGroup and GroupError for a bad name."""
        return statuses.status(self.look(group) if isinstance(group, str) else group, base_url)

    def public_status(self, name: str, base_url: str = "") -> dict[str, Any] | None:
        """The status of a public group as `listing` knows it, without a look at its file; None: gone."""
        stored = self.listing.stored(name)
        if stored is None:
            return None
        group = self._groups.get(name)
        return statuses.status(group if group is not None else self._new(name, stored), base_url)

    def member_status(self, group: Group, admission: Admission | None = None) -> dict[str, Any]:
        """What a member may know about a group, and whether it has a password of its own to change."""
        own = admission is not None and isinstance(admission.grant, UserGrant)
        return statuses.status(group, inside=True, own_password=own and self._server().writableGroups)

    def live(self) -> list[Group]:
        """The groups with people in them."""
        return [group for group in list(self._groups.values()) if group.members]

    def debug_state(self) -> dict[str, object]:
        """Counts, and the state of every group with people in it."""
        return {
            "kept": len(self._kept),
            "public": len(self.listing.names()),
            "history_bytes": self._words.bytes,
            "logins": self.login_turns.debug_state(),
            "groups": {group.name: group.debug_state() for group in self.live()},
        }

    # --- people ------------------------------------------------------------------------------------

    async def authenticate(self, group: Group, credentials: Credentials) -> Admission:
        """Who this is and what it may do in a group. Raises Refused, after a delay that gives nothing
        away."""
        began = self._clock()
        try:
            return await self.admissions.admit(group.name, group.stored, credentials)
        except Refused as error:
            if error.code is not Why.NEED_USERNAME:
                await self.failed_login(began)
            raise

    async def failed_login(self, began: float) -> None:
        """Wait until a failed login that began at `began` may be answered.

        At least as long as the limit says, and always a multiple of it, so that small differences between
        what was compared cannot be measured.
        """
        step = limits.FAILED_LOGIN_SECONDS
        passed = max(self._clock() - began, 0.0)
        await self._sleep(max(math.ceil(passed / step), 1) * step - passed)

    def reconsider(self, group: Group, admission: Admission) -> Admission:
        """What an admission is worth now; raises Refused when nothing."""
        if group.name in self._gone:
            raise Refused(Why.REMOVED, GONE)
        return self.admissions.reconsider(group.name, group.description, admission)

    def on_changed(self, callback: Callable[[Any], None]) -> None:
        """Call `callback(group)` at every event `changed`."""
        self.events.on("changed", callback)

    # --- noticing changes --------------------------------------------------------------------------

    def refresh(self, name: str) -> None:
        """A group's file was just written or deleted: let everybody know who depends on it."""
        for group in list(self._groups.values()):
            if group.name == name or group.name.startswith(name + "/"):
                self._look_again(group)
        stored = None
        with suppress(GroupError):
            stored = self.store.read(name, subgroups=False)
        self.listing.note(name, stored)
        self._root_stamp = self._stamp() or self._root_stamp  # what was written needs no look at all files

    def delete_invitations(self, name: str) -> None:
        """A group was deleted: so are the invitations to it, and to subgroups that are gone with it.

        Waits for the disk. Raises StorageError.
        """

        def over(token: Token) -> bool:
            if token.group == name:
                return True
            return token.group.startswith(name + "/") and not self.exists(token.group)

        self.token_file.delete_all(over)

    def exists(self, name: str) -> bool:
        """Whether invitations to a group lead anywhere; '' stands for the whole server."""
        if not name:
            return True
        try:
            self.store.read(name)
        except UnknownGroup:
            return False
        except GroupError:
            pass  # broken, but there
        return True

    def _describe(self, group: Group, stored: Stored) -> None:
        back = group.name in self._gone
        self._gone.discard(group.name)
        if group.describe(stored) or back:
            self.events.emit("changed", group)

    def _look_again(self, group: Group) -> None:
        try:
            self._describe(group, self.store.read(group.name))
        except UnknownGroup:
            if group.name not in self._gone and group.members:
                self._gone.add(group.name)
                group.forget()
                self.events.emit("changed", group)
            elif not group.members:
                self._gone.discard(group.name)
                self._kept.forget(group.name)
                group.forget()
        except GroupError:
            pass  # reported by the store; the group stays as it was

    def _tokens_changed(self) -> None:
        for group in self.live():
            admissions = (member.admission for member in group.members.values())
            if any(a is not None and isinstance(a.grant, TokenGrant) for a in admissions):
                self.events.emit("changed", group)

    def _save_bans_later(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_in_executor(None, self._save_bans)

    def _save_bans(self) -> None:
        try:
            self.bans.save()
        except StorageError as error:
            log.error("%s", error)

    def _from_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            loop.call_soon_threadsafe(self._tokens_changed)

    async def notice(self) -> None:
        """Look whether files came or went at the top; other changes are noticed by the next look at all
        files."""
        now = self._clock()
        if now < self._next_scan:
            return
        self._next_scan = now + limits.GROUP_CHECK_SECONDS
        stamp = self._stamp()
        if stamp and stamp != self._root_stamp:
            self._root_stamp = stamp
            self.listing.replace(await asyncio.to_thread(self._scan_public))

    def _stamp(self) -> int:
        """When a file at the top came or went; 0: the directory cannot be looked at."""
        try:
            return self.store.root.stat().st_mtime_ns
        except OSError:
            return 0

    def _scan_public(self) -> dict[str, Stored]:
        return {name: stored for name, stored in self.store.scan() if stored.description.public}

    async def _watch(self, seconds: float, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await look()
            except Exception:
                log.exception("looking at the group files failed")

    async def _check_live(self) -> None:
        for number, group in enumerate(self.live(), 1):
            self._look_again(group)
            if number % limits.GROUPS_PER_PORTION == 0:
                await asyncio.sleep(0)
        self._kept.tidy(limits.GROUPS_TIDIED)
        await asyncio.to_thread(self.token_file.refresh)

    async def _scan_all(self) -> None:
        self.listing.replace(await asyncio.to_thread(self._scan_public))
        self._gone &= {group.name for group in self.live()}
        await asyncio.to_thread(self.token_file.purge, self._wall_clock())
