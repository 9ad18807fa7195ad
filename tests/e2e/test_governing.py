"""Operators govern from menus, admins from the admin page; whoever is refused is told why."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from playwright.async_api import Page, expect

from kit.observe import eventually
from kit.people import Enter, Visit, choose_start, log_in, reads, say
from kit.server import OPEN_GROUP, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ADMIN = {"users": {"root": {"password": "secret", "permissions": "admin"}}, "writableGroups": True}


async def more(page: Page, item: str) -> None:
    await page.click("[data-action=more]")
    await page.get_by_role("menuitem", name=item).click()


async def menu_of(page: Page, name: str, item: str) -> None:
    """Choose from a person's menu, on their tile."""
    tile = page.locator("[data-tile]").filter(has_text=name)
    await tile.hover(position={"x": 8, "y": 120})  # notices may cover the top
    await tile.get_by_role("button", name=f"Options for {name}").or_(tile.locator(".tile-menu")).first.click()
    await page.get_by_role("menuitem", name=item).click()


async def test_an_operator_locks_mutes_and_removes(group_url: str, enter: Enter) -> None:
    op = await enter(group_url, "op", "red", password="op")
    ben = await enter(group_url, "Ben", "red", start="nothing")

    await menu_of(op, "Ben", "Block from chat")
    await menu_of(op, "Ben", "Allow to chat")
    await say(ben, "I may write again")
    await reads(op, "I may write again")

    await more(op, "Lock group")
    await op.get_by_role("dialog").get_by_role("textbox").fill("We begin at noon")
    await op.get_by_role("dialog").get_by_role("button", name="Lock").click()
    late = await enter(group_url, "Late", "red", joins=False, start="nothing")
    await expect(late.locator("#login-error")).to_contain_text("We begin at noon")
    await more(op, "Unlock group")
    await late.click("#login-join")
    await late.wait_for_selector("[data-action=leave]")

    await menu_of(op, "Late", "Remove…")
    await op.get_by_role("dialog").get_by_role("textbox").fill("please use your own name")
    await op.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(late.locator("#login-error")).to_contain_text("please use your own name")
    await expect(op.locator("[data-tile]")).to_have_count(2)

    await menu_of(op, "Ben", "Remove and keep out")
    await expect(op.get_by_role("dialog")).to_contain_text("can still join")
    await op.get_by_role("dialog").get_by_role("button", name="Remove and keep out").click()
    await expect(op.locator("[data-tile]")).to_have_count(1)
    # Everybody may come from loopback, so Ben cannot be kept out, and the operator is told so.
    await expect(op.locator(".toast").filter(has_text="can come back")).to_be_visible()


async def test_who_is_refused_can_try_again_by_key(group_url: str, enter: Enter) -> None:
    op = await enter(group_url, "op", "red", password="op", start="nothing")
    await say(op, "/lock")
    ann = await enter(group_url, "Ann", "red", start="nothing", joins=False)
    await expect(ann.locator("#login-error")).to_contain_text("locked")
    await expect(ann.locator("#login-join")).to_be_focused()
    await say(op, "/unlock")
    await ann.keyboard.press("Enter")
    await ann.wait_for_selector("[data-action=leave]")


async def test_who_is_removed_sees_nothing_of_the_meeting(group_url: str, enter: Enter) -> None:
    op = await enter(group_url, "op", "red", password="op", start="nothing")
    ben = await enter(group_url, "Ben", "red", start="nothing")
    above = ben.locator("dialog, .menu, .toast")

    await say(op, "hello Ben")
    await expect(ben.locator(".toast")).to_contain_text(["hello Ben"])
    await ben.click("[data-action=more]")
    await expect(ben.locator(".menu")).to_be_visible()
    await say(op, "/kick Ben")
    await expect(ben.locator("#login-error")).to_contain_text("removed by op")
    await expect(above).to_have_count(0)
    await expect(ben.get_by_text("hello Ben")).to_have_count(0)

    await ben.click("#login-join")
    await more(ben, "Settings")
    await expect(op.locator("[data-tile]")).to_have_count(2)
    await say(op, "/kick Ben")
    await expect(ben.locator("#login-error")).to_contain_text("removed by op")
    await expect(above).to_have_count(0)
    await ben.click("#login-join")
    await more(ben, "Settings")
    await expect(ben.get_by_role("dialog")).to_have_count(1)


async def test_a_picture_in_a_window_of_its_own_goes_too(group_url: str, enter: Enter) -> None:
    op = await enter(group_url, "op", "red", password="op")
    ann = await enter(group_url, "Ann", "red", start="nothing")
    await expect(ann.locator(".tile:not(.own).has-video")).to_have_count(1)
    await menu_of(ann, "op", "Picture in picture")
    shown = "document.pictureInPictureElement !== null"
    await eventually(lambda: ann.evaluate(shown), bool, "the window")
    await say(op, "/kick Ann")
    await expect(ann.locator("#login-join")).to_be_visible()
    await eventually(lambda: ann.evaluate(shown), lambda shown: not shown, "no window")


async def test_an_invitation_lets_a_guest_in_until_it_is_revoked(
    start_server: StartServer, enter: Enter, visit: Visit
) -> None:
    closed = {"users": OPEN_GROUP["users"]}
    server = start_server(groups={"closed": closed})
    op = await enter(server.group_url("closed"), "op", "red", password="op", start="nothing")
    await more(op, "Invite people")
    dialog = op.locator("#invite-dialog")
    await dialog.get_by_role("button", name="Create link").click()
    link = dialog.locator("input[readonly]").filter(visible=True)
    await expect(link.last).to_have_value(re.compile(r"\?token="))
    address = await link.last.input_value()
    guest = await visit(address)
    await log_in_as_guest(guest, "Guest")
    await guest.wait_for_selector("[data-action=leave]")
    assert "token" not in guest.url
    await dialog.get_by_role("button", name="Revoke").first.click()
    await guest.wait_for_selector("#login-join")
    await expect(guest.locator("#login-error")).not_to_be_empty()


async def test_a_bad_invitation_is_explained_where_nothing_may_be_stored(
    group_url: str, visit: Visit
) -> None:
    page = await visit(group_url)
    refuses = "get() { throw new DOMException('no', 'SecurityError'); }"
    await page.add_init_script(f"Object.defineProperty(window, 'sessionStorage', {{ {refuses} }})")
    await page.goto(f"{page.url}?token=bogus")
    await page.click("#login-join")
    await expect(page.locator("#login-error")).to_contain_text("expired or was revoked")
    await expect(page.locator("#login-name")).to_be_visible()


async def test_who_is_invited_for_later_can_come_again_with_the_same_page(
    start_server: StartServer, visit: Visit
) -> None:
    server = start_server(config=ADMIN)
    body = {
        "permissions": ["present"],
        "expires": "2130-01-02T00:00:00Z",
        "not-before": "2130-01-01T00:00:00Z",
    }
    admin = await visit(f"{server.url}admin/")
    made = await admin.request.post(
        f"{server.url}galene-api/v0/.groups/demo/.tokens/",
        data=body,
        headers={"Authorization": "Basic " + b64encode(b"root:secret").decode()},
    )
    page = await visit(f"{server.group_url('demo')}?token={made.headers['location']}")
    for _ in range(2):
        await page.click("#login-join")
        await expect(page.locator("#login-error")).to_contain_text("not valid yet")
        await page.reload()
    assert "token" not in page.url


async def log_in_as_guest(page: Page, name: str) -> None:
    """One click, for those whose name this browser knows."""
    await page.wait_for_selector("#login-join")
    await choose_start(page, "nothing")
    await page.fill("#login-name", name)
    await page.click("#login-join")


async def test_an_admin_needs_no_json(start_server: StartServer, visit: Visit) -> None:
    server = start_server(config=ADMIN)
    page = await visit(f"{server.url}admin/")
    await page.get_by_label("Name").fill("root")
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("Wrong")
    await page.get_by_label("Password").fill("secret")
    await page.get_by_role("button", name="Sign in").click()

    await page.get_by_role("button", name="New group").click()
    await page.get_by_label("Name in the address").fill("chess")
    await page.get_by_label("Title").fill("Chess club")
    await page.get_by_role("dialog").get_by_label("Who can join").select_option("nobody")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("button", name="New user")).to_be_visible()
    await page.reload()  # one signs in once
    await page.get_by_role("button", name="New user").click()
    await page.get_by_label("Name").fill("ada")
    await page.get_by_label("Password").fill("a password that is too long " * 3)
    await page.get_by_role("dialog").get_by_label("Permissions").select_option("op")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("alert")).to_contain_text("longer than 72")
    await page.get_by_label("Password").fill("a long password")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("row", name="ada")).to_be_visible()
    await page.get_by_role("button", name="Who can join").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name="Everyone else")).to_be_visible()
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_label("Description").fill("Every Monday")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    await page.get_by_role("link", name="Invitations").click()
    await page.get_by_role("button", name="New invitation").click()
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("button", name="Revoke")).to_be_visible()
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_role("status")).to_contain_text("/group/chess/?token=")

    # What was made works: ada logs in and moderates.
    meeting = await visit(server.group_url("chess"))
    await expect(meeting.get_by_role("heading", name="Chess club")).to_be_visible()
    await log_in(meeting, "ada", "a long password", start="nothing")
    await more(meeting, "Lock group")
    await meeting.keyboard.press("Escape")
    await page.get_by_role("link", name="Who is connected").click()
    await expect(page.get_by_role("row", name="ada")).to_be_visible()
    await page.get_by_role("button", name="Refresh").click()
    await expect(page.get_by_role("row", name="ada")).to_be_visible()
    await expect(page.locator("[role=status]")).to_have_text("")
    await page.get_by_role("link", name="Groups").click()
    await expect(page.get_by_role("row", name="Chess club")).to_contain_text("Users and others")
    await page.goto(f"{server.url}stats.html")
    await expect(page.get_by_role("table").first).to_be_visible()
    await page.goto(f"{server.url}admin/")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Password")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Password")).to_be_visible()

    await page.goto(f"{server.url}change-password.html?group=chess&username=ada")
    await page.get_by_label("Current password").fill("a long password")
    await page.get_by_label("New password", exact=True).fill("another password")
    await page.get_by_label("Repeat new password").fill("another password")
    await page.get_by_role("button", name="Change password").click()
    await expect(page.get_by_role("status")).to_contain_text("has been changed")


async def test_an_admin_is_told_that_changes_are_switched_off(
    start_server: StartServer, visit: Visit
) -> None:
    page = await visit(f"{start_server(config=ADMIN | {'writableGroups': False}).url}admin/")
    await page.get_by_label("Name").fill("root")
    await page.get_by_label("Password").fill("secret")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="New group").click()
    await page.get_by_label("Name in the address").fill("chess")
    await page.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("alert")).to_contain_text("writableGroups")


async def test_the_minimal_client_meets_the_real_one(
    start_server: StartServer, enter: Enter, visit: Visit
) -> None:
    server = start_server()
    ann = await enter(server.group_url("demo"), "Ann", "red")
    page = await visit(f"{server.url}static/examples/minimal.html", "green")
    await page.fill("#name", "Mini")
    await page.get_by_role("button", name="Join").click()
    await eventually(
        lambda: page.evaluate("document.querySelector('video')?.videoWidth ?? 0"),
        bool,
        "a picture in the example",
    )
    await expect(ann.locator("[data-tile].has-video")).to_have_count(2)
    await page.fill("#message", "from the example")
    await page.get_by_role("button", name="Send").click()
    await reads(ann, "from the example")
