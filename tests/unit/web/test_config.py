"""config.json and ice-servers.json: typed, named errors, re-read, last good state kept."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py import limits
from galene_py.config import (
    ConfigError,
    Configuration,
    IceServer,
    ServerConfig,
    parse_config,
    parse_ice_servers,
    rtc_configuration,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make(tmp_path: Path) -> tuple[Configuration, Clock]:
    clock = Clock()
    return Configuration(tmp_path, clock=clock, wall_clock=lambda: 1_000_000.0), clock


def test_a_complete_file_is_read() -> None:
    config = parse_config(
        b'{"users": {"vetinari": {"password": {"type": "bcrypt", "key": "x"}, "permissions": "admin"}},'
        b'"writableGroups": true, "allowOrigin": ["https://a.example", "*"], "allowAdminOrigin": [],'
        b'"proxyURL": "https://example.org/meet/", "canonicalHost": "example.org:8443"}'
    )
    assert config.users["vetinari"]["permissions"] == "admin"
    assert config.writableGroups


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b'{"writeableGroups": true}', "writeableGroups"),
        (b'{"writableGroups": 1}', "writableGroups"),
        (b"[]", "object"),
        (b"{", "too early"),
        (b"", "empty"),
        (b'{"canonicalHost": "a", "canonicalHost": "b"}', "canonicalHost: stands there twice"),
        (b'{"proxyURL": "", "proxyUrl": ""}', "proxyURL and proxyUrl are the same field"),
        (b'{"users": {"ada": {}, "ada": {}}}', "users.ada: stands there twice"),
        ('{"users": {"zo\u00eb": {}, "zoe\u0308": {}}}'.encode(), "stands there twice, in two Unicode forms"),
        (b'{"users": {"ada": {"pasword": "x"}}}', "users.ada.pasword"),
        (b'{"users": []}', "users"),
        (b'{"canonicalHost": "https://example.org/"}', "canonicalHost"),
        (b'{"proxyURL": "example.org"}', "proxyURL"),
        (b'{"proxyURL": "https://example.org:x/"}', "proxyURL"),
        (b'{"proxyURL": "https://example.org/?a"}', "proxyURL"),
        (b'{"proxyURL": "https://me@example.org/"}', "proxyURL"),
        (b'{"proxyURL": "https://a b/"}', "proxyURL"),
        (b'{"canonicalHost": "example.org/x"}', "canonicalHost"),
        (b'{"canonicalHost": "a..b"}', "canonicalHost"),
        (b'{"canonicalHost": "me@example.org"}', "canonicalHost"),
        (b'{"canonicalHost": "::1"}', "canonicalHost"),
        (b'{"allowOrigin": ["https://a,b"]}', "allowOrigin"),
        (b'{"allowOrigin": ["https://example.org?x"]}', "allowOrigin"),
        (b'{"allowFrame": ["example.org"]}', "allowFrame"),
        (b'{"allowFrame": ["https://*.example.org"]}', "allowFrame"),
        (b'{"allowOrigin": ["example.org"]}', "allowOrigin"),
        (b'{"allowAdminOrigin": ["https://example.org/x"]}', "allowAdminOrigin"),
        (b"\xff\xfe", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_mistakes_are_named(text: bytes, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"(?i){complaint}"):
        parse_config(text)


def test_what_the_peer_ignores_is_ignored_and_told(caplog: pytest.LogCaptureFixture) -> None:
    config = parse_config(
        b'{"admin": [{"username": "root", "password": "x"}], "publicServer": true,'
        b'"CanonicalHost": "a.example", "allowOrigin": null, "users": {"ada": null}, "proxyURL": null}'
    )
    assert config == ServerConfig(canonicalHost="a.example", users={"ada": {}})
    assert ["admin is obsolete" in r.getMessage() for r in caplog.records].count(True) == 1
    assert "publicServer is obsolete" in caplog.text


def test_servers_of_the_peer_are_read_liberally_but_nothing_is_lost() -> None:
    (server,) = parse_ice_servers(
        b'\xef\xbb\xbf[{"URLs": ["turn:a.example"], "username": null, "x-note": 1}]'
    )
    assert server == IceServer(["turn:a.example"])
    for text, words in (
        (b'[{"urls": [], "urls": ["turn:a"]}]', r"\[0\].urls: stands there twice"),
        (b'[{"urls": [], "URLS": ["turn:a"]}]', r"\[0\].urls and \[0\].URLS are the same"),
        (b'[{"urls": []}, {"urls": ["http://a"]}]', r"\[1\].urls: 'http://a'"),
        (b"{}", "array"),
        (b"[3]", r"\[0\]: must be an object"),
    ):
        with pytest.raises(ConfigError, match=words):
            parse_ice_servers(text)


def test_a_file_that_would_block_or_is_no_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    config, _ = make(tmp_path)
    path = tmp_path / "config.json"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"config\.json: not a regular file"):
        config.load()
    path.unlink()
    path.symlink_to("nowhere")
    with pytest.raises(ConfigError, match=r"config\.json: a symbolic link that leads nowhere"):
        config.load()
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match=r"config\.json: not a regular file"):
        config.load()


def test_hosts_are_read_into_their_normal_form() -> None:
    config = parse_config(
        json.dumps(
            {
                "canonicalHost": "BÜCHER.example.:8443",
                "proxyURL": "HTTPS://Bücher.example:443/Meet",
                "allowOrigin": ["*", "https://FRIEND.example.:444/"],
                "allowAdminOrigin": ["http://[2001:DB8::0]:80"],
                "allowFrame": ["https://faß.example"],
            }
        ).encode()
    )
    assert config.canonicalHost == "xn--bcher-kva.example:8443"
    assert config.proxyURL == "https://xn--bcher-kva.example/Meet/"
    assert config.allowOrigin == ["*", "https://friend.example:444"]
    assert config.allowAdminOrigin == ["http://[2001:db8::]"]
    assert config.allowFrame == ["https://xn--fa-hia.example"]


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for parse in (parse_config, parse_ice_servers):
        with contextlib.suppress(ConfigError):
            parse(data)


def test_changes_are_read_and_mistakes_keep_the_old_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config, clock = make(tmp_path)
    config.load()
    assert config.server.canonicalHost == ""
    (tmp_path / "config.json").write_text('{"canonicalHost": "one.example"}')
    assert config.server.canonicalHost == ""  # not looked at yet
    clock.now += limits.CONFIG_CHECK_SECONDS
    assert config.server.canonicalHost == "one.example"
    (tmp_path / "config.json").write_text('{"canonicalHost": "two.example"')
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            clock.now += limits.CONFIG_CHECK_SECONDS
            assert config.server.canonicalHost == "one.example"
    assert len(caplog.records) == 1
    assert "config.json" in caplog.text
    (tmp_path / "config.json").unlink()
    clock.now += limits.CONFIG_CHECK_SECONDS
    assert config.server.canonicalHost == ""


def test_a_broken_file_at_start_is_an_error_that_names_it(tmp_path: Path) -> None:
    for name in ("config.json", "ice-servers.json"):
        (tmp_path / name).write_text("{broken")
        config, _ = make(tmp_path)
        with pytest.raises(ConfigError, match=name):
            config.load()
        (tmp_path / name).unlink()


def test_shared_secrets_become_credentials_that_expire(tmp_path: Path) -> None:
    (tmp_path / "ice-servers.json").write_text(
        '[{"urls": ["turn:turn.example.org:443?transport=tcp"], "username": "galene",'
        ' "credential": "secret", "credentialType": "hmac-sha1"}]'
    )
    config, _ = make(tmp_path)
    config.load()
    (server,) = config.rtc_configuration()["iceServers"]  # type: ignore[misc, attr-defined]
    assert server["username"] == "1086400:galene"
    digest = hmac.new(b"secret", b"1086400:galene", hashlib.sha1).digest()
    assert server["credential"] == base64.b64encode(digest).decode()
    assert "credentialType" not in server


def test_plain_servers_are_passed_on() -> None:
    servers = [
        IceServer(urls=["stun:stun.example.org"]),
        IceServer(urls=["turn:t"], username="u", credential="c", credentialType="password"),
    ]
    assert rtc_configuration(servers, 0.0) == {
        "iceServers": [
            {"urls": ["stun:stun.example.org"]},
            {"urls": ["turn:t"], "username": "u", "credential": "c"},
        ]
    }
    assert rtc_configuration([], 0.0) == {}


@pytest.mark.parametrize("text", [b"{}", b'[{"urls": "turn:x"}]', b'[{"urls": ["http://x"]}]', b"[{}]"])
def test_wrong_ice_servers_are_refused(text: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_ice_servers(text)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("turn", "host"),
        ("turn:", "host"),
        ("turn:?transport=udp", "host"),
        ("turn:a b", "host"),
        ("turn://a.example", "host"),
        ("turn:a.example:", "colon"),
        ("turn:a.example:99999", "65535"),
        ("stun:a.example?transport=udp", "only turn:"),
        ("turn:a.example?transport=sctp", "only turn:"),
        ("turn:a.example?", "only turn:"),
    ],
)
def test_addresses_with_which_browsers_make_no_connection_are_refused(url: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        parse_ice_servers(json.dumps([{"urls": ["stun:fine.example", url]}]).encode())


@pytest.mark.parametrize(
    "url", ["STUN:a.example", "turns:[2001:db8::1]:443?transport=tcp", "turn:192.0.2.1:3478"]
)
def test_addresses_of_ice_servers(url: str) -> None:
    assert parse_ice_servers(json.dumps([{"urls": [url]}]).encode())[0].urls == [url]
