"""A registry with one group, and ways into it."""

import time
from pathlib import Path
from typing import Any

import pytest

from galene_py.groups.admission import Admission, Credentials
from galene_py.groups.errors import Refused
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from unit.groups.making_groups import make_registry, write_group
from unit.groups.test_signed_tokens import oct_key

DATA = Path(__file__).parents[2] / "data" / "groups"
WATCH = {
    "users": {
        "vimes": {"password": "sybil", "permissions": "op"},
        "carrot": {"password": "hat", "permissions": "present"},
    },
    "wildcard-user": {"password": "1234", "permissions": "message"},
    "authKeys": [oct_key("HS256")],
}


@pytest.fixture
def registry(tmp_path: Path) -> GroupRegistry:
    registry = make_registry(tmp_path)
    write_group(registry.store.root, "city-watch", WATCH)
    return registry


async def enter(registry: GroupRegistry, name: str, **credentials: Any) -> Admission:
    return await registry.authenticate(registry.get(name), Credentials(**credentials))


async def refused(registry: GroupRegistry, name: str, **credentials: Any) -> Refused:
    with pytest.raises(Refused) as error:
        await enter(registry, name, **credentials)
    return error.value


def invite(registry: GroupRegistry, name: str = "t", **fields: Any) -> Token:
    defaults = {
        "group": "city-watch",
        "permissions": ["present"],
        "expires": Timestamp.at(time.time() + 1000),
    }
    token = Token(token=name, **(defaults | fields))
    old = registry.token_file.find(name)
    registry.token_file.put(token, old.etag if old else None)
    return token
