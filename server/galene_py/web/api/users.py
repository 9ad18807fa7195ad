"""Handlers for users and their passwords; the empty and the wildcard user are users with other addresses."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from galene_py.groups import description as descriptions
from galene_py.groups.description import Description, User
from galene_py.groups.errors import DescriptionError, Refused, UnknownGroup
from galene_py.groups.names import valid_user_name
from galene_py.groups.passwords import StoredPassword
from galene_py.groups.store import Raw
from galene_py.web.api import answers, bodies
from galene_py.web.api.access import asker, busy
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Resource
from galene_py.web.api.service import Service, existing


async def list_users(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """The names of a group's users."""
    stored = service.registry.store.read(resource.group, subgroups=False)
    names = sorted(stored.description.users)
    return answers.json(request, names, answers.etag_of(names))


async def show(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """What a user may do."""
    stored = service.registry.store.read(resource.group, subgroups=False)
    user = _find(stored.description, resource)
    if user is None:
        raise UnknownGroup("no such user")
    return answers.json(request, _shown(user), answers.etag_of(_shown(user)))


async def put(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Make a user, or change what a user may do; the password stays."""
    if not valid_user_name(resource.user):
        raise ApiError(400, "nobody can have this name")

    def etag(raw: Raw | None) -> str:
        user = _find(raw.description, resource) if raw and raw.description else None
        return answers.etag_of(_shown(user)) if user else ""

    await service.check_first(request, resource.group, etag)
    new = await _read_user(request)
    created = False

    def edit(old: Raw | None) -> Description:
        nonlocal created
        description = existing(old)
        answers.check_preconditions(request, etag(old))
        user = _find(description, resource)
        created = user is None
        return _with(description, resource, replace(new, password=user.password if user else None))

    await service.edit(resource.group, edit)
    return answers.written(created=created)


async def delete(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Delete a user; people who are in under this name are put out."""

    def edit(old: Raw | None) -> Description:
        description = existing(old)
        user = _find(description, resource)
        if user is None:
            raise UnknownGroup("no such user")
        answers.check_preconditions(request, answers.etag_of(_shown(user)))
        return _with(description, resource, None)

    await service.edit(resource.group, edit)
    return answers.written(created=False)


async def put_password(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Set a password that is hashed already, or any other that may stand in a file."""
    raw = await bodies.read_json(request)
    try:
        password = descriptions.password_from_object(raw)
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None
    return await _set_password(service, resource, password)


async def post_password(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Hash a password and set it."""
    text = await bodies.read_text(request)
    try:
        turns = service.registry.login_turns
        async with turns.turn(asker(request, f"password of {resource.user}"), 1.0) as turn:
            password = await turn.make(text)
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    except Refused as error:
        raise busy(error) from None
    return await _set_password(service, resource, password)


async def delete_password(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Delete a password: nobody can log in as this user any more."""
    return await _set_password(service, resource, None)


async def _set_password(service: Service, resource: Resource, password: StoredPassword) -> web.Response:
    def edit(old: Raw | None) -> Description:
        description = existing(old)
        user = _find(description, resource)
        if user is None:
            raise UnknownGroup("no such user")
        return _with(description, resource, replace(user, password=password))

    await service.edit(resource.group, edit)
    return answers.written(created=False)


def _find(description: Description, resource: Resource) -> User | None:
    return description.wildcard_user if resource.wildcard else description.users.get(resource.user)


def _with(description: Description, resource: Resource, user: User | None) -> Description:
    if resource.wildcard:
        return replace(description, wildcard_user=user)
    users = {name: other for name, other in description.users.items() if name != resource.user}
    return replace(description, users=users if user is None else description.users | {resource.user: user})


def _shown(user: User) -> dict[str, Any]:
    """Without the password; not even the ETag may depend on it."""
    shown = msgspec.to_builtins(replace(user, password=None))
    assert isinstance(shown, dict)
    return shown


async def _read_user(request: web.Request) -> User:
    raw = await bodies.read_json(request)
    try:
        user = descriptions.user_from_object(raw)
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None
    if user.password is not None:
        raise ApiError(400, "password: has an address of its own, leave it out here")
    return user
