"""What people copy from a browser, and what servers say of STUN and TURN."""

from __future__ import annotations

import pytest

from galene_py.client import address, ice_servers
from galene_py.client.errors import AddressError


@pytest.mark.parametrize(
    ("text", "page", "token"),
    [
        ("https://a.example:8443/group/chess/", "https://a.example:8443/group/chess/", ""),
        (" https://a.example/group/chess ", "https://a.example/group/chess/", ""),
        ("https://a.example/sub/group/a/b/?token=xyz", "https://a.example/sub/group/a/b/", "xyz"),
        ("http://[::1]:8080/group/x/?other=1#top", "http://[::1]:8080/group/x/", ""),
    ],
)
def test_a_group_s_address_with_or_without_an_invitation(text: str, page: str, token: str) -> None:
    read = address.parse(text)
    assert (read.page, read.token) == (page, token)
    assert read.whip == f"{page}.whip"
    assert not token or token not in repr(read)


@pytest.mark.parametrize(
    "text", ["", "chess", "ftp://a.example/group/x/", "https://a.example/", "https://a/group/"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(AddressError, match="group/"):
        address.parse(text)


def test_the_first_stun_and_turn_servers_are_used() -> None:
    turn = {"urls": ["turns:turn.example?transport=tcp"], "username": "u", "credential": "c"}
    configuration = {
        "iceServers": [{"urls": "stun:stun.example:3479"}, turn, {"urls": ["turn:other.example"]}]
    }
    assert ice_servers.for_aioice(configuration) == {
        "stun_server": ("stun.example", 3479),
        "turn_server": ("turn.example", 5349),
        "turn_username": "u",
        "turn_password": "c",
        "turn_ssl": True,
        "turn_transport": "tcp",
    }
    assert len(ice_servers.for_aiortc(configuration).iceServers or []) == 3


@pytest.mark.parametrize("value", [None, "x", [], [{}], [{"urls": 5}], [{"urls": ["http://x"]}], [None]])
def test_nonsense_is_no_server(value: object) -> None:
    assert ice_servers.for_aioice({"iceServers": value}) == {}
    assert ice_servers.for_aiortc({"iceServers": value}).iceServers == []
