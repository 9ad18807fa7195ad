"""The description of the administration interface for programs: an OpenAPI 3.1 document.

Addresses and methods come from one table here, which a test compares with the handlers; the shapes of bodies
come from the very structures that read them. Built once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from galene_py import __version__, limits
from galene_py.groups.description import SECRET_FIELDS, Description, User
from galene_py.groups.passwords import Password
from galene_py.groups.permissions import ROLES
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from galene_py.web.api import schemas
from galene_py.web.api.answers import etag_of
from galene_py.web.api.resources import ROOT

Json = dict[str, Any]

_JSON = "application/json"

PATHS: Mapping[str, Mapping[str, Json]] = {
    "/.stats": {
        "get": {"summary": "Who is connected, and how well", "answer": schemas.STATISTICS, "tag": False},
    },
    "/.server": {
        "get": {"summary": "The running server itself", "answer": {"type": "object"}, "tag": False},
    },
    "/.groups/": {
        "get": {"summary": "The names of all groups", "answer": schemas.NAMES, "tag": False},
    },
    "/.groups/{group}": {
        "get": {"summary": "A group's definition, without users and keys", "answer": "Group"},
        "put": {"summary": "Make or change a group; users and keys stay", "body": (_JSON, "Group")},
        "delete": {"summary": "Delete a group"},
    },
    "/.groups/{group}/.keys": {
        "put": {
            "summary": "Replace the keys that verify signed tokens",
            "body": ("application/jwk-set+json", "KeySet"),
            "tag": False,
        },
        "delete": {"summary": "Delete all keys", "tag": False},
    },
    "/.groups/{group}/.users/": {
        "get": {"summary": "The names of a group's users", "answer": schemas.NAMES},
    },
    **{
        f"/.groups/{{group}}/{user}": {
            "get": {"summary": f"What {who} may do", "answer": "User"},
            "put": {"summary": f"Make or change {who}; the password stays", "body": (_JSON, "User")},
            "delete": {"summary": f"Delete {who}"},
        }
        for user, who in schemas.USERS.items()
    },
    **{
        f"/.groups/{{group}}/{user}/.password": {
            "put": {"summary": f"Set the password of {who}", "body": (_JSON, "Password"), "tag": False},
            "post": {
                "summary": f"Hash and set the password of {who}",
                "body": ("text/plain", {"type": "string", "maxLength": limits.BCRYPT_BYTES}),
                "tag": False,
            },
            "delete": {"summary": f"Delete the password of {who}", "tag": False},
        }
        for user, who in schemas.USERS.items()
    },
    **{
        f"/.groups/{group}.tokens/": {
            "get": {"summary": f"The tokens of {what}", "answer": schemas.NAMES},
            "post": {"summary": f"Make a token for {what}", "body": (_JSON, "Token"), "created": True},
        }
        for group, what in schemas.TOKEN_SCOPES.items()
    },
    **{
        f"/.groups/{group}.tokens/{{token}}": {
            "get": {"summary": f"What a token of {what} says", "answer": "Token"},
            "put": {"summary": f"Change a token of {what}", "body": (_JSON, "Token")},
            "delete": {"summary": f"Delete a token of {what}"},
        }
        for group, what in schemas.TOKEN_SCOPES.items()
    },
    **{
        f"/.groups/{group}.bans/": {
            "get": {"summary": f"Who is kept out of {what}", "answer": schemas.BANS},
            "post": {"summary": f"Keep somebody out of {what}", "body": (_JSON, "NewBan"), "created": True},
        }
        for group, what in schemas.TOKEN_SCOPES.items()
    },
    **{
        f"/.groups/{group}.bans/{{ban}}": {
            "get": {"summary": f"One ban of {what}", "answer": schemas.BAN},
            "delete": {"summary": f"Let somebody into {what} again"},
        }
        for group, what in schemas.TOKEN_SCOPES.items()
    },
    "/.groups/{group}/.recordings/": {
        "get": {
            "summary": "A group's recordings, the newest first",
            "answer": schemas.RECORDINGS,
            "tag": False,
        },
    },
    "/.groups/{group}/.recordings/{recording}": {
        "get": {"summary": "One recording, in short", "answer": schemas.RECORDING, "tag": False},
        "delete": {
            "summary": "Delete a recording for good",
            "tag": False,
            "errors": {"409": "It is still being recorded"},
        },
    },
    "/.groups/{group}/.recordings/{recording}/.film": {
        "put": {
            "summary": "Make one film of a recording, when it is its turn",
            "tag": False,
            "errors": {"409": "It cannot be made; says why"},
        },
        "delete": {"summary": "Make no film, or forget that it failed", "tag": False},
    },
}
"""What can be done where: `answer` and `body` are schemas or names of schemas, `tag` says whether there is
an ETag and conditions are looked at, `created` that the answer is 201,
`errors` which others there are."""


@lru_cache(maxsize=1)
def document() -> Json:
    """The document. Callers must not change it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "galene-py administration",
            "version": "0",
            "description": (
                "Groups, users and tokens of a galene-py server. Compatible with Galène's own administration "
                f"interface. Served by galene-py {__version__}. Names of groups and users may contain "
                "slashes, escaped or not."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": ROOT.removeprefix("/"), "description": "relative to the server's root"}],
        "security": [{"basic": []}, {"bearer": []}],
        "paths": {
            path: {method: _operation(path, method, what) for method, what in operations.items()}
            for path, operations in PATHS.items()
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


@lru_cache(maxsize=1)
def etag() -> str:
    """The document's ETag."""
    return etag_of(document())


def _operation(path: str, method: str, what: Mapping[str, Any]) -> Json:
    conditional = what.get("tag", True) and not what.get("created")
    words = (part.strip("{}.").title().replace("-", "") for part in path.split("/"))
    result: Json = {
        "operationId": method + "".join(words),
        "summary": what["summary"],
        "parameters": [schemas.parameter(n) for n in schemas.PARAMETERS if f"{{{n}}}" in path],
        "responses": _responses(path, method, what, conditional),
    }
    if conditional:
        result["parameters"] += [schemas.condition(name) for name in ("If-Match", "If-None-Match")]
    if "body" in what:
        content_type, schema = what["body"]
        result["requestBody"] = {"required": True, "content": {content_type: {"schema": _schema(schema)}}}
    if not result["parameters"]:
        del result["parameters"]
    return result


def _responses(path: str, method: str, what: Mapping[str, Any], conditional: bool) -> Json:
    result: Json = {}
    if method == "get":
        result["200"] = _answer(what)
        if conditional:
            result["304"] = {"description": "Not changed"}
    elif what.get("created"):
        location = {"description": "the name of what was made", "schema": {"type": "string"}}
        result["201"] = {"description": "Made", "headers": {"Location": location}}
    else:
        result["204"] = {"description": "Done"}
        if method == "put" and conditional and "{token}" not in path:
            result["201"] = {"description": "Made"}
    errors = {
        "401": "Not authorised",
        "403": "Not from pages of this origin",
        "500": "Broken file or full disk",
    }
    errors |= {"404": "There is no such thing", "503": "Too many passwords are being compared"}
    errors |= what.get("errors", {})
    if conditional:
        errors["412"] = "A condition does not hold"
    if "body" in what:
        errors |= {
            "400": "The body is wrong; says where",
            "413": "Body too large",
            "415": "Wrong content type",
        }
    for status, text in errors.items():
        result[status] = {
            "description": text,
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    return dict(sorted(result.items()))


def _answer(what: Mapping[str, Any]) -> Json:
    answer: Json = {"description": "Here it is", "content": {_JSON: {"schema": _schema(what["answer"])}}}
    if what.get("tag", True):
        answer["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
    return answer


def _schema(schema: str | Json) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema


def _schemas() -> Json:
    _, found = msgspec.json.schema_components(
        [Description, User, Password, Token],
        schema_hook=_schema_hook,
        ref_template="#/components/schemas/{name}",
    )
    group = found.pop("Description") | {"title": "Group", "additionalProperties": False}
    group["properties"] = {k: v for k, v in group["properties"].items() if k not in SECRET_FIELDS}
    roles = {"anyOf": [{"enum": list(ROLES)}, {"type": "array", "items": {"type": "string"}}]}
    return {
        "Group": group,
        "User": {"type": "object", "properties": {"permissions": roles}, "additionalProperties": False},
        "Password": schemas.PASSWORD,
        "Token": _token(found.pop("Token")),
        "KeySet": schemas.KEY_SET,
        "NewBan": schemas.NEW_BAN,
    }


def _token(schema: Json) -> Json:
    """Tokens without what follows from the address."""
    properties = {k: v for k, v in schema["properties"].items() if k not in ("token", "group")}
    properties["username"] = {"anyOf": [schemas.USER_NAME | {"minLength": 0}, {"type": "null"}]}
    properties["token"] = properties["group"] = {"enum": ["", None]}
    return schema | {"properties": properties, "additionalProperties": False}


def _schema_hook(type_: type) -> Json:
    if type_ is Timestamp:
        return {"type": "string", "format": "date-time"}
    raise NotImplementedError
