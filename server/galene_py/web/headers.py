"""Security headers and Content-Security-Policy of every response.

Policies are strings made once; only the origin of a group's authorisation server varies, and those whose
pages may frame a group's. Owns no state.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import hdrs, web

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'{connect}; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)
"""A page: its own scripts and styles only, nothing inline, no evaluation of any kind."""

NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Anything that is no page: data, scripts, images. It may load nothing should a browser show it."""

WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""The segmentation worker: a worker obeys the policy of its own response, so that the page needs no
exemption for WebAssembly."""

_COMMON = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), "
        "fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), autoplay=(self), "
        "geolocation=(), payment=(), usb=(), serial=()"
    ),
}


def page_policy(connect: str = "", frames: Sequence[str] = ()) -> str:
    """The policy of a page that may connect to the origin `connect`, too, and be framed by pages of the
    origins `frames` ('*': any)."""
    return PAGE_POLICY.format(connect=f" {connect}" if connect else "", frames=" ".join(frames) or "'none'")


def secure(response: web.StreamResponse) -> None:
    """Add what is missing; a handler's own stricter or wider policy stays."""
    headers = response.headers
    for name, value in _COMMON.items():
        headers.setdefault(name, value)
    policy = headers.setdefault("Content-Security-Policy", NOTHING_POLICY)
    if "frame-ancestors" not in policy or "frame-ancestors 'none'" in policy:
        headers.setdefault("X-Frame-Options", "DENY")  # cannot name origins: it would contradict others
    headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
    headers.popall(hdrs.SERVER, None)
    headers[hdrs.SERVER] = "galene-py"


async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler of the application."""
    secure(response)
