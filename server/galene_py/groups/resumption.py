"""Who may come back: members whose connection was lost, known again by a secret that only they were told.

A client's id is its own choice and every member sees it, so it proves nothing. The secret is given to each
member alone when it comes in, and stays the same when it comes back, because the answer that carried a new
one could be lost with the connection. It is no credential: whoever shows it has to be admitted anew, under
the same name and on the same grounds.

Never lets anybody in, tells anybody, or writes a secret anywhere. Owner of the state: one live group; a
server that starts anew knows nobody.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from galene_py.groups import limits
from galene_py.groups.admission import Admission


class Departure(enum.Enum):
    """How somebody goes."""

    LEFT = "of its own will, or because it broke the protocol"
    LOST = "the connection failed"
    PUT_OUT = "it was expelled"


@dataclass(eq=False, slots=True)
class Place:
    """One member's place.

    holder: the client id of who has it, empty while its connection is lost.
    permissions: what it might do when the connection was lost.
    """

    secret: str = field(repr=False)
    admission: Admission
    holder: str
    permissions: frozenset[str] = frozenset()
    lost_at: float = 0.0


class Resumption:
    """The places of one group. `clock` counts monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: dict[str, Place] = {}
        self._lost: dict[str, Place] = {}  # by secret; those lost longest ago come first
        self._places: dict[str, Place] = {}

    def find(self, secret: str, admission: Admission | None) -> Place | None:
        """Return the place of whoever shows this secret and was admitted as its owner was."""
        self._forget_old()
        place = self._places.get(secret)
        if place is None or admission is None:
            return None
        same = (place.admission.username, place.admission.grant) == (admission.username, admission.grant)
        return place if same else None

    def hold(self, client_id: str, admission: Admission, place: Place | None = None) -> str:
        """Give a newcomer its former place or a new one; return the secret of it."""
        if place is None:
            place = Place(secrets.token_urlsafe(limits.RETURN_SECRET_BYTES), admission, client_id)
        self._held.pop(place.holder, None)
        self._lost.pop(place.secret, None)
        place.holder, place.admission = client_id, admission
        self._held[client_id] = self._places[place.secret] = place
        return place.secret

    def secret_of(self, client_id: str) -> str:
        """What only this member knows, also after it came back under another id; '' if it has no place."""
        place = self._held.get(client_id)
        return place.secret if place else ""

    def depart(self, client_id: str, how: Departure, permissions: frozenset[str]) -> None:
        """Somebody goes; `permissions` is what it might do in the end. Nothing happens when it has no place,
        or has it no more."""
        place = self._held.pop(client_id, None)
        if place is None:
            return
        if how is Departure.LOST:
            place.holder, place.permissions, place.lost_at = "", permissions, self._clock()
            self._lost[place.secret] = place
            self._forget_old()
            return
        del self._places[place.secret]
        if how is Departure.PUT_OUT:  # nor by a lost connection that it had besides
            self.forget_lost(place.admission.username)

    def forget_lost(self, username: str | None = None) -> None:
        """Nobody whose connection is lost now comes back; with a name: nobody of that name."""
        for place in list(self._lost.values()):
            if username in (None, place.admission.username):
                self._forget(place)

    def awaited(self) -> bool:
        """Whether anybody may come back."""
        self._forget_old()
        return bool(self._lost)

    def operator_due(self) -> float | None:
        """Until when a group that needs an operator waits for one whose connection was lost; None: for
        nobody, or not any more."""
        lost = [place.lost_at for place in self._lost.values() if "op" in place.permissions]
        due = max(lost, default=float("-inf")) + limits.OPERATOR_RETURN_SECONDS
        return due if due > self._clock() else None

    def _forget_old(self) -> None:
        oldest = self._clock() - limits.RETURN_SECONDS
        for place in list(self._lost.values()):
            if place.lost_at >= oldest and len(self._lost) <= limits.RETURN_PLACES:
                return
            self._forget(place)

    def _forget(self, place: Place) -> None:
        del self._lost[place.secret], self._places[place.secret]
