"""Handlers for the recordings of a group: the list, one of them, and deleting."""

from __future__ import annotations

import asyncio

from aiohttp import web

from galene_py.recording.shelf import InUseError, NotThereError
from galene_py.web.api import answers
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Resource
from galene_py.web.api.service import Service

IN_USE = "it is still being recorded: stop the recording first"


async def list_recordings(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """The newest first."""
    entries = await asyncio.to_thread(service.shelf.entries, resource.group)
    return answers.json(request, entries)


async def show(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """One of them."""
    try:
        entry = await asyncio.to_thread(service.shelf.entry, resource.group, resource.recording)
    except NotThereError:
        raise ApiError(404, "there is no such recording") from None
    return answers.json(request, entry)


async def delete(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """All its files, for good."""
    try:
        await asyncio.to_thread(service.shelf.delete, resource.group, resource.recording)
    except NotThereError:
        raise ApiError(404, "there is no such recording") from None
    except InUseError:
        raise ApiError(409, IN_USE) from None
    return answers.written(created=False)
