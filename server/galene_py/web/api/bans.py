"""Handlers for bans: who is kept out of a group, or of the whole server. No group's file is written."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import msgspec
from aiohttp import hdrs, web

from galene_py.groups import description as descriptions
from galene_py.groups import limits
from galene_py.groups.bans import Ban
from galene_py.groups.errors import DescriptionError, UnknownGroup
from galene_py.groups.names import valid_user_name
from galene_py.groups.times import Timestamp
from galene_py.web.api import answers, bodies
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Resource
from galene_py.web.api.service import Service
from galene_py.web.credentials import Shown


class NewBan(msgspec.Struct, forbid_unknown_fields=True):
    """Who shall be kept out: an address (IPv4, or IPv6 of which the /64 counts), or a user of the group."""

    address: str = ""
    user: str = ""
    seconds: float = limits.BAN_SECONDS


async def list_bans(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """The bans of a group, or of the whole server; what ends first comes first."""
    _check_group(service, resource)
    shown = [_shown(ban) for ban in service.registry.bans.of_group(resource.group)]
    return answers.json(request, shown, answers.etag_of(shown))


async def show(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """One ban."""
    shown = _shown(_find(service, resource))
    return answers.json(request, shown, answers.etag_of(shown))


async def post(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Keep somebody out; the ban's name is in the answer's Location."""
    _check_group(service, resource)
    new = await _read(request)
    bans = service.registry.bans
    by = Shown.by(request).username or "a token"
    ban = bans.add(resource.group, by=by, address=new.address, user=new.user, seconds=new.seconds)
    await asyncio.to_thread(bans.save)
    return web.Response(status=201, headers={hdrs.LOCATION: ban.id})


async def delete(service: Service, request: web.Request, resource: Resource) -> web.Response:
    """Lift a ban."""
    ban = _find(service, resource)
    answers.check_preconditions(request, answers.etag_of(_shown(ban)))
    service.registry.bans.lift(ban)
    await asyncio.to_thread(service.registry.bans.save)
    return answers.written(created=False)


def _check_group(service: Service, resource: Resource) -> None:
    if resource.group:
        service.registry.store.read(resource.group)


def _find(service: Service, resource: Resource) -> Ban:
    _check_group(service, resource)
    ban = service.registry.bans.find(resource.ban, resource.group)
    if ban is None:
        raise UnknownGroup("no such ban")
    return ban


def _shown(ban: Ban) -> dict[str, Any]:
    """Without the digest, which tells nobody anything."""
    shown: dict[str, Any] = {
        "id": ban.id,
        "made": Timestamp.at(ban.made).text,
        "expires": Timestamp.at(ban.expires).text,
        "by": ban.by,
        "name": ban.name,
        "address": ban.address,
        "user": ban.user,
        "invitation": bool(ban.token),
    }
    return shown


async def _read(request: web.Request) -> NewBan:
    raw = await bodies.read_json(request)
    try:
        new = descriptions.convert(raw, NewBan, "")
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None
    if bool(new.address) == bool(new.user):
        raise ApiError(400, "say either an address or a user")
    if not 0 < new.seconds <= limits.BAN_SECONDS_MOST:
        raise ApiError(400, f"seconds: must be more than 0 and at most {limits.BAN_SECONDS_MOST:.0f}")
    try:
        if new.address:
            ipaddress.ip_address(new.address)
    except ValueError:
        raise ApiError(400, "address: must be an IPv4 or IPv6 address") from None
    if new.user and not valid_user_name(new.user):
        raise ApiError(400, "user: nobody can have this name")
    return new
