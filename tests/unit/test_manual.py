"""The manual: every field, permission, address and code that exists is described, and no other."""

import re
from pathlib import Path

import msgspec
import pytest

from galene_py.config import IceServer, ServerConfig
from galene_py.groups.description import Description
from galene_py.groups.errors import Why
from galene_py.groups.permissions import ROLES
from galene_py.groups.tokens.stateful import Token
from galene_py.web.api import openapi

ROOT = Path(__file__).parents[2]
GROUPS = (ROOT / "docs" / "groups.md").read_text()
API = (ROOT / "docs" / "administration.md").read_text()
INSTALL = (ROOT / "INSTALL.md").read_text()
PROTOCOL = (ROOT / "static" / "protocol" / "README.md").read_text()


def fields(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    return re.split(r"^#+ ", text.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def first_column(text: str) -> set[str]:
    """The names in the first cells of the tables in a text."""
    cells = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("struct", "text"),
    [
        (Description, section(GROUPS, "Fields of a group file")),
        (Token, section(GROUPS, "Invitations (stateful tokens)")),
        (ServerConfig, section(INSTALL, "Server settings")),
    ],
)
def test_every_field_of_a_file_is_described_and_no_other(struct: type[msgspec.Struct], text: str) -> None:
    assert first_column(text) == fields(struct)


def test_every_field_of_an_ice_server_is_named() -> None:
    assert {
        name for name in fields(IceServer) if f"`{name}`" not in section(INSTALL, "Server settings")
    } == set()


def test_every_role_gives_the_permissions_that_the_manual_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|;:]*)[^|]* \|$", section(GROUPS, "Permissions"), re.MULTILINE)
    said = {role: set(re.findall(r"`(\w+)`", given)) for role, given in rows[: len(ROLES)]}
    assert said == {role: set(permissions) for role, permissions in ROLES.items()}


def test_every_address_of_the_admin_interface_is_listed_with_its_methods() -> None:
    rows = dict(re.findall(r"^\| `(/[^`]+)` \| ([A-Z ]+)", API, re.MULTILINE))
    listed = {path: set(methods.split()) for path, methods in rows.items() if path != "/.openapi.json"}
    there = {path: {method.upper() for method in methods} for path, methods in openapi.PATHS.items()}
    assert listed == there


def test_every_reason_for_a_refusal_is_documented() -> None:
    assert {why for why in Why if f"`{why}`" not in PROTOCOL} == set()
