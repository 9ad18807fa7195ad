"""A report tells what is needed to find a fault, and nothing that is anybody's secret or name."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from galene_py import __version__
from galene_py.cli.report import report
from galene_py.report import sections
from galene_py.report.masking import HIDDEN, Mask

SECRETS = [
    "hunter2hunter2",
    "$2b$10$BcvatKioZyB6fRBexEEfE",
    "turn-secret",
    "another-long-secret",
    "TOKENabc123def456ghi7",
]
NAMES = ["ada", "Grace Hopper", "board meeting", "zoë"]
PUBLIC = ["93.184.215.14", "2606:2800::1:2"]
CONFIG = {
    "users": {"ada": {"password": {"type": "bcrypt", "key": SECRETS[1]}, "permissions": "admin"}},
    "proxyURL": "https://meet.example.org/",
    "metricsToken": SECRETS[3],
    "writableGroups": True,
}
ICE = [{"urls": ["turn:93.184.215.14:3478"], "username": "zoë", "credential": SECRETS[2]}]
GROUP = {
    "displayName": "Secret plans",
    "users": {"Grace Hopper": {"password": SECRETS[0], "permissions": "op"}},
    "max-clients": 7,
    "authKeys": [{"kty": "oct", "alg": "HS256", "k": SECRETS[4]}],
}
LOG = """\
2026-11-29T13:19:05.386Z INFO    app: galene-py 0.1.0 listens on https://meet.example.org/; media on port 8443
2026-11-29T13:19:06.000Z INFO    conference.room: 'Grace Hopper' joined board meeting
2026-11-29T13:19:07.000Z INFO    conference.room: 'Unknown Guest' joined board meeting
2026-11-29T13:19:08.000Z INFO    web.ws: dropping the client at 93.184.215.14: it was silent
2026-11-29T13:19:08.000Z INFO    web.ws: dropping the client at 2606:2800::1:2: it was silent
2026-11-29T13:19:09.000Z ERROR   web.app: error in GET /group/board%20meeting/?token=TOKENabc123def456ghi7
To moderate, log in as 'op' with the password hunter2hunter2
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The text of a report."""
    for name, content in {"data/config.json": CONFIG, "data/ice-servers.json": ICE}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "groups").mkdir()
    (tmp_path / "groups" / "board meeting.json").write_text(json.dumps(GROUP))
    (tmp_path / "groups" / "broken.json").write_text("{")
    (tmp_path / "log").write_text(LOG)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(report, ["--log", "log", "-o", "it.txt", "--metrics", "127.0.0.1:1"])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(Path("it.txt").stat().st_mode) == 0o600
    return Path("it.txt").read_text()


def test_it_tells_what_is_needed(written: str) -> None:
    for needed in (__version__, "processors", "config.json:", '"max-clients": 7', '"writableGroups": true'):
        assert needed in written
    assert "(cannot be read: JSONDecodeError)" in written
    assert "no answer from 127.0.0.1:1" in written
    assert "dropping the client at public-ipv4-1: it was silent" in written


@pytest.mark.parametrize(
    "hidden", [*SECRETS, *NAMES, *PUBLIC, "Unknown Guest", "meet.example.org", "Secret plans"]
)
def test_it_tells_no_secret_and_nobodys_name(written: str, hidden: str) -> None:
    assert hidden not in written
    assert hidden.replace(" ", "%20") not in written


def test_who_is_meant_can_still_be_followed(written: str) -> None:
    joined = [line for line in written.splitlines() if "joined" in line]
    assert len({line.split("joined ")[1] for line in joined}) == 1
    assert len({line.split("room: ")[1] for line in joined}) == 2


def test_an_existing_file_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("it.txt").write_text("precious")
    done = CliRunner().invoke(report, ["-o", "it.txt"])
    assert done.exit_code == 1
    assert "File exists" in done.output
    assert Path("it.txt").read_text() == "precious"


def test_what_cannot_be_had_costs_its_part_only() -> None:
    def refused() -> list[str]:
        raise PermissionError(13, "Permission denied")

    assert list(sections.part("Log", refused)) == [
        "## Log",
        "",
        "    (not to be had: PermissionError: Permission denied)",
        "",
    ]


@given(st.text(st.characters(categories=["L", "N"]), min_size=1), st.text())
def test_a_learnt_name_is_hidden_wherever_it_stands_alone(name: str, before: str) -> None:
    mask = Mask()
    mask.learn("user", [name])
    assert mask.line(f"{before} {name} left").endswith(" user-1 left")


@given(st.ip_addresses().filter(lambda a: not (a.is_loopback or a.is_unspecified)))
def test_every_address_is_hidden(address: object) -> None:
    text = Mask().line(f"from {address}: it left; [{address}]:80")
    assert str(address) not in text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_can_be_masked(tree: object) -> None:
    masked = Mask().tree({"password": tree, "rest": tree})
    assert isinstance(masked, dict)
    if not isinstance(tree, bool | None):
        assert masked["password"] == HIDDEN
