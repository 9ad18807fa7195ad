"""Handlers for stateful tokens. Tokens are not part of a group's file: writing needs no writableGroups."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import hdrs, web
from msgspec.structs import replace

from galene_py.groups.errors import DescriptionError, UnknownGroup
from galene_py.groups.tokens import stateful
from galene_py.groups.tokens.stateful import Token
from galene_py.web.api import answers, bodies
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Resource
from galene_py.web.api.service import Service


async def list_tokens(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """The tokens made for a group, or for the whole server."""
    _check_group(service, resource)
    tokens = await asyncio.to_thread(service.registry.token_file.of_group, resource.group)
    names = [token.token for token in tokens]
    return answers.json(request, names, answers.etag_of([token.etag for token in tokens]))


async def post(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Make a token; its name is in the answer's Location."""
    _check_group(service, resource)
    asked = await _read_token(request)
    token = replace(asked, token=stateful.new_name(), group=resource.group)
    registry = service.registry
    await asyncio.to_thread(registry.token_file.put, token, None, wanted=registry.exists)
    return web.Response(status=201, headers={hdrs.LOCATION: token.token})


async def show(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """What a token says."""
    token = await _find(service, resource)
    return answers.json(request, _shown(token), token.etag)


async def put(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Change a token. New ones are made by POST only: nobody else chooses good names."""
    old = await _find(service, resource)
    answers.check_preconditions(request, old.etag)
    asked = await _read_token(request)
    token = replace(asked, token=old.token, group=old.group)
    await asyncio.to_thread(service.registry.token_file.put, token, old.etag)
    return answers.written(created=False)


async def delete(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Delete a token; people who came in with it are put out."""
    old = await _find(service, resource)
    answers.check_preconditions(request, old.etag)
    await asyncio.to_thread(service.registry.token_file.delete, old.token, old.etag)
    return answers.written(created=False)


def _check_group(service: Service, resource: Resource) -> None:
    if resource.group:
        service.registry.store.read(resource.group)


async def _find(service: Service, resource: Resource) -> Token:
    _check_group(service, resource)
    token = await asyncio.to_thread(service.registry.token_file.find, resource.token)
    if token is None or token.group != resource.group:
        raise UnknownGroup("no such token")
    return token


def _shown(token: Token) -> dict[str, Any]:
    return stateful.to_json(replace(token, token="", group=""))


async def _read_token(request: web.Request) -> Token:
    raw = await bodies.read_json(request)
    try:
        token = stateful.from_object(raw)
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None
    if token.token or token.group:
        raise ApiError(400, "overspecified token: token and group follow from the address")
    return token
