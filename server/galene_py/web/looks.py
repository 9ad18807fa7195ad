"""What pages say of the site: its name; where its logo, its colours and the app's manifest are. Pure."""

from __future__ import annotations

import hashlib

import msgspec

from galene_py.site import Site

LOGO = "site/logo"
STYLE = "site/colours.css"
MANIFEST = "manifest.webmanifest"
"""Addresses below the server's root."""


def looks(site: Site, base: str) -> dict[str, object]:
    """Values for the templates; base: the relative URL of the server's root."""
    mark = hashlib.sha256(msgspec.json.encode(site)).hexdigest()[:12]  # so that another look is another file
    return {
        "site": site,
        "site_logo": f"{base}{LOGO}?{mark}" if site.logo else "",
        "site_style": f"{base}{STYLE}?{mark}" if site.colour else "",
        "manifest": f"{base}{MANIFEST}",
    }
