"""The OpenAPI document: complete, correct, and what the interface really does.

The last test has a generator of requests try the interface against its document; more of them with
`API_EXAMPLES=200`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from galene_py.groups.description import SECRET_FIELDS, Description, User
from galene_py.web.api import openapi
from galene_py.web.api.resources import Kind, parse
from galene_py.web.api.routes import HANDLERS
from unit.api.backend import GROUP, Backend, Client, Thread

CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "412"]
negative_data_rejection.enabled = false

[[operations]]
include-path = "/.groups/{group}/.keys"
checks.positive_data_acceptance.enabled = false
"""
"""A condition that does not hold is no fault of the request. What is no name in the document may be one for
the interface: its patterns are narrower than what is accepted; other tests try bad bodies and names. No
schema can say which keys are on their curve."""


def paths() -> dict[str, dict[str, object]]:
    found = openapi.document()["paths"]
    assert isinstance(found, dict)
    return found


def test_every_handler_is_documented_and_every_document_handled() -> None:
    seen: dict[Kind, set[str]] = {Kind.OPENAPI: {"GET"}}
    for path, operations in paths().items():
        resource = parse("/galene-api/v0" + re.sub(r"\{\w+\}", "x", path))
        methods = {method.upper() for method in operations}
        assert methods == set(HANDLERS[resource.kind]), path
        seen[resource.kind] = methods
    assert set(seen) == {kind for kind in Kind if HANDLERS[kind]}


def test_names_of_operations_are_unique() -> None:
    names = [operation["operationId"] for methods in paths().values() for operation in methods.values()]  # type: ignore[index]
    assert len(set(names)) == len(names)


def test_shapes_are_those_of_the_structures() -> None:
    schemas = openapi.document()["components"]["schemas"]
    fields = {field.encode_name for field in msgspec.structs.fields(Description)}
    assert set(schemas["Group"]["properties"]) == fields - set(SECRET_FIELDS)
    fields = {field.encode_name for field in msgspec.structs.fields(User)}
    assert set(schemas["User"]["properties"]) == fields - {"password"}


async def test_it_is_served_to_anybody(api: Client) -> None:
    answer = await api("GET", ".openapi.json", auth=None)
    assert answer.status == 200
    assert answer.json() == openapi.document()
    assert answer.json()["openapi"].startswith("3.1")
    again = await api("GET", ".openapi.json", auth=None, headers={"If-None-Match": answer.etag})
    assert again.status == 304


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_generated_requests_find_no_contradiction(tmp_path: Path, mode: str) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    with Thread(Backend(tmp_path, {"watch": GROUP, "0": GROUP})) as server:
        root = server.url + "/galene-api/v0"
        tool = Path(sys.executable).with_name("schemathesis")
        command = [
            *(str(tool), "--config-file", str(config), "run", f"{root}/.openapi.json", "--url", root),
            *("--auth", "root:pw", "--phases", "fuzzing", "--mode", mode, "--generation-deterministic"),
            *("--max-examples", os.environ.get("API_EXAMPLES", "2"), "--no-color"),
            *("--include-method", "PUT", "--include-method", "POST"),
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout[-8000:]
