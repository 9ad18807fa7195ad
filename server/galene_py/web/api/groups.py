"""Handlers for groups, their key sets and the list of groups."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import fields, replace

from galene_py.groups import description as descriptions
from galene_py.groups.description import SECRET_FIELDS, Description
from galene_py.groups.errors import DescriptionError, UnknownGroup
from galene_py.groups.names import valid_group_name
from galene_py.groups.store import Raw
from galene_py.groups.tokens.signed import parse_key
from galene_py.web.api import answers, bodies
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Resource
from galene_py.web.api.service import Service, existing

_SECRETS = tuple(f.name for f in fields(Description) if f.encode_name in SECRET_FIELDS)


class KeySet(msgspec.Struct, forbid_unknown_fields=True):
    """A JWK set (RFC 7517 §5)."""

    keys: list[dict[str, Any]]


async def list_groups(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """The names of all groups that have a file."""
    names = await asyncio.to_thread(service.registry.store.names)
    return answers.json(request, names)


async def show(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """A group's definition, without users and keys."""
    stored = service.registry.store.read(resource.group, subgroups=False)
    shown = descriptions.sanitised(stored.description)
    return answers.json(request, shown, answers.etag_of(shown))


async def put(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Make a group, or change everything but its users and keys."""
    if not valid_group_name(resource.group):
        raise ApiError(400, "a group cannot have this name")
    await service.check_first(request, resource.group, _etag)
    new = await _read_description(request)
    created = False

    def edit(old: Raw | None) -> Description:
        nonlocal created
        answers.check_preconditions(request, _etag(old))
        created = old is None
        if old is None:
            return new
        kept = existing(old)
        return replace(new, **{name: getattr(kept, name) for name in _SECRETS})

    await service.edit(resource.group, edit)
    return answers.written(created=created)


async def delete(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Delete a group for good, and the invitations to it."""

    def edit(old: Raw | None) -> None:
        if old is None:
            raise UnknownGroup(resource.group)
        answers.check_preconditions(request, _etag(old))

    try:
        await service.edit(resource.group, edit)
    except UnknownGroup:
        # The disk may have refused to forget them when the group went.
        await asyncio.to_thread(service.registry.delete_invitations, resource.group)
        raise
    await asyncio.to_thread(service.registry.delete_invitations, resource.group)
    return answers.written(created=False)


async def put_keys(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Replace the keys with which the group's tokens are verified."""
    raw = await bodies.read_json(request, "application/jwk-set+json")
    try:
        keys = descriptions.convert(raw, KeySet, "").keys
        for number, key in enumerate(keys):
            _check_key(number, key)
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None
    await service.edit(resource.group, lambda old: replace(existing(old), auth_keys=keys))
    return answers.written(created=False)


async def delete_keys(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Delete all keys."""
    await service.edit(resource.group, lambda old: replace(existing(old), auth_keys=[]))
    return answers.written(created=False)


def _check_key(number: int, key: dict[str, Any]) -> None:
    try:
        parse_key(key)
    except DescriptionError as error:
        raise DescriptionError(f"keys[{number}]: {error}") from None


def _etag(old: Raw | None) -> str:
    if old is None:
        return ""
    # What a broken file would show is unknown, so its bytes have to do.
    return answers.etag_of(descriptions.sanitised(old.description)) if old.description else old.etag


async def _read_description(request: web.Request) -> Description:
    raw = await bodies.read_json(request)
    if isinstance(raw, dict):
        given = [name for name in SECRET_FIELDS if any(str(key).lower() == name.lower() for key in raw)]
        if given:
            raise ApiError(400, f"{', '.join(given)}: has an address of its own, leave it out here")
    try:
        return descriptions.from_object(raw).description
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None
