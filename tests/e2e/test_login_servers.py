"""Groups whose people are known to somebody else: an authorisation server, and a login portal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from kit.people import Enter, Visit
from kit.server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SECRET = b"0123456789abcdef0123456789abcdef"
KEY = {"kty": "oct", "alg": "HS256", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "kid": "one"}


def sign(username: str, location: str) -> str:
    claims: dict[str, Any] = {
        "sub": username,
        "aud": location,
        "permissions": ["present", "message"],
        "iat": int(time.time()),
        "exp": int(time.time()) + 30,
    }
    return jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "one"})


class LoginServer:
    """Knows one person, ada; has no opinion about people called guest; refuses everybody else."""

    def __init__(self) -> None:
        self.url = ""
        self.meeting = ""
        self.out_of_order = False
        self.turned_away = asyncio.Semaphore(0)

    async def authorise(self, request: web.Request) -> web.Response:
        if self.out_of_order:
            self.turned_away.release()
            return web.Response(status=502)
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Content-Type"}
        if request.method == "OPTIONS":
            return web.Response(headers=headers)
        asked = await request.json()
        if asked["username"] == "guest":
            return web.Response(status=204, headers=headers)
        if (asked["username"], asked["password"]) != ("ada", "lovelace"):
            return web.Response(status=403, headers=headers)
        token = sign("ada", asked["location"])
        return web.Response(text=token, content_type="application/jwt", headers=headers)

    async def portal(self, request: web.Request) -> web.Response:
        raise web.HTTPSeeOther(f"{self.meeting}?token={sign('ada', self.meeting)}")


@pytest_asyncio.fixture(loop_scope="session")
async def login_server() -> AsyncIterator[LoginServer]:
    login = LoginServer()
    app = web.Application()
    app.router.add_route("*", "/auth", login.authorise)
    app.router.add_get("/portal", login.portal)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    login.url = f"http://{host}:{port}/"
    yield login
    await runner.cleanup()


async def test_an_authorisation_server_vouches(
    login_server: LoginServer, start_server: StartServer, enter: Enter
) -> None:
    group = {
        "authServer": f"{login_server.url}auth",
        "authKeys": [KEY],
        "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "message"},
    }
    url = start_server(groups={"college": group}).group_url("college")
    ada = await enter(url, "ada", "red", joins=False, start="nothing")
    await ada.locator("#login-error:not(:empty)").wait_for()
    await ada.fill("#login-password", "lovelace")
    await ada.click("#login-join")
    await ada.wait_for_selector("[data-action=leave]")

    guest = await enter(url, "guest", "green", start="nothing")
    await expect(guest.locator("[data-action=camera]")).to_have_attribute("aria-disabled", "true")


async def test_nobody_is_put_out_while_the_login_server_is_out_of_order(
    login_server: LoginServer, start_server: StartServer, enter: Enter
) -> None:
    group = {"authServer": f"{login_server.url}auth", "authKeys": [KEY]}
    server = start_server(groups={"college": group})
    ada = await enter(server.group_url("college"), "ada", "red", joins=False, start="nothing")
    await ada.fill("#login-password", "lovelace")
    await ada.click("#login-join")
    await ada.wait_for_selector("[data-action=leave]")

    login_server.out_of_order = True
    server.kill()
    server.start()
    for _attempt in range(2):
        await asyncio.wait_for(login_server.turned_away.acquire(), 20)
    await expect(ada.locator(".waiting")).to_be_visible()
    login_server.out_of_order = False
    await expect(ada.locator(".waiting")).to_be_hidden(timeout=20_000)
    await expect(ada.locator("[data-tile]")).to_have_count(1)


async def test_a_portal_sends_people_back_with_a_token(
    login_server: LoginServer, start_server: StartServer, visit: Visit
) -> None:
    group = {"authPortal": f"{login_server.url}portal", "authKeys": [KEY]}
    server = start_server(groups={"college": group})
    login_server.meeting = server.group_url("college")
    page = await visit(login_server.meeting)
    await page.wait_for_selector(".login-form .hint:not([hidden])")
    await page.click("#login-join")
    await page.wait_for_selector("[data-action=leave]")
    assert "token" not in page.url
