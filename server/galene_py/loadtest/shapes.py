"""Who is where, who sends, who watches, who comes and goes: the shapes of a test. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["lecture", "meeting", "rooms", "churn"]

CHURN_SECONDS = 2.0
"""One comes and one goes."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One person to be: `room` counts from 0; who `sends` has a camera; who `watches` receives everything."""

    room: int
    sends: bool
    watches: bool


def seats(shape: Shape, people: int, *, senders: int | None = None, room_size: int = 4) -> list[Seat]:
    """In the order in which they come. Who sends comes first, so that there is something to watch.

    lecture: one sends (or `senders`), the others watch. meeting and churn: everybody does both (or `senders`
    send). rooms: meetings of `room_size`.
    """
    if shape == "rooms":
        return [Seat(number // room_size, True, True) for number in range(people)]
    sending = (1 if shape == "lecture" else people) if senders is None else min(senders, people)
    return [Seat(0, number < sending, shape != "lecture" or number >= sending) for number in range(people)]


def streams(places: list[Seat]) -> int:
    """How many streams are received when all are there."""
    total = 0
    for room in {seat.room for seat in places}:
        there = [seat for seat in places if seat.room == room]
        sending = sum(seat.sends for seat in there)
        total += sum(sending - seat.sends for seat in there if seat.watches)
    return total
