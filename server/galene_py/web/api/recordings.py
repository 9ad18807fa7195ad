"""Handlers for the recordings of a group: the list, one of them, deleting, and the film of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from galene_py.recording.films import FilmError, Films
from galene_py.recording.shelf import Entry, InUseError, NotThereError
from galene_py.web.api import answers
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Resource
from galene_py.web.api.service import Service

T = TypeVar("T")

IN_USE = "it is still being recorded: stop the recording first"
NOT_THERE = "there is no such recording"


async def list_recordings(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """The newest first."""

    def look() -> list[dict[str, Any]]:
        return [_told(service, resource.group, entry) for entry in service.shelf.entries(resource.group)]

    return answers.json(request, await _done(look))


async def show(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """One of them."""

    def look() -> dict[str, Any]:
        return _told(service, resource.group, service.shelf.entry(resource.group, resource.recording))

    return answers.json(request, await _done(look))


async def delete(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """All its files, for good."""

    def remove() -> None:
        if service.films is not None:
            service.shelf.entry(resource.group, resource.recording)  # nobody knows what else it may be
            service.films.cancel(resource.group, resource.recording)
        service.shelf.delete(resource.group, resource.recording)

    await _done(remove)
    return answers.written(created=False)


async def start_film(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Make one film of it, when it is its turn."""
    films = _films(service)

    def start() -> None:
        service.shelf.entry(resource.group, resource.recording)
        films.start(resource.group, resource.recording)

    await _done(start)
    return answers.written(created=False)


async def cancel_film(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Give it up, or forget that it failed."""
    films = _films(service)

    def cancel() -> None:
        service.shelf.entry(resource.group, resource.recording)
        films.cancel(resource.group, resource.recording)

    await _done(cancel)
    return answers.written(created=False)


async def _done(work: Callable[[], T]) -> T:
    """What waits for the disk, done beside the event loop. Raises ApiError."""
    try:
        return await asyncio.to_thread(work)
    except NotThereError:
        raise ApiError(404, NOT_THERE) from None
    except InUseError:
        raise ApiError(409, IN_USE) from None
    except FilmError as error:
        raise ApiError(409, str(error)) from None


def _films(service: Service) -> Films:
    if service.films is None:
        raise ApiError(404, "this server makes no films: galene-py[compose] is not installed")
    return service.films


def _told(service: Service, group: str, entry: Entry) -> dict[str, Any]:
    """What is told of a recording; of a film only where films are made."""
    told: dict[str, Any] = msgspec.to_builtins(entry)
    if service.films is not None:
        told["film"] = service.films.state(group, entry.name)
    return told
