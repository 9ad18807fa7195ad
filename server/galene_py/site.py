"""What a server is to those who use it: name, logo, colour, contact, links; `site` of data/config.json.

Pure. Never does: read a file, or know how pages are made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from galene_py import limits

LOGO_TYPES: Mapping[str, str] = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""Media types of a logo by the ending of its file."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MAIL = re.compile(r"[^\s@:/?#]+@[^\s@:/?#]+")


class SiteError(ValueError):
    """What is said of the site is not what it must be; the text is meant for the admin."""


class Site(msgspec.Struct, frozen=True):
    """Shown on all pages; every field may be left out.

    logo: the name of a file beside config.json. colour: as `#rrggbb`. contact: a mail address or an http(s)
    URL. links: titles and URLs, at the end of every page. newMeetings: who is offered to make a meeting on
    the start page.
    """

    name: str = ""
    logo: str = ""
    colour: str = ""
    contact: str = ""
    links: dict[str, str] = {}
    newMeetings: Literal["nobody", "admins"] = "nobody"


def checked(site: Site) -> Site:
    """The same, with its contact as a URL; raises SiteError."""
    if len(site.name) > limits.SITE_NAME_CHARS or not site.name.isprintable():
        raise SiteError(f"name: is not one line of at most {limits.SITE_NAME_CHARS} characters")
    if site.logo and (set(site.logo) & set("/\\\0") or site.logo.startswith(".")):
        raise SiteError("logo: must be the name of a file in the data directory, such as logo.svg")
    if site.logo and not any(site.logo.lower().endswith(ending) for ending in LOGO_TYPES):
        raise SiteError(f"logo: must end in one of {', '.join(LOGO_TYPES)}")
    if site.colour and not _COLOUR.fullmatch(site.colour):
        raise SiteError("colour: must be six hexadecimal digits after a #, such as #0b6e4f")
    if len(site.links) > limits.SITE_LINKS:
        raise SiteError(f"links: are more than {limits.SITE_LINKS}")
    for title, url in site.links.items():
        if not title.strip() or len(title) > limits.SITE_NAME_CHARS:
            raise SiteError(f"links: {title!r} is no title of at most {limits.SITE_NAME_CHARS} characters")
        if not _is_web(url):
            raise SiteError(f"links.{title}: must be an address such as https://example.org/imprint")
    return msgspec.structs.replace(site, contact=_contact(site.contact))


def _contact(text: str) -> str:
    if not text or _is_web(text):
        return text
    address = text.removeprefix("mailto:")
    if not _MAIL.fullmatch(address):
        raise SiteError("contact: must be a mail address, or an address such as https://example.org/help")
    return f"mailto:{address}"


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable()
    except ValueError:
        return False


def logo_type(name: str) -> str:
    """The media type of a logo with this name."""
    return next(kind for ending, kind in LOGO_TYPES.items() if name.lower().endswith(ending))
