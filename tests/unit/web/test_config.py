"""config.json and ice-servers.json: typed, named errors, re-read, last good state kept."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py import limits
from galene_py.config import (
    ConfigError,
    Configuration,
    IceServer,
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
        (b"{", "truncated"),
        (b"", "truncated"),
        (b'{"canonicalHost": "https://example.org/"}', "canonicalHost"),
        (b'{"proxyURL": "example.org"}', "proxyURL"),
        (b'{"proxyURL": "https://example.org:x/"}', "proxyURL"),
        (b'{"allowOrigin": ["example.org"]}', "allowOrigin"),
        (b'{"allowAdminOrigin": ["https://example.org/x"]}', "allowAdminOrigin"),
        (b"\xff\xfe", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_mistakes_are_named(text: bytes, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"(?i){complaint}"):
        parse_config(text)


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
