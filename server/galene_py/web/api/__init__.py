"""The administration interface: `/galene-api/v0/...`.

Serves groups, users, passwords, keys and tokens to `galene-py ctl`, to Galène's own tool and to the admin
page. `add_routes` adds it to an application. Never authenticates by cookies, never shows a password.
"""

from __future__ import annotations

from galene_py.web.api.routes import add_routes

__all__ = ["add_routes"]
