"""Lets errors go of what they have seen.

A traceback holds the frames it passed through, and these hold the connection that the error is kept by: a
circle, which only the collector would free, with all that a connection had received. It comes round to that
hours later, if at all (`galene_py.memory`). So whoever is done with an error forgets its traces. Holds
nothing.
"""

from __future__ import annotations


def forget(error: BaseException | None) -> None:
    """Drop the tracebacks of an error and of all that led to it; it says the same as before."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            waiting += [one.__cause__, one.__context__]
