"""Reading request bodies: the right type, not too large, well-formed. Raises ApiError 415, 413 or 400."""

from __future__ import annotations

from aiohttp import hdrs, web

from galene_py.groups.description import decode_json
from galene_py.groups.errors import DescriptionError
from galene_py.web import limits
from galene_py.web.api.answers import ApiError


async def read(request: web.Request, content_type: str) -> bytes:
    """The body, whose type must be `content_type`, not compressed."""
    # Without the header aiohttp would report a default type.
    if hdrs.CONTENT_TYPE not in request.headers or request.content_type.lower() != content_type:
        headers = {str(hdrs.ACCEPT): content_type}
        raise ApiError(415, f"unsupported content type; {content_type} is needed", headers)
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise ApiError(415, "bodies must not be compressed", {str(hdrs.ACCEPT_ENCODING): "identity"})
    too_large = ApiError(413, f"Request body too large; at most {limits.HTTP_BODY_BYTES} bytes")
    if (request.content_length or 0) > limits.HTTP_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limits.HTTP_BODY_BYTES:
            raise too_large
    return bytes(body)


async def read_json(request: web.Request, content_type: str = "application/json") -> object:
    """The body as decoded JSON."""
    data = await read(request, content_type)
    try:
        return decode_json(data)
    except DescriptionError as error:
        raise ApiError(400, str(error)) from None


async def read_text(request: web.Request) -> str:
    """The body as text in UTF-8."""
    try:
        return (await read(request, "text/plain")).decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(400, "not UTF-8") from None
